"""The app's pages in Streamlit's own test harness: no server, no browser, the real scripts."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qsl

from streamlit.testing.v1 import AppTest

from pages.ui.live.live_view import LiveView
from pages.ui.server import viewers
from pages.ui.server.viewers import Viewer
from pages.ui.session.session import Session

INDEX = Path(__file__).resolve().parents[2] / "pages" / "index.py"


def opened(link: str = "") -> AppTest:
    """The first page, opened with the query of a link."""
    app = AppTest.from_file(str(INDEX), default_timeout=60)
    for name, value in parse_qsl(link, keep_blank_values=True):
        app.query_params[name] = value
    return well(app.run())


def well(app: AppTest) -> AppTest:
    """The same, after a look that no script has failed."""
    assert [each.message for each in app.exception] == []
    return app


def viewer(app: AppTest) -> Viewer:
    """Whoever the page is for."""
    return viewers.find(app.session_state["viewer"])


def board(app: AppTest, name: str) -> LiveView:
    """What the viewer looks at under a name."""
    return viewer(app).boards[name].watched


def session(app: AppTest) -> Session:
    """The viewer's session."""
    return board(app, "session")


def address(app: AppTest) -> dict[str, str]:
    """What the address bar says."""
    return {name: "".join(value) for name, value in app.query_params.items()}


def said(app: AppTest) -> str:
    """Every complaint on the page."""
    return _boxes(app, "alert")


def told(app: AppTest) -> str:
    """Every note on the page."""
    return _boxes(app, "status")


def _boxes(app: AppTest, role: str) -> str:
    boxes = [each.proto.body for each in app.get("html") if f'role="{role}"' in each.proto.body]
    return html.unescape("\n".join(re.sub("<[^>]*>", "\n", box) for box in boxes))


def key(app: AppTest, widget: str) -> str:
    """A widget's key on the page as it is: it has a new one when settings changed elsewhere."""
    return f"{widget}_{viewer(app).revision}"


def choose(app: AppTest, widget: str, value: object) -> AppTest:
    """Choose in a selectbox."""
    return well(app.selectbox(key=key(app, widget)).set_value(value).run())


def upload(app: AppTest, content: str | bytes, name: str = "data.csv") -> AppTest:
    """Give a file to the uploader."""
    data = content if isinstance(content, bytes) else content.encode()
    return well(app.file_uploader(key="csv").set_value((name, data, "text/csv")).run())


def start(app: AppTest, title: str) -> AppTest:
    """Begin with one of the starting points."""
    (button,) = [each for each in app.button if each.label == title]
    return well(button.click().run())
