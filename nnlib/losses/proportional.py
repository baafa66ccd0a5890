"""Losses that grow in proportion to the error: absolute, Huber's, and the hinge."""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np

from nnlib.basics.ops import Op, number, zeros_for
from nnlib.basics.registry import Interval, Setting, made_with_defaults, shown
from nnlib.losses.entry import InPlace, Loss, Suits, matched, matched_labels

# --- Absolute -----------------------------------------------------------------------------------


def _absolute(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched(prediction, y)
    return np.abs(g - y).sum(axis=1)


def _absolute_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched(prediction, y)
    return np.sign(g - y)  # 0 at the kink g = y: an exact prediction asks for no change


def _record_absolute_gradient(A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, A, y, out), partial(np.sign, out, out)]


def _record_absolute(Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    return [partial(np.subtract, A, y, out), partial(np.absolute, out, out)]


_ABSOLUTE = Loss(
    "absolute",
    output=None,
    on_logits=False,
    per_sample=_absolute,
    gradient=_absolute_gradient,
    formula=r"\sum_k |g_k - y_k|",
    gradient_formula=r"\operatorname{sign}(g_k - y_k)",
    note="Regression towards the median: an outlier counts no more than its distance.",
    source="Boscovich (1757)",
    title="absolute loss",
    axis="absolute loss",
    in_place=InPlace(_record_absolute_gradient, _record_absolute),
    suits=(Suits("regression", (("linear", 1),)),),
)

# --- Huber --------------------------------------------------------------------------------------

HUBER_DELTA = Setting(
    "huber_delta",
    default=1.0,
    low=0.01,
    high=100.0,
    domain=Interval(0, math.inf, low_open=True, high_open=True),
    label="δ of the Huber loss",
    about="δ: errors beyond it count in proportion, smaller ones squared.",
    step=0.1,
)


def _huber(prediction: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    g, y = matched(prediction, y)
    size = np.abs(g - y)
    inside = np.minimum(size, delta)
    # inside * (size - inside / 2) is size^2 / 2 up to delta and delta (size - delta / 2) beyond.
    return (inside * (size - 0.5 * inside)).sum(axis=1)


def _huber_gradient(prediction: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    g, y = matched(prediction, y)
    return np.clip(g - y, -delta, delta)


def _record_huber_gradient(
    A: np.ndarray, y: np.ndarray, out: np.ndarray, *, delta: float
) -> list[Op]:
    return [
        partial(np.subtract, A, y, out),
        partial(np.minimum, out, number(delta, A), out=out),
        partial(np.maximum, out, number(-delta, A), out=out),
    ]


def _record_huber(
    Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray, *, delta: float
) -> list[Op]:
    # i (|r| - i / 2) with i = min(|r|, delta)
    inside, half = np.empty_like(A), np.empty_like(A)
    return [
        partial(np.subtract, A, y, out),
        partial(np.absolute, out, out),
        partial(np.minimum, out, number(delta, A), out=inside),
        partial(np.multiply, inside, number(0.5, A), half),
        partial(np.subtract, out, half, out),
        partial(np.multiply, out, inside, out),
    ]


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_huber(*, huber_delta: float) -> Loss:
    delta = huber_delta
    return Loss(
        "huber",
        output=None,
        on_logits=False,
        per_sample=partial(_huber, delta=delta),
        gradient=partial(_huber_gradient, delta=delta),
        formula=r"\sum_k \begin{cases} \tfrac{1}{2} r_k^2 & |r_k| \le \delta \\"
        r" \delta\,(|r_k| - \tfrac{\delta}{2}) & |r_k| > \delta \end{cases}"
        rf"\quad r = g - y,\ \delta = {shown(delta)}",
        gradient_formula=r"\min(\max(g_k - y_k, -\delta), \delta)",
        note="Regression: squared near zero, absolute for outliers. With its usual factor 1/2, "
        "which the squared loss here does not have.",
        source="Huber (1964)",
        title="Huber loss",
        axis="Huber loss",
        in_place=InPlace(
            partial(_record_huber_gradient, delta=delta), partial(_record_huber, delta=delta)
        ),
        fields=(HUBER_DELTA,),
        make=_make_huber,
        suits=(Suits("regression", (("linear", 2),)),),
    )


# --- Hinge --------------------------------------------------------------------------------------


def _hinge(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched_labels(prediction, y)
    t = 2 * y - 1
    return np.maximum(1 - t * g, 0).sum(axis=1)


def _hinge_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = matched_labels(prediction, y)
    t = 2 * y - 1
    return np.where(t * g < 1, -t, 0)  # 0 at the kink t g = 1: the margin is reached


def _record_hinge_gradient(A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    # -t where t g < 1, t = 2 y - 1
    margin, gate = np.empty_like(A), np.empty(A.shape, bool)
    return [
        partial(np.multiply, y, number(-2, A), out),
        partial(np.add, out, number(1, A), out),
        partial(np.multiply, out, A, margin),
        partial(np.greater, margin, number(-1, A), gate),
        partial(np.multiply, out, gate, out),
    ]


def _record_hinge(Z: np.ndarray, A: np.ndarray, y: np.ndarray, out: np.ndarray) -> list[Op]:
    # max(0, 1 - t g), t = 2 y - 1
    return [
        partial(np.multiply, 2 * y - 1, A, out),
        partial(np.subtract, number(1, A), out, out),
        partial(np.maximum, out, zeros_for(out), out=out),
    ]


_HINGE = Loss(
    "hinge",
    output="linear",
    on_logits=False,
    per_sample=_hinge,
    gradient=_hinge_gradient,
    formula=r"\max(0,\ 1 - t\,g), \quad t = 2y - 1",
    gradient_formula=r"\begin{cases} -t & t\,g < 1 \\ 0 & t\,g \ge 1 \end{cases}",
    note="Two classes, y 0 or 1: no loss once the margin is reached, as in a support vector "
    "machine.",
    source="Cortes & Vapnik (1995)",
    title="hinge loss",
    axis="hinge loss",
    in_place=InPlace(_record_hinge_gradient, _record_hinge),
    suits=(Suits("two classes", (("linear", 4),)),),
    only="two classes",
    threshold=0.0,
    half_range=1.0,
)

ENTRIES = (_ABSOLUTE, made_with_defaults(_make_huber, HUBER_DELTA), _HINGE)
