"""A view on the page: where all of their components are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.once import once
from pages.ui.server import wire
from pages.ui.shell import state

ROOMS = Path(__file__).parents[1]
SHELL = ("live/base.css",)  # what every view has


@once
def _component(key: str, view: str, styles: tuple[str, ...]) -> Callable[..., Any]:
    return st.components.v2.component(
        f"playground_{key}",
        html=texts(f"{view}.html"),
        css=texts(*SHELL, *styles),
        js=texts("live/loader.js"),
        isolate_styles=False,
    )


def texts(*names: str) -> str:
    """Files of pages/ui, one after the other."""
    return "\n".join((ROOMS / name).read_text(encoding="utf-8") for name in names)


def mount(
    key: str,
    view: str,
    token: str,
    *,
    styles: tuple[str, ...] = (),
    on_commit: Callable[[], None],
    on_open: Callable[[], None] | None = None,
    **data: object,
) -> Any:
    """Put a view on the page: VIEW.html and VIEW.js below pages/ui; what the client has set.

    token: of what its socket opens. styles: files of pages/ui beside the shell's. `on_commit` runs
    when a change was committed in it, `on_open` when something was chosen to be opened elsewhere.
    `data` is what it needs beside the frames.
    """
    opens = {} if on_open is None else {"on_open_change": on_open}
    return _component(key, view, styles)(
        key=key,
        data={**wire.opening(token, f"{view}.js"), **data},
        on_committed_change=on_commit,
        on_returned_change=lambda: state.take_back(key),
        **opens,
    )
