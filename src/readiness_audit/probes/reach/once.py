"""Do once in a run what several looks need: they share what came of it, and its costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Once:
    """Keeps what was begun, by a key of the caller's; one for a whole run, and for one event loop."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def get(self, key: Hashable, make: Callable[[], Coroutine[None, None, T]]) -> T:
        """
        Give what `make()` gave to whoever asked first for `key`, waiting for it where it is under way.

        Raises what it raised, to everybody. That one look has to go does not end it for the others.
        """
        if key not in self._tasks:
            task = asyncio.create_task(make())
            # Its failure is no news where every look that asked has gone meanwhile.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._tasks[key] = task
        return cast("T", await asyncio.shield(self._tasks[key]))

    async def close(self) -> None:
        """End whatever is still under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
