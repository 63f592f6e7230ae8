"""Servers that make HTTP clients hang, crash, eat or believe; each by name, with what it does."""

from __future__ import annotations

import gzip
import socket
import time

from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end

OK = b"HTTP/1.1 200 OK\r\n"
CANARY = "geheim-4711"


def saying(data: bytes) -> Handler:
    """Read the request, say `data`, hang up."""

    def handle(connection: socket.socket, _: int) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked and (piece := connection.recv(4096)):
            asked += piece
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


def endless(begin: bytes, more: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.recv(4096)
        connection.sendall(begin)
        while True:
            connection.sendall(more * 50)

    return handle


def dripping(begin: bytes, more: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.recv(4096)
        connection.sendall(begin)
        while True:
            connection.sendall(more)
            time.sleep(0.1)

    return handle


def mute(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


def close_at_once(connection: socket.socket, _: int) -> None:
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


def reset_at_once(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    hang_up_hard(connection)


NO_ANSWER: dict[str, tuple[Handler, str]] = {
    "mute": (mute, "timed-out"),
    "close-at-once": (close_at_once, "unreadable"),
    "reset-at-once": (reset_at_once, "unreachable"),
    "drip-head": (dripping(OK, b"X: y\r\n"), "timed-out"),
    "drip-status": (dripping(b"", b"H"), "unreadable"),
    "endless-header": (endless(OK + b"X: ", b"a" * 1000), "too-large"),
    "endless-headers": (endless(OK, b"X: y\r\n"), "too-large"),
    "endless-status": (endless(b"HTTP/1.1 200 ", b"O" * 1000), "too-large"),
    "endless-newlines": (endless(b"", b"\r\n"), "unreadable"),
    "endless-zeros": (endless(b"", bytes(1000)), "unreadable"),
    "hundred-and-one-headers": (saying(OK + b"X: y\r\n" * 101 + b"\r\n"), "too-large"),
    "long-status": (saying(b"HTTP/1.1 200 " + b"O" * 8200 + b"\r\n\r\n"), "too-large"),
    "nul-in-header": (saying(OK + b"X: a\0b\r\n\r\n"), "unreadable"),
    "nul-in-status": (saying(b"HTTP/1.1 200 O\0K\r\n\r\n"), "unreadable"),
    "only-line-feeds": (saying(b"HTTP/1.1 200 OK\nX: y\n\nhello"), "unreadable"),
    "stray-line-feed": (saying(OK + b"X: a\nSet-Cookie: a=b\r\n\r\n"), "unreadable"),
    "stray-return": (saying(OK + b"X: a\rSet-Cookie: a=b\r\n\r\n"), "unreadable"),
    "folded-header": (saying(OK + b"X: a\r\n b\r\n\r\n"), "unreadable"),
    "blank-before-colon": (saying(OK + b"X : a\r\n\r\n"), "unreadable"),
    "header-without-name": (saying(OK + b": a\r\n\r\n"), "unreadable"),
    "header-without-colon": (saying(OK + b"abc\r\n\r\n"), "unreadable"),
    "status-of-two-digits": (saying(b"HTTP/1.1 20 OK\r\n\r\n"), "unreadable"),
    "status-in-arabic": (saying("HTTP/1.1 ٢٠٠ OK\r\n\r\n".encode()), "unreadable"),
    "http-2": (saying(b"HTTP/2.0 200 OK\r\n\r\n"), "unreadable"),
    "http-0.9": (saying(b"<html>hello</html>"), "unreadable"),
    "ssh": (saying(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "unreadable"),
    "tls-alert": (saying(b"\x15\x03\x03\x00\x02\x02\x46"), "unreadable"),
    "head-cut-short": (saying(OK + b"X: y\r\n"), "unreadable"),
    "continue-flood": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "too-large"),
    "early-hints-flood": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), "too-large"),
    "switching-protocols": (
        saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "unreadable",
    ),
    "two-lengths": (saying(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "unreadable"),
    "negative-length": (saying(OK + b"Content-Length: -1\r\n\r\n"), "unreadable"),
    "arabic-length": (saying(OK + "Content-Length: ٣\r\n\r\nabc".encode()), "unreadable"),
    "underscored-length": (saying(OK + b"Content-Length: 1_0\r\n\r\nabc"), "unreadable"),
}
"""Nothing can be seen of these: the handler, and the reason that says so best."""

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

ODD_BODY: dict[str, Handler] = {
    "length-too-long": saying(OK + b"Content-Length: 1000\r\n\r\nabc"),
    "length-in-the-millions": saying(OK + b"Content-Length: 99999999999999999999\r\n\r\nabc"[:60]),
    "chunk-too-long": saying(CHUNKED + b"fff\r\nabc"),
    "chunk-bad": saying(CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n"),
    "chunk-negative": saying(CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n"),
    "chunk-enormous": saying(CHUNKED + b"f" * 50 + b"\r\nabc"),
    "chunk-extension-flood": endless(CHUNKED + b"1;", b"a=b;" * 100),
    "chunk-crumbs": endless(CHUNKED, b"1\r\na\r\n"),
    "trailer-flood": endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 50),
    "endless-body": endless(OK + b"\r\n", b"a" * 1000),
    "endless-chunks": endless(CHUNKED, b"3e8\r\n" + b"a" * 1000 + b"\r\n"),
    "drip-body": dripping(OK + b"\r\n", b"a"),
    "drip-chunks": dripping(CHUNKED, b"1\r\na\r\n"),
}
"""The head of these is fine, and the body never ends well."""

BOMB = saying(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(50_000_000)))


def secretive(location: str) -> Handler:
    """Put a secret into every place where servers are known to put secrets."""
    lines = [
        f"Set-Cookie: sid={CANARY}; Path=/; Secure; HttpOnly; Unknown={CANARY}",
        f"Set-Cookie: {CANARY}",
        f"Set-Cookie2: a={CANARY}",
        f"Authorization: Bearer {CANARY}",
        f"X-Auth-Token: {CANARY}",
        f"X-CSRF-Token: {CANARY}",
        f"X-Api-Key: {CANARY}",
        f"WWW-Authenticate: Digest nonce={CANARY}",
        f"Location: {location}",
        f"Refresh: 0;url=https://x.example/?ticket={CANARY}",
        f"Link: <https://x.example/?t={CANARY}>; rel=next",
    ]
    return saying(("HTTP/1.1 302 Found\r\n" + "\r\n".join(lines) + f"\r\n\r\n{CANARY}").encode())
