"""All test digits under attack, slice by slice: accuracy, one r for all, and other networks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from nnlib.attacks import pgd
from nnlib.inputs.digits import BOUNDS, LOSS, DigitsTraining
from nnlib.inputs.robustness import ATTACKS, accuracies, transfer, universal
from nnlib.network import MLP
from pages.ui.drawing.palette import Theme
from pages.ui.inputs.digits import pictures as digits_pictures
from pages.ui.inputs.digits.attack import STEPS
from pages.ui.live.packing import Packet

EPSILONS = {"inf": np.linspace(0, 0.3, 11), "2": np.linspace(0, 2.4, 11)}
CHUNK = 45  # pictures that are attacked at once: a few ms
LESSONS = 15  # epochs of the other networks
TEACHERS = 300  # training pictures that the one r for all is made from
UNIVERSAL_STEPS = 20


class DigitsSurvey:
    """What attacks of one size do to all test digits; `advance` computes, `attach` shows so far.

    It begins anew when `follow` says another norm, size or state of the network; what does not
    depend on that is kept.
    """

    def __init__(self, training: DigitsTraining) -> None:
        self._training = training
        self._rivals = _rivals(training)
        self._asked: tuple | None = None
        self._curve_of: tuple | None = None  # norm and network that the curve belongs to
        self._parts = 0  # computed so far
        self.over = True

    def follow(self, norm: str, size: float, trained: object) -> None:
        """Attack with this epsilon; `trained` tells one state of the network from another."""
        asked = norm, size, trained
        if asked == self._asked:
            return
        self._asked, self.over = asked, False
        self._universal: dict | None = None
        self._right: list[np.ndarray] = []  # (5, 4) accuracies of chunks, without attack first
        self._sizes: list[int] = []
        if self._curve_of != (norm, trained):
            self._curve_of = None
            self._hits = {attack: np.zeros(len(EPSILONS[norm])) for attack in ATTACKS}
            self._tried = dict.fromkeys(ATTACKS, 0)
        self._work = self._everything(norm, size, trained)

    def advance(self, end: float) -> None:
        """Compute until this moment of time.monotonic(), one part at least."""
        while not self.over:
            try:
                next(self._work)
            except StopIteration:
                self.over = True
            self._parts += 1
            if time.monotonic() >= end:
                break

    @property
    def state(self) -> tuple:
        """Equal, and everything shown is the same."""
        return self._asked, self._parts

    def _everything(self, norm: str, size: float, trained: object) -> Iterator[None]:
        digits, network = self._training.digits, self._training.network
        self._universal = self._one_for_all(network, norm, size)
        yield
        for rival in self._rivals.values():
            while rival.epoch < LESSONS:
                rival.advance(1)
                yield
        networks = [network, *(rival.network for rival in self._rivals.values())]
        for rows in _chunks(len(digits.X_test)):
            X, y = digits.X_test[rows], digits.y_test[rows]
            self._right.append(_transferred(networks, X, y, norm, size))
            self._sizes.append(len(X))
            yield
        if self._curve_of is None:
            yield from self._curve(network, norm)
            self._curve_of = norm, trained

    def _curve(self, network: MLP, norm: str) -> Iterator[None]:
        digits, epsilons = self._training.digits, EPSILONS[norm]
        for rows in _chunks(len(digits.X_test)):
            X, y = digits.X_test[rows], digits.y_test[rows]
            for attack in ATTACKS:
                hits = []
                ways = accuracies(
                    *(network, X, y, LOSS, epsilons, attack, norm, BOUNDS), steps=STEPS
                )
                for right in ways:
                    hits.append(right.sum())
                    yield
                self._hits[attack] += hits
                self._tried[attack] += len(X)

    def _one_for_all(self, network: MLP, norm: str, size: float) -> dict:
        digits = self._training.digits
        X, y = digits.X_train[:TEACHERS], digits.y_train[:TEACHERS]
        r = universal(network, X, y, LOSS, size, norm, BOUNDS, steps=UNIVERSAL_STEPS)
        moved = np.clip(digits.X_test + r, *BOUNDS)
        truth = digits.y_test.argmax(axis=1)
        said = network.predict(moved).argmax(axis=1)
        wrong = said[said != truth]
        return {
            "r": r,
            "clean": float((network.predict(digits.X_test).argmax(axis=1) == truth).mean()),
            "accuracy": float((said == truth).mean()),
            "favourite": int(np.bincount(wrong).argmax()) if len(wrong) else None,
            "scale": float(np.abs(r).max()),
        }

    def attach(self, theme: Theme, packet: Packet) -> None:
        """What is known so far; null where it is not yet."""
        assert self._asked is not None, "`follow` comes first"
        norm, size, _ = self._asked
        known: dict[str, object] = {
            "norm": norm,
            "size": size,
            "over": self.over,
            "epsilons": EPSILONS[norm].tolist(),
            "tried": self._tried["pgd"],
            "of": len(self._training.digits.X_test),
            "curves": {
                attack: (self._hits[attack] / tried).tolist()
                for attack, tried in self._tried.items()
                if tried
            },
            "names": ["this network", *self._rivals],
            "lessons": LESSONS,
            "lesson": sum(rival.epoch for rival in self._rivals.values()) / len(self._rivals),
        }
        if self._universal:
            known["universal"] = {k: v for k, v in self._universal.items() if k != "r"}
            r, scale = self._universal["r"], self._universal["scale"]
            packet.attach("universal", digits_pictures.difference(r, scale, theme))
        if self._right:
            shares = np.average(self._right, axis=0, weights=self._sizes)
            known["transfer"] = shares.tolist()
            known["colours"] = digits_pictures.accuracy_colours(shares, theme)
            known["transferTried"] = sum(self._sizes)
        packet.attach("survey", known)


def _transferred(
    networks: list[MLP], X: np.ndarray, y: np.ndarray, norm: str, size: float
) -> np.ndarray:
    """(5, 4) accuracies: without attack, then under one that is made for each network."""
    fooled = transfer(
        *(networks, X, y, LOSS),
        lambda each: pgd(each, X, y, LOSS, size, norm, BOUNDS, steps=STEPS),
    )
    return np.vstack([transfer(networks, X, y, LOSS, lambda _: X)[:1], fooled])


def _rivals(training: DigitsTraining) -> dict[str, DigitsTraining]:
    """Three other networks for the same digits, untrained: what differs -> the network."""
    width = training.network.sizes[1]
    name = training.network.activations[0].name
    other = "relu" if name == "tanh" else "tanh"
    return {
        "other weights": DigitsTraining(((width, name),), seed=training.seed + 1),
        f"{'ReLU' if other == 'relu' else other} units": DigitsTraining(
            ((width, other),), seed=training.seed
        ),
        "two layers": DigitsTraining(((32, name), (32, name)), seed=training.seed),
    }


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
