"""A TCP server on a free loopback port that does to each connection whatever a test says."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Handler = Callable[[socket.socket, int], None]
"""Is given the connection and its number, counted from 0."""


@dataclass
class Listener:
    port: int
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def listening(handler: Handler, host: str = "127.0.0.1", port: int = 0) -> Iterator[Listener]:
    with socket.create_server((host, port), backlog=128) as server:
        listener = Listener(port=server.getsockname()[1])
        threads: list[threading.Thread] = []

        def handle(connection: socket.socket, number: int) -> None:
            with contextlib.suppress(OSError), connection:
                handler(connection, number)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.settimeout(20)
                listener.open.append(connection)
                thread = threading.Thread(target=handle, args=(connection, listener.connections))
                listener.connections += 1
                threads.append(thread)
                thread.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener
        finally:
            listener.stopped.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for connection in listener.open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
            for connection in listener.open:
                connection.close()


def hang_up_hard(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_the_end(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until_open(port: int, seconds: float = 10.0) -> None:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.02)):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        waiting.wait(0.02)
    raise AssertionError(f"nothing listens on port {port}")
