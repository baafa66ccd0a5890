"""A pace: how many steps are due when so many a second are wanted."""

from __future__ import annotations

import math
import time

MOST_ARREARS = 0.1  # seconds of steps that can be made up for: what was missed for longer is not


class Pace:
    """Credit that grows with time, one for each step; `now` is of time.monotonic().

    rate : steps a second, inf for as fast as it goes
    """

    def __init__(self) -> None:
        self.restart(time.monotonic())

    def restart(self, now: float) -> None:
        """Nothing is due yet; time counts from here on."""
        self._credit, self._since = 0.0, now

    def skip(self, now: float) -> None:
        """The time until now does not count."""
        self._since = now

    def wait(self, rate: float, now: float) -> float:
        """Seconds until the next step, 0 where it is due."""
        return max(0.0, (1 - self._credit) / rate - (now - self._since))

    def earn(self, rate: float, now: float) -> None:
        """The time until now counts, at this finite rate; `spend` takes the steps one by one."""
        earned = self._credit + min(now - self._since, MOST_ARREARS) * rate
        self._credit = min(earned, 1 + MOST_ARREARS * rate)
        self._since = now

    def spend(self) -> bool:
        """Take one step, if it is due."""
        due = self._credit >= 1
        self._credit -= due
        return due

    def due(self, rate: float, now: float) -> int | None:
        """Whole steps that are due now, which count as done; None for as many as there are."""
        if math.isinf(rate):
            self._since = now
            return None
        return self.steps(rate, now)

    def steps(self, rate: float, now: float) -> int:
        """The same at a finite rate."""
        self.earn(rate, now)
        steps = int(self._credit)
        self._credit -= steps
        return steps
