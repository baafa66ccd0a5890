"""What is known of the flows by name: what each was made for, and how far it has come."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnlib.data import Points
from pages.ui.session.scene import same_places

STEPS = 600  # after so many a flow has ended


class Progress:
    """Of each flow its key, equal where it need not be made anew, and its steps so far."""

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}
        self.taken: dict[str, int] = {}
        self.still: set[str] = set()  # come to rest
        self._version = 0

    def is_new(self, name: str, key: object) -> bool:
        """Whether a flow is to be made anew, for this key; it begins then."""
        if self.made.get(name) == key:
            return False
        self.made[name], self.taken[name] = key, 0
        self.still.discard(name)
        self._version += 1
        return True

    def follow_way(self, way: object) -> None:
        """Where the way has changed, what has come to rest may go on."""
        if self.made.get("way") != way:
            self.made["way"] = way
            self.still.clear()

    def may(self, name: str) -> bool:
        """Whether a flow has steps left, and somewhere to go."""
        return self.has_steps(name) and name not in self.still

    def has_steps(self, name: str) -> bool:
        return self.taken.get(name, 0) < STEPS

    def step(self, name: str, *, ended: bool) -> None:
        """A step was taken; `ended`: it leads no further."""
        self.taken[name] += 1
        if ended:
            self.still.add(name)

    def begin_anew(self) -> None:
        """Every flow is to be made again."""
        self.made.clear()

    @property
    def state(self) -> tuple:
        """Equal, and every flow is where it was."""
        return self._version, tuple(self.taken.items())


class ByHand:
    """The points that a hand has dropped, (1, 2) each; other data take them away."""

    def __init__(self) -> None:
        self.places: list[np.ndarray] = []
        self.version = 0  # how often a hand has changed them
        self._among: Points | None = None

    def add(self, place: np.ndarray) -> None:
        self.places.append(place)
        self.version += 1

    def clear(self) -> None:
        self.places.clear()
        self.version += 1

    def keep_to(self, points: Points) -> None:
        """They were dropped among these data, or they go."""
        if self._among is None or not same_places(self._among, points):
            self.places.clear()
        self._among = points
