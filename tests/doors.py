"""Listeners on loopback for tests: doors that are open, and the ports beside them that are not."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def open_door(host: str = "127.0.0.1", port: int = 0, backlog: int = 128) -> Iterator[int]:
    """Listen on one port until the end of the block; give its number."""
    with contextlib.closing(_listening(host, port, backlog)) as door:
        yield int(door.getsockname()[1])


@contextlib.contextmanager
def open_doors(host: str, *ports: int) -> Iterator[None]:
    """Listen on several ports of one address until the end of the block."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(open_door(host, port))
        yield


@contextlib.contextmanager
def attended_door(attend: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """Listen, and hand each connection to `attend` and then close it, until the end of the block."""
    door = _listening(host, 0, 128)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                visitor, _ = door.accept()
                with visitor:
                    attend(visitor)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield int(door.getsockname()[1])
    finally:
        door.shutdown(socket.SHUT_RDWR)
        thread.join()
        door.close()


def _listening(host: str, port: int, backlog: int) -> socket.socket:
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(backlog)
    except OSError:
        door.close()
        raise
    return door
