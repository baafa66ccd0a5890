"""The sections of the Inputs page, each put on the page as its part of a link says."""

from __future__ import annotations

import streamlit as st

from nnlib.activations import ACTIVATIONS
from nnlib.names import written
from pages.ui.drawing import palette
from pages.ui.inputs import attack as plane
from pages.ui.inputs import attack_figures, theta_choice, theta_or_x
from pages.ui.inputs.digits import attack as pictures_attack
from pages.ui.inputs.digits import digits as pictures
from pages.ui.inputs.two_planes import themes
from pages.ui.shell import link_text, section, state


def theta(text: str) -> str:
    """Descent in parameters and in inputs, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "theta_or_x", lambda: theta_or_x.ThetaOrX(state.session()), text, theta_or_x.VERBS
    )
    section.mount(
        "theta_or_x",
        "inputs/theta_or_x",
        token,
        styles=("sandbox/board.css", "sandbox/transport.css", "inputs/inputs.css"),
        themes=themes("theta", "x"),
    )
    st.caption(
        "The same loss, the same backward pass: hold x and the boundary comes to the point, "
        "hold θ and the point goes to the boundary. Drag x; click in the right plane to drop "
        "more points. L is the loss of the one example x; J, which training lowers, is the mean "
        "of L over the data."
    )
    return link_text.write(box.settings, theta_choice.Choice())


def attack(text: str) -> str:
    """Attacks in the plane, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "attack", lambda: plane.AttackBoard(state.session()), text, plane.VERBS
    )
    section.mount(
        "attack",
        "inputs/attack",
        token,
        styles=("sandbox/board.css", "sandbox/transport.css", "inputs/inputs.css"),
        themes=themes("mine", "trained", chart=attack_figures.accuracy),
        looks=attack_figures.LOOKS,
    )
    st.markdown(plane.ABOUT)
    return link_text.write(box.settings, plane.Attack())


def digits(text: str) -> str:
    """Attacks on pictures, at first as `text` says; the text for a link now."""
    board, token = section.opened(
        "digits", lambda: pictures.DigitsBoard(pictures.Look()), text, pictures.VERBS
    )
    section.mount(
        "digits",
        "inputs/digits/digits",
        token,
        styles=("inputs/digits/digits.css",),
        goal=pictures.GOAL,
        lastEpoch=pictures.LAST_EPOCH,
        pad=pictures.PAD,
        attacks=pictures_attack.ATTACKS,
        smallest=list(pictures_attack.SMALLEST),
        activations={name: written(name) for name in ACTIVATIONS},
        colours={
            theme: {
                "train": palette.TRAIN[theme],
                "test": palette.TEST[theme],
                "after": palette.BRANCHES[theme][1],
                "fooled": palette.BRANCHES[theme][3],
            }
            for theme in ("light", "dark")
        },
    )
    return link_text.write(board.linked, pictures.Look())
