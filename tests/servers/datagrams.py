"""A UDP server on loopback that does with each datagram whatever a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Asker: TypeAlias = tuple[str, int]
Attend: TypeAlias = Callable[[socket.socket, bytes, Asker], None]


@dataclass
class Answerer:
    port: int
    heard: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def answering(attend: Attend, host: str = "127.0.0.1", port: int = 0) -> Iterator[Answerer]:
    """Hand each datagram to `attend`, with the socket and who sent it, until the end of the block."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as door:
        door.bind((host, port))
        door.settimeout(0.05)
        answerer = Answerer(port=door.getsockname()[1])
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with contextlib.suppress(OSError):
                    datagram, asker = door.recvfrom(65_535)
                    answerer.heard.append(datagram)
                    attend(door, datagram, asker)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield answerer
        finally:
            ended.set()
            thread.join()


def saying(*answers: bytes) -> Attend:
    def attend(door: socket.socket, _: bytes, asker: Asker) -> None:
        for answer in answers:
            door.sendto(answer, asker)

    return attend


def silent(_door: socket.socket, _datagram: bytes, _asker: Asker) -> None:
    """Say nothing."""
