"""What one data set is: the form of its entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Made = tuple[np.ndarray, np.ndarray]
# Gets a generator, the number of points and of classes, and gives clean positions (n, d) and
# targets (n,). Labels go round (0, 1, 0, 1, ...), so that classes differ by one point at most.
Maker = Callable[[np.random.Generator, int, int], Made]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One entry of the registry: a made data set (`make`) or a real one (`columns`)."""

    name: str
    title: str
    task: str  # "classification" | "regression"
    n_inputs: int  # 1: the line, 2: the plane
    classes: int | None  # 0 for regression, None: as many as `n_classes` says
    about: str  # one sentence for people
    target_name: str  # what the numbers to predict are called
    make: Maker | None = None
    columns: tuple[str, ...] = ()  # real data: all columns, in scikit-learn's order
    default_columns: tuple[str, ...] = ()  # real data: two that separate the classes well
