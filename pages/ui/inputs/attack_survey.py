"""A whole data set under attack: accuracy against epsilon for each attack, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnlib.attacks import deepfool, smallest_lbfgs
from nnlib.inputs.ball import sizes
from nnlib.inputs.boundary import Boundary
from nnlib.inputs.composed import Composed, decided
from nnlib.inputs.robustness import Curve, accuracies, curve_of_distances
from nnlib.network import MLP
from nnlib.run import Run
from nnlib.task import classify_target
from pages.ui.inputs.attack_point import box

EPSILONS = np.linspace(0, 2, 21)
SAMPLED = 24  # points for L-BFGS, which takes each by itself
FIRST = 5  # of the points that fall are numbered
PIECE = 60e6  # multiplications in a piece of work: 5 to 10 ms
_FEWEST = 8  # points in a piece
_LOOKS = 1_500  # passes that the true distance of a point takes, about
_WALK = 50  # ... and DeepFool's walk for each output
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
        """The next piece: about PIECE multiplications, but at least a few points' worth."""
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
            passes = 3 * self._steps if name == "pgd" else 3
            ways = [
                accuracies(
                    *(self._network, self.X[part], self.y[part], loss, EPSILONS, name),
                    *(self._norm, bounds),
                    steps=self._steps,
                )
                for part in self._parts(passes)
            ]
            for _ in EPSILONS:
                right = []
                for way in ways:
                    right.append(next(way))
                    yield
                rows.append(np.concatenate(right))
                found.append(float(rows[-1].mean()))
            if name == "pgd":
                self.pgd = Curve(EPSILONS, np.stack(rows))
        chunks = []
        for part in self._parts(_LOOKS):
            chunks.append(self._boundary.distance(self.X[part], self._norm))
            yield
        self.distances = np.concatenate(chunks)
        self._measured("truth", self._right, self.distances)
        if short:
            return
        chunks = []
        for part in self._parts(_WALK * self.y.shape[1]):
            X = self.X[part]
            moved = deepfool(self._network, X, loss, self._norm, bounds)
            before, after = (decided(self._network.predict(each), loss) for each in (X, moved))
            chunks.append(np.where(after != before, sizes(moved - X, self._norm), np.inf))
            yield
        far = np.concatenate(chunks)
        self._measured("deepfool", self._right, far)
        yield
        rng = np.random.default_rng([run.config.seed, _SAMPLE])
        sample = rng.permutation(len(self.X))[:SAMPLED]
        far = np.full(len(sample), np.inf)
        for i, row in enumerate(sample):
            if self._right[row]:
                x, y = self.X[row : row + 1], self.y[row : row + 1]
                smallest = smallest_lbfgs(self._network, x, y, loss, None, bounds)
                if smallest.found[0]:
                    far[i] = sizes(smallest.X_adversarial - x, self._norm)[0]
                yield
        exact = self._curve(self._right[sample], self.distances[sample])
        missed = self._curve(self._right[sample], far) - exact
        estimate = np.array(self.accuracy["truth"]) + missed
        self.accuracy["lbfgs"] = np.minimum.accumulate(estimate).tolist()  # a larger ball, no less

    def _parts(self, passes: int) -> list[slice]:
        """The points, cut up so that so many passes of a part are a piece of work."""
        most = int(PIECE / (passes * self._run.network.parameters.size))
        size = min(max(_FEWEST, most), len(self.X))
        return [slice(start, start + size) for start in range(0, len(self.X), size)]

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
