"""The sections of the Functions page, each put on the page as its part of a link says."""

from __future__ import annotations

import streamlit as st

from nnlib.activations import HIDDEN_ACTIVATIONS
from nnlib.config import CHOICES
from nnlib.explaining import chains
from nnlib.names import written
from pages.ui.drawing import palette
from pages.ui.drawing.function_figures import for_both_themes
from pages.ui.functions import activations as curves
from pages.ui.functions import losslab, protocol
from pages.ui.functions import neuron as one
from pages.ui.functions import softmax as simplex
from pages.ui.sandbox.sandbox import Sandbox
from pages.ui.shell import link_text, section

STYLES = ("sandbox/board.css",)


def activations(text: str) -> str:
    """The activation functions, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "activations",
        lambda: Sandbox(curves.Activations(), curves.draw, protocol=protocol.ACTIVATIONS),
        text,
        curves.VERBS,
    )
    section.mount(
        "activations",
        "functions/activations",
        token,
        styles=STYLES,
        z=curves.Z.tolist(),
        themes=for_both_themes("activations"),
    )
    focus = box.settings.focus
    f = box.settings.function(focus)
    with st.container(height=96, border=False):
        st.markdown(
            rf"**{written(focus)}** $\;\displaystyle f(z) = {f.formula}$ "
            rf"$\qquad\displaystyle f'(z) = {f.derivative_formula}$"
        )
        st.markdown(f"{f.note} Source: {f.source}.")
    st.caption(
        "Drag in the picture to move z. f′ at a kink is the one from the right, so ReLU′(0) = 1. "
        "Softmax is not element-wise: each output depends on the whole layer; it has the section "
        "*Softmax*."
    )
    return link_text.write(box.settings, curves.Activations())


def neuron(text: str) -> str:
    """One neuron, and the chain of layers, at first as `text` says; the text for a link now."""
    box, token = section.opened(
        "neuron",
        lambda: Sandbox(one.Neuron(), one.draw, protocol=protocol.NEURON),
        text,
        one.VERBS,
    )
    low, high = chains.KEEPS
    section.mount(
        "neuron",
        "functions/neuron",
        token,
        styles=STYLES,
        x=one.X.tolist(),
        titles={name: written(name) for name in HIDDEN_ACTIVATIONS},
        initializers=list(CHOICES["initializer"]),
        networks=one.NETWORKS,
        about=f"Measured with the core’s own backward pass: {one.NETWORKS} random networks (faint "
        f"lines; the thick one is their median), {chains.SAMPLES} random inputs, random errors at "
        "the top; root mean square over units and inputs. “Keeps” is a factor a layer from "
        f"{low:g} to {high:g}. Why it vanishes: on its way down each "
        "layer multiplies the gradient by its weights and by f′, and sigmoid’s f′ is at most ¼.",
        themes=for_both_themes("line", "plane", "chain"),
    )
    st.caption(
        "Drag in the pictures to move x. The hinge is where z = 0: dotted on the line, dashed in "
        "the plane, where the arrow is w."
    )
    return link_text.write(box.settings, one.Neuron())


def softmax(text: str) -> str:
    """Softmax, at first as `text` says; the text for a link now."""
    default = simplex.Softmax()
    box, token = section.opened(
        "softmax",
        lambda: Sandbox(default, simplex.draw, protocol=protocol.SOFTMAX),
        text,
        simplex.VERBS,
    )
    section.mount(
        "softmax",
        "functions/softmax",
        token,
        styles=("functions/softmax.css",),
        colours=palette.CLASSES,
        signs=palette.SYMBOL_SIGNS,
        defaults=default.model_dump(mode="json", exclude={"theme"}),
    )
    return link_text.write(box.settings, default)


def losses(text: str) -> str:
    """The loss laboratory, at first as `text` says; the text for a link now."""
    default = losslab.Lab()
    box, token = section.opened("losses", lambda: losslab.Laboratory(default), text, losslab.VERBS)
    section.mount("losses", "functions/losslab", token, styles=("functions/losslab.css",))
    return link_text.write(box.settings, default)
