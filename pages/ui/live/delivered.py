"""What the client of a view has already: a part of the picture goes out when it has changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from pages.ui.live.packing import Packet


class Delivered:
    """The key of each kind of part that was sent last: equal keys, equal parts.

    Keys hold what the part is computed from, so that it is compared and not its address.
    """

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._times: dict[str, float] = {}

    def get(self, kind: str) -> Any:
        """The key of what was sent last; None where the client has nothing of the kind."""
        return self._keys.get(kind)

    def put(self, kind: str, key: object) -> None:
        """The client has this now."""
        self._keys[kind] = key

    def has(self, kind: str, key: object) -> bool:
        """Whether the client has this."""
        return kind in self._keys and self._keys[kind] == key

    def note(self, kind: str, key: object, *, every: float = 0.0) -> bool:
        """Whether to send this now; it counts as sent then.

        The client lacks it, and got the last one of this kind at least `every` seconds ago.
        """
        if self.has(kind, key):
            return False
        now = time.monotonic()
        if now - self._times.get(kind, -math.inf) < every:
            return False
        self._keys[kind], self._times[kind] = key, now
        return True

    def once(
        self,
        packet: Packet,
        kind: str,
        key: object,
        make: Callable[[], object],
        *,
        every: float = 0.0,
    ) -> None:
        """Attach a part, unless the client has the one of this key; see `note`."""
        if self.note(kind, key, every=every):
            packet.attach(kind, make())

    def forget(self, *kinds: str) -> None:
        """The client has nothing of these kinds any more; without kinds, nothing at all."""
        if not kinds:
            self._keys.clear()
            self._times.clear()
        for kind in kinds:
            self._keys.pop(kind, None)
            self._times.pop(kind, None)
