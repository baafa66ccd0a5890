"""What Streamlit keeps of a tab's files."""

from __future__ import annotations

import asyncio

import pytest
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.ui.server.tab import MOST_FILES, FewFiles, StreamlitTab, here


class Runtime:
    """Streamlit's, as far as it is asked here."""

    def __init__(self) -> None:
        self.uploaded_file_mgr = MemoryUploadedFileManager("/_stcore/upload_file")

    def is_active_session(self, session: str) -> bool:
        return session == "one"

    def files(self, session: str) -> list[str]:
        return list(self.uploaded_file_mgr.file_storage.get(session, ()))


@pytest.fixture
def streamlit(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    server = Runtime()
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    return server


def upload(server: Runtime, session: str, *names: str, base: str = "") -> None:
    """Put files as a page does, all on their way at once."""

    async def store(scope: dict, _receive: object, _send: object) -> None:
        name = scope["path"].rpartition("/")[2]
        await asyncio.sleep(0)
        file = UploadedFileRec(name, name, "text/csv", b"1,2")
        server.uploaded_file_mgr.add_file(session, file)

    async def all_of_them() -> None:
        door = FewFiles(store)
        path = f"{base}/_stcore/upload_file/{session}/"
        scopes = [{"type": "http", "method": "PUT", "path": path + name} for name in names]
        await asyncio.gather(*(door(scope, None, None) for scope in scopes))

    asyncio.run(all_of_them())


@pytest.mark.parametrize("base", ["", "/app"])
def test_of_many_files_the_newest_are_kept(streamlit: Runtime, base: str):
    upload(streamlit, "one", *(f"file{i}" for i in range(100)), base=base)
    assert streamlit.files("one") == ["file98", "file99"]
    assert MOST_FILES == 2


def test_another_tabs_files_stay(streamlit: Runtime):
    upload(streamlit, "other", "theirs")
    upload(streamlit, "one", "a", "b", "c")
    assert streamlit.files("other") == ["theirs"]


def test_a_tabs_files_are_let_go(streamlit: Runtime):
    upload(streamlit, "one", "a")
    upload(streamlit, "other", "theirs")
    StreamlitTab("one").let_go()
    assert streamlit.files("one") == []
    assert streamlit.files("other") == ["theirs"]


def test_a_tab_is_connected_as_streamlit_says(streamlit: Runtime):
    assert StreamlitTab("one").connected()
    assert not StreamlitTab("other").connected()


def test_without_a_server_there_is_no_tab():
    assert here() is None
    assert not StreamlitTab("one").connected()
    StreamlitTab("one").let_go()
