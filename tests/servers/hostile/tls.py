"""Servers that make TLS clients hang, crash, eat or believe; each by name, with what it does."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable

from tests.servers.fake_tls import (
    TLS12,
    TLS13,
    accept,
    alert,
    certificate,
    keep_silent,
    message,
    offered,
    record,
    say,
    server_hello,
    speaking,
)
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def always(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        offered(connection)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


def mute(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


def close_at_once(connection: socket.socket, _: int) -> None:
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


def reset_at_once(connection: socket.socket, _: int) -> None:
    connection.recv(1)
    hang_up_hard(connection)


def drip(connection: socket.socket, _: int) -> None:
    for byte in record(22, server_hello(TLS12)):
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        while True:
            connection.sendall(data * 100)

    return handle


def echo(connection: socket.socket, _: int) -> None:
    while data := connection.recv(4096):
        connection.sendall(data)


def only_12(data: bytes) -> Handler:
    """Accept TLS 1.2 with `data` after the hello, then keep silent; refuse the rest."""
    hello = record(22, server_hello(TLS12, 0xC02F))

    def reply(connection: socket.socket) -> None:
        connection.sendall(hello + data)
        keep_silent(connection)

    return speaking({TLS12: reply})


NOT_TLS: dict[str, tuple[Handler, str]] = {
    "mute": (mute, "timed-out"),
    "drip": (drip, "timed-out"),
    "close-at-once": (close_at_once, "unreadable"),
    "reset-at-once": (reset_at_once, "unreachable"),
    "endless-zeros": (endless(bytes(1000)), "unreadable"),
    "endless-empty-records": (endless(record(22, b"")), "unreadable"),
    "endless-hello-requests": (endless(record(22, message(0, b""))), "unreadable"),
    "endless-warnings": (endless(record(21, b"\x01\x64")), "refused"),
    "endless-application-data": (endless(record(23, bytes(100))), "unreadable"),
    "garbage": (
        always(os.urandom(20).replace(b"\x15", b"a").replace(b"\x16", b"a") + bytes(100)),
        "unreadable",
    ),
    "plain-http": (always(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unreadable"),
    "ssh": (always(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "unreadable"),
    "smtp": (always(b"220 mail.example ESMTP\r\n"), "unreadable"),
    "echo": (echo, "unreadable"),
    "huge-record": (always(b"\x16\x03\x03\xff\xff" + bytes(100)), "unreadable"),
    "huge-message": (always(record(22, b"\x02\xff\xff\xff")), "unreadable"),
    "empty-alert": (always(record(21, b"")), "unreadable"),
    "alert-to-everything": (always(record(21, b"\x02\x28")), "refused"),
    "hello-cut-short": (always(record(22, server_hello(TLS12))[:-10]), "unreadable"),
    "hello-of-nothing": (always(record(22, message(2, b""))), "unreadable"),
    "suite-not-offered": (always(record(22, server_hello(TLS12, 0xFAFA))), "refused"),
    "unknown-version": (always(record(22, server_hello(0x0399))), "refused"),
    "old-header": (always(record(22, server_hello(TLS12), 0x0200)), "unreadable"),
    "extension-twice": (
        always(record(22, server_hello(TLS12, extensions=b"\x00\x17\x00\x00\x00\x17\x00\x00"))),
        "unreadable",
    ),
    "extensions-past-the-end": (
        always(record(22, server_hello(TLS12, extensions=b"\x00\x17\xff\xff"))),
        "unreadable",
    ),
    "bytes-after-hello": (
        always(record(22, message(2, b"\x03\x03" + bytes(32) + b"\x00\x00\x05\x00" + b"\x00\x00junk"))),
        "unreadable",
    ),
    "retry-without-version": (
        always(record(22, server_hello(TLS12, 0x1301, b"\x00\x17\x00\x00", RETRY))),
        "unreadable",
    ),
}
"""Nothing can be seen of these: the handler, and the reason that says so best."""

WITHOUT_CERTIFICATE: dict[str, Handler] = {
    "silent-after-hello": only_12(b""),
    "certificate-of-16-mb": only_12(record(22, b"\x0b\xff\xff\xff" + bytes(1000))),
    "certificate-that-never-ends": only_12(record(22, b"\x0b\x01\x00\x00" + bytes(1000))),
    "empty-list": only_12(record(22, certificate())),
    "empty-certificate": only_12(record(22, certificate(b""))),
    "three-hundred": only_12(record(22, certificate(*[b"0"] * 300))),
    "length-lies": only_12(record(22, message(11, b"\x00\x00\xff\x00\x00\x01a"))),
    "bytes-after-list": only_12(record(22, message(11, b"\x00\x00\x00junk"))),
    "anonymous": only_12(record(22, message(12, bytes(20)))),
    "alert-after-hello": only_12(record(21, b"\x02\x50")),
    "only-retry": speaking(
        {TLS13: say(record(22, server_hello(TLS12, 0x1301, b"\x00\x2b\x00\x02\x03\x04", RETRY)))}
    ),
}
"""These accept a version, and then show no certificate that could be read."""


def fussy(der: bytes) -> Handler:
    """Hangs on SSLv3, hangs up on TLS 1.0, accepts TLS 1.2."""
    return speaking({0x0300: keep_silent, 0x0301: say(b""), TLS12: accept(TLS12, der)}, alert(70))


def unsteady(hangs_up: Callable[[int], bool], der: bytes) -> Handler:
    """Accept TLS 1.1 and 1.2, but hang up on the connections, counted from 0, that `hangs_up` picks."""
    honest = speaking({0x0302: accept(0x0302, der), TLS12: accept(TLS12, der)}, alert(70))

    def handle(connection: socket.socket, number: int) -> None:
        if hangs_up(number):
            offered(connection)
            hang_up_hard(connection)
        else:
            honest(connection, number)

    return handle


UNSTEADY: dict[str, Callable[[int], bool]] = {
    "every-other-one": lambda number: number % 2 == 0,
    "every-other-but-the-first": lambda number: number % 2 == 1,
    "all-but-the-newest-versions": lambda number: number in range(4) or number > 5,
    "after-the-first-round": lambda number: number == 3 or number > 5,
    "two-of-three": lambda number: number % 3 != 0,
}
"""When each hangs up; the six versions are asked for in the first six connections, the oldest first."""
