"""Servers that say one thing to the first who asks and another to the next: none of it may be believed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, TLSVersion

from tests.servers.certificates import NOW, Made, make, names, weak_key, write
from tests.servers.hostile.http import OK, saying
from tests.servers.listener import Handler, hang_up_hard

GOOD_PAGE = (
    OK + b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; form-action 'none'; "
    b"base-uri 'none'\r\n"
    b"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    b"Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n"
    b"Cross-Origin-Resource-Policy: same-origin\r\n\r\n<!doctype html><title>Shop</title>"
)
BAD_PAGE = OK + b"Content-Type: text/html\r\nServer: Apache/1.3.1\r\n\r\n<!doctype html><title>Shop</title>"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


def in_turn(*handlers: Handler) -> Handler:
    """Meet each connection in another way, and begin again at the end."""

    def handle(connection: socket.socket, number: int) -> None:
        handlers[number % len(handlers)](connection, number)

    return handle


def first_then(first: Handler, after: Handler) -> Handler:
    def handle(connection: socket.socket, number: int) -> None:
        (after if number else first)(connection, number)

    return handle


def broken_off(connection: socket.socket, _: int) -> None:
    connection.recv(4096)
    hang_up_hard(connection)


WEB: dict[str, Handler] = {
    "http-flaky": in_turn(saying(GOOD_PAGE), saying(BUSY)),
    "http-flaky-the-other-way": in_turn(saying(BUSY), saying(GOOD_PAGE)),
    "http-half-protected": in_turn(saying(GOOD_PAGE), saying(BAD_PAGE)),
    "http-every-other-breaks": in_turn(saying(GOOD_PAGE), broken_off),
    "http-503-then-ok": first_then(saying(BUSY), saying(GOOD_PAGE)),
    "http-ok-then-503": first_then(saying(GOOD_PAGE), saying(BUSY)),
}
"""A pool of which one machine is in order, and one that only just got ready."""


def _context(certificate: Path, version: str) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(certificate)
    if version != "both":
        context.minimum_version = context.maximum_version = TLSVersion[version]
    return context


def flipping(folder: Path, issuer: Made, *, flips: bool = True) -> Callable[[str], Handler]:
    """
    Give what makes a server of a version that shows two certificates in turn.

    One is good, and the other wrong in every way, unless it does not flip.
    """
    good = write(folder / "good.pem", make("localhost", issuer, [names("localhost")]))
    begins, ends = NOW - timedelta(days=900), NOW - timedelta(days=1)
    bad = write(folder / "bad.pem", make("other.example", key=weak_key(), begins=begins, ends=ends))

    def server(version: str) -> Handler:
        contexts = [_context(path, version) for path in (good, bad if flips else good)]

        def handle(connection: socket.socket, number: int) -> None:
            with contexts[number % 2].wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)

        return handle

    return server
