"""A section of a page: the viewer's sandbox and its component."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from pages.ui import link_text, sandbox, state, wire
from pages.ui.sandbox import Sandbox


def opened(name: str, new: Sandbox, text: str) -> tuple[Sandbox, str]:
    """The viewer's sandbox of a section, and what opens its socket.

    At the first visit it is the `new` one, set as `text` (of a link) says. Complaints are shown.
    """

    def make() -> Sandbox:
        new.settings, problems = link_text.read(text, new.settings)
        if problems:
            state.complain(name, *problems)
        return new

    box, token = state.watched(name, make, sandbox.VERBS)
    box.settle(0.2)
    for problem in state.problems(name):
        st.error(problem)
    return box, token


@lru_cache(maxsize=8)
def _component(name: str, scripts: tuple[str, ...]) -> object:
    return st.components.v2.component(
        f"playground_{name}",
        html=wire.texts(f"{name}_board.html"),
        css=wire.texts("base.css", "functions.css"),
        js=wire.texts(*scripts, f"{name}_board.js", "sandbox.js", "wire.js"),
        isolate_styles=False,
    )


def mount(name: str, token: str, *scripts: str, **data: object) -> None:
    """Put the board of a section on the page: NAME_board.html and .js, which `scripts` come before.

    `data` is what the board needs beside the frames, the same all the time.
    """
    base = wire.base_path()
    _component(name, scripts)(
        key=name,
        data={"token": token, "base": base, "plotly": f"{base}/{wire.PLOTLY}", **data},
        on_committed_change=lambda: state.clear(name),
    )
