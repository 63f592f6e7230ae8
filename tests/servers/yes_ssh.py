"""An SSH server that lets everybody in and answers every command with what a test says."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import asyncssh

Answer = Callable[["asyncssh.SSHServerProcess[bytes]"], Awaitable[None]]


@dataclass
class Yes:
    port: int
    fingerprint: str
    commands: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    """What was sent to each command."""


class _Everybody(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        del username
        return False


@contextlib.contextmanager
def says_yes(answer: Answer) -> Iterator[Yes]:
    """Run the server in a thread of its own until the end of the block."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    told = Yes(port=0, fingerprint=key.get_fingerprint())
    up, down = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def process(started: asyncssh.SSHServerProcess[bytes]) -> None:
        told.commands.append(started.command or "")
        with contextlib.suppress(OSError, asyncssh.Error, asyncio.CancelledError):
            await answer(started)
        started.close()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Everybody,
            server_host_keys=[key],
            process_factory=process,
            encoding=None,
            login_timeout=0,
        )
        told.port = server.get_port()
        up.set()
        await down.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert up.wait(10)
        yield told
    finally:
        loops[0].call_soon_threadsafe(down.set)
        thread.join()


def sends(data: bytes, status: int | None = 0) -> Answer:
    """Take what comes, send `data`, and end with `status`, or without any."""

    async def answer(process: asyncssh.SSHServerProcess[bytes]) -> None:
        await process.stdin.read()
        process.stdout.write(data)
        await process.stdout.drain()
        if status is not None:
            process.exit(status)

    return answer


async def never_ends(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Send the same for ever."""
    while True:
        process.stdout.write(b"|x\n" * 8192)
        await process.stdout.drain()


async def complains_for_ever(process: asyncssh.SSHServerProcess[bytes]) -> None:
    while True:
        process.stderr.write(b"no\n" * 8192)
        await process.stderr.drain()


async def keeps_silent(process: asyncssh.SSHServerProcess[bytes]) -> None:
    await process.stdin.read()
    await asyncio.sleep(20)
