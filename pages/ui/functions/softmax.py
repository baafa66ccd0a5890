"""The softmax sandbox: logits, probabilities, temperature, shift, the Jacobian and the NLL."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from nnlib.activations import softmax, softmax_jacobian
from nnlib.losses import LOSSES
from pages.ui.drawing import palette
from pages.ui.drawing.fields import field_index
from pages.ui.drawing.palette import Theme
from pages.ui.live.packing import Packet
from pages.ui.sandbox import sandbox
from pages.ui.sandbox.sandbox import Settings

REACH = 10.0  # logits and the shift lie within +- this
STEEPEST = 0.25  # no entry of the Jacobian is larger: A (1 - A) at A = 1/2
TINT = 0.45  # of the field colours, behind a number
Logit = Annotated[float, Field(ge=-REACH, le=REACH, allow_inf_nan=False)]


def _from_json(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Softmax(Settings):
    """Logits z of 2 to 8 classes, a shift c and a temperature T: softmax gets Z = (z + c) / T."""

    logits: Annotated[
        tuple[Logit, ...], Field(min_length=2, max_length=8), BeforeValidator(_from_json)
    ] = (1.3, 5.1, 2.2, 0.7, 1.1)
    shift: Logit = 0.0
    temperature: Annotated[float, Field(ge=0.1, le=10.0, allow_inf_nan=False)] = 1.0
    chosen: Annotated[int, Field(ge=1, le=8)] = 2  # the right class, from 1
    theme: Theme = "light"

    @field_validator("chosen")
    @classmethod
    def _one_of_them(cls, value: int, info: ValidationInfo) -> int:
        classes = len(info.data.get("logits", ()))
        if classes and value > classes:
            raise ValueError(f"allowed: a class from 1 to {classes}")
        return value


def numbers(settings: Softmax) -> dict[str, object]:
    """Everything that the board shows, in float64; vectors (K,), the Jacobian (K, K)."""
    z = np.array(settings.logits)
    Z = (z + settings.shift) / settings.temperature
    A = softmax(Z)
    jacobian = softmax_jacobian(A)
    y = np.eye(len(z))[settings.chosen - 1]
    nll = LOSSES["softmax_nll"]
    gradient = nll.gradient(Z[None], y[None])[0]
    exponentials = np.exp(Z)
    moved = np.abs(A - softmax(z / settings.temperature)).max()
    return {
        "Z": Z.tolist(),
        "A": A.tolist(),
        "exponentials": exponentials.tolist(),
        "total": float(exponentials.sum()),
        "jacobian": jacobian.tolist(),
        "sums": jacobian.sum(axis=1).tolist(),
        "nll": float(nll.per_sample(Z[None], y[None])[0]),
        "gradient": gradient.tolist(),
        "shiftWords": shift_words(settings.shift, float(moved)),
        "colours": _colours(jacobian / STEEPEST, settings.theme),
        "gradientColours": _colours(gradient, settings.theme),
        "scale": _colours(np.array([-1.0, 0.0, 1.0]), settings.theme),
    }


def shift_words(shift: float, moved: float) -> str:
    """What adding `shift` to every logit did: `moved` is the largest change of a probability."""
    if shift == 0:
        return "Move c: it is added to every logit, and no probability changes."
    same = "they are equal to the last bit."
    if moved:
        same = f"the largest difference, {moved:.0e}, is how float64 rounds z + c."
    words = f"c = {shift:g} was added to every logit, and no probability has changed: {same}"
    return words.replace("-", "−")


def _colours(values: np.ndarray, theme: Theme) -> list:
    """Values in [-1, 1] -> the same shape in '#RRGGBB', pale enough to write on."""
    table = np.frombuffer(palette.field_palette(theme, TINT), np.uint8).reshape(-1, 3)
    return np.vectorize(lambda i: palette.hex_colour(tuple(map(int, table[i]))))(
        field_index(values)
    ).tolist()


def draw(settings: Softmax, packet: Packet) -> None:
    """Attach the numbers of a frame."""
    packet.attach("numbers", numbers(settings))


VERBS = sandbox.verbs(Softmax)
