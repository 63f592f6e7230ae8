"""Servers that make SSH clients hang, crash, eat or believe; each by name, with what it does."""

from __future__ import annotations

import socket
import time

from tests.servers.fake_ssh import (
    BANNER,
    farewell,
    key_shown,
    lists,
    packet,
    says,
    says_and_hangs_up,
    string,
)
from tests.servers.hostile.entry import NOTHING, PART, Hostile, Servers, group
from tests.servers.hostile.plain import mute
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end


def reset_at_once(connection: socket.socket, _: int) -> None:
    connection.recv(1)
    hang_up_hard(connection)


def drip(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.15)

    return handle


def endless(first: bytes, data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(data * 50)

    return handle


def web_server(connection: socket.socket, _: int) -> None:
    connection.recv(100)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


LISTS = packet(lists())
MANY = [f"algorithm-{number}" for number in range(10_000)]

NOT_SSH: Servers = group(
    NOTHING,
    ("ssh",),
    Hostile("mute", "Takes the connection and never says a word.", mute, "timed-out"),
    Hostile("drip", "Sends its greeting byte by byte.", drip(BANNER), "timed-out"),
    Hostile("closes-at-once", "Hangs up before anything is said.", says_and_hangs_up(b""), "unreadable"),
    Hostile("resets-at-once", "Breaks the connection at the first word.", reset_at_once, "unreachable"),
    Hostile("web-server", "Answers as a web server.", web_server, "unreadable"),
    Hostile(
        "mail-server-that-waits",
        "Greets as a mail server and waits.",
        says(b"220 mail.example ESMTP\r\n"),
        "timed-out",
    ),
    Hostile(
        "mail-server-that-hangs-up",
        "Greets as a mail server and hangs up.",
        says_and_hangs_up(b"220 mail.example\r\n"),
        "unreadable",
    ),
    Hostile("endless-zeros", "Sends zeros without end.", endless(b"", bytes(100)), "unreadable"),
    Hostile(
        "endless-lines",
        "Sends lines before its version without end.",
        endless(b"", b"welcome\r\n"),
        "unreadable",
    ),
    Hostile("endless-empty-lines", "Sends empty lines without end.", endless(b"", b"\n"), "unreadable"),
    Hostile(
        "line-without-end", "Sends a version without end.", endless(b"SSH-2.0-", b"x" * 100), "unreadable"
    ),
    Hostile(
        "half-a-version", "Hangs up within its version.", says_and_hangs_up(b"SSH-2.0\r\n"), "unreadable"
    ),
    Hostile("version-without-a-number", "Gives its version in words.", says(b"SSH-two-x\r\n"), "unreadable"),
    Hostile("version-nobody-knows", "Claims version 3 of SSH.", says(b"SSH-3.0-x\r\n"), "unreadable"),
    Hostile(
        "version-with-many-digits",
        "Gives a version of 900 digits.",
        says(b"SSH-" + b"9" * 900 + b".0-x\r\n"),
        "unreadable",
    ),
    Hostile("silent-after-version", "Says its version and nothing else.", says(BANNER), "timed-out"),
    Hostile(
        "closes-after-version", "Says its version and hangs up.", says_and_hangs_up(BANNER), "unreadable"
    ),
    Hostile("drips-its-lists", "Sends its lists byte by byte.", drip(BANNER + LISTS), "timed-out"),
    Hostile(
        "farewell",
        "Says goodbye, with commands for a terminal.",
        says_and_hangs_up(BANNER + farewell(b"too many connections\x1b[2J\n")),
        "denied",
    ),
    Hostile(
        "farewell-cut-short",
        "Says goodbye and stops within it.",
        says(BANNER + packet(b"\x01\x00")),
        "denied",
    ),
    Hostile(
        "lists-of-256-mib",
        "Announces lists of 256 MiB.",
        says(BANNER + b"\x10\x00\x00\x00" + bytes(1000)),
        "unreadable",
    ),
    Hostile(
        "lists-of-4-gib",
        "Announces lists of 4 GiB.",
        says(BANNER + b"\xff\xff\xff\xff" + bytes(1000)),
        "unreadable",
    ),
    Hostile("packet-of-nothing", "Sends packets of no bytes.", says(BANNER + bytes(400)), "unreadable"),
    Hostile(
        "padding-longer-than-packet",
        "Pads a packet with more than it holds.",
        says(BANNER + b"\x00\x00\x00\x0c\xff" + bytes(100)),
        "unreadable",
    ),
    Hostile(
        "packet-of-padding",
        "Sends a packet of padding alone.",
        says(BANNER + b"\x00\x00\x00\x0c\x0b" + bytes(100)),
        "unreadable",
    ),
    Hostile(
        "endless-asides",
        "Sends messages to be ignored without end.",
        endless(BANNER, packet(b"\x02" + string(b"x"))),
        "unreadable",
    ),
    Hostile(
        "another-message",
        "Sends another message where its lists are due.",
        says(BANNER + packet(b"\x15")),
        "unreadable",
    ),
    Hostile("lists-cut-short", "Stops within its lists.", says(BANNER + packet(lists()[:-30])), "unreadable"),
    Hostile(
        "lists-and-more",
        "Sends more behind its lists.",
        says(BANNER + packet(lists() + b"more")),
        "unreadable",
    ),
    Hostile(
        "list-longer-than-message",
        "Gives a list longer than its message.",
        says(BANNER + packet(b"\x14" + bytes(16) + b"\x7f\xff\xff\xff")),
        "unreadable",
    ),
    Hostile(
        "ten-thousand-names",
        "Lists ten thousand algorithms.",
        says(BANNER + packet(lists(kex=MANY))),
        "unreadable",
    ),
    Hostile(
        "a-thousand-names",
        "Lists a thousand algorithms.",
        says(BANNER + packet(lists(kex=MANY[:1000]))),
        "unreadable",
    ),
    Hostile(
        "name-with-control-characters",
        "Names an algorithm with commands for a terminal.",
        says(BANNER + packet(lists(kex=["\x1b[2Jsha2"]))),
        "unreadable",
    ),
    Hostile(
        "name-of-nothing",
        "Names an algorithm with nothing.",
        says(BANNER + packet(lists(cipher=["aes256-ctr", ""]))),
        "unreadable",
    ),
    Hostile(
        "name-of-1000-letters",
        "Names an algorithm with 1,000 letters.",
        says(BANNER + packet(lists(mac=["x" * 1000]))),
        "unreadable",
    ),
    Hostile(
        "name-beyond-ascii",
        "Names an algorithm with an umlaut.",
        says(BANNER + packet(lists(mac=["hm\xe4c"]))),
        "unreadable",
    ),
)
"""Of these nothing can be seen: the handler, and the reason that says so best."""

ED25519 = string(b"ssh-ed25519") + string(bytes(32))

LISTED = (
    "ssh.ciphers.listed",
    "ssh.ciphers.macs",
    "ssh.hostkeys.policy",
    "ssh.kex.policy",
    "ssh.kex.strength",
    "ssh.kex.terrapin",
    "ssh.protocol.version",
)
"""What the lists alone can show; those of all these servers are good."""

WITHOUT_KEY: Servers = group(
    PART,
    ("ssh",),
    Hostile("silent", "Keeps silent when asked for its key.", says(BANNER + LISTS)),
    Hostile("closes", "Hangs up when asked for its key.", says_and_hangs_up(BANNER + LISTS)),
    Hostile(
        "farewell-without-key",
        "Says goodbye when asked for its key.",
        says_and_hangs_up(BANNER + LISTS + farewell(b"no\x1b[31m")),
    ),
    Hostile(
        "not-implemented",
        "Says that it does not know how to show a key.",
        says(BANNER + LISTS + packet(b"\x03\x00\x00\x00\x01")),
    ),
    Hostile("empty-key", "Shows a key of no bytes.", says(BANNER + LISTS + key_shown(b""))),
    Hostile("empty-reply", "Answers with an empty message.", says(BANNER + LISTS + packet(b"\x1f"))),
    Hostile(
        "key-past-the-end",
        "Gives a key longer than its message.",
        says(BANNER + LISTS + packet(b"\x1f\xff\xff\xff\xff")),
    ),
    Hostile(
        "another-type",
        "Shows a key of another type than agreed.",
        says(BANNER + LISTS + key_shown(string(b"ssh-rsa") + string(b"\x03") + string(b"\x7f" * 256))),
    ),
    Hostile(
        "unknown-type",
        "Shows a key of a type made of terminal commands.",
        says(BANNER + LISTS + key_shown(string(b"ssh-\xff\x1b[2J") + string(bytes(32)))),
    ),
    Hostile(
        "key-of-31-bytes",
        "Shows a key that lacks a byte.",
        says(BANNER + LISTS + key_shown(string(b"ssh-ed25519") + string(bytes(31)))),
    ),
    Hostile(
        "key-and-more", "Shows a key and more behind it.", says(BANNER + LISTS + key_shown(ED25519 + b"more"))
    ),
    Hostile(
        "endless-asides-without-key",
        "Sends debug messages without end instead of a key.",
        endless(BANNER + LISTS, packet(b"\x04" + bytes(9))),
    ),
    rightly=LISTED,
)
"""These offer algorithms, and then show no key that could be read."""
