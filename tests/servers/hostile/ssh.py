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
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end


def mute(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


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

NOT_SSH: dict[str, tuple[Handler, str]] = {
    "mute": (mute, "timed-out"),
    "drip": (drip(BANNER), "timed-out"),
    "closes-at-once": (says_and_hangs_up(b""), "unreadable"),
    "resets-at-once": (reset_at_once, "unreachable"),
    "web-server": (web_server, "unreadable"),
    "mail-server-that-waits": (says(b"220 mail.example ESMTP\r\n"), "timed-out"),
    "mail-server-that-hangs-up": (says_and_hangs_up(b"220 mail.example\r\n"), "unreadable"),
    "endless-zeros": (endless(b"", bytes(100)), "unreadable"),
    "endless-lines": (endless(b"", b"welcome\r\n"), "unreadable"),
    "endless-empty-lines": (endless(b"", b"\n"), "unreadable"),
    "line-without-end": (endless(b"SSH-2.0-", b"x" * 100), "unreadable"),
    "half-a-version": (says_and_hangs_up(b"SSH-2.0\r\n"), "unreadable"),
    "version-without-a-number": (says(b"SSH-two-x\r\n"), "unreadable"),
    "version-nobody-knows": (says(b"SSH-3.0-x\r\n"), "unreadable"),
    "version-with-many-digits": (says(b"SSH-" + b"9" * 900 + b".0-x\r\n"), "unreadable"),
    "silent-after-version": (says(BANNER), "timed-out"),
    "closes-after-version": (says_and_hangs_up(BANNER), "unreadable"),
    "drips-its-lists": (drip(BANNER + LISTS), "timed-out"),
    "farewell": (says_and_hangs_up(BANNER + farewell(b"too many connections\x1b[2J\n")), "denied"),
    "farewell-cut-short": (says(BANNER + packet(b"\x01\x00")), "denied"),
    "lists-of-256-mib": (says(BANNER + b"\x10\x00\x00\x00" + bytes(1000)), "unreadable"),
    "lists-of-4-gib": (says(BANNER + b"\xff\xff\xff\xff" + bytes(1000)), "unreadable"),
    "packet-of-nothing": (says(BANNER + bytes(400)), "unreadable"),
    "padding-longer-than-packet": (says(BANNER + b"\x00\x00\x00\x0c\xff" + bytes(100)), "unreadable"),
    "packet-of-padding": (says(BANNER + b"\x00\x00\x00\x0c\x0b" + bytes(100)), "unreadable"),
    "endless-asides": (endless(BANNER, packet(b"\x02" + string(b"x"))), "unreadable"),
    "another-message": (says(BANNER + packet(b"\x15")), "unreadable"),
    "lists-cut-short": (says(BANNER + packet(lists()[:-30])), "unreadable"),
    "lists-and-more": (says(BANNER + packet(lists() + b"more")), "unreadable"),
    "list-longer-than-message": (
        says(BANNER + packet(b"\x14" + bytes(16) + b"\x7f\xff\xff\xff")),
        "unreadable",
    ),
    "ten-thousand-names": (says(BANNER + packet(lists(kex=MANY))), "unreadable"),
    "a-thousand-names": (says(BANNER + packet(lists(kex=MANY[:1000]))), "unreadable"),
    "name-with-control-characters": (says(BANNER + packet(lists(kex=["\x1b[2Jsha2"]))), "unreadable"),
    "name-of-nothing": (says(BANNER + packet(lists(cipher=["aes256-ctr", ""]))), "unreadable"),
    "name-of-1000-letters": (says(BANNER + packet(lists(mac=["x" * 1000]))), "unreadable"),
    "name-beyond-ascii": (says(BANNER + packet(lists(mac=["hm\xe4c"]))), "unreadable"),
}
"""Of these nothing can be seen: the handler, and the reason that says so best."""

ED25519 = string(b"ssh-ed25519") + string(bytes(32))

WITHOUT_KEY: dict[str, Handler] = {
    "silent": says(BANNER + LISTS),
    "closes": says_and_hangs_up(BANNER + LISTS),
    "farewell": says_and_hangs_up(BANNER + LISTS + farewell(b"no\x1b[31m")),
    "not-implemented": says(BANNER + LISTS + packet(b"\x03\x00\x00\x00\x01")),
    "empty-key": says(BANNER + LISTS + key_shown(b"")),
    "empty-reply": says(BANNER + LISTS + packet(b"\x1f")),
    "key-past-the-end": says(BANNER + LISTS + packet(b"\x1f\xff\xff\xff\xff")),
    "another-type": says(
        BANNER + LISTS + key_shown(string(b"ssh-rsa") + string(b"\x03") + string(b"\x7f" * 256))
    ),
    "unknown-type": says(BANNER + LISTS + key_shown(string(b"ssh-\xff\x1b[2J") + string(bytes(32)))),
    "key-of-31-bytes": says(BANNER + LISTS + key_shown(string(b"ssh-ed25519") + string(bytes(31)))),
    "key-and-more": says(BANNER + LISTS + key_shown(ED25519 + b"more")),
    "endless-asides": endless(BANNER + LISTS, packet(b"\x04" + bytes(9))),
}
"""These offer algorithms, and then show no key that could be read."""
