"""
Try many TCP ports of many hosts at the same time, in one loop for the whole run.

A port is tried with a plain connection that is hung up as soon as it stands: nothing is
ever said on it. All sweeps share one thread and one epoll loop, so that a hundred hosts
that keep silent cost the time of one.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.sweep_engine import Engine, Found, Job, Tally

__all__ = ["Found", "Sweeper", "Tally", "ranges"]


class Sweeper:
    """Runs every sweep of a run in one thread and one event loop."""

    def __init__(self) -> None:
        """Stand ready; the thread begins with the first sweep."""
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    async def sweep(
        self,
        address: Address,
        ports: Sequence[int],
        *,
        patience: float,
        retries: int,
        at_once: int,
        per_second: float,
        tally: Tally | None = None,
    ) -> Found:
        """
        Try every port of `ports` on `address`; cancel it to stop at once.

        `patience` is in seconds, for each try; `retries` counts further rounds over the ports
        that kept silent. `at_once` and `per_second` bound all sweeps of this address together;
        the bounds its first sweep came with hold. Raises `CannotSee` where this machine itself
        cannot open connections, or where the sweeper was closed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()

        def deliver(answer: Found | CannotSee) -> None:
            # The loop may be gone: then nobody is waiting any more.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, future, answer)

        counted = tally or Tally()
        with self._lock:
            engine = self._running()
            counted.job = job = Job(
                address=address,
                queue=deque(dict.fromkeys(ports)),
                patience=patience,
                rounds_left=retries,
                pacing=engine.pacing(address, at_once, per_second),
                tally=counted,
                deliver=deliver,
            )
            engine.order(partial(engine.add, job))
        try:
            return await future
        except asyncio.CancelledError:
            with self._lock:
                if self._engine is engine:
                    engine.order(partial(engine.drop, job))
            raise

    def close(self) -> None:
        """Stop the thread and wait for its end. Nothing is sent afterwards."""
        with self._lock:
            self._closed = True
            engine, self._engine = self._engine, None
            thread, self._thread = self._thread, None
        if engine is not None and thread is not None:
            engine.order(engine.stop)
            thread.join()
            engine.release()

    def _running(self) -> Engine:
        if self._closed:
            raise CannotSee(Reason.INTERRUPTED, "the audit is ending, so nothing was sent")
        if self._engine is None:
            self._engine = Engine()
            self._thread = threading.Thread(target=self._engine.run, name="sweep", daemon=True)
            self._thread.start()
        return self._engine


def _settle(future: asyncio.Future[Found], answer: Found | CannotSee) -> None:
    if future.done():
        return
    if isinstance(answer, CannotSee):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def ranges(ports: Iterable[int]) -> str:
    """Write ports as sorted ranges: `22,80,8000-8100`."""
    told: list[list[int]] = []
    for port in sorted(set(ports)):
        if told and told[-1][1] == port - 1:
            told[-1][1] = port
        else:
            told.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in told)
