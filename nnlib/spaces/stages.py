"""The cloud of data on its way through a network: x, Z^1, A^1, Z^2, ... and how to draw it.

Every layer is two moves of the cloud, a linear one (rotate, scale, shear, shift) and then the
activation. Stages of one to three units are drawn as they are; wider ones through a `Basis`. All
arrays are float64, a row per point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from nnlib.activations import softmax
from nnlib.data import Points
from nnlib.features import phi
from nnlib.network import MLP

DRAWN = 3  # a stage of so many units at most is drawn as it is


@dataclass(frozen=True)
class Stage:
    """What the data are at one place of the network.

    Attributes
    ----------
    name : "x" (or "phi" after features), "Z1", "A1", ... "AL"
    symbol : the same in KaTeX: "x", r"\\phi(x)", "Z^{1}", ...
    layer : 0 for the inputs, 1 to L
    kind : "input", "linear" (a Z) or "activation" (an A)
    values : (n, width)
    """

    name: str
    symbol: str
    layer: int
    kind: str
    values: np.ndarray

    @property
    def width(self) -> int:
        return self.values.shape[1]


def in_double(network: MLP) -> MLP:
    """A copy of the network in float64, held units included."""
    copy = MLP(
        network.sizes,
        network.activations,
        initializer="zeros",
        rng=np.random.default_rng(0),
        dtype=np.float64,
    )
    copy.parameters[:] = network.parameters
    copy.killed = network.killed
    return copy


def stages(network: MLP, Phi: np.ndarray, first: str = "x") -> list[Stage]:
    """All stages of a forward pass, 2 L + 1 of them.

    Phi : (n, m), what the network sees
    first : name of the first stage: "x", or "phi" where Phi holds more than the inputs themselves
    """
    trace = in_double(network).forward(Phi)
    found = [Stage(first, r"\phi(x)" if first == "phi" else "x", 0, "input", trace.A[0])]
    for layer in range(1, network.depth + 1):
        found.append(Stage(f"Z{layer}", f"Z^{{{layer}}}", layer, "linear", trace.Z[layer]))
        found.append(Stage(f"A{layer}", f"A^{{{layer}}}", layer, "activation", trace.A[layer]))
    return found


def grid_lines(points: Points, lines: int, samples: int) -> np.ndarray:
    """Straight lines over the view, from end to end, in the coordinates of `points.train`.

    (2 lines, samples, 2) in the plane: first the lines of equal x1, then those of equal x2. For
    data on the line (1, samples, 1), the line itself. `lines` and `samples` are >= 2.
    """
    if lines < 2 or samples < 2:
        raise ValueError(f"lines and samples: 2 or more. Got {lines} and {samples} instead.")
    along = [np.linspace(low, high, samples) for low, high in points.extent]
    if len(along) == 1:
        return along[0][None, :, None]
    at = [np.linspace(low, high, lines) for low, high in points.extent]
    upright = np.stack(np.broadcast_arrays(at[0][:, None], along[1]), axis=2)
    level = np.stack(np.broadcast_arrays(along[0], at[1][:, None]), axis=2)
    return np.concatenate([upright, level])


def warped_grid(
    network: MLP, points: Points, features: Sequence[str], lines: int = 13, samples: int = 49
) -> list[np.ndarray]:
    """What becomes of the grid of the input plane: (grid lines, samples, width) for every stage."""
    grid = grid_lines(points, lines, samples)
    found = stages(network, phi(grid.reshape(-1, grid.shape[2]), features))
    return [stage.values.reshape(*grid.shape[:2], stage.width) for stage in found]


# --- Drawing more than three units --------------------------------------------------------------


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
    known = previous is not None and previous.axes.shape == axes.shape
    axes = _turned(axes, previous.axes if known else None)
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
    known = (
        previous is not None
        and previous.axes.shape == (values.shape[1], dimensions)
        and previous.crossing == rank
    )
    if normals.shape[1] == 1:  # the second class is always on the right
        across = normals[:, :1] / np.linalg.norm(normals[:, 0])
    else:
        across = _turned(U[:, :rank], previous.axes[:, :rank] if known else None)
    center = values.mean(axis=0)
    left = values - center
    left = left - left @ across @ across.T
    along = _main_axes(left, dimensions - rank, across)
    along = _turned(along, previous.axes[:, rank:] if known else None)
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


# --- From one stage to the next -----------------------------------------------------------------


@dataclass(frozen=True)
class LinearMove:
    """Z = A W + b taken apart, as drawn: rotate, scale, shear, (bring in,) shift.

    With P the drawn points before, the drawn points after are P R S + H + s: R a rotation, S
    symmetric (the polar decomposition of the drawn map), whose diagonal scales along the axes
    of the picture and whose other entries shear, s a shift. Where wider stages are drawn through
    a basis, H is what the map brings in from directions that the picture before does not show.

    Attributes
    ----------
    moves : their names, in order; each takes an equal part of t from 0 to 1
    rotation : (D, D) orthogonal with determinant 1, D the larger of the two drawings' dimensions
    stretch : (D, D) symmetric; a negative eigenvalue is a mirror
    hidden : (width before, D)
    shift : (D,)
    angle : degrees that R turns by, 0 to 180 (in the plane -180 to 180, anticlockwise positive)
    mirrored : whether the drawn map turns the picture over
    """

    moves: tuple[str, ...]
    rotation: np.ndarray
    stretch: np.ndarray
    hidden: np.ndarray
    shift: np.ndarray
    angle: float
    mirrored: bool
    before: Basis

    def at(self, before: np.ndarray, after: np.ndarray | None, t: float) -> np.ndarray:
        """Values (..., width) of the stage before as they are drawn at t in 0-1: (..., D).

        At 0 they are the drawing before, at 1 the drawing after, filled up with zeros where one
        has fewer dimensions. `after` is not looked at; an ActivationMove needs it.
        """
        done = dict(zip(self.moves, _phases(t, len(self.moves)), strict=True))
        diagonal = np.diag(np.diag(self.stretch))
        size = len(self.stretch)
        S = np.eye(size) + done["scale"] * (diagonal - np.eye(size))
        S = S + done["shear"] * (self.stretch - diagonal)
        drawn = _widened(project(before, self.before), size)
        drawn = drawn @ _part_of_rotation(self.rotation, done["rotate"]) @ S
        if "bring in" in done:
            drawn = drawn + done["bring in"] * ((before - self.before.center) @ self.hidden)
        return drawn + done["shift"] * self.shift


@dataclass(frozen=True)
class ActivationMove:
    """From Z to A = f(Z): every drawn point goes straight to its place."""

    before: Basis
    after: Basis
    moves: tuple[str, ...] = ("activation",)

    def at(self, before: np.ndarray, after: np.ndarray, t: float) -> np.ndarray:
        """Values Z and A, both (..., width), as they are drawn at t in 0-1: (..., D)."""
        size = max(self.before.axes.shape[1], self.after.axes.shape[1])
        start = _widened(project(before, self.before), size)
        return start + t * (_widened(project(after, self.after), size) - start)


def linear_move(W: np.ndarray, b: np.ndarray, before: Basis, after: Basis) -> LinearMove:
    """The linear part of a layer, W (m, n) and b (n,), between two drawn stages."""
    W, b = W.astype(float), b.astype(float)
    size = max(before.axes.shape[1], after.axes.shape[1])
    axes = _widened(before.axes, size)
    whole = _widened(W @ after.axes, size)  # from the values before to the drawing after
    G = axes.T @ whole  # of it, what acts on the drawing before
    U, sizes, Vt = np.linalg.svd(G)
    signs = np.ones(size)
    if np.linalg.det(U @ Vt) < 0:  # a mirror is no rotation: leave it to the smallest stretch
        signs[-1] = -1
    rotation = (U * signs) @ Vt
    stretch = Vt.T @ np.diag(sizes * signs) @ Vt
    hidden = whole - axes @ G
    shift = _widened((before.center @ W + b - after.center) @ after.axes, size)
    moves = ["rotate", "scale", "shear", "shift"]
    if np.abs(hidden).max() > 1e-12 * max(np.abs(whole).max(), 1e-300):
        moves.insert(3, "bring in")
    singular = sizes[-1] <= 1e-12 * sizes[0]
    mirrored = bool(signs[-1] < 0 and not singular)
    return LinearMove(
        tuple(moves), rotation, stretch, hidden, shift, _angle(rotation), mirrored, before
    )


def moves(network: MLP, bases: Sequence[Basis]) -> list[LinearMove | ActivationMove]:
    """The 2 L moves between the stages of a network, drawn in these 2 L + 1 bases.

    `moves[i].at(stages[i].values, stages[i + 1].values, t)` is what is seen between them.
    """
    if len(bases) != 2 * network.depth + 1:
        raise ValueError(f"bases: {2 * network.depth + 1}, one a stage. Got {len(bases)} instead.")
    found = []
    for i, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        found.append(linear_move(W, b, bases[2 * i], bases[2 * i + 1]))
        found.append(ActivationMove(bases[2 * i + 1], bases[2 * i + 2]))
    return found


def _phases(t: float, n: int) -> list[float]:
    """How far each of n moves, one after the other, has got at t in 0-1."""
    return [min(max(t * n - i, 0.0), 1.0) for i in range(n)]


def _widened(values: np.ndarray, size: int) -> np.ndarray:
    """Zeros appended along the last axis up to `size`."""
    missing = size - values.shape[-1]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)]) if missing else values


def _angle(R: np.ndarray) -> float:
    """Degrees that a rotation of 1, 2 or 3 dimensions turns row vectors by."""
    if len(R) == 1:
        return 0.0
    if len(R) == 2:
        return math.degrees(math.atan2(R[0, 1], R[0, 0]))
    # The sine from the skew part keeps its digits where the cosine does not.
    sine = np.linalg.norm([R[1, 2] - R[2, 1], R[2, 0] - R[0, 2], R[0, 1] - R[1, 0]])
    return math.degrees(math.atan2(sine, np.trace(R) - 1))


def _part_of_rotation(R: np.ndarray, share: float) -> np.ndarray:
    """R to the power of `share`: the same rotation, that much of its angle."""
    if len(R) == 1 or share == 0:
        return np.eye(len(R))
    if share == 1:
        return R
    angle = math.radians(_angle(R)) * share
    if len(R) == 2:
        c, s = math.cos(angle), math.sin(angle)
        return np.array([[c, s], [-s, c]])
    # The axis is what R leaves as it is (right also for half a turn, where R is symmetric).
    axis = np.linalg.svd(R - np.eye(3))[2][-1]
    K = np.array([[0, axis[2], -axis[1]], [-axis[2], 0, axis[0]], [axis[1], -axis[0], 0]])
    if (K * (R - R.T)).sum() < 0:  # it turns the other way round
        K = -K
    return np.eye(3) + math.sin(angle) * K + (1 - math.cos(angle)) * (K @ K)  # Rodrigues


# --- What the output layer makes of the last hidden stage ---------------------------------------


@dataclass(frozen=True)
class Separator:
    """{p : normal . p + offset = 0} in a drawing: where the output layer is undecided.

    `classes` are the two classes (indices) on its negative and its positive side. In a basis that
    leaves units out, it is the cut of the true hyperplane with the drawn plane through its center.
    """

    normal: np.ndarray
    offset: float
    classes: tuple[int, int]


def separators(network: MLP, basis: Basis, threshold: float = 0.5) -> list[Separator]:
    """The lines (or planes) in the drawing of A^(L-1) that the output layer separates by.

    One output unit: where its activation equals `threshold` (Data.threshold). K units: for every
    pair of classes where their two z are equal. [] for an output with no single such place.
    """
    W = network.weights[-1].astype(float)
    b = network.biases[-1].astype(float)
    if W.shape[1] == 1:
        level = undecided(network, threshold)
        return [] if level is None else [_separator(W[:, 0], b[0] - level, basis, (0, 1))]
    return [
        _separator(W[:, j] - W[:, i], b[j] - b[i], basis, (i, j))
        for i, j in combinations(range(W.shape[1]), 2)
    ]


def undecided(network: MLP, threshold: float = 0.5) -> float | None:
    """The z of the one output unit where its activation equals `threshold`; None without one."""
    inverse = network.activations[-1].inverse
    level = inverse(threshold) if inverse else math.nan
    return None if math.isnan(level) else float(level)


def _separator(w: np.ndarray, constant: float, basis: Basis, classes: tuple[int, int]) -> Separator:
    return Separator(basis.axes.T @ w, float(basis.center @ w + constant), classes)


def separability(values: np.ndarray, y: np.ndarray) -> float:
    """How many of the points a linear classifier gets right, a share from 0 to 1.

    Method: (multinomial) logistic regression on standardised values with a penalty of
    1e-4 / 2 |w|^2 on the mean loss, fitted by Newton's method; for two classes the threshold is
    then moved along the direction found to where most points are right. The best line of all is
    NP-hard to find in general: this is a lower bound of its accuracy, and 1 wherever the classes
    are separable by more than a hair.

    Parameters
    ----------
    values : (n, width), finite
    y : (n,) class indices, (n, 1) of 0 and 1, or (n, K) one-hot

    Raises
    ------
    ValueError : no point, or another number of labels than of points.
    """
    y = np.asarray(y)
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    if len(values) == 0 or len(values) != len(y):
        raise ValueError(f"values and y: as many, at least one. Got {len(values)} and {len(y)}.")
    kinds, label = np.unique(y, return_inverse=True)
    if len(kinds) == 1:
        return 1.0
    scale = values.std(axis=0)
    used = scale > 1e-12 * np.maximum(np.abs(values).max(axis=0), 1e-300)
    centred = (values[:, used] - values[:, used].mean(axis=0)) / scale[used]
    X = np.column_stack([centred, np.ones(len(values))])
    theta = _logistic_fit(X, np.eye(len(kinds))[label])
    scores = X @ theta
    right = float((scores.argmax(axis=1) == label).mean())
    if len(kinds) == 2:
        right = max(right, _best_threshold(scores[:, 1] - scores[:, 0], label))
    return right


def _best_threshold(score: np.ndarray, label: np.ndarray) -> float:
    """The best share right of `score > threshold` (or its opposite), labels 0 and 1."""
    order = np.argsort(score, kind="stable")
    score, label = score[order], label[order]
    below = np.concatenate([[0], np.cumsum(1 - 2 * label)])  # zeros minus ones below a place
    right = (below + label.sum()) / len(label)
    between = np.concatenate([[True], score[1:] > score[:-1], [True]])  # never within a tie
    return float(max(right[between].max(), 1 - right[between].min()))


PENALTY = 1e-4


def _logistic_fit(X: np.ndarray, Y: np.ndarray, steps: int = 30) -> np.ndarray:
    """Weights (d, K) of softmax regression on X (n, d), Y (n, K) one-hot: damped Newton steps.

    Ends early once every point is right: more steps would only make the margin wider.
    """
    n, d = X.shape
    K = Y.shape[1]
    if K == 2:
        return _binary_fit(X, Y[:, 1], steps)
    label = Y.argmax(axis=1)
    penalty = np.full((d, K), PENALTY)
    penalty[-1] = 1e-9  # the bias is free; just enough to make the solution one

    def objective(theta: np.ndarray) -> float:
        z = X @ theta
        z -= z.max(axis=1, keepdims=True)
        chosen = (z * Y).sum(axis=1) - np.log(np.exp(z).sum(axis=1))
        return float((penalty * theta**2).sum() / 2 - chosen.mean())

    theta = np.zeros((d, K))
    value = objective(theta)
    for _ in range(steps):
        z = X @ theta
        if (z.argmax(axis=1) == label).all() and theta.any():
            break
        P = softmax(z)
        gradient = X.T @ (P - Y) / n + penalty * theta
        H = np.empty((K, d, K, d))
        for i in range(K):
            for j in range(i, K):
                weight = P[:, i] * ((i == j) - P[:, j]) / n
                H[i, :, j] = H[j, :, i] = (X * weight[:, None]).T @ X
        H = H.reshape(K * d, K * d)
        H[np.diag_indices(K * d)] += penalty.T.ravel()
        step = np.linalg.solve(H, gradient.T.ravel()).reshape(K, d).T
        theta, value, moved = _descend(objective, theta, value, step)
        if not moved:
            break
    return theta


def _binary_fit(X: np.ndarray, y: np.ndarray, steps: int) -> np.ndarray:
    """As `_logistic_fit` for two classes, y (n,) of 0 and 1, as (d, 2) with a first column of 0."""
    n, d = X.shape
    penalty = np.full(d, PENALTY)
    penalty[-1] = 1e-9
    t = 2 * y - 1

    def objective(w: np.ndarray) -> float:
        return float((penalty * w**2).sum() / 2 + np.logaddexp(0, -t * (X @ w)).mean())

    w = np.zeros(d)
    value = objective(w)
    for _ in range(steps):
        z = X @ w
        if (t * z > 0).all():
            break
        p = np.exp(-np.logaddexp(0, -z))
        gradient = X.T @ (p - y) / n + penalty * w
        H = (X * (p * (1 - p) / n)[:, None]).T @ X
        H[np.diag_indices(d)] += penalty
        w, value, moved = _descend(objective, w, value, np.linalg.solve(H, gradient))
        if not moved:
            break
    return np.column_stack([np.zeros(d), w])


def _descend(
    objective: Callable[[np.ndarray], float], at: np.ndarray, value: float, step: np.ndarray
) -> tuple[np.ndarray, float, bool]:
    """Go against the step, by half as much until the objective falls; whether it did so by much."""
    for _ in range(12):
        new = objective(at - step)
        if new < value:
            return at - step, new, value - new > 1e-5 * value
        step = step / 2
    return at, value, False


# --- Linear layers only -------------------------------------------------------------------------


@dataclass(frozen=True)
class OneMap:
    """Z^L = phi(x) @ W + b: a stack of linear layers as the one linear map that it is.

    Attributes
    ----------
    W : (m, k), the product of `factors`
    b : (k,)
    factors : W^1, W^2, ... W^L, each (m^l, n^l); columns of units held at 0 are 0
    """

    W: np.ndarray
    b: np.ndarray
    factors: list[np.ndarray]


def as_one_map(network: MLP) -> OneMap | None:
    """The product of all matrices if every hidden layer is linear (or there is none), else None."""
    if not all(f.is_identity for f in network.activations[:-1]):
        return None
    factors, W, b = [], None, None
    for layer, (weights, biases) in enumerate(
        zip(network.weights, network.biases, strict=True), start=1
    ):
        factor, shift = weights.astype(float), biases.astype(float)
        if layer < network.depth:
            held = network.killed_in(layer)
            factor[:, held] = shift[held] = 0
        factors.append(factor)
        W = factor if W is None else W @ factor
        b = shift if b is None else b @ factor + shift
    return OneMap(W, b, factors)
