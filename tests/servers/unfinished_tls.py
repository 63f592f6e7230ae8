"""
Speaks TLS 1.2 up to the end of its hello, and then answers what does not belong there as a test says.

It unwraps keys with its own, and reads what comes out by the letter of PKCS #1 v1.5: what it takes each
wrapping for is its own reading of RFC 8017, section 7.2.2, and of RFC 5246, section 7.4.7.1.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.servers.choosing_tls import exactly, read_hello
from tests.servers.fake_tls import TLS12, alert, certificate, message, record, server_hello
from tests.servers.listener import Handler

RSA_AES = 0x002F
HEARTBEATS = bytes.fromhex("000f000101")
CHANGE, ALERT, HANDSHAKE, HEARTBEAT = 20, 21, 22, 24
CLIENT_CERTIFICATE, KEY = 11, 16
BAD_MAC, UNEXPECTED = record(ALERT, b"\x02\x14"), record(ALERT, b"\x02\x0a")
GONE = b""
"""Says nothing and hangs up."""


@dataclass(frozen=True)
class Key:
    """A key that came, what it was taken for, and what came with it."""

    wrapping: str
    finished: bool
    number: int
    """Of how many keys that came in this form before, of all connections."""

    certified: bool
    """Whether an empty certificate came before it."""


Answer = Callable[[Key], "bytes | None"]
"""Gives what is said before hanging up; None for silence."""


def unwrapping(key: RSAPrivateKey, der: bytes, answer: Answer, *, asks: bool = False) -> Handler:
    """Answer to keys; `asks` for a certificate of the client."""
    counts = {True: 0, False: 0}
    lock = Lock()

    def heard(block: bytes, *, finished: bool, certified: bool) -> bytes | None:
        with lock:
            number, counts[finished] = counts[finished], counts[finished] + 1
        return answer(Key(_taken_for(block), finished, number, certified))

    def talk(connection: socket.socket) -> None:
        block, certified = b"", False
        while True:
            kind, body = _record(connection)
            if kind == HANDSHAKE and body[0] == CLIENT_CERTIFICATE:
                certified = body == bytes.fromhex("0b000003000000")
                continue
            if kind == HANDSHAKE and body[0] == KEY:
                block = _unwrapped(key, body[6:])
                said = None if _more(connection) else heard(block, finished=False, certified=certified)
            elif not block:
                said = UNEXPECTED
            elif kind == CHANGE:
                assert body == b"\x01"
                _record(connection)
                said = heard(block, finished=True, certified=certified)
            if said is not None:
                connection.sendall(said)
                return

    request = [message(13, bytes.fromhex("010100020401") + b"\x00\x00")] if asks else []
    return unfinished(der, talk, before_the_end=request)


def unfinished(
    der: bytes,
    talk: Callable[[socket.socket], None],
    *,
    extensions: bytes = b"",
    suites: Sequence[int] = (RSA_AES,),
    before_the_end: Sequence[bytes] = (),
) -> Handler:
    """Show everything up to ServerHelloDone in TLS 1.2, then `talk`."""

    def handle(connection: socket.socket, _: int) -> None:
        hello = read_hello(connection)
        suite = next((one for one in suites if one in hello.suites), None)
        if hello.version != TLS12 or suite is None:
            alert(70 if hello.version != TLS12 else 40)(connection)
            return
        parts = [server_hello(TLS12, suite, extensions), certificate(der), *before_the_end, message(14, b"")]
        connection.sendall(b"".join(record(HANDSHAKE, part) for part in parts))
        talk(connection)

    return handle


def answering(*answers: bytes | None) -> Callable[[socket.socket], None]:
    """Answer each record with the next of these; None and whatever follows hang up, the rest is silence."""

    def talk(connection: socket.socket) -> None:
        for answer in answers:
            _record(connection)
            if answer is None:
                return
            connection.sendall(answer)
        while connection.recv(4096):
            pass

    return talk


def _taken_for(block: bytes) -> str:
    head, rest = block[:2], block[2:]
    if head != b"\x00\x02":
        return "no beginning"
    padding, zero, secret = rest.partition(b"\x00")
    if not zero:
        return "no end"
    assert len(padding) >= 8
    if len(secret) != 48:
        return "no secret"
    return "well" if secret[:2] == TLS12.to_bytes(2) else "another version"


def _unwrapped(key: RSAPrivateKey, wrapped: bytes) -> bytes:
    numbers = key.private_numbers()
    block = pow(int.from_bytes(wrapped), numbers.d, numbers.public_numbers.n)
    return block.to_bytes(key.key_size // 8)


def _more(connection: socket.socket) -> bool:
    """Whether something comes right behind; what is sent at once is there at once."""
    before = connection.gettimeout()
    connection.settimeout(0.1)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    finally:
        connection.settimeout(before)


def _record(connection: socket.socket) -> tuple[int, bytes]:
    head = exactly(connection, 5)
    return head[0], exactly(connection, int.from_bytes(head[3:5]))
