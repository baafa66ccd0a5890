"""The real data sets, which scikit-learn brings along: iris, wine and breast cancer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nnlib.basics.late import late
from nnlib.datasets.dataset import Dataset
from nnlib.datasets.table import DataError, Rows, listing, quote


@lru_cache(maxsize=3)
def _sklearn_set(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """All rows (n, columns), class indices (n,) and class names of a set that scikit-learn has."""
    datasets = late("sklearn.datasets")  # 1.8 s, paid by those who choose a real data set
    found = getattr(datasets, f"load_{name}")()
    inputs, target = found.data.astype(np.float64), found.target.astype(np.int64)
    inputs.flags.writeable = target.flags.writeable = False  # they are shared
    return inputs, target, tuple(str(k).replace("_", " ") for k in found.target_names)


def real_rows(row: Dataset, columns: tuple[str, ...] | None) -> Rows:
    """All rows of a real set with two of its columns; DataError where there are no such two."""
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
    inputs, target, class_names = _sklearn_set(row.name)
    return Rows(
        task=row.task,
        inputs=inputs[:, [row.columns.index(column) for column in chosen]],
        target=target,
        class_names=class_names,
        input_names=chosen,
        target_name=row.target_name,
    )


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


def _real(
    name: str,
    title: str,
    classes: int,
    target: str,
    columns: tuple[str, ...],
    default: tuple[str, ...],
    about: str,
) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        task="classification",
        n_inputs=2,
        classes=classes,
        about=about,
        target_name=target,
        columns=columns,
        default_columns=default,
    )


# Default columns: good in 5-fold cross-validation and easy to explain (RBF SVM 0.96 iris, 0.93
# wine, 0.95 breast cancer).
ENTRIES = (
    _real(
        "iris",
        "Iris",
        3,
        "species",
        _IRIS,
        ("petal length (cm)", "petal width (cm)"),
        "150 iris flowers of three species, measured by Anderson, published by Fisher in 1936.",
    ),
    _real(
        "wine",
        "Wine",
        3,
        "cultivar",
        _WINE,
        ("alcohol", "flavanoids"),
        "178 Italian wines from three cultivars, by chemical analysis.",
    ),
    _real(
        "breast_cancer",
        "Breast cancer",
        2,
        "diagnosis",
        _BREAST_CANCER,
        ("worst radius", "worst concave points"),
        "569 tumours from Wisconsin, malignant or benign, by the shape of their cell nuclei.",
    ),
)
