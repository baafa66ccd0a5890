"""From settings and points to what the network sees: phi(x), encoded targets, output and loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnlib.activations import ACTIVATIONS
from nnlib.config import RunConfig
from nnlib.data import DATASETS, Points, Table, load
from nnlib.features import FEATURES, phi
from nnlib.losses import LOSSES


def _pairs(kind: str) -> tuple[tuple[str, str], ...]:
    found = [
        (place, output, each.name)
        for each in LOSSES.values()
        for suits in each.suits
        if suits.kind == kind
        for output, place in suits.places
    ]
    return tuple((output, name) for _, output, name in sorted(found, key=lambda pair: pair[0]))


# Output and loss that make sense together, the usual choice of each kind of task first.
PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    kind: _pairs(kind) for kind in ("two classes", "classes", "regression")
}


@dataclass(frozen=True)
class Data:
    """The data as the network sees them, and the points that they were made from.

    X_train (n, m) and X_test are phi(x); y_train (n, k) and y_test are 0/1 in one column,
    one-hot, or regression targets.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    points: Points
    features: tuple[str, ...]
    output: str
    loss: str
    kind: str

    @property
    def threshold(self) -> float:
        """Where one output unit says class 1: 0.5, or 0 for the hinge's margin."""
        return LOSSES[self.loss].threshold


def kind_of(task: str, n_classes: int) -> str:
    """The row of PAIRS: 'two classes', 'classes' or 'regression'."""
    if task == "regression":
        return "regression"
    return "two classes" if n_classes == 2 else "classes"


def choose_pair(config: RunConfig, kind: str) -> tuple[str, str]:
    """Output and loss with 'auto' filled in: the first fitting pair of PAIRS.

    Raises ValueError where the pair cannot work on this kind of task.
    """
    output, loss = config.output, config.loss
    if output == loss == "auto":
        return PAIRS[kind][0]
    if output == "auto":
        fitting = [pair[0] for pair in PAIRS[kind] if pair[1] == loss]
        output = fitting[0] if fitting else LOSSES[loss].output or "linear"
    if loss == "auto":
        fitting = [pair[1] for pair in PAIRS[kind] if pair[0] == output]
        loss = fitting[0] if fitting else "squared"
    problem = pair_problem(output, loss, kind)
    if problem:
        raise ValueError(problem)
    return output, loss


def pair_problem(output: str, loss: str, kind: str) -> str | None:
    """Why a pair cannot be trained on this kind of task, or None."""
    needed = LOSSES[loss].output
    if needed not in (None, output):
        return f"loss {loss!r} needs output {needed!r}, not {output!r}"
    only = LOSSES[loss].only
    if only not in (None, kind):
        return f"loss {loss!r} is for {only}; this data has another kind of target ({kind})"
    if ACTIVATIONS[output].mixes and kind == "regression":
        return f"output {output!r} gives probabilities of classes; this data has a number as target"
    return None


def pair_warning(output: str, loss: str, kind: str) -> str | None:
    """A word of warning for a possible but odd pair, or None."""
    if (output, loss) in PAIRS[kind]:
        if loss == "squared" and kind != "regression":
            return (
                "Squared loss on classes: a confident mistake gives hardly any gradient "
                "where the output saturates."
                if not ACTIVATIONS[output].is_identity
                else "Squared loss on a linear output also punishes points that are far on "
                "the right side."
            )
        return None
    return f"{output} with {loss} is unusual here: its range may not reach the targets."


def with_dataset(config: RunConfig, dataset: str) -> RunConfig:
    """The config after a switch to another data set: what belonged to the old one is reset.

    That is columns, target and task; output and loss go back to "auto" unless they can be trained
    on the new data as they are ("own" data are not known here: always). All else is kept.
    """
    fresh = {"columns": None, "target": None, "task": "auto"}
    config = config.replace(dataset=dataset, **fresh)
    if dataset != "own":
        row = DATASETS[dataset]
        classes = config.n_classes if row.classes is None else row.classes
        try:
            choose_pair(config, kind_of(row.task, classes))
            return config
        except ValueError:
            pass
    return config.replace(output="auto", loss="auto")


def usable_features(names: tuple[str, ...], n_inputs: int) -> tuple[str, ...]:
    """The chosen inputs that this data has: on the line those without x2, at least x1."""
    if n_inputs == 2:
        return names
    return tuple(name for name in names if not FEATURES[name].needs_x2) or ("x1",)


# What the data depend on: runs that differ in other settings share them.
_SETTINGS = (
    *("dataset", "n_samples", "test_share", "noise", "seed", "n_classes"),
    *("columns", "target", "task", "features", "output", "loss"),
)


def prepare(config: RunConfig, own: Table | None = None, dtype: DTypeLike = np.float32) -> Data:
    """Load, compute phi and encode the targets; the arrays are read-only.

    Raises DataError or ValueError (with a sentence for people) where the settings do not fit
    the data.
    """
    if own is not None:
        return _prepare(config, own, dtype)
    return _prepared(tuple(getattr(config, name) for name in _SETTINGS), np.dtype(dtype))


@lru_cache(maxsize=32)
def _prepared(settings: tuple[Any, ...], dtype: np.dtype) -> Data:
    return _prepare(RunConfig(**dict(zip(_SETTINGS, settings, strict=True))), None, dtype)


def _prepare(config: RunConfig, own: Table | None, dtype: DTypeLike) -> Data:
    points = load(
        config.dataset,
        n_samples=config.n_samples,
        test_share=config.test_share,
        noise=config.noise,
        seed=config.seed,
        n_classes=config.n_classes,
        columns=config.columns,
        own=own,
        target=config.target,
        task=config.task,
    )
    kind = kind_of(points.task, points.n_classes)
    output, loss = choose_pair(config, kind)
    features = usable_features(config.features, points.train.shape[1])
    one_hot = kind == "classes" or (kind == "two classes" and ACTIVATIONS[output].mixes)

    def encode(target: np.ndarray) -> np.ndarray:
        if one_hot:
            return np.eye(points.n_classes, dtype=dtype)[target]
        return target.astype(dtype)[:, None]

    data = Data(
        X_train=phi(points.train, features).astype(dtype),
        y_train=encode(points.train_target),
        X_test=phi(points.test, features).astype(dtype),
        y_test=encode(points.test_target),
        points=points,
        features=features,
        output=output,
        loss=loss,
        kind=kind,
    )
    for array in (data.X_train, data.y_train, data.X_test, data.y_test):
        array.flags.writeable = False
    return data


def score(data: Data, prediction: np.ndarray, y: np.ndarray) -> float:
    """Accuracy (share of rows classified right), or R^2 = 1 - SSE/SST for regression."""
    if data.kind == "regression":
        residual = float(((prediction - y) ** 2).sum())
        total = float(((y - y.mean(axis=0)) ** 2).sum())
        return 1.0 - residual / total if total > 0 else 0.0
    return float((classify(data, prediction) == classify_target(y)).mean())


def classify(data: Data, prediction: np.ndarray) -> np.ndarray:
    """Class index (n,) of outputs (n, k): the largest unit, or the threshold for one unit."""
    if prediction.shape[1] == 1:
        return (prediction[:, 0] >= data.threshold).astype(np.intp)
    return prediction.argmax(axis=1)


def classify_target(y: np.ndarray) -> np.ndarray:
    """Class index (n,) of encoded targets."""
    return y[:, 0].astype(np.intp) if y.shape[1] == 1 else y.argmax(axis=1)
