"""A TLS server by Python's ssl module, for one context or for several by name."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.servers.listener import Handler, Listener, listening


def context_for(certificate: Path, **settings: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def by_name(contexts: Mapping[str, ssl.SSLContext], default: ssl.SSLContext) -> ssl.SSLContext:
    def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        if name is None or name not in contexts:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = contexts[name]
        return None

    default.sni_callback = choose
    return default


@contextlib.contextmanager
def tls_server(
    contexts: Callable[[int], ssl.SSLContext], answer: Callable[[ssl.SSLSocket], None] | None = None
) -> Iterator[Listener]:
    """Serve TLS; `contexts` gives the context for the connection of that number."""

    def handle(connection: socket.socket, number: int) -> None:
        with contexts(number).wrap_socket(connection, server_side=True) as secured:
            if answer is not None:
                answer(secured)
            else:
                secured.recv(1)

    with listening(handle) as listener:
        yield listener


def both_ways(context: ssl.SSLContext, serve: Handler, *, deaf_to: int) -> Handler:
    """Serve in clear and within TLS on one port, and hang up on the first so many connections in clear."""
    heard = [0]

    def handle(connection: socket.socket, number: int) -> None:
        if connection.recv(1, socket.MSG_PEEK) == b"\x16":
            with context.wrap_socket(connection, server_side=True) as secured:
                serve(secured, number)
            return
        heard[0] += 1
        if heard[0] > deaf_to:
            serve(connection, number)

    return handle
