"""Initial weights: where training starts.

Each unit (a column of W) draws from a random stream of its own, `rng.spawn(fan_out)[j]`, its fan_in
numbers in order. So a further unit or a further input leaves the draws of the others as they were;
only the scale follows the new fan_in and fan_out. All uniform kinds scale the same base draws on
[-1, 1), all normal kinds the same standard normal ones: two runs that differ in the initializer
differ in the scale alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Stream(Protocol):
    """What initializers need of a random generator: a numpy Generator, or what acts like one."""

    def spawn(self, n: int, /) -> Sequence[Stream]:
        """Streams of their own, for n units or layers."""

    def uniform(self, low: float, high: float, n: int, /) -> np.ndarray:
        """n numbers between low and high."""

    def standard_normal(self, n: int, /) -> np.ndarray:
        """n numbers of mean 0 and variance 1."""


@dataclass(frozen=True)
class Initializer:
    """One way to draw the weights of a layer, and what a page says about it.

    Attributes
    ----------
    name : the key in INITIALIZERS
    title : the name as people write it
    weights : (fan_in, fan_out, rng) -> W (fan_in, fan_out), float64. Fans are >= 1, ValueError
        otherwise. Spawning moves rng on: the same call on the same rng draws other weights, so
        give every layer a generator of its own
    bias : the value that every bias of the layer starts with
    formula : KaTeX of the distribution of W_ij
    note : one plain line on what it is used for
    source : author (year)
    for_relu : made for ReLU, whose units let half of the variance through
    """

    name: str
    title: str
    weights: Callable[[int, int, Stream], np.ndarray]
    bias: float
    formula: str
    note: str
    source: str
    for_relu: bool = False


def _check_fans(fan_in: int, fan_out: int) -> None:
    if fan_in < 1 or fan_out < 1:
        raise ValueError(f"fan_in and fan_out must be >= 1. Got {fan_in} and {fan_out} instead.")


def _base_uniform(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    """(fan_in, fan_out) draws on [-1, 1), a stream for each column."""
    _check_fans(fan_in, fan_out)
    return np.stack([unit.uniform(-1, 1, fan_in) for unit in rng.spawn(fan_out)], axis=1)


def _base_normal(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    """(fan_in, fan_out) standard normal draws, a stream for each column."""
    _check_fans(fan_in, fan_out)
    return np.stack([unit.standard_normal(fan_in) for unit in rng.spawn(fan_out)], axis=1)


def _zeros(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    _check_fans(fan_in, fan_out)
    return np.zeros((fan_in, fan_out))


def _uniform(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_uniform(fan_in, fan_out, rng) * 0.5


def _normal(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_normal(fan_in, fan_out, rng) * 0.1


# A uniform draw on [-b, b) has variance b^2 / 3: hence 6 where the normal kind has 2.


def _xavier_uniform(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_uniform(fan_in, fan_out, rng) * math.sqrt(6 / (fan_in + fan_out))


def _xavier_normal(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_normal(fan_in, fan_out, rng) * math.sqrt(2 / (fan_in + fan_out))


def _he_uniform(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_uniform(fan_in, fan_out, rng) * math.sqrt(6 / fan_in)


def _he_normal(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    return _base_normal(fan_in, fan_out, rng) * math.sqrt(2 / fan_in)


def _orthogonal(fan_in: int, fan_out: int, rng: Stream) -> np.ndarray:
    """Orthonormal columns, or orthonormal rows when there are more units than inputs."""
    base = _base_normal(fan_in, fan_out, rng)
    wide = fan_out > fan_in
    Q, R = np.linalg.qr(base.T if wide else base)
    # QR leaves the signs to the LAPACK at hand; a positive diagonal of R makes the result unique,
    # and uniformly distributed over the orthogonal matrices (Mezzadri 2007).
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    return np.ascontiguousarray(Q.T) if wide else Q


_ALL = (
    Initializer(
        "zeros",
        "zeros",
        _zeros,
        bias=0.0,
        formula="0",
        note="All units of a layer stay alike for ever.",
        source="None: shows why symmetry has to be broken",
    ),
    Initializer(
        "uniform",
        "uniform",
        _uniform,
        bias=0.1,  # comes with it: it is how TensorFlow Playground starts
        formula=r"\mathcal{U}(-0.5,\ 0.5), \quad b = 0.1",
        note="The same range for every layer, however wide.",
        source="TensorFlow Playground (2016)",
    ),
    Initializer(
        "normal",
        "normal",
        _normal,
        bias=0.0,
        formula=r"\mathcal{N}(0,\ 0.1^2)",
        note="Small weights: in a deep network signal and gradient fade from layer to layer.",
        source="The practice before Glorot & Bengio (2010)",
    ),
    Initializer(
        "xavier_uniform",
        "Xavier uniform",
        _xavier_uniform,
        bias=0.0,
        formula=r"\mathcal{U}(-b,\ b), \quad b = \sqrt{\frac{6}{n_{in} + n_{out}}}",
        note="Keeps the size of signal and gradient from layer to layer; for tanh and its kin.",
        source="Glorot & Bengio (2010), equation 16",
    ),
    Initializer(
        "xavier_normal",
        "Xavier normal",
        _xavier_normal,
        bias=0.0,
        formula=r"\mathcal{N}\left(0,\ \frac{2}{n_{in} + n_{out}}\right)",
        note="The same with normal draws.",
        source="Glorot & Bengio (2010), equation 12",
    ),
    Initializer(
        "he_uniform",
        "He uniform",
        _he_uniform,
        bias=0.0,
        formula=r"\mathcal{U}(-b,\ b), \quad b = \sqrt{\frac{6}{n_{in}}}",
        note="Keeps the size of the signal from layer to layer of ReLU.",
        source="He, Zhang, Ren & Sun (2015), with a uniform draw of the same variance",
        for_relu=True,
    ),
    Initializer(
        "he_normal",
        "He normal",
        _he_normal,
        bias=0.0,
        formula=r"\mathcal{N}\left(0,\ \frac{2}{n_{in}}\right)",
        note="The same with normal draws.",
        source="He, Zhang, Ren & Sun (2015), equation 10",
        for_relu=True,
    ),
    Initializer(
        "orthogonal",
        "orthogonal",
        _orthogonal,
        bias=0.0,
        formula=r"W^\top W = I \ \text{ or } \ W W^\top = I",
        note="Keeps lengths and angles of the signal, however deep a linear network is.",
        source="Saxe, McClelland & Ganguli (2014)",
    ),
)

INITIALIZERS: dict[str, Initializer] = {each.name: each for each in _ALL}
