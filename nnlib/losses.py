"""Loss functions: how wrong a prediction is, and its gradient with respect to that prediction.

Every function takes a prediction and a target y, both (n, k), and keeps the prediction's dtype.
A loss sums over the k outputs of a sample; `Loss.value` takes the mean over the n samples. The
gradient of row i is that of row i's own loss, so whoever minimises the mean divides it by n.

The squared loss has no factor 1/2, unlike scikit-learn's. Cross-entropies take logits (the
pre-activations of the last layer), so that they stay finite for logits of +-1000.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from nnlib.activations import sigmoid, softmax


@dataclass(frozen=True)
class Loss:
    """One loss function with its gradient, and what a page says about it.

    Attributes
    ----------
    name : the key in LOSSES
    output : the activation that the last layer must have, or None when any will do
    on_logits : True when `prediction` means Z^L (the loss applies the output activation itself),
        False when it means A^L
    per_sample : (prediction, y), both (n, k) -> (n,), summed over outputs
    gradient : (prediction, y), both (n, k) -> (n, k), d per_sample[i] / d prediction[i]
    formula, gradient_formula : KaTeX, for one sample
    note : one plain line on what it is used for
    source : author (year)

    Both functions raise ValueError, naming the shapes, unless prediction and y are both (n, k).
    """

    name: str
    output: str | None
    on_logits: bool
    per_sample: Callable[[np.ndarray, np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray, np.ndarray], np.ndarray]
    formula: str
    gradient_formula: str
    note: str
    source: str

    @property
    def settings(self) -> dict[str, float]:
        """The loss's own number by name: delta (huber)."""
        return dict(getattr(self.per_sample, "keywords", {}))

    def value(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """The mean over samples of per_sample; ValueError when there is no sample."""
        losses = self.per_sample(prediction, y)
        if losses.size == 0:
            raise ValueError("the mean loss needs at least one sample. Got 0 instead.")
        return float(losses.mean())


def _matched(prediction: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both arrays in the prediction's floating dtype; ValueError unless both are (n, k)."""
    prediction, y = np.asarray(prediction), np.asarray(y)
    # (n,) against (n, 1) would broadcast to (n, n) and train on nonsense without a word.
    if prediction.ndim != 2 or prediction.shape != y.shape:
        raise ValueError(
            "prediction and y must have the same shape (n, k). "
            f"Got {prediction.shape} and {y.shape} instead."
        )
    if not np.issubdtype(prediction.dtype, np.floating):
        prediction = prediction.astype(np.float64)
    return prediction, y.astype(prediction.dtype, copy=False)


def _matched_labels(prediction: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As _matched, for classes coded 0 and 1; labels of -1 and 1 are an easy mistake to make."""
    prediction, y = _matched(prediction, y)
    if y.size and (y.min() < 0 or y.max() > 1):
        raise ValueError(f"y must lie in [0, 1]. Got {y.min():g} to {y.max():g} instead.")
    return prediction, y


def _squared(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched(prediction, y)
    return np.square(g - y).sum(axis=1)


def _squared_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched(prediction, y)
    return 2 * (g - y)


def _nll(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = _matched_labels(prediction, y)
    # softplus(z) - y z, with softplus(z) = max(z, 0) + log(1 + e^-|z|) and the large terms first:
    # for a confident right answer they cancel and the small loss keeps its digits.
    return (np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)


def _nll_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = _matched_labels(prediction, y)
    return sigmoid(z) - y


def _softmax_nll(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = _matched(prediction, y)
    shifted = z - z.max(axis=1, keepdims=True)  # the log-sum-exp trick: no exponential overflows
    log_g = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * log_g).sum(axis=1)


def _softmax_nll_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    z, y = _matched(prediction, y)
    # The sum of a row of y is 1 for one-hot targets: then this is the familiar softmax(z) - y.
    return softmax(z) * y.sum(axis=1, keepdims=True) - y


def _absolute(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched(prediction, y)
    return np.abs(g - y).sum(axis=1)


def _absolute_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched(prediction, y)
    return np.sign(g - y)  # 0 at the kink g = y: an exact prediction asks for no change


def _huber(prediction: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    g, y = _matched(prediction, y)
    size = np.abs(g - y)
    inside = np.minimum(size, delta)
    # inside * (size - inside / 2) is size^2 / 2 up to delta and delta (size - delta / 2) beyond.
    return (inside * (size - 0.5 * inside)).sum(axis=1)


def _huber_gradient(prediction: np.ndarray, y: np.ndarray, delta: float) -> np.ndarray:
    g, y = _matched(prediction, y)
    return np.clip(g - y, -delta, delta)


def _hinge(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched_labels(prediction, y)
    t = 2 * y - 1
    return np.maximum(1 - t * g, 0).sum(axis=1)


def _hinge_gradient(prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
    g, y = _matched_labels(prediction, y)
    t = 2 * y - 1
    return np.where(t * g < 1, -t, 0)  # 0 at the kink t g = 1: the margin is reached


@lru_cache(maxsize=64)  # equal numbers, the same object
def _make_huber(delta: float) -> Loss:
    shown = np.format_float_positional(delta, trim="-")
    return Loss(
        "huber",
        output=None,
        on_logits=False,
        per_sample=partial(_huber, delta=delta),
        gradient=partial(_huber_gradient, delta=delta),
        formula=r"\sum_k \begin{cases} \tfrac{1}{2} r_k^2 & |r_k| \le \delta \\"
        r" \delta\,(|r_k| - \tfrac{\delta}{2}) & |r_k| > \delta \end{cases}"
        rf"\quad r = g - y,\ \delta = {shown}",
        gradient_formula=r"\min(\max(g_k - y_k, -\delta), \delta)",
        note="Regression: squared near zero, absolute for outliers. With its usual factor 1/2, "
        "which the squared loss here does not have.",
        source="Huber (1964)",
    )


_ALL = (
    Loss(
        "squared",
        output=None,
        on_logits=False,
        per_sample=_squared,
        gradient=_squared_gradient,
        formula=r"\sum_k (g_k - y_k)^2",
        gradient_formula=r"2\,(g_k - y_k)",
        note="Regression: large errors count most. No factor 1/2.",
        source="Legendre (1805)",
    ),
    Loss(
        "nll",
        output="sigmoid",
        on_logits=True,
        per_sample=_nll,
        gradient=_nll_gradient,
        formula=r"-\left(y \log g + (1 - y) \log(1 - g)\right), \quad g = \sigma(z)",
        gradient_formula=r"\frac{\partial}{\partial z} = \sigma(z) - y",
        note="Two classes, y in [0, 1] in one column: the negative log likelihood of the label.",
        source="Cox (1958)",
    ),
    Loss(
        "softmax_nll",
        output="softmax",
        on_logits=True,
        per_sample=_softmax_nll,
        gradient=_softmax_nll_gradient,
        formula=r"-\sum_k y_k \log g_k, \quad g = \operatorname{softmax}(z)",
        gradient_formula=r"\frac{\partial}{\partial z_k} = g_k - y_k",
        note="Several classes, y one-hot: the negative log likelihood of the right class.",
        source="Bridle (1990)",
    ),
    Loss(
        "absolute",
        output=None,
        on_logits=False,
        per_sample=_absolute,
        gradient=_absolute_gradient,
        formula=r"\sum_k |g_k - y_k|",
        gradient_formula=r"\operatorname{sign}(g_k - y_k)",
        note="Regression towards the median: an outlier counts no more than its distance.",
        source="Boscovich (1757)",
    ),
    _make_huber(1.0),
    Loss(
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
    ),
)

LOSSES: dict[str, Loss] = {each.name: each for each in _ALL}


def loss(name: str, *, huber_delta: float = 1.0) -> Loss:
    """The loss of that name, with its parameter where it has one.

    Parameters
    ----------
    name : a key of LOSSES
    huber_delta : > 0, the error at which huber turns from squared to absolute; others ignore it

    Raises
    ------
    ValueError : an unknown name, or huber_delta not a finite number > 0.

    Examples
    --------
    >>> loss("squared").value(np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]]))
    5.0
    """
    if name not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}. Got {name!r} instead.")
    if name == "huber":
        if not 0 < huber_delta < np.inf:
            raise ValueError(f"huber_delta must be finite and > 0. Got {huber_delta!r} instead.")
        return _make_huber(float(huber_delta))
    return LOSSES[name]
