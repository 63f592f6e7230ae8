"""Speaks for MongoDB, MySQL and Elasticsearch, which Debian does not have, message by message."""

from __future__ import annotations

import socket
import struct

from tests.servers.choosing_tls import exactly
from tests.servers.listener import Handler, wait_for_the_end

HELLO = b"\x10maxWireVersion\x00\x15\x00\x00\x00\x01ok\x00" + struct.pack("<d", 1)
NAMES = b"\x04databases\x00" + struct.pack("<i", 5) + b"\x00\x01ok\x00" + struct.pack("<d", 1)
BUILD = b"\x02version\x00\x07\x00\x00\x007.0.14\x00\x01ok\x00" + struct.pack("<d", 1)


def bson(fields: bytes) -> bytes:
    return struct.pack("<i", len(fields) + 5) + fields + b"\x00"


def denied() -> bytes:
    said = b"Command listDatabases requires authentication\x00"
    text = b"\x02errmsg\x00" + struct.pack("<i", len(said)) + said
    return b"\x01ok\x00" + bytes(8) + text + b"\x10code\x00" + struct.pack("<i", 13)


def op_msg(number: int, document: bytes) -> bytes:
    body = struct.pack("<IB", 0, 0) + document
    return struct.pack("<IIII", 16 + len(body), 7, number, 2013) + body


def mongodb(*answers: bytes) -> Handler:
    """Give one answer after another, each the fields of a document."""

    def handle(connection: socket.socket, _: int) -> None:
        for answer in answers:
            head = exactly(connection, 16)
            length, number, _, kind = struct.unpack("<IIII", head)
            if kind != 2013:
                return
            exactly(connection, length - 16)
            connection.sendall(op_msg(number, bson(answer)))
        wait_for_the_end(connection)

    return handle


WITHOUT_TLS = (
    b"\x0a8.0.40\x00\x08\x00\x00\x00aaaaaaaa\x00\x00\x82\x21\x02\x00\x08\x00\x15"
    + bytes(10)
    + b"bbbbbbbbbbbb\x00caching_sha2_password\x00"
)


def mysql(greeting: bytes, answer: bytes = b"") -> Handler:
    """Greet, and give one answer to the log-in."""

    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(len(greeting).to_bytes(3, "little") + b"\x00" + greeting)
        if answer:
            head = connection.recv(4, socket.MSG_WAITALL)
            connection.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)
            connection.sendall(len(answer).to_bytes(3, "little") + b"\x02" + answer)
        connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


def http(answer: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        said = b""
        while b"\r\n\r\n" not in said:
            piece = connection.recv(4096)
            said += piece
            if not piece or not said.startswith(b"GET"):
                return
        connection.sendall(answer)

    return handle


ELASTICSEARCH = (
    b"HTTP/1.0 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n\r\n"
    b'{"name": "n1", "cluster_name": "shop", "cluster_uuid": "x", "version": {"number": "8.14.1"},'
    b' "tagline": "You Know, for Search"}'
)
DEMANDING = b'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="security"\r\n\r\n{"status": 401}'
