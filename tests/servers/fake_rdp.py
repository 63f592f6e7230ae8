"""Speaks the first exchange of RDP by hand: for Windows, which no test can start, and for lies."""

from __future__ import annotations

import socket
import struct

from tests.servers.listener import Handler, wait_for_the_end

_STANDARD, _TLS, _HYBRID, _HYBRID_EX = 0, 1, 2, 8


def asked(connection: socket.socket) -> int:
    """Read a client's request and give the layers it asks for."""
    head = connection.recv(4, socket.MSG_WAITALL)
    body = connection.recv(int.from_bytes(head[2:]) - 4, socket.MSG_WAITALL)
    return int.from_bytes(body[-4:], "little")


def confirm(connection: socket.socket, negotiation: bytes) -> None:
    body = b"\xd0\x00\x00\x12\x34\x00" + negotiation
    connection.sendall(struct.pack(">BBH", 3, 0, 5 + len(body)) + bytes([len(body)]) + body)
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


def confirming(negotiation: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        asked(connection)
        confirm(connection, negotiation)

    return handle


def failing(code: int) -> Handler:
    return confirming(struct.pack("<BBHI", 3, 0, 8, code))


def old(connection: socket.socket, _: int) -> None:
    asked(connection)
    confirm(connection, b"")


def windows(*, nla_only: bool) -> Handler:
    """Answer as [MS-RDPBCGR] 2.2.1.2 says a server with CredSSP does."""

    def handle(connection: socket.socket, _: int) -> None:
        wanted = asked(connection)
        for layer in (_HYBRID_EX, _HYBRID):
            if wanted & layer:
                return confirm(connection, struct.pack("<BBHI", 2, 0x1F, 8, layer))
        if nla_only:
            return confirm(connection, struct.pack("<BBHI", 3, 0, 8, 5))
        return confirm(connection, struct.pack("<BBHI", 2, 0x1F, 8, wanted & _TLS))

    return handle
