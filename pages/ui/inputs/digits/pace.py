"""A pace: how many steps are due when so many a second are wanted."""

from __future__ import annotations

import time

MOST_ARREARS = 0.1  # seconds that can be made up for


class Pace:
    """How many steps are due at a rate; what was missed for long is not made up for."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._credit, self._since = 0.0, time.monotonic()

    def wait(self, rate: float, now: float) -> float:
        """Seconds until the next step, 0 where it is due."""
        return max(0.0, (1 - self._credit) / rate - (now - self._since))

    def due(self, rate: float) -> int:
        """Whole steps that are due now; they count as done."""
        now = time.monotonic()
        self._credit += min(now - self._since, MOST_ARREARS) * rate
        self._since = now
        steps = int(self._credit)
        self._credit -= steps
        return steps
