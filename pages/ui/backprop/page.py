"""The Backprop page's board, put on the page as its part of a link says."""

from __future__ import annotations

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.names import written
from pages.ui.backprop import backprop, subject
from pages.ui.drawing import palette
from pages.ui.drawing.function_figures import THEMES
from pages.ui.shell import link_text, section, state


def show() -> None:
    """Put the board on the page, at first as the link says."""
    box, token = section.opened(
        "backprop",
        lambda: backprop.Microscope(state.session(), subject.Backprop()),
        state.page_text("backprop"),
        backprop.VERBS,
    )
    box.follow()
    section.mount(
        "backprop",
        "backprop/backprop",
        token,
        styles=("sandbox/transport.css", "backprop/backprop.css", "backprop/parts.css"),
        levels=subject.LEVELS,
        activations={name: written(name) for name in HIDDEN_ACTIVATIONS},
        tints={theme: backprop.tints(theme) for theme in THEMES},
        classes=palette.CLASSES,
        ink=palette.INK,
        signals={
            theme: {"good": palette.BRANCHES[theme][2], "back": palette.BRANCHES[theme][3]}
            for theme in THEMES
        },
    )
    state.write_link("backprop", link_text.write(box.settings, subject.Backprop()))
