"""Keep one address from being worked harder than its pace allows, over all sweeps of it."""

from __future__ import annotations

import math
import time


class Pacing:
    """How hard one address may be worked, over all its sweeps."""

    __slots__ = ("_at_once", "_burst", "_credit", "_per_second", "_since", "in_flight")

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._burst = max(1.0, per_second / 100)
        self._credit = self._burst
        self._since = time.monotonic()
        self.in_flight = 0

    def room(self, now: float) -> int:
        """Say how many connections may be begun now."""
        earned = (now - self._since) * self._per_second
        self._credit = min(self._burst, self._credit + earned)
        self._since = now
        return min(int(self._credit), self._at_once - self.in_flight)

    def spend(self, count: int) -> None:
        """Count connections that are begun."""
        self._credit -= count

    def next_credit(self, now: float) -> float:
        """Say when, on the monotonic clock, the rate allows the next one; never, where it does already."""
        return math.inf if self._credit >= 1 else now + (1 - self._credit) / self._per_second
