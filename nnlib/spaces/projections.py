"""How a stage of many units is drawn in one to three dimensions: chosen units, PCA, its borders.

All arrays are float64, a row per point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

DRAWN = 3  # a stage of so many units at most is drawn as it is


@dataclass(frozen=True)
class Basis:
    """How a stage is drawn: (values - center) @ axes.

    Attributes
    ----------
    axes : (width, d) with orthonormal columns, d = 1, 2 or 3
    center : (width,)
    share : 0-1, share of the values' variance that the drawing shows; 1 where all is drawn
    kind : "as is", "chosen", "pca" or "border"
    units : the units (from 1) along the axes; () for "pca" and "border"
    crossing : how many axes, the first ones, cross a border; 0 unless `kind` is "border"
    """

    axes: np.ndarray
    center: np.ndarray
    share: float
    kind: str
    units: tuple[int, ...] = ()
    crossing: int = 0


def plain_basis(width: int) -> Basis:
    """One to three units, drawn as they are."""
    if not 1 <= width <= DRAWN:
        raise ValueError(f"width: 1 to {DRAWN} units are drawn as they are. Got {width} instead.")
    units = tuple(range(1, width + 1))
    return Basis(np.eye(width), np.zeros(width), 1.0, "as is", units)


def chosen_basis(values: np.ndarray, units: Sequence[int]) -> Basis:
    """Two or three chosen units of a stage, values (n, width); units from 1, each once."""
    width = values.shape[1]
    if len(set(units)) != len(units) or not 1 <= len(units) <= DRAWN:
        raise ValueError(f"units: one to {DRAWN} different ones. Got {tuple(units)} instead.")
    if min(units) < 1 or max(units) > width:
        raise ValueError(f"units: 1 to {width}. Got {tuple(units)} instead.")
    axes = np.eye(width)[:, [unit - 1 for unit in units]]
    share = share_of_variance(values, axes)
    return Basis(axes, np.zeros(width), share, "chosen", tuple(units))


def pca_basis(values: np.ndarray, previous: Basis | None = None, dimensions: int = 2) -> Basis:
    """The plane (or space) that shows most of the variance, turned as `previous` was.

    Principal axes are unique up to their signs only, and two of nearly equal variance change places
    as a network trains. Within the plane they are therefore turned (and mirrored) so that they lie
    as near as possible to the previous axes, the orthogonal Procrustes problem (Schönemann 1966):
    the share of variance is the same, and the picture does not spin. Without a previous basis, or
    one of another width, each axis points where its largest entry is positive.

    values : (n, width), width >= dimensions
    """
    width = values.shape[1]
    if not 1 <= dimensions <= min(DRAWN, width):
        raise ValueError(f"dimensions: 1 to {min(DRAWN, width)}. Got {dimensions} instead.")
    center = values.mean(axis=0)
    axes = _main_axes(values - center, dimensions)
    if previous is not None and previous.axes.shape != axes.shape:
        previous = None
    axes = _turned(axes, None if previous is None else previous.axes)
    return Basis(axes, center, share_of_variance(values, axes), "pca")


def border_basis(
    values: np.ndarray, W: np.ndarray, previous: Basis | None = None, dimensions: int = 2
) -> Basis | None:
    """The view of the last hidden stage in which the output layer's borders are what they look.

    The first axes span the directions that the output layer looks along: one unit's w / |w|, or
    the differences of the columns of W for more classes. All borders are at a right angle to the
    picture then, so that a point is drawn on the side on which it is. The other axes are the main
    components orthogonal to these. Turned as `previous` was, see `pca_basis`.

    values : (n, width); W : (width, k), the output layer's weights
    Returns None where there are more such directions than `dimensions`, or none (W is 0).
    """
    normals = W.astype(float)
    if normals.shape[1] > 1:
        normals = normals[:, 1:] - normals[:, :1]
    U, sizes, _ = np.linalg.svd(normals, full_matrices=False)
    rank = int((sizes > 1e-9 * sizes[0]).sum()) if sizes[0] > 0 else 0
    if not 1 <= rank <= dimensions:
        return None
    before = None if previous is None else previous.axes
    if previous is None or previous.crossing != rank or previous.axes.shape != (len(W), dimensions):
        before = None
    if normals.shape[1] == 1:  # the second class is always on the right
        across = normals[:, :1] / np.linalg.norm(normals[:, 0])
    else:
        across = _turned(U[:, :rank], None if before is None else before[:, :rank])
    center = values.mean(axis=0)
    left = values - center
    left = left - left @ across @ across.T
    along = _main_axes(left, dimensions - rank, across)
    along = _turned(along, None if before is None else before[:, rank:])
    axes = np.column_stack([across, along])
    return Basis(axes, center, share_of_variance(values, axes), "border", crossing=rank)


def _main_axes(
    centred: np.ndarray, dimensions: int, besides: np.ndarray | None = None
) -> np.ndarray:
    """Axes (width, dimensions) of most variance of centred values, orthogonal to `besides`."""
    scatter = centred.T @ centred / len(centred)
    if besides is not None:  # where nothing varies they must not be chosen again
        scatter = scatter - (1 + np.trace(scatter)) * besides @ besides.T
    return np.linalg.eigh(scatter)[1][:, : -dimensions - 1 : -1]


def _turned(axes: np.ndarray, previous: np.ndarray | None) -> np.ndarray:
    """Axes turned within their span toward the previous ones; without any, by their signs."""
    if previous is not None:
        U, _, Vt = np.linalg.svd(axes.T @ previous)
        return axes @ (U @ Vt)
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return axes * np.where(largest < 0, -1.0, 1.0)


def share_of_variance(values: np.ndarray, axes: np.ndarray) -> float:
    """Share 0-1 of the variance of values (n, width) along axes (width, d); 1 if there is none."""
    centred = values - values.mean(axis=0)
    total = float((centred**2).sum())
    if total == 0:
        return 1.0
    return min(float(((centred @ axes) ** 2).sum()) / total, 1.0)


def project(values: np.ndarray, basis: Basis) -> np.ndarray:
    """Values (..., width) as they are drawn, (..., d)."""
    return (values - basis.center) @ basis.axes
