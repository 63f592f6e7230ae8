"""Speaks the clear-text part of TLS by hand: for versions OpenSSL has unlearnt, and for lies."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence

from tests.servers.listener import Handler

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
RSA_RC4 = 0x0005

Reply = Callable[[socket.socket], None]


def offered(connection: socket.socket) -> int:
    """Read a client's hello and give the newest version it offers."""
    head = _exactly(connection, 2)
    if head[0] & 0x80:
        body = _exactly(connection, int.from_bytes(head) & 0x7FFF)
        return int.from_bytes(body[1:3])
    record = _exactly(connection, 3)
    body = _exactly(connection, int.from_bytes(record[1:3]))
    if b"\x00\x2b\x00\x03\x02\x03\x04" in body:
        return TLS13
    return int.from_bytes(body[4:6])


def speaking(replies: Mapping[int, Reply], otherwise: Reply | None = None) -> Handler:
    """Answer each version's hello in its own way; `otherwise` stands for the rest."""

    def handle(connection: socket.socket, _: int) -> None:
        reply = replies.get(offered(connection), otherwise or alert(70))
        reply(connection)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    return handle


def record(kind: int, body: bytes, version: int = TLS12) -> bytes:
    return bytes([kind]) + version.to_bytes(2) + len(body).to_bytes(2) + body


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3) + body


def server_hello(
    version: int, suite: int = RSA_RC4, extensions: bytes = b"", random: bytes = bytes(32)
) -> bytes:
    tail = len(extensions).to_bytes(2) + extensions if extensions else b""
    return message(2, version.to_bytes(2) + random + b"\x00" + suite.to_bytes(2) + b"\x00" + tail)


def certificate(*ders: bytes) -> bytes:
    chain = b"".join(len(der).to_bytes(3) + der for der in ders)
    return message(11, len(chain).to_bytes(3) + chain)


def ssl2_hello(der: bytes, ciphers: bytes = b"\x07\x00\xc0") -> bytes:
    body = b"\x04\x00\x01\x00\x02" + len(der).to_bytes(2) + len(ciphers).to_bytes(2) + b"\x00\x10"
    body += der + ciphers + bytes(16)
    return (0x8000 | len(body)).to_bytes(2) + body


def say(data: bytes) -> Reply:
    return lambda connection: connection.sendall(data)


def alert(code: int, level: int = 2) -> Reply:
    return say(record(21, bytes([level, code])))


def accept(version: int, *ders: bytes) -> Reply:
    """Accept in the usual way: hello, certificates and the end of the hello in one record each."""
    parts: Sequence[bytes] = (server_hello(version), certificate(*ders), message(14, b""))
    return say(b"".join(record(22, part, version) for part in parts))


def keep_silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data
