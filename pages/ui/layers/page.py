"""The sections of the Layers page, each put on the page as its part of a link says."""

from __future__ import annotations

import streamlit as st

from nnlib.spaces.drawings import BOXES, Box
from nnlib.spaces.lifting import LIFTS
from pages.ui.layers import cloud as clouds
from pages.ui.layers import drawings as three
from pages.ui.layers import feature_space
from pages.ui.layers.cloud_stages import SAMPLES
from pages.ui.layers.hinges import frames as hinge_frames
from pages.ui.layers.hinges import hinges
from pages.ui.shell import link_text, section, state


def cloud(text: str) -> str:
    """The cloud through the network, at first as `text` says; the text for a link now."""
    here = state.session()
    box, token = section.opened("cloud", lambda: clouds.Cloud(here), text, clouds.VERBS)
    section.mount(
        "cloud",
        "layers/cloud",
        token,
        styles=("sandbox/transport.css", "layers/layers.css"),
        looks=clouds.looks(),
        samples=SAMPLES,
    )
    st.caption(
        "Every layer moves the whole cloud: first a linear map, then the activation. Drag the "
        "slider; touch a point to follow it through all stages."
    )
    return link_text.write(box.settings, clouds.Look())


def drawings(text: str) -> str:
    """Three drawings of a function, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "drawings", lambda: three.Drawings(state.session()), text, three.VERBS
    )
    section.mount(
        "drawings",
        "layers/drawings",
        token,
        styles=("sandbox/board.css", "sandbox/transport.css", "layers/drawings.css"),
        themes=three.for_both_themes(),
        boxes=[[three.EMPTY, "—"], *([name, three.title(Box(name))] for name in BOXES)],
    )
    st.caption(
        "Three drawings of one function. Drag in any of them: x moves in all three. In the mapping "
        "plot each axis can be dragged, x goes where that value follows; lines that come together "
        "show what the function no longer tells apart."
    )
    return link_text.write(box.settings, three.Drawing())


def regions(text: str) -> str:
    """The regions of the plane, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "hinges", lambda: hinges.Hinges(state.session()), text, hinges.VERBS
    )
    section.mount(
        "hinges",
        "layers/hinges/hinges",
        token,
        styles=("sandbox/board.css", "sandbox/transport.css", "layers/hinges/hinges.css"),
        themes=hinge_frames.for_both_themes(),
    )
    st.caption(
        "Each line is where one hidden unit switches on or off; between the lines the whole "
        "network is one linear formula. Point at a region to read it; click to keep it."
    )
    return link_text.write(box.settings, hinges.Plane())


def lifted(text: str) -> str:
    """Hand-made features beside learned ones, at first as `text` says; the text for a link now."""
    here = state.session()
    box, token = section.opened(
        "lifted", lambda: feature_space.Lifted(here), text, feature_space.VERBS
    )
    section.mount(
        "lifted",
        "layers/feature_space",
        token,
        styles=("sandbox/transport.css", "layers/layers.css"),
        looks=clouds.looks(),
        samples=SAMPLES,
        features=LIFTS,
    )
    st.caption(
        "Left: chosen features, and logistic regression on them (mean NLL plus a penalty of "
        "0.0001 · ½‖w‖² on standardised features, minimised by L-BFGS). Right: what your network "
        "has learned to make instead. Drag the cubes."
    )
    return link_text.write(box.settings, feature_space.Lift())
