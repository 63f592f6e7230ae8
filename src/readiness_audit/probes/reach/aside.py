"""
Do what may block in threads that nobody has to wait for.

The event loop's own pool of threads is waited for at the end of the program, so that one slow
name server or one stuck file system would keep a finished audit from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.01


async def in_thread(work: Callable[[], T]) -> T:
    """Call `work` in a thread of its own and give what it gives; one that hangs is left behind."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(act: Callable[[], None]) -> None:
        # The loop may be closed by now: then nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if done.done() else act())

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is handed over to whoever waits
            failure = error
            tell(lambda: done.set_exception(failure))
        else:
            tell(lambda: done.set_result(result))

    threading.Thread(target=run, daemon=True).start()
    return await done


class Aside:
    """Runs coroutines that may block, each in a loop and thread of its own."""

    def __init__(self) -> None:
        """Begin with nothing under way."""
        self._under_way: set[_Inside] = set()

    async def run(self, make: Callable[[], Awaitable[T]]) -> T:
        """Await what `make` makes; being cancelled cancels it too, so that its programs are ended."""
        inside = _Inside()
        self._under_way.add(inside)
        try:
            result = await in_thread(lambda: inside.run(make))
        except asyncio.CancelledError:
            inside.cancel()
            raise
        except BaseException:
            self._under_way.discard(inside)
            raise
        self._under_way.discard(inside)
        return result

    async def end(self, seconds: float) -> None:
        """Give what was cancelled at most `seconds` to end its programs; what hangs is left behind."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not all(inside.over.is_set() for inside in self._under_way):  # noqa: ASYNC110 - the events belong to other threads
            await asyncio.sleep(_PAUSE)


class _Inside:
    """One coroutine in a loop of its own, which can be cancelled from outside."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._stop: Callable[[], object] | None = None
        self._cancelled = False

    def run(self, make: Callable[[], Awaitable[T]]) -> T:
        try:
            return asyncio.run(self._awaited(make))
        finally:
            self.over.set()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._stop is not None:
                self._stop()

    async def _awaited(self, make: Callable[[], Awaitable[T]]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        with self._lock:
            if self._cancelled or task is None:
                raise asyncio.CancelledError
            self._stop = partial(loop.call_soon_threadsafe, task.cancel)
        try:
            return await make()
        finally:
            with self._lock:
                self._stop = None
