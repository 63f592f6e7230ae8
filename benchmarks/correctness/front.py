"""
Stand in front of a real server, and answer by hand only who asks for what no server of today still does.

Everybody else is passed on, so that every client meets a server it can finish a handshake with.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from tests.servers.choosing_tls import Hello, read_hello
from tests.servers.fake_tls import certificate, message, record, server_hello
from tests.servers.listener import listening

EXPORT_SUITES = (0x0003, 0x0006, 0x0008)
"""RSA with RC4 or RC2 of 40 bits, or DES of 40 bits."""

REAL_SUITES = frozenset({0xC02F, 0xC030})
"""What the real server behind accepts, in TLS 1.2 alone: ECDHE with RSA and AES-GCM."""

_DEFLATE = 1
_TLS10, _TLS12 = 0x0301, 0x0303

Answer = Callable[[Hello], bytes | None]


def export(der: bytes) -> Answer:
    """Choose a suite made for export from whoever offers one and nothing that the real server accepts."""

    def answer(hello: Hello) -> bytes | None:
        chosen = next((suite for suite in EXPORT_SUITES if suite in hello.suites), None)
        better = hello.version >= _TLS12 and not REAL_SUITES.isdisjoint(hello.suites)
        if chosen is None or better or hello.version < _TLS10:
            return None
        # A key of 512 bits for this connection alone, signed as by RSA; its bytes are made up.
        short = (64).to_bytes(2) + b"\xc1" * 64 + b"\x00\x03\x01\x00\x01"
        signed = (b"\x04\x01" if hello.version >= _TLS12 else b"") + (384).to_bytes(2) + bytes(384)
        return _flight(hello.version, chosen, der, 0, message(12, short + signed))

    return answer


def compression(der: bytes) -> Answer:
    """Compress with whoever offers it, up to TLS 1.2."""

    def answer(hello: Hello) -> bytes | None:
        if _DEFLATE not in hello.compressions or hello.version != _TLS12:
            return None
        chosen = next((suite for suite in hello.suites if suite in REAL_SUITES), None)
        # A point of P-256 and a signature, both made up.
        point = b"\x03\x00\x17\x41\x04" + bytes(64) + b"\x04\x01" + (384).to_bytes(2) + bytes(384)
        return None if chosen is None else _flight(hello.version, chosen, der, _DEFLATE, message(12, point))

    return answer


def _flight(version: int, suite: int, der: bytes, compressed: int, *more: bytes) -> bytes:
    first = bytearray(server_hello(version, suite, b"\xff\x01\x00\x01\x00"))
    first[4 + 2 + 32 + 1 + 2] = compressed
    parts = (bytes(first), certificate(der), *more, message(14, b""))
    return b"".join(record(22, part, version) for part in parts)


@contextlib.contextmanager
def in_front_of(port: int, answer: Answer) -> Iterator[int]:
    """Serve on a port of its own; what `answer` has nothing for goes to `port`. Gives the port."""

    def handle(connection: socket.socket, _: int) -> None:
        first = connection.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)
        # What is no hello in a record of TLS, such as one of SSLv2, is for the real server to refuse.
        length = 5 + int.from_bytes(first[3:5]) if first[:1] == b"\x16" else 1
        seen = connection.recv(min(length, 16_000), socket.MSG_PEEK | socket.MSG_WAITALL)
        said = answer(_read(seen)) if first[:1] == b"\x16" else None
        if said is None:
            _pass_on(connection, port)
            return
        connection.recv(len(seen), socket.MSG_WAITALL)
        connection.sendall(said)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    with listening(handle) as listener:
        yield listener.port


def _read(seen: bytes) -> Hello:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(seen)
        ours.shutdown(socket.SHUT_WR)
        return read_hello(theirs)


def _pass_on(connection: socket.socket, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as real:
        back = threading.Thread(target=_copy, args=(real, connection), daemon=True)
        back.start()
        _copy(connection, real)
        back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(16_384):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
