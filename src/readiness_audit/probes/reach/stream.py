"""A TCP connection whose every wait is inside one deadline and whose every read has an end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline


class Stream:
    """One connection from the gate; use it in `async with`, so that it is closed whatever happens."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        deadline: Deadline,
        *,
        address: Address,
        on_close: Callable[[], None],
    ) -> None:
        """Wrap an open connection; `on_close` gives its place back to the gate."""
        self._reader = reader
        self._writer = writer
        self._deadline = deadline
        self._on_close: Callable[[], None] | None = on_close
        self.address = address

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises `CannotSee` when the other side hangs up or stops taking it."""
        with _told("writing"):
            async with self._deadline.timeout():
                self._writer.write(data)
                await self._writer.drain()

    async def read(self, most: int) -> bytes:
        """Give what has come, at least one and at most `most` bytes; nothing at the end of the stream."""
        with _told("reading"):
            async with self._deadline.timeout():
                return await self._reader.read(most)

    async def read_exactly(self, count: int) -> bytes:
        """Give exactly `count` bytes, or raise `CannotSee` where the stream ends before."""
        with _told("reading"):
            async with self._deadline.timeout():
                return await self._reader.readexactly(count)

    def close(self) -> None:
        """Hang up at once, without waiting for the other side."""
        if self._on_close is None:
            return
        self._on_close()
        self._on_close = None
        self._writer.transport.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextlib.contextmanager
def _told(doing: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, f"the other side went silent while {doing}") from None
    except asyncio.IncompleteReadError as error:
        detail = f"the connection ended after {len(error.partial)} of {error.expected} bytes"
        raise CannotSee(Reason.UNREADABLE, detail) from None
    except OSError as error:
        raise CannotSee(
            Reason.UNREACHABLE, f"the connection broke while {doing}: {error.strerror or error}"
        ) from None
