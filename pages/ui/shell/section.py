"""A section of a page: the viewer's sandbox and its component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from pages.ui.live.wishes import Verbs
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.shell import component, link_text, state
from pages.ui.shell.words import say

B = TypeVar("B", bound=Sandbox)


def opened(name: str, make: Callable[[], B], text: str, verbs: Verbs) -> tuple[B, str]:
    """The viewer's sandbox of a section, and what opens its socket.

    At the first visit it is made, and set as `text` (of a link) says. Complaints are shown.
    """

    def make_as_linked() -> B:
        new = make()
        new.settings, problems = link_text.read(text, new.settings)
        if problems:
            state.complain(name, *problems)
        return new

    box, token = state.watched(name, make_as_linked, verbs)
    box.settle(0.2)
    say(state.problems(name))
    return box, token


def mount(name: str, view: str, token: str, *, styles: tuple[str, ...] = (), **data: Any) -> None:
    """Put the board of a section on the page, as `component.mount` says."""
    component.mount(name, view, token, styles=styles, on_commit=lambda: state.clear(name), **data)


def choose(page: str, sections: Mapping[str, tuple[str, Callable[[str], str]]]) -> None:
    """A page of sections: name -> (title, what puts it on the page, text of a link -> text).

    The first one is the default; the page's part of the link is NAME;TEXT.
    """
    first = next(iter(sections))
    linked, _, text = state.page_text(page).partition(";")
    if linked and linked not in sections:
        state.complain(
            page,
            f"{page}: {linked[:40]!r} is not possible; allowed: {', '.join(sections)}. "
            "The default is used instead.",
        )
        linked = ""
    say(state.problems(page))
    chosen = st.segmented_control(
        "Section",
        sections,
        default=linked or first,
        required=True,
        format_func=lambda name: sections[name][0],
        label_visibility="collapsed",
        key=f"{page}_section",
        on_change=lambda: state.clear(page),
    )
    text = sections[chosen][1](text if chosen == linked else "")
    untouched = chosen == first and not text
    state.write_link(page, "" if untouched else ";".join(filter(None, (chosen, text))))
