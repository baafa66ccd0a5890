"""The data sets: made ones on the plane and the line, real ones, and a person's own CSV.

Every random choice has a stream of its own made from the seed, so that dragging the noise (or the
test share) moves nothing else: labels, clean positions and split stay where they were.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.basics.registry import by_name
from nnlib.datasets import made, real
from nnlib.datasets.dataset import Dataset
from nnlib.datasets.made import HALF_WIDTH
from nnlib.datasets.own import MAX_CLASSES, MAX_ROWS, MIN_ROWS, own_rows
from nnlib.datasets.real import real_rows
from nnlib.datasets.table import MAX_COLUMNS, MAX_CSV_BYTES, DataError, Rows, Table, quote, read_csv

__all__ = [
    "DATASETS",
    "MAX_CLASSES",
    "MAX_COLUMNS",
    "MAX_CSV_BYTES",
    "MAX_ROWS",
    "MIN_ROWS",
    "DataError",
    "Dataset",
    "Points",
    "Table",
    "load",
    "read_csv",
]

MAX_DEVIATIONS = 1e6  # of a standardised value; float32 counts no finer beyond this

# Streams of np.random.default_rng([seed, stream]).
POSITIONS, NOISE, SPLIT = 101, 102, 103

REGRESSION_NOISE = 0.25  # made targets span 2 units, made positions 12: noise 2 would drown them


DATASETS: dict[str, Dataset] = by_name((*made.ENTRIES, *real.ENTRIES))


@dataclass(frozen=True)
class Points:
    """Data before features and target encoding. d inputs (1 or 2), n training and m test rows.

    Inputs are in plane coordinates: as made, or standardised for real and own data;
    original = plane * scale + center.
    """

    task: str  # "classification" | "regression"
    train: np.ndarray  # (n, d) float64
    test: np.ndarray  # (m, d)
    train_target: np.ndarray  # (n,) int64 class index, or float64
    test_target: np.ndarray  # (m,)
    n_classes: int  # 0 for regression
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_name: str
    center: np.ndarray  # (d,)
    scale: np.ndarray  # (d,) > 0
    target_center: float
    target_scale: float
    extent: np.ndarray  # (d, 2) low and high end of the view; noise may carry points beyond
    note: str  # what was done to the data that a person should know, or ""


def load(
    dataset: str,
    *,
    n_samples: int,
    test_share: float,
    noise: float,
    seed: int,
    n_classes: int = 3,
    columns: tuple[str, ...] | None = None,
    own: Table | None = None,
    target: str | None = None,
    task: str = "auto",
) -> Points:
    """The points of a data set, split into train and test. The same arguments, the same bits.

    dataset: a name in DATASETS, or "own" with `own` a table from `read_csv`.
    n_samples: 20-2,000, how many points are made. Real data use all rows; own data all rows up to
        2,000, and beyond that a random sample of 2,000 (`note` says so).
    test_share: 0.1-0.9. With classes the split is stratified: of every class some rows go to each
        side, even where that makes the test set of a few points larger than asked for.
    noise: 0-2, times a fixed standard-normal draw for every point. It is added to the position
        (plane coordinates); of made regression data, times 0.25, to the target.
    n_classes: 2-6, of the made sets whose number of classes is free.
    columns: real data: two of the set's columns. Own data: one or two input columns (default: the
        first two besides the target that hold nothing but numbers, or the only one).
    target: own data: the column to predict (default: the last).
    task: own data: "classification", "regression", or "auto": classification when the target has
        text or at most 8 distinct values, all of them integers.

    Ranges are RunConfig's to check. Raises DataError where a name or the own data cannot be used.
    """
    if columns is not None:
        columns = tuple(columns)  # a key of a cache below
    if dataset == "own":
        rows = own_rows(own, columns, target, task, seed)
    elif dataset not in DATASETS:
        raise DataError(
            f"dataset: {quote(dataset)} does not exist. Choose one of: {', '.join(DATASETS)}, own."
        )
    elif DATASETS[dataset].make is None:
        rows = real_rows(DATASETS[dataset], columns)
    else:
        rows = _made_rows(DATASETS[dataset], n_samples, n_classes, seed)

    n, d = rows.inputs.shape
    is_made = dataset != "own" and DATASETS[dataset].make is not None
    classes = rows.target if rows.task == "classification" else np.zeros(n, dtype=np.int64)
    is_test = _split(classes, test_share, _stream(seed, SPLIT))

    plane, value = rows.inputs, rows.target
    center, scale = np.zeros(d), np.ones(d)
    target_center, target_scale = 0.0, 1.0
    extent = np.tile([-HALF_WIDTH, HALF_WIDTH], (d, 1))
    if not is_made:
        for j in range(d):
            center[j], scale[j] = _center_and_scale(plane[:, j], ~is_test, rows.input_names[j])
        plane = (plane - center) / scale
        low, high = plane.min(axis=0), plane.max(axis=0)
        extent = np.stack([low - 0.1 * (high - low), high + 0.1 * (high - low)], axis=1)
        if rows.task == "regression":
            target_center, target_scale = _center_and_scale(value, ~is_test, rows.target_name)
            value = (value - target_center) / target_scale

    draw = _stream(seed, NOISE).standard_normal((n, d))
    if is_made and rows.task == "regression":
        value = value + noise * REGRESSION_NOISE * draw[:, 0]
    else:
        plane = plane + noise * draw

    return Points(
        task=rows.task,
        train=plane[~is_test],
        test=plane[is_test],
        train_target=value[~is_test],
        test_target=value[is_test],
        n_classes=len(rows.class_names),
        class_names=rows.class_names,
        input_names=rows.input_names,
        target_name=rows.target_name,
        center=center,
        scale=scale,
        target_center=target_center,
        target_scale=target_scale,
        extent=extent,
        note=rows.note,
    )


def _stream(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream])


def _split(classes: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Which rows are test rows, (n,) bool: `share` of them, stratified by class.

    Rows queue in a random order in which every class is spread evenly, and the first ones are the
    test set. So a larger share keeps the test rows that there were. Every class of two or more
    rows gets at least one on each side.
    """
    n = len(classes)
    shuffled = rng.permutation(n)
    place = np.empty(n)  # in 0-1, of a row in the queue
    for k in np.unique(classes):
        members = shuffled[classes[shuffled] == k]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    queue = shuffled[np.argsort(place[shuffled], kind="stable")]

    is_test = np.zeros(n, dtype=bool)
    is_test[queue[: min(max(round(share * n), 1), n - 1)]] = True
    for k in np.unique(classes):
        members = queue[classes[queue] == k]
        if len(members) >= 2:
            is_test[members[0]] = True
            is_test[members[-1]] = False
    return is_test


