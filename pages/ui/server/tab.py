"""The browser tab as Streamlit knows it: whether it is connected, and the files that it sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

MOST_FILES = 2  # of one tab: the one in use, and the next on its way
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")


@dataclass(frozen=True)
class StreamlitTab:
    """One of Streamlit's sessions, by its id."""

    session: str

    def connected(self) -> bool:
        """Whether its page holds a connection."""
        return runtime.exists() and bool(runtime.get_instance().is_active_session(self.session))

    def let_go(self) -> None:
        """Forget the files that came from it."""
        if runtime.exists():
            runtime.get_instance().uploaded_file_mgr.remove_session_files(self.session)


def here() -> StreamlitTab | None:
    """The tab that the running script belongs to; None outside of one."""
    context = get_script_run_ctx()
    return None if context is None else StreamlitTab(context.session_id)


class FewFiles:
    """ASGI middleware: of the files that a tab uploads the newest are kept.

    A table is read once, when it comes; Streamlit would keep every file until the tab is closed.
    """

    def __init__(self, app: Callable) -> None:
        self._app = app

    async def __call__(self, scope: dict, receive: Callable, send: Callable) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "PUT":
            found = _UPLOAD.search(scope["path"])
            if found and runtime.exists():
                _keep_newest(runtime.get_instance().uploaded_file_mgr, found[1])


def _keep_newest(manager: Any, session: str) -> None:  # of its type, Streamlit names no files
    files = list(manager.file_storage.get(session, ()))
    for file in files[:-MOST_FILES]:
        manager.remove_file(session, file)
