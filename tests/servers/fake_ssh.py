"""An SSH server at the level of messages, for what no real one would say."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from tests.servers.listener import Handler, wait_for_the_end

BANNER = b"SSH-2.0-OpenSSH_9.2p1\r\n"


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def names(*each: str) -> bytes:
    return string(",".join(each).encode("latin-1"))


def packet(payload: bytes) -> bytes:
    padding = 8 - (5 + len(payload)) % 8 + 8
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def lists(
    kex: Iterable[str] = ("curve25519-sha256",),
    host_key: Iterable[str] = ("ssh-ed25519",),
    cipher: Iterable[str] = ("aes256-ctr",),
    mac: Iterable[str] = ("hmac-sha2-256",),
    to_client: Iterable[str] | None = None,
) -> bytes:
    back = cipher if to_client is None else to_client
    each = (kex, host_key, cipher, back, mac, mac, ("none",), ("none",), (), ())
    return b"\x14" + bytes(16) + b"".join(names(*listed) for listed in each) + bytes(5)


def key_shown(blob: bytes) -> bytes:
    return packet(b"\x1f" + string(blob) + string(bytes(32)) + string(b"signature"))


def farewell(said: bytes, reason: int = 2) -> bytes:
    return packet(b"\x01" + struct.pack(">I", reason) + string(said) + string(b""))


def says(data: bytes) -> Handler:
    """Say all of `data` at once and hang up when the client does."""

    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(data)
        wait_for_the_end(connection)

    return handle


def says_and_hangs_up(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle
