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
from tests.servers.hostile.entry import NOTHING, PART, Hostile, Servers, group
from tests.servers.hostile.plain import close_at_once, echo, mute
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def always(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        offered(connection)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


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


def only_12(data: bytes) -> Handler:
    """Accept TLS 1.2 with `data` after the hello, then keep silent; refuse the rest."""
    hello = record(22, server_hello(TLS12, 0xC02F))

    def reply(connection: socket.socket) -> None:
        connection.sendall(hello + data)
        keep_silent(connection)

    return speaking({TLS12: reply})


NOT_TLS: Servers = group(
    NOTHING,
    ("tls",),
    Hostile("mute", "Takes the connection and never says a word.", mute, "timed-out"),
    Hostile("drip", "Sends its hello byte by byte.", drip, "timed-out"),
    Hostile("close-at-once", "Hangs up before anything is said.", close_at_once, "unreadable"),
    Hostile("reset-at-once", "Breaks the connection at the first word.", reset_at_once, "unreachable"),
    Hostile("endless-zeros", "Sends zeros without end.", endless(bytes(1000)), "unreadable"),
    Hostile(
        "endless-empty-records", "Sends empty records without end.", endless(record(22, b"")), "unreadable"
    ),
    Hostile(
        "endless-hello-requests",
        "Asks to begin anew without end.",
        endless(record(22, message(0, b""))),
        "unreadable",
    ),
    Hostile("endless-warnings", "Sends warnings without end.", endless(record(21, b"\x01\x64")), "refused"),
    Hostile(
        "endless-application-data",
        "Sends data before any handshake, without end.",
        endless(record(23, bytes(100))),
        "unreadable",
    ),
    Hostile(
        "garbage",
        "Answers with chance.",
        always(os.urandom(20).replace(b"\x15", b"a").replace(b"\x16", b"a") + bytes(100)),
        "unreadable",
    ),
    Hostile(
        "plain-http", "Answers as a web server.", always(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unreadable"
    ),
    Hostile("ssh", "Answers as an SSH server.", always(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "unreadable"),
    Hostile("smtp", "Answers as a mail server.", always(b"220 mail.example ESMTP\r\n"), "unreadable"),
    Hostile("echo", "Says back whatever it is told.", echo, "unreadable"),
    Hostile(
        "huge-record",
        "Announces a record longer than any may be.",
        always(b"\x16\x03\x03\xff\xff" + bytes(100)),
        "unreadable",
    ),
    Hostile(
        "huge-message", "Announces a hello of 16 MiB.", always(record(22, b"\x02\xff\xff\xff")), "unreadable"
    ),
    Hostile("empty-alert", "Sends an alert that says nothing.", always(record(21, b"")), "unreadable"),
    Hostile("alert-to-everything", "Refuses every offer.", always(record(21, b"\x02\x28")), "refused"),
    Hostile(
        "hello-cut-short",
        "Hangs up within its hello.",
        always(record(22, server_hello(TLS12))[:-10]),
        "unreadable",
    ),
    Hostile(
        "hello-of-nothing", "Sends a hello of no bytes.", always(record(22, message(2, b""))), "unreadable"
    ),
    Hostile(
        "suite-not-offered",
        "Chooses a suite nobody offered.",
        always(record(22, server_hello(TLS12, 0xFAFA))),
        "refused",
    ),
    Hostile(
        "unknown-version",
        "Chooses a version nobody knows.",
        always(record(22, server_hello(0x0399))),
        "refused",
    ),
    Hostile(
        "old-header",
        "Frames its hello in a version that never was.",
        always(record(22, server_hello(TLS12), 0x0200)),
        "unreadable",
    ),
    Hostile(
        "extension-twice",
        "Sends one extension twice.",
        always(record(22, server_hello(TLS12, extensions=b"\x00\x17\x00\x00\x00\x17\x00\x00"))),
        "unreadable",
    ),
    Hostile(
        "extensions-past-the-end",
        "Gives extensions longer than its hello.",
        always(record(22, server_hello(TLS12, extensions=b"\x00\x17\xff\xff"))),
        "unreadable",
    ),
    Hostile(
        "bytes-after-hello",
        "Sends junk behind its hello.",
        always(record(22, message(2, b"\x03\x03" + bytes(32) + b"\x00\x00\x05\x00" + b"\x00\x00junk"))),
        "unreadable",
    ),
    Hostile(
        "retry-without-version",
        "Asks to try again without saying in which version.",
        always(record(22, server_hello(TLS12, 0x1301, b"\x00\x17\x00\x00", RETRY))),
        "unreadable",
    ),
)
"""Nothing can be seen of these: the handler, and the reason that says so best."""

WITHOUT_CERTIFICATE: Servers = group(
    PART,
    ("tls",),
    Hostile("silent-after-hello", "Keeps silent where its certificate is due.", only_12(b"")),
    Hostile(
        "certificate-of-16-mb",
        "Announces a certificate of 16 MB.",
        only_12(record(22, b"\x0b\xff\xff\xff" + bytes(1000))),
    ),
    Hostile(
        "certificate-that-never-ends",
        "Begins a certificate and never ends it.",
        only_12(record(22, b"\x0b\x01\x00\x00" + bytes(1000))),
    ),
    Hostile("empty-list", "Sends a list of no certificates.", only_12(record(22, certificate()))),
    Hostile("empty-certificate", "Sends a certificate of no bytes.", only_12(record(22, certificate(b"")))),
    Hostile(
        "three-hundred", "Sends three hundred certificates.", only_12(record(22, certificate(*[b"0"] * 300)))
    ),
    Hostile(
        "length-lies",
        "Gives a list longer than its message.",
        only_12(record(22, message(11, b"\x00\x00\xff\x00\x00\x01a"))),
    ),
    Hostile(
        "bytes-after-list",
        "Sends junk behind its list.",
        only_12(record(22, message(11, b"\x00\x00\x00junk"))),
    ),
    Hostile("anonymous", "Sends no certificate at all.", only_12(record(22, message(12, bytes(20))))),
    Hostile(
        "alert-after-hello", "Breaks off where its certificate is due.", only_12(record(21, b"\x02\x50"))
    ),
    Hostile(
        "only-retry",
        "Asks to try again, whatever it is offered.",
        speaking({TLS13: say(record(22, server_hello(TLS12, 0x1301, b"\x00\x2b\x00\x02\x03\x04", RETRY)))}),
        rightly=("tls.protocol.modern",),
    ),
    rightly=("tls.protocol.minimum",),
)
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
