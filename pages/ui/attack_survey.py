"""A whole data set under attack: accuracy against epsilon for each attack, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.attacks import deepfool, smallest_lbfgs
from nnlib.ball import sizes
from nnlib.boundary import Boundary
from nnlib.composed import Composed, decided
from nnlib.network import MLP
from nnlib.robustness import Curve, accuracies, curve_of_distances
from nnlib.run import Run
from nnlib.task import classify_target
from pages.ui.attack_point import box

EPSILONS = np.linspace(0, 2, 21)
SAMPLED = 24  # points for L-BFGS, which takes each by itself
FIRST = 5  # of the points that fall are numbered
_CHUNK = 100  # points whose true distance is looked for in one piece
_SAMPLE = 403  # the random stream of the sample


class Survey:
    """The curves of one network on all points of a run's data; `work` is done piece by piece.

    `accuracy` maps a name (fgsm, pgd, truth, deepfool, lbfgs) to shares of the points, as many as
    there are epsilons so far. L-BFGS takes each point by itself and is tried on SAMPLED of them:
    its curve is brute force's on all points, plus the share of the sample that L-BFGS fails to
    turn and brute force does not. So both are of the same points, their gap is what it misses.
    """

    def __init__(
        self,
        run: Run,
        network: MLP | Composed,
        boundary: Boundary,
        norm: str,
        steps: int,
        *,
        short: bool = False,
    ) -> None:
        data = run.data
        self.X, self.y = all_points(run)
        self.accuracy: dict[str, list[float]] = {}
        self.pgd: Curve | None = None
        self.distances: np.ndarray | None = None
        self.epoch, self.done = run.epoch, False
        self._run, self._network, self._boundary = run, network, boundary
        self._norm, self._steps = norm, steps
        self._right = decided(network.predict(self.X), data.loss) == classify_target(self.y)
        self._work = self._pieces(short)

    def work(self) -> None:
        """The next piece, 1 to 100 ms."""
        if next(self._work, self) is self:
            self.done = True

    @property
    def clean(self) -> float:
        """The accuracy without attack."""
        return float(self._right.mean())

    def at(self, epsilon: float) -> tuple[float, float] | None:
        """The measured epsilon next to this one, and the accuracy under PGD; None until then."""
        place = closest(epsilon)
        found = self.accuracy.get("pgd", [])
        return (float(EPSILONS[place]), found[place]) if place < len(found) else None

    def fallen(self, epsilon: float) -> np.ndarray | None:
        """(n,) bool: wrong under PGD with the measured epsilon next to this one, or without."""
        if self.pgd is None:
            return None
        return ~self.pgd.right[closest(epsilon)]

    def first(self) -> np.ndarray:
        """The rows of the points that are right and nearest to another class, nearest first."""
        if self.distances is None:
            return np.empty(0, int)
        order = np.argsort(np.where(self._right, self.distances, np.inf), kind="stable")[:FIRST]
        return order[self._right[order] & np.isfinite(self.distances[order])]

    def _pieces(self, short: bool) -> Iterator[None]:
        run, loss, bounds = self._run, self._run.loss, box(self._run.data.points)
        for name in ("pgd",) if short else ("fgsm", "pgd"):
            rows, found = [], self.accuracy.setdefault(name, [])
            for right in accuracies(
                *(self._network, self.X, self.y, loss, EPSILONS, name, self._norm, bounds),
                steps=self._steps,
            ):
                rows.append(right)
                found.append(float(right.mean()))
                yield
            if name == "pgd":
                self.pgd = Curve(EPSILONS, np.stack(rows))
        chunks = []
        for start in range(0, len(self.X), _CHUNK):
            chunks.append(self._boundary.distance(self.X[start : start + _CHUNK], self._norm))
            yield
        self.distances = np.concatenate(chunks)
        self._measured("truth", self._right, self.distances)
        if short:
            return
        moved = deepfool(self._network, self.X, loss, self._norm, bounds)
        flipped = decided(self._network.predict(moved), loss) != decided(
            self._network.predict(self.X), loss
        )
        far = np.where(flipped, sizes(moved - self.X, self._norm), np.inf)
        self._measured("deepfool", self._right, far)
        yield
        rows = np.random.default_rng([run.config.seed, _SAMPLE]).permutation(len(self.X))[:SAMPLED]
        far = np.full(len(rows), np.inf)
        for i, row in enumerate(rows):
            if self._right[row]:
                x, y = self.X[row : row + 1], self.y[row : row + 1]
                found = smallest_lbfgs(self._network, x, y, loss, None, bounds)
                if found.found[0]:
                    far[i] = sizes(found.X_adversarial - x, self._norm)[0]
                yield
        exact = self._curve(self._right[rows], self.distances[rows])
        missed = self._curve(self._right[rows], far) - exact
        estimate = np.array(self.accuracy["truth"]) + missed
        self.accuracy["lbfgs"] = np.minimum.accumulate(estimate).tolist()  # a larger ball, no less

    def _measured(self, name: str, right: np.ndarray, distances: np.ndarray) -> None:
        self.accuracy[name] = self._curve(right, distances).tolist()

    def _curve(self, right: np.ndarray, distances: np.ndarray) -> np.ndarray:
        return curve_of_distances(right, distances, EPSILONS).accuracy


def closest(epsilon: float) -> int:
    """The place in EPSILONS next to this one."""
    return int(np.abs(EPSILONS - epsilon).argmin())


def all_points(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Training, then test points: X (n, 2) float32 in plane coordinates, y (n, k)."""
    data = run.data
    X = np.concatenate([data.points.train, data.points.test]).astype(np.float32)
    return X, np.concatenate([data.y_train, data.y_test])
