"""
Lend a connection from the gate to a library that wants a socket of its own.

The library gets one end of a pair of sockets; the other end is joined to the stream here. So the
pinned address, the deadline and the log of contacts stay the gate's, and what the other side may
feed the library has an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream

_PIECE = 2**16


class Plug:
    """One lent connection."""

    def __init__(self, end: socket.socket, most: int) -> None:
        """Lend `end`, and let `most` bytes in."""
        self.socket = end
        """Belongs to whoever takes it."""

        self.room = most
        """Bytes that may still come in; below 0 where the other side had more to say."""

        self.broken: CannotSee | None = None
        """Why the connection ended, where it did not end by itself."""


@contextlib.asynccontextmanager
async def plugged(stream: Stream, most: int) -> AsyncIterator[Plug]:
    """Lend `stream` as a socket until the end of the block; after `most` bytes it hears no more."""
    theirs, ours = socket.socketpair()
    theirs.setblocking(False)  # noqa: FBT003 - the standard library asks for it so
    ours.setblocking(False)  # noqa: FBT003 - the standard library asks for it so
    plug = Plug(theirs, most)
    pumps = [asyncio.create_task(_inwards(stream, ours, plug)), asyncio.create_task(_outwards(ours, stream))]
    try:
        yield plug
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        ours.close()
        theirs.close()


async def _inwards(stream: Stream, ours: socket.socket, plug: Plug) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        try:
            while data := await stream.read(_PIECE):
                plug.room -= len(data)
                if plug.room < 0:
                    break
                await loop.sock_sendall(ours, data)
        except CannotSee as blind:
            plug.broken = blind
        ours.shutdown(socket.SHUT_WR)


async def _outwards(ours: socket.socket, stream: Stream) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, CannotSee):
        while data := await loop.sock_recv(ours, _PIECE):
            await stream.write(data)
