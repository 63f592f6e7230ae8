"""Servers that say their hello in TLS 1.2 as they should, and answer whatever comes then as nobody should."""

from __future__ import annotations

import functools
import os
import socket
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.certificates import make, names, weak_key
from tests.servers.fake_tls import keep_silent, record
from tests.servers.hostile.certificates import SPOKEN
from tests.servers.hostile.entry import PART, Hostile, Servers, group
from tests.servers.unfinished_tls import ALERT, HEARTBEAT, HEARTBEATS, unfinished

_NAME = "localhost"


def _answering(answer: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        if connection.recv(4096):
            answer(connection)
            keep_silent(connection)

    return talk


def _without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(record(HEARTBEAT, b"\x01\x00\x00" + bytes(16)) * 100)


def _by_chance(connection: socket.socket) -> None:
    connection.sendall(record(ALERT, b"\x02" + os.urandom(1)))


def _drip(connection: socket.socket) -> None:
    for byte in record(ALERT, b"\x02\x14"):
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


@functools.cache
def unfinished_handshakes() -> Servers:
    """Give them all, with keys made anew."""
    der = make(_NAME, None, [names(_NAME)], key=weak_key()).der
    huge = make(
        _NAME, None, [names(_NAME)], public=rsa.RSAPublicNumbers(65537, 2**19999 + 1).public_key()
    ).der
    return group(
        PART,
        ("tls",),
        Hostile(
            "deaf-after-hello",
            "Offers heartbeats and static RSA, and is deaf to both.",
            unfinished(der, keep_silent, extensions=HEARTBEATS),
        ),
        Hostile(
            "endless-heartbeats",
            "Sends heartbeats of its own without end to whatever comes.",
            unfinished(der, _answering(_without_end), extensions=HEARTBEATS),
        ),
        Hostile(
            "alerts-by-chance",
            "Refuses each key with another alert, by chance.",
            unfinished(der, _answering(_by_chance)),
        ),
        Hostile(
            "alert-in-drops",
            "Refuses each key byte by byte.",
            unfinished(der, _answering(_drip)),
        ),
        Hostile(
            "key-of-20000-bits",
            "Shows an RSA key of 20,000 bits to wrap secrets for.",
            unfinished(huge, keep_silent),
        ),
        rightly=SPOKEN,
    )
