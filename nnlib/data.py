"""The data sets: made ones on the plane and the line, real ones, and a person's own CSV.

Every random choice has a stream of its own made from the seed, so that dragging the noise (or the
test share) moves nothing else: labels, clean positions and split stay where they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nnlib.late import late
from nnlib.made import HALF_WIDTH, MADE
from nnlib.own import MAX_CLASSES, MAX_ROWS, MIN_ROWS, own_rows
from nnlib.table import MAX_COLUMNS, MAX_CSV_BYTES, DataError, Rows, Table, listing, quote, read_csv

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


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One row of the registry."""

    name: str
    title: str
    task: str  # "classification" | "regression"
    n_inputs: int  # 1: the line, 2: the plane
    classes: int | None  # 0 for regression, None: as many as `n_classes` says
    about: str  # one sentence for people
    columns: tuple[str, ...] = ()  # real data: all columns, in scikit-learn's order
    default_columns: tuple[str, ...] = ()  # real data: two that separate the classes well


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
    elif DATASETS[dataset].columns:
        rows = _real_rows(dataset, columns)
    else:
        rows = _made_rows(dataset, n_samples, n_classes, seed)

    n, d = rows.inputs.shape
    made = dataset in MADE
    classes = rows.target if rows.task == "classification" else np.zeros(n, dtype=np.int64)
    is_test = _split(classes, test_share, _stream(seed, SPLIT))

    plane, value = rows.inputs, rows.target
    center, scale = np.zeros(d), np.ones(d)
    target_center, target_scale = 0.0, 1.0
    extent = np.tile([-HALF_WIDTH, HALF_WIDTH], (d, 1))
    if not made:
        for j in range(d):
            center[j], scale[j] = _center_and_scale(plane[:, j], ~is_test, rows.input_names[j])
        plane = (plane - center) / scale
        low, high = plane.min(axis=0), plane.max(axis=0)
        extent = np.stack([low - 0.1 * (high - low), high + 0.1 * (high - low)], axis=1)
        if rows.task == "regression":
            target_center, target_scale = _center_and_scale(value, ~is_test, rows.target_name)
            value = (value - target_center) / target_scale

    draw = _stream(seed, NOISE).standard_normal((n, d))
    if made and rows.task == "regression":
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


def _made_rows(name: str, n_samples: int, n_classes: int, seed: int) -> Rows:
    row = DATASETS[name]
    count = n_classes if row.classes is None else row.classes
    position, target = MADE[name](_stream(seed, POSITIONS), n_samples, count)
    return Rows(
        task=row.task,
        inputs=position,
        target=target.astype(np.int64 if count else np.float64),
        class_names=tuple(str(k) for k in range(count)),
        input_names=("x1", "x2")[: row.n_inputs],
        target_name="class" if count else "y",
    )


# --- Real data ------------------------------------------------------------------------------------

REAL_TARGETS = {"iris": "species", "wine": "cultivar", "breast_cancer": "diagnosis"}


@lru_cache(maxsize=3)
def _sklearn_set(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """All rows (n, columns), class indices (n,) and class names of a set that scikit-learn has."""
    datasets = late("sklearn.datasets")  # 1.8 s, paid by those who choose a real data set
    found = getattr(datasets, f"load_{name}")()
    inputs, target = found.data.astype(np.float64), found.target.astype(np.int64)
    inputs.flags.writeable = target.flags.writeable = False  # they are shared
    return inputs, target, tuple(str(k).replace("_", " ") for k in found.target_names)


def _real_rows(name: str, columns: tuple[str, ...] | None) -> Rows:
    row = DATASETS[name]
    chosen = columns or row.default_columns
    for column in chosen:
        if column not in row.columns:
            raise DataError(
                f"columns: {quote(column)} is not a column of {row.title}. "
                f"Choose two of: {listing(row.columns)}."
            )
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise DataError(
            f"columns: {listing(chosen)} will not do for {row.title}. "
            f"Choose two different ones of: {listing(row.columns)}."
        )
    inputs, target, class_names = _sklearn_set(name)
    return Rows(
        task="classification",
        inputs=inputs[:, [row.columns.index(column) for column in chosen]],
        target=target,
        class_names=class_names,
        input_names=chosen,
        target_name=REAL_TARGETS[name],
    )


# --- The registry ---------------------------------------------------------------------------------

_IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
_WINE = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
_CELL = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_BREAST_CANCER = (
    *(f"mean {name}" for name in _CELL),
    *(f"{name} error" for name in _CELL),
    *(f"worst {name}" for name in _CELL),
)


def _classes(name: str, title: str, classes: int | None, about: str) -> Dataset:
    return Dataset(
        name=name, title=title, task="classification", n_inputs=2, classes=classes, about=about
    )


def _numbers(name: str, title: str, n_inputs: int, about: str) -> Dataset:
    return Dataset(
        name=name, title=title, task="regression", n_inputs=n_inputs, classes=0, about=about
    )


def _real(
    name: str, title: str, classes: int, columns: tuple, default: tuple, about: str
) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        task="classification",
        n_inputs=2,
        classes=classes,
        columns=columns,
        default_columns=default,
        about=about,
    )


# Default columns of the real sets: good in 5-fold cross-validation and easy to explain (RBF SVM
# 0.96 iris, 0.93 wine, 0.95 breast cancer).
DATASETS: dict[str, Dataset] = {
    row.name: row
    for row in (
        _classes("circle", "Circle", 2, "A disc inside a ring: no straight line separates them."),
        _classes("xor", "XOR", 2, "Opposite corners belong together, as in exclusive or."),
        _classes("gauss", "Gauss", 2, "Two round clouds that a straight line separates."),
        _classes("spiral", "Spiral", 2, "Two arms wound around each other: the hard one."),
        _classes("moons", "Moons", 2, "Two half circles that reach into each other."),
        _classes("checkerboard", "Checkerboard", 2, "Sixteen squares in two colours by turns."),
        _classes("blobs", "Blobs", None, "Round clouds on a circle, one for each class."),
        _classes("arms", "Spiral arms", None, "A spiral with one arm for each class."),
        _classes("rings", "Rings", None, "A disc and the rings around it, one for each class."),
        _numbers("plane", "Plane", 2, "A tilted plane: a linear model is enough."),
        _numbers("bumps", "Bumps", 2, "Three hills and three hollows."),
        _numbers("sine", "Sine", 1, "The sine curve on the line from -6 to 6."),
        _numbers("step", "Step", 1, "A jump from -1 to 1 at zero."),
        _numbers("cubic", "Cubic", 1, "A cubic curve with one hill and one hollow."),
        _real(
            "iris",
            "Iris",
            3,
            _IRIS,
            ("petal length (cm)", "petal width (cm)"),
            "150 iris flowers of three species, measured by Anderson, published by Fisher in 1936.",
        ),
        _real(
            "wine",
            "Wine",
            3,
            _WINE,
            ("alcohol", "flavanoids"),
            "178 Italian wines from three cultivars, by chemical analysis.",
        ),
        _real(
            "breast_cancer",
            "Breast cancer",
            2,
            _BREAST_CANCER,
            ("worst radius", "worst concave points"),
            "569 tumours from Wisconsin, malignant or benign, by the shape of their cell nuclei.",
        ),
    )
}
