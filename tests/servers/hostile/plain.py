"""Servers that make simple protocols hang, eat or believe; each by name, with the reason it ends in."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping

from tests.servers.hostile.entry import NOTHING, Hostile, Servers, group
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end


def after_a_word(data: bytes, *, end: bool = True) -> Handler:
    """Wait until something is said, answer `data`, and hang up or keep silent."""

    def handle(connection: socket.socket, _: int) -> None:
        connection.recv(1)
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


def at_once(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(data)
        wait_for_the_end(connection)

    return handle


def endless(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        while True:
            connection.sendall(data)

    return handle


def drip(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    return handle


def mute(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


def close_at_once(connection: socket.socket, _: int) -> None:
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


def reset(connection: socket.socket, _: int) -> None:
    connection.recv(1)
    hang_up_hard(connection)


def echo(connection: socket.socket, _: int) -> None:
    while data := connection.recv(4096):
        connection.sendall(data)


OURS = (
    *("smb", "rdp", "ldap", "winrm"),
    *("postgresql", "mysql", "redis", "memcached", "mongodb", "elasticsearch"),
)
"""The protocols that are met this way."""

EVERYWHERE: Servers = group(
    NOTHING,
    OURS,
    Hostile("mute", "Takes the connection and never says a word.", mute),
    Hostile("closes at once", "Hangs up before anything is said.", close_at_once),
    Hostile("resets", "Breaks the connection at the first word.", reset),
    Hostile("echoes", "Says back whatever it is told.", echo),
    Hostile("zeros without end", "Sends zeros without end.", endless(bytes(2**14))),
    Hostile("ones without end", "Sends bytes of ones without end.", endless(b"\xff" * 2**14)),
    Hostile("letters without end", "Sends one line without end.", endless(b"A" * 2**14)),
    Hostile("lines without end", "Sends lines without end.", endless(b"hello\r\n" * 1000)),
    Hostile(
        "HTTP",
        "Answers as a web server.",
        after_a_word(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ),
    Hostile("SSH", "Greets as an SSH server.", at_once(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
    Hostile("SMTP", "Greets as a mail server.", at_once(b"220 mail.example ESMTP\r\n")),
    Hostile(
        "an escape sequence",
        "Answers with commands for a terminal.",
        after_a_word(b"\x1b]0;owned\x07\x1b[2J\r\n"),
    ),
    Hostile("drips", "Sends one byte every tenth of a second.", drip(b"HTTP/1.1 200 OK\r\n" * 20)),
)
"""What no protocol of ours is."""

HUGE = b"\xff" * 4

ONLY: Mapping[str, Servers] = {
    "smb": group(
        NOTHING,
        ("smb",),
        Hostile("4 GiB announced", "Announces an answer of 4 GiB.", after_a_word(b"\x00\xff\xff\xff")),
        Hostile(
            "a frame of another kind",
            "Refuses a NetBIOS session nobody asked for.",
            after_a_word(b"\x83\x00\x00\x01\x8f"),
        ),
        Hostile(
            "a header cut short",
            "Sends a third of a header.",
            after_a_word(b"\x00\x00\x00\x10\xfeSMB" + bytes(12)),
        ),
        Hostile(
            "a request for an answer",
            "Sends a request where an answer is due.",
            after_a_word(b"\x00\x00\x00\x80\xfeSMB\x40\x00" + bytes(122)),
        ),
        Hostile(
            "a dialect not offered",
            "Chooses a dialect that was not offered.",
            after_a_word(
                b"\x00\x00\x00\x80\xfeSMB\x40\x00"
                + bytes(10)
                + b"\x01"
                + bytes(47)
                + b"\x41\x00\x01\x00\x99\x02"
                + bytes(58)
            ),
        ),
    ),
    "rdp": group(
        NOTHING,
        ("rdp",),
        Hostile(
            "a length of 64 KiB",
            "Announces 64 KiB and sends 100 bytes.",
            after_a_word(b"\x03\x00\xff\xff" + bytes(100)),
        ),
        Hostile("a length of nothing", "Announces an answer of no bytes.", after_a_word(b"\x03\x00\x00\x00")),
        Hostile(
            "no confirm",
            "Asks for a connection instead of confirming one.",
            after_a_word(b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00"),
        ),
        Hostile(
            "a length that lies",
            "Gives an inner length beyond the outer one.",
            after_a_word(b"\x03\x00\x00\x0b\xff\xd0\x00\x00\x00\x00\x00"),
        ),
        Hostile(
            "half a negotiation",
            "Stops within its negotiation.",
            after_a_word(b"\x03\x00\x00\x0d\x08\xd0\x00\x00\x00\x00\x00\x02\x00"),
        ),
        Hostile(
            "a negotiation of another kind",
            "Negotiates with a type nobody knows.",
            after_a_word(b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x09\x00\x08\x00\x01\x00\x00\x00"),
        ),
    ),
    "ldap": group(
        NOTHING,
        ("ldap",),
        Hostile("4 GiB announced", "Announces an answer of 4 GiB.", after_a_word(b"\x30\x84" + HUGE)),
        Hostile(
            "a length without end",
            "Uses a length without end, which LDAP forbids.",
            after_a_word(b"\x30\x80\x02\x01\x01\x61\x00\x00\x00"),
        ),
        Hostile(
            "a length of 127 bytes",
            "Gives a length that is itself 127 bytes long.",
            after_a_word(b"\x30\xff" + bytes(200)),
        ),
        Hostile(
            "a value beyond the end",
            "Gives a value longer than its message.",
            after_a_word(b"\x30\x05\x02\x01\x01\x61\x7f"),
        ),
        Hostile("an empty message", "Answers with an empty message.", after_a_word(b"\x30\x00")),
        Hostile(
            "another number",
            "Answers to a number nobody sent.",
            after_a_word(b"\x30\x0c\x02\x01\x63\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),
        ),
        Hostile(
            "a notice of disconnection",
            "Gives notice that it hangs up.",
            after_a_word(b"\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00"),
        ),
        Hostile(
            "entries without end",
            "Sends entries without end.",
            endless(b"\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00" * 1000),
        ),
        Hostile(
            "a number of many bytes",
            "Gives a number of eight bytes of ones.",
            after_a_word(b"\x30\x0c\x02\x08" + HUGE + HUGE + b"\x61\x00"),
        ),
    ),
    "postgresql": group(
        NOTHING,
        ("postgresql",),
        Hostile("4 GiB announced", "Announces an answer of 4 GiB.", after_a_word(b"R" + HUGE)),
        Hostile(
            "a length of nothing", "Announces an answer of no bytes.", after_a_word(b"R\x00\x00\x00\x00")
        ),
        Hostile(
            "an error without fields",
            "Sends an error that says nothing.",
            after_a_word(b"E\x00\x00\x00\x09\x00\x00\x00\x00\x00"),
        ),
        Hostile(
            "an unknown demand",
            "Demands a log-in by a method nobody knows.",
            after_a_word(b"R\x00\x00\x00\x08\x00\x00\x00\x63"),
        ),
        Hostile(
            "too many clients",
            "Says that too many clients are there.",
            after_a_word(b"E\x00\x00\x00\x18SFATAL\x00C53300\x00Mno\x00\x00\x00"),
        ),
    ),
    "mysql": group(
        NOTHING,
        ("mysql",),
        Hostile("16 MiB announced", "Announces a greeting of 16 MiB.", at_once(b"\xff\xff\xff\x00")),
        Hostile("an old protocol", "Greets in a protocol of 1996.", at_once(b"\x05\x00\x00\x00\x095.0\x00")),
        Hostile(
            "a greeting cut short", "Stops within its greeting.", at_once(b"\x05\x00\x00\x00\x0a8.0\x00")
        ),
        Hostile(
            "a greeting without end",
            "Never ends the text in its greeting.",
            at_once(b"\x05\x00\x00\x00\x0aAAAA"),
        ),
        Hostile("a wrong number", "Numbers its first packet 7.", at_once(b"\x05\x00\x00\x07\x0a8.0\x00")),
        Hostile(
            "too many connections",
            "Says that too many connections are there.",
            at_once(b"\x0c\x00\x00\x00\xff\x10\x04#08004too"),
        ),
    ),
    "redis": group(
        NOTHING,
        ("redis",),
        Hostile(
            "a starting server",
            "Says that it is still loading.",
            after_a_word(b"-LOADING Redis is loading the dataset in memory\r\n"),
        ),
        Hostile("an error", "Answers with an error.", after_a_word(b"-ERR unknown command\r\n")),
        Hostile("a text of 4 GiB", "Announces a text of 4 GiB.", after_a_word(b"+PONG\r\n$4294967296\r\n")),
        Hostile(
            "a text of minus one", "Announces a text of minus one byte.", after_a_word(b"+PONG\r\n$-1\r\n")
        ),
        Hostile("half an answer", "Stops within its answer.", after_a_word(b"+PONG")),
        Hostile("another answer", "Answers to something else.", after_a_word(b"+OK\r\n")),
    ),
    "memcached": group(
        NOTHING,
        ("memcached",),
        Hostile("an error", "Answers with an error.", after_a_word(b"ERROR\r\n")),
        Hostile("a version without end", "Sends a version without end.", endless(b"VERSION " + b"1" * 5000)),
        Hostile("half an answer", "Stops within its answer.", after_a_word(b"VERSION 1.6")),
    ),
    "mongodb": group(
        NOTHING,
        ("mongodb",),
        Hostile(
            "4 GiB announced",
            "Announces an answer of 4 GiB.",
            after_a_word(HUGE + bytes(8) + b"\xdd\x07\x00\x00"),
        ),
        Hostile(
            "a document of minus one",
            "Sends a document of minus one byte.",
            after_a_word(
                b"\x20\x00\x00\x00"
                + bytes(4)
                + b"\x01\x00\x00\x00\xdd\x07\x00\x00"
                + bytes(5)
                + HUGE
                + bytes(7)
            ),
        ),
        Hostile(
            "a text beyond the end",
            "Gives a text longer than its document.",
            after_a_word(
                b"\x25\x00\x00\x00"
                + bytes(4)
                + b"\x01\x00\x00\x00\xdd\x07\x00\x00"
                + bytes(5)
                + b"\x10\x00\x00\x00\x02ok\x00\xff\xff\xff\x7f\x00\x00\x00\x00"
            ),
        ),
    ),
    "elasticsearch": group(
        NOTHING,
        ("elasticsearch",),
        Hostile(
            "another page",
            "Answers with the page of somebody else.",
            after_a_word(b"HTTP/1.0 200 OK\r\n\r\n<html></html>"),
        ),
        Hostile(
            "a deep document",
            "Sends JSON nested 60,000 deep.",
            after_a_word(b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 60000),
        ),
        Hostile(
            "a redirect",
            "Redirects elsewhere.",
            after_a_word(b"HTTP/1.0 302 Found\r\nLocation: http://evil.example/\r\n\r\n"),
        ),
        Hostile(
            "an error of the server",
            "Says that it is not available.",
            after_a_word(b"HTTP/1.0 503 Service Unavailable\r\n\r\n{}"),
        ),
        Hostile(
            "a page without end",
            "Sends a page without end.",
            endless(b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * 2**14),
        ),
        Hostile("a head without end", "Sends headers without end.", endless(b"HTTP/1.0 200 OK\r\nA: b\r\n")),
        Hostile(
            "a forbidden page",
            "Forbids the page without asking for a log-in.",
            after_a_word(b"HTTP/1.0 403 Forbidden\r\n\r\n<html>Forbidden</html>"),
        ),
        Hostile("401 of nothing", "Says 401 and nothing else.", after_a_word(b"401\r\n\r\n")),
    ),
}
"""What each protocol is lied to with."""

WRONG = [
    (protocol, name, server.serve)
    for protocol, own in ONLY.items()
    for name, server in {**EVERYWHERE, **own}.items()
]
