import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Look, Reason
from readiness_audit.model.system import Pace
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.secure import SecureStream
from tests.looking import loopback_only
from tests.servers.certificates import authority, make, names, write
from tests.servers.listener import Handler, listening
from tests.servers.python_tls import context_for, tls_server

ROOT = authority()
LEAF = make("localhost", ROOT, [names("localhost")])


def talk(port: int, asked: bytes = b"", *, seconds: float = 1.0) -> tuple[str, tuple[bytes, ...], bytes]:
    """Shake hands, say something, and read to the end."""
    now = datetime.now(UTC)

    async def speak() -> tuple[str, tuple[bytes, ...], bytes]:
        gate = Gate(loopback_only(now), Pace.FAST, lambda: now)
        deadline = Deadline(seconds)
        try:
            stream = await gate.connect(Look(probe="tls", target="t"), "127.0.0.1", port, deadline)
            async with SecureStream(stream, "localhost") as secure:
                await secure.shake_hands()
                agreed, shown = secure.version(), secure.chain()
                await secure.write(asked)
                heard = b""
                while piece := await secure.read(4096):
                    heard += piece
                return agreed, shown, heard
        finally:
            await gate.close()

    return asyncio.run(speak())


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    return context_for(write(tmp_path / "server.pem", LEAF, ROOT))


def drip(connection: ssl.SSLSocket) -> None:
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def silent(connection: socket.socket, _: int) -> None:
    while connection.recv(4096):
        pass


def garbage(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    connection.sendall(bytes(1000))


def half_a_record(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\x40\x00" + bytes(10))
    connection.shutdown(socket.SHUT_WR)
    silent(connection, 0)


def endless_hello_requests(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    while True:
        connection.sendall(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 1000)


def alert(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    silent(connection, 0)


@pytest.mark.parametrize(
    ("handler", "reasons"),
    [
        (silent, {Reason.TIMED_OUT}),
        (garbage, {Reason.UNREADABLE}),
        (half_a_record, {Reason.UNREADABLE}),
        (endless_hello_requests, {Reason.UNREADABLE, Reason.TOO_LARGE}),
        (alert, {Reason.REFUSED}),
    ],
)
def test_without_a_handshake_it_says_why(handler: Handler, reasons: set[Reason]) -> None:
    begun = time.monotonic()
    with listening(handler) as server, pytest.raises(CannotSee) as blind:
        talk(server.port)
    assert blind.value.reason in reasons
    assert time.monotonic() - begun < 1.5


def test_it_speaks_and_shows_the_whole_chain(context: ssl.SSLContext) -> None:
    def answer(connection: ssl.SSLSocket) -> None:
        connection.sendall(connection.recv(100)[::-1] * 10_000)

    with tls_server(lambda _: context, answer) as server:
        version, chain, heard = talk(server.port, b"abc")
    assert version == "TLSv1.3"
    assert chain == (LEAF.der, ROOT.der)
    assert heard == b"cba" * 10_000


@pytest.mark.parametrize("answer", [drip, lambda connection: connection.recv(1)])
def test_the_deadline_holds_after_the_handshake(
    answer: Callable[[ssl.SSLSocket], None], context: ssl.SSLContext
) -> None:
    begun = time.monotonic()
    with tls_server(lambda _: context, answer) as server, pytest.raises(CannotSee) as blind:
        talk(server.port)
    assert blind.value.reason is Reason.TIMED_OUT
    assert time.monotonic() - begun < 1.5
