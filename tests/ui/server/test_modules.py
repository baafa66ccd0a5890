"""The pages' JavaScript modules: how they are served, and what a page is told to fetch at once."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from pages.ui.server import modules, wire
from tests.pages.opened import opened, well

PATIENCE = 30.0
PAGES = {
    "" if path.stem == "playground" else path.stem: path.name
    for path in sorted(Path(modules.HERE.parent).glob("*.py"))
    if path.stem not in ("__init__", "index")
}


# ------------------------------------------------------------------------ the graph


@pytest.mark.parametrize("name", [name for name in modules.files() if name.endswith(".js")])
def test_what_a_module_imports_is_served_and_imports_nothing_that_imports_it(name: str):
    first, *others = modules.graph(name)
    assert first == name
    assert all(name not in modules.graph(other) for other in others)


def test_an_import_in_several_lines_is_read_and_one_in_a_comment_is_not(
    monkeypatch: pytest.MonkeyPatch,
):
    made = {
        "room/a.js": b'import {\n  one,\n  two,\n} from "../b.js";\nimport "./c.js";\n',
        "room/c.js": b'// it is not from "./d.js"\nexport { x } from "../b.js";\n',
        "b.js": b'export const one = "./e.js";\n',
    }
    monkeypatch.setattr(modules, "files", lambda: made)
    assert modules.graph.__wrapped__("room/a.js") == ("room/a.js", "b.js", "room/c.js")


def test_a_module_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(modules, "files", lambda: {"a.js": b'import "./gone.js";\n'})
    with pytest.raises(KeyError, match=r"gone\.js"):
        modules.graph.__wrapped__("a.js")


@pytest.mark.parametrize(
    "changed",
    [{"a.js": b"2"}, {"b.js": b"1"}, {"a.js": b"1", "b.css": b""}, {"a.js": b""}],
    ids=str,
)
def test_the_folder_is_another_one_whenever_a_file_differs(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, bytes]
):
    folders = []
    for made in ({"a.js": b"1"}, changed):
        monkeypatch.setattr(modules, "files", lambda made=made: made)
        folders.append(modules.folder.__wrapped__())
    assert folders[0] != folders[1]


# ------------------------------------------------------------------------ pages


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules of the components that a script has put on its page."""
    names: list[str] = []

    def address(name: str, real: Callable[[str], str] = modules.address) -> str:
        names.append(name)
        return real(name)

    monkeypatch.setattr(modules, "address", address)
    return names


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_told_to_fetch_what_it_opens_with(page: str, mounted: list[str]):
    app = opened()
    mounted.clear()
    well(app.switch_page(PAGES[page]).run())
    assert set(modules.of_page(f"/{page}")) == set(modules.graph(mounted[0]) if mounted else ())


@pytest.mark.parametrize(
    ("page", "section"),
    [(page, section) for page, all_ in modules.PAGES.items() for section in all_ if section],
)
def test_a_link_to_a_section_is_told_to_fetch_what_the_section_opens_with(
    page: str, section: str, mounted: list[str]
):
    app = opened(f"{page}={section}")
    mounted.clear()
    well(app.switch_page(PAGES[page]).run())
    assert modules.of_page(f"/{page}", f"epoch=3&{page}={section}%3Bx") == modules.graph(mounted[0])


@pytest.mark.parametrize("path", ["/nowhere", "/compare/deeper", "/live", "/static/index.js"])
def test_another_path_fetches_no_modules(path: str):
    assert modules.of_page(path) == ()


@pytest.mark.parametrize("query", ["functions=nonsense", "functions=", "functions", "=", "%ff=%zz"])
def test_a_section_that_is_none_is_the_first(query: str):
    assert modules.of_page("/functions", query) == modules.graph("functions/activations.js")


def test_below_a_base_path_everything_is_below_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(modules.st, "get_option", lambda name: "/school/nn/")
    assert modules.of_page("/school/nn/compare") == modules.graph("compare/compare.js")
    links = wire.preloads("/school/nn/compare", "").decode().split(", ")
    assert links[0] == f"</school/nn/{wire.PLOTLY}>; rel=preload; as=script"
    first, how = links[1].split("; ", 1)
    assert first == f"</school/nn/{modules.folder()}/compare/compare.js>"
    assert how == "rel=modulepreload; fetchpriority=low"  # Streamlit's own scripts come first
    assert len(links) == 1 + len(modules.graph("compare/compare.js"))


@pytest.mark.parametrize(("kind", "told"), [(b"text/html; charset=utf-8", 1), (b"text/css", 0)])
def test_only_html_has_the_links(kind: bytes, told: int):
    async def page(_scope: dict, _receive: Callable, send: Callable) -> None:
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/compare", "query_string": b"x=\xff"}
    asyncio.run(wire.Preload(page)(scope, None, send))
    links = [value for name, value in sent[0]["headers"] if name == b"link"]
    assert links == [wire.preloads("/compare", "")] * told


# ------------------------------------------------------------------------ serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server with the modules' routes alone, in this process."""
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=modules.routes()), host="127.0.0.1", port=0, log_level="warning"
        )
    )
    listening = threading.Event()
    startup = server.startup

    async def started(sockets: list | None = None) -> None:
        await startup(sockets)
        listening.set()

    server.startup = started
    thread = threading.Thread(target=server.run)
    thread.start()
    assert listening.wait(PATIENCE)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE)


def fetch(port: int, path: str, **headers: str) -> tuple[int, dict, bytes]:
    """Status, headers and body; the path goes out as it is written here."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


@pytest.mark.parametrize(
    ("name", "kind"), [("live/wire.js", "javascript"), ("live/base.css", "css")]
)
def test_a_module_comes_as_it_is_and_may_be_kept_for_ever(port: int, name: str, kind: str):
    status, headers, body = fetch(port, modules.address(name))
    assert (status, body) == (200, (modules.HERE / name).read_bytes())
    assert headers["content-type"] == f"text/{kind}; charset=utf-8"
    assert "immutable" in headers["cache-control"]


def test_a_module_is_compressed_for_those_who_are_not_on_this_machine(port: int):
    far = {"Accept-Encoding": "gzip", "X-Forwarded-For": "203.0.113.5"}
    _, headers, body = fetch(port, modules.address("live/wire.js"), **far)
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == modules.files()["live/wire.js"]


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "live", "live/wire", "live/trainer.py", "compare/compare.html", "package.json"),
        *("../live/wire.js", "../../app.py", "..%2f..%2fapp.py", "%2e%2e/index.py"),
        *("./live/wire.js", "live/../live/wire.js", "live/__pycache__", "wire.js"),
        *("/etc/passwd", "//etc/passwd", "live/wire.js/", "live/wire.js%00", "live/WIRE.JS"),
        *("live\\wire.js", "..\\index.py"),
    ],
)
def test_nothing_else_is_served(port: int, name: str):
    status, headers, _ = fetch(port, f"/{modules.folder()}/{name}")
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")


def test_another_digest_is_not_there(port: int):
    assert fetch(port, "/live/web-0123456789abcdef/live/wire.js")[0] == 404
