"""Servers that make HTTP clients hang, crash, eat or believe; each by name, with what it does."""

from __future__ import annotations

import gzip
import socket
import time

from tests.servers.hostile.entry import CANARY, NOTHING, PART, Hostile, Servers, group
from tests.servers.hostile.plain import close_at_once, mute
from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end

OK = b"HTTP/1.1 200 OK\r\n"
HEAD = ("web.cors.origins", "web.methods.limited", "web.version.leak")
"""What a head alone can show, whatever becomes of its body."""

PAGE = ("web.errors.generic", "web.exposed.*")
"""What the beginning of a page can show."""

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


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


def reset_at_once(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    hang_up_hard(connection)


def bomb() -> Handler:
    return saying(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(50_000_000)))


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


NO_ANSWER: Servers = group(
    NOTHING,
    ("http",),
    Hostile("mute", "Takes the connection and never says a word.", mute, "timed-out"),
    Hostile("close-at-once", "Hangs up before anything is said.", close_at_once, "unreadable"),
    Hostile("reset-at-once", "Breaks the connection as soon as it is asked.", reset_at_once, "unreachable"),
    Hostile("drip-head", "Sends one header every tenth of a second.", dripping(OK, b"X: y\r\n"), "timed-out"),
    Hostile("drip-status", "Sends the letter H ten times a second.", dripping(b"", b"H"), "unreadable"),
    Hostile("endless-header", "Sends a header without end.", endless(OK + b"X: ", b"a" * 1000), "too-large"),
    Hostile("endless-headers", "Sends headers without end.", endless(OK, b"X: y\r\n"), "too-large"),
    Hostile(
        "endless-status",
        "Sends a status line without end.",
        endless(b"HTTP/1.1 200 ", b"O" * 1000),
        "too-large",
    ),
    Hostile("endless-newlines", "Sends empty lines without end.", endless(b"", b"\r\n"), "unreadable"),
    Hostile("endless-zeros", "Sends zeros without end.", endless(b"", bytes(1000)), "unreadable"),
    Hostile(
        "hundred-and-one-headers",
        "Sends one header more than anybody needs.",
        saying(OK + b"X: y\r\n" * 101 + b"\r\n"),
        "too-large",
    ),
    Hostile(
        "long-status",
        "Sends a status line of 8 KiB.",
        saying(b"HTTP/1.1 200 " + b"O" * 8200 + b"\r\n\r\n"),
        "too-large",
    ),
    Hostile("nul-in-header", "Hides a NUL in a header.", saying(OK + b"X: a\0b\r\n\r\n"), "unreadable"),
    Hostile(
        "nul-in-status",
        "Hides a NUL in the status line.",
        saying(b"HTTP/1.1 200 O\0K\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "only-line-feeds",
        "Ends its lines with line feeds alone.",
        saying(b"HTTP/1.1 200 OK\nX: y\n\nhello"),
        "unreadable",
    ),
    Hostile(
        "stray-line-feed",
        "Smuggles a header behind a line feed.",
        saying(OK + b"X: a\nSet-Cookie: a=b\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "stray-return",
        "Smuggles a header behind a carriage return.",
        saying(OK + b"X: a\rSet-Cookie: a=b\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "folded-header",
        "Folds a header over two lines, as RFC 9112 forbids.",
        saying(OK + b"X: a\r\n b\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "blank-before-colon",
        "Puts a blank between a header's name and its colon.",
        saying(OK + b"X : a\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "header-without-name", "Sends a header without a name.", saying(OK + b": a\r\n\r\n"), "unreadable"
    ),
    Hostile(
        "header-without-colon", "Sends a header without a colon.", saying(OK + b"abc\r\n\r\n"), "unreadable"
    ),
    Hostile(
        "status-of-two-digits", "Answers with status 20.", saying(b"HTTP/1.1 20 OK\r\n\r\n"), "unreadable"
    ),
    Hostile(
        "status-in-arabic",
        "Writes its status in Arabic digits.",
        saying("HTTP/1.1 ٢٠٠ OK\r\n\r\n".encode()),
        "unreadable",
    ),
    Hostile("http-2", "Claims HTTP/2 in HTTP/1's words.", saying(b"HTTP/2.0 200 OK\r\n\r\n"), "unreadable"),
    Hostile("http-0.9", "Answers with a page and no head.", saying(b"<html>hello</html>"), "unreadable"),
    Hostile("ssh", "Answers as an SSH server.", saying(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "unreadable"),
    Hostile(
        "tls-alert", "Answers with an alert of TLS.", saying(b"\x15\x03\x03\x00\x02\x02\x46"), "unreadable"
    ),
    Hostile("head-cut-short", "Hangs up within the head.", saying(OK + b"X: y\r\n"), "unreadable"),
    Hostile(
        "continue-flood",
        "Says 100 Continue without end.",
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "too-large",
    ),
    Hostile(
        "early-hints-flood",
        "Sends early hints without end.",
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        "too-large",
    ),
    Hostile(
        "switching-protocols",
        "Changes to a protocol nobody asked for.",
        saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "two-lengths",
        "Gives two lengths for one body.",
        saying(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        "unreadable",
    ),
    Hostile(
        "negative-length",
        "Gives a length of minus one.",
        saying(OK + b"Content-Length: -1\r\n\r\n"),
        "unreadable",
    ),
    Hostile(
        "arabic-length",
        "Gives a length in Arabic digits.",
        saying(OK + "Content-Length: ٣\r\n\r\nabc".encode()),
        "unreadable",
    ),
    Hostile(
        "underscored-length",
        "Gives a length that only Python's int() can read.",
        saying(OK + b"Content-Length: 1_0\r\n\r\nabc"),
        "unreadable",
    ),
)

ODD_BODY: Servers = group(
    PART,
    ("http",),
    Hostile(
        "length-too-long",
        "Promises more than it sends.",
        saying(OK + b"Content-Length: 1000\r\n\r\nabc"),
    ),
    Hostile(
        "length-in-the-millions",
        "Promises 10 to the 20th bytes.",
        saying(OK + b"Content-Length: 99999999999999999999\r\n\r\nabc"[:60]),
    ),
    Hostile("chunk-too-long", "Sends a chunk shorter than it says.", saying(CHUNKED + b"fff\r\nabc")),
    Hostile("chunk-bad", "Gives a chunk's length in letters.", saying(CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n")),
    Hostile(
        "chunk-negative", "Sends a chunk of minus one byte.", saying(CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n")
    ),
    Hostile(
        "chunk-enormous", "Gives a chunk's length in 50 digits.", saying(CHUNKED + b"f" * 50 + b"\r\nabc")
    ),
    Hostile(
        "chunk-extension-flood",
        "Extends a chunk's head without end.",
        endless(CHUNKED + b"1;", b"a=b;" * 100),
    ),
    Hostile("chunk-crumbs", "Sends chunks of one byte without end.", endless(CHUNKED, b"1\r\na\r\n")),
    Hostile("trailer-flood", "Sends trailers without end.", endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 50)),
    Hostile("endless-body", "Sends a body without end.", endless(OK + b"\r\n", b"a" * 1000)),
    Hostile(
        "endless-chunks",
        "Sends good chunks without end.",
        endless(CHUNKED, b"3e8\r\n" + b"a" * 1000 + b"\r\n"),
    ),
    Hostile("drip-body", "Sends its body byte by byte.", dripping(OK + b"\r\n", b"a")),
    Hostile("drip-chunks", "Sends its chunks byte by byte.", dripping(CHUNKED, b"1\r\na\r\n")),
    rightly=HEAD,
)
"""The head of these is fine, and the body never ends well."""