def _center_and_scale(column: np.ndarray, train: np.ndarray, name: str) -> tuple[float, float]:
    """Mean and standard deviation (1/n) of the training rows of a column (n,).

    Raises DataError where they do not serve: a constant column, or values beyond all measure.
    """
    if column.min() == column.max():
        raise DataError(
            f"Column {quote(name)} has the same value in every row: choose another column."
        )
    center, scale = float(column[train].mean()), float(column[train].std())
    # Rounding gives a constant column a tiny deviation; dividing by it would show the rounding.
    if scale <= 1e-12 * np.abs(column[train]).max():
        raise DataError(
            f"Column {quote(name)} has (nearly) the same value in every training row: choose "
            "another column, or another seed."
        )
    if (np.abs(column - center) > MAX_DEVIATIONS * scale).any():
        raise DataError(
            f"Column {quote(name)} has a value that is more than a million standard deviations "
            "from the others: correct or delete that row, or choose another column."
        )
    return center, scale


def _made_rows(row: Dataset, n_samples: int, n_classes: int, seed: int) -> Rows:
    count = n_classes if row.classes is None else row.classes
    assert row.make is not None  # a made data set
    position, target = row.make(_stream(seed, POSITIONS), n_samples, count)
    return Rows(
        task=row.task,
        inputs=position,
        target=target.astype(np.int64 if count else np.float64),
        class_names=tuple(str(k) for k in range(count)),
        input_names=("x1", "x2")[: row.n_inputs],
        target_name=row.target_name,
    )
