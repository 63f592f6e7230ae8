"""Speaks the clear-text part of TLS by hand and chooses by its own list from what is offered."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.servers.fake_tls import SSL3, TLS12, TLS13, alert, certificate, message, record, server_hello
from tests.servers.listener import Handler

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70


@dataclass(frozen=True)
class Hello:
    version: int
    suites: tuple[int, ...]
    compressions: bytes
    extensions: Mapping[int, bytes]

    @property
    def groups(self) -> tuple[int, ...]:
        return numbers(self.extensions.get(10, b"\0\0")[2:])


@dataclass(frozen=True)
class Manner:
    """How one version is spoken."""

    suites: Sequence[int]
    keys: bytes = b""
    """The body of the ServerKeyExchange, where one is sent."""

    compression: int = 0
    extensions: bytes = b""
    groups: Sequence[int] = ()
    """For TLS 1.3: what is chosen from, in this order."""


def choosing(manners: Mapping[int, Manner], der: bytes) -> Handler:
    """Take the first suite of its own list that is offered; refuse what has none."""

    def handle(connection: socket.socket, _: int) -> None:
        hello = read_hello(connection)
        manner = manners.get(hello.version)
        if manner is None:
            alert(PROTOCOL_VERSION)(connection)
        else:
            connection.sendall(_answer(hello, manner, der))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    return handle


def _answer(hello: Hello, manner: Manner, der: bytes) -> bytes:
    suite = next((suite for suite in manner.suites if suite in hello.suites), None)
    group = next((group for group in manner.groups if group in hello.groups), None)
    if suite is None or (hello.version == TLS13 and group is None):
        return record(21, bytes([2, HANDSHAKE_FAILURE]))
    if hello.version == TLS13:
        assert group is not None
        extensions = b"\x00\x2b\x00\x02\x03\x04\x00\x33\x00\x02" + group.to_bytes(2)
        return record(22, server_hello(TLS12, suite, extensions, RETRY))
    compression = manner.compression if manner.compression in hello.compressions else 0
    first = bytearray(server_hello(hello.version, suite, manner.extensions))
    first[4 + 2 + 32 + 1 + 2] = compression
    parts = [bytes(first), certificate(der), *([message(12, manner.keys)] if manner.keys else [])]
    return b"".join(record(22, part, max(hello.version, SSL3)) for part in [*parts, message(14, b"")])


def read_hello(connection: socket.socket) -> Hello:
    """Take a ClientHello apart, one of SSLv2 as far as its version."""
    head = exactly(connection, 2)
    if head[0] & 0x80:
        body = exactly(connection, int.from_bytes(head) & 0x7FFF)
        return Hello(int.from_bytes(body[1:3]), (), b"", {})
    body = exactly(connection, int.from_bytes(exactly(connection, 3)[1:3]))[4:]
    version, at = int.from_bytes(body[:2]), 34
    at += 1 + body[at]
    length = int.from_bytes(body[at : at + 2])
    suites = numbers(body[at + 2 : at + 2 + length])
    at += 2 + length
    compressions = body[at + 1 : at + 1 + body[at]]
    at += 1 + body[at] + 2
    extensions = {}
    while at < len(body):
        length = int.from_bytes(body[at + 2 : at + 4])
        extensions[int.from_bytes(body[at : at + 2])] = body[at + 4 : at + 4 + length]
        at += 4 + length
    newest = TLS13 if extensions.get(43) == b"\x02\x03\x04" else version
    return Hello(newest, suites, compressions, extensions)


def numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))


def exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionResetError
        data += piece
    return data


def diffie_hellman(bits: int, tail: bytes = b"") -> bytes:
    """A ServerKeyExchange over a prime of so many bits, in the clear-text form of TLS 1.1 and older."""
    prime = ((1 << (bits - 1)) | 1).to_bytes((bits + 7) // 8)
    return b"".join(len(part).to_bytes(2) + part for part in (prime, b"\x02", bytes(len(prime)))) + tail
