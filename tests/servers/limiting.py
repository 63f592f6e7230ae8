"""Servers that hang up on whoever asks often or much at once, as guards before real ones do."""

from __future__ import annotations

import socket
import threading

from tests.servers.listener import Handler


def at_most(most: int, serve: Handler) -> Handler:
    """Serve so many connections at a time, and hang up on every other."""
    lock, counted = threading.Lock(), [0]

    def handle(connection: socket.socket, number: int) -> None:
        with lock:
            counted[0] += 1
            over = counted[0] > most
        try:
            if not over:
                serve(connection, number)
        finally:
            with lock:
                counted[0] -= 1

    return handle


def the_first(most: int, serve: Handler) -> Handler:
    """Serve so many connections, and hang up on every one after them."""

    def handle(connection: socket.socket, number: int) -> None:
        if number < most:
            serve(connection, number)

    return handle


def every_other(serve: Handler) -> Handler:
    """Serve one connection and hang up on the next."""

    def handle(connection: socket.socket, number: int) -> None:
        if number % 2 == 0:
            serve(connection, number)

    return handle
