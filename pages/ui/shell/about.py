"""What each control does, in one sentence with its symbol: the tooltips of the widgets."""

from __future__ import annotations

import streamlit as st

from nnlib.config import SETTINGS

ABOUT: dict[str, str] = {
    "pair": "The output's function g and the loss L that training makes small; only pairs that "
    "suit the data are offered, More has the unusual ones.",
    "optimizer": "How the gradient of the objective becomes a step of the weights; SGD goes η "
    "times the gradient, the others remember earlier ones.",
    "initializer": "How the initial weights W are drawn at epoch 0; biases b begin at 0.",
    "own_data": "A CSV file of your own, and the columns of iris, wine and breast cancer.",
    "formulas": "The network, its loss L and the update of a weight, with this choice filled in.",
    "more": "Seeds, L1 λ₁, clipping, schedules, the optimizer's own numbers, unusual losses.",
    "seed": "Another seed draws other points, other initial weights W and other batches; the same "
    "seed gives the same numbers again.",
    "weight_seed": "Other initial weights W on the same points and in the same batches.",
    "l1": "λ₁ Σ|w| is added to the objective: pulls every weight toward 0 by the same amount, "
    "many to 0 itself.",
    "clip_norm": "A gradient longer than this is shortened to it (Pascanu et al., 2013).",
    "schedule": "How the learning rate η changes with the epochs.",
    "schedule_every": "Epochs after which the rate η has been multiplied by the factor, or over "
    "which it falls to 0 (cosine).",
    "schedule_factor": "What η is multiplied by.",
    **{each.name: each.about for each in SETTINGS.values()},
    "other_pair": "Possible, but the output's range may not reach the targets.",
}


def described(name: str, width: int) -> st.delta_generator.DeltaGenerator:
    """A container that says a control's sentence under the pointer: for one without a label."""
    return st.container(key=f"about_{name}", width=width)


def tooltips() -> str:
    """The style sheet behind `described`: `help=` shows nothing where the label is hidden."""
    return "\n".join(
        f'.st-key-about_{name} {{ --about: "{ABOUT[name]}"; }}'
        for name in ("pair", "optimizer", "initializer")
    )
