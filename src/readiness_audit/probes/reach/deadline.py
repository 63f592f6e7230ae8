"""One monotonic budget for everything a look does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Deadline:
    """
    Counts down from the moment it is made; the wall clock cannot stretch it.

    It is handed from the outside in, so that a look of many steps has one budget
    and not one for each step.
    """

    __slots__ = ("_clock", "_end", "seconds")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the budget, in seconds."""
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Give the seconds that remain, never less than zero."""
        return max(0.0, self._end - self._clock())

    def part(self, seconds: float) -> Deadline:
        """Give a budget of at most `seconds` out of this one."""
        return Deadline(min(seconds, self.left()), self._clock)

    def timeout(self) -> asyncio.Timeout:
        """Bound a block of asynchronous work by what remains; raises `TimeoutError`."""
        return asyncio.timeout(self.left())
