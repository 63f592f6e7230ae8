"""Servers that make simple protocols hang, eat or believe; each by name, with the reason it ends in."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping

from tests.servers.listener import Handler, hang_up_hard, wait_for_the_end


def after_a_word(data: bytes, *, end: bool = True) -> Handler:
    """Wait until something is said, answer `data`, and hang up or keep silent."""

    def handle(connection: socket.socket, _: int) -> None:
        connection.recv(1)
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        wait_for_the_end(connection)

    return handle


def at_once(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        connection.sendall(data)
        wait_for_the_end(connection)

    return handle


def endless(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        while True:
            connection.sendall(data)

    return handle


def drip(data: bytes) -> Handler:
    def handle(connection: socket.socket, _: int) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.1)

    return handle


def mute(connection: socket.socket, _: int) -> None:
    wait_for_the_end(connection)


def close_at_once(connection: socket.socket, _: int) -> None:
    connection.shutdown(socket.SHUT_WR)
    wait_for_the_end(connection)


def reset(connection: socket.socket, _: int) -> None:
    connection.recv(1)
    hang_up_hard(connection)


def echo(connection: socket.socket, _: int) -> None:
    while data := connection.recv(4096):
        connection.sendall(data)


EVERYWHERE: Mapping[str, Handler] = {
    "mute": mute,
    "closes at once": close_at_once,
    "resets": reset,
    "echoes": echo,
    "zeros without end": endless(bytes(2**14)),
    "ones without end": endless(b"\xff" * 2**14),
    "letters without end": endless(b"A" * 2**14),
    "lines without end": endless(b"hello\r\n" * 1000),
    "HTTP": after_a_word(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "SSH": at_once(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    "SMTP": at_once(b"220 mail.example ESMTP\r\n"),
    "an escape sequence": after_a_word(b"\x1b]0;owned\x07\x1b[2J\r\n"),
    "drips": drip(b"HTTP/1.1 200 OK\r\n" * 20),
}
"""What no protocol of ours is."""

HUGE = b"\xff" * 4

ONLY: Mapping[str, Mapping[str, Handler]] = {
    "smb": {
        "4 GiB announced": after_a_word(b"\x00\xff\xff\xff"),
        "a frame of another kind": after_a_word(b"\x83\x00\x00\x01\x8f"),
        "a header cut short": after_a_word(b"\x00\x00\x00\x10\xfeSMB" + bytes(12)),
        "a request for an answer": after_a_word(b"\x00\x00\x00\x80\xfeSMB\x40\x00" + bytes(122)),
        "a dialect not offered": after_a_word(
            b"\x00\x00\x00\x80\xfeSMB\x40\x00"
            + bytes(10)
            + b"\x01"
            + bytes(47)
            + b"\x41\x00\x01\x00\x99\x02"
            + bytes(58)
        ),
    },
    "rdp": {
        "a length of 64 KiB": after_a_word(b"\x03\x00\xff\xff" + bytes(100)),
        "a length of nothing": after_a_word(b"\x03\x00\x00\x00"),
        "no confirm": after_a_word(b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00"),
        "a length that lies": after_a_word(b"\x03\x00\x00\x0b\xff\xd0\x00\x00\x00\x00\x00"),
        "half a negotiation": after_a_word(b"\x03\x00\x00\x0d\x08\xd0\x00\x00\x00\x00\x00\x02\x00"),
        "a negotiation of another kind": after_a_word(
            b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x09\x00\x08\x00\x01\x00\x00\x00"
        ),
    },
    "ldap": {
        "4 GiB announced": after_a_word(b"\x30\x84" + HUGE),
        "a length without end": after_a_word(b"\x30\x80\x02\x01\x01\x61\x00\x00\x00"),
        "a length of 127 bytes": after_a_word(b"\x30\xff" + bytes(200)),
        "a value beyond the end": after_a_word(b"\x30\x05\x02\x01\x01\x61\x7f"),
        "an empty message": after_a_word(b"\x30\x00"),
        "another number": after_a_word(b"\x30\x0c\x02\x01\x63\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),
        "a notice of disconnection": after_a_word(
            b"\x30\x0c\x02\x01\x00\x78\x07\x0a\x01\x34\x04\x00\x04\x00"
        ),
        "entries without end": endless(b"\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00" * 1000),
        "a number of many bytes": after_a_word(b"\x30\x0c\x02\x08" + HUGE + HUGE + b"\x61\x00"),
    },
    "postgresql": {
        "4 GiB announced": after_a_word(b"R" + HUGE),
        "a length of nothing": after_a_word(b"R\x00\x00\x00\x00"),
        "an error without fields": after_a_word(b"E\x00\x00\x00\x09\x00\x00\x00\x00\x00"),
        "an unknown demand": after_a_word(b"R\x00\x00\x00\x08\x00\x00\x00\x63"),
        "too many clients": after_a_word(b"E\x00\x00\x00\x18SFATAL\x00C53300\x00Mno\x00\x00\x00"),
    },
    "mysql": {
        "16 MiB announced": at_once(b"\xff\xff\xff\x00"),
        "an old protocol": at_once(b"\x05\x00\x00\x00\x095.0\x00"),
        "a greeting cut short": at_once(b"\x05\x00\x00\x00\x0a8.0\x00"),
        "a greeting without end": at_once(b"\x05\x00\x00\x00\x0aAAAA"),
        "a wrong number": at_once(b"\x05\x00\x00\x07\x0a8.0\x00"),
        "too many connections": at_once(b"\x0c\x00\x00\x00\xff\x10\x04#08004too"),
    },
    "redis": {
        "a starting server": after_a_word(b"-LOADING Redis is loading the dataset in memory\r\n"),
        "an error": after_a_word(b"-ERR unknown command\r\n"),
        "a text of 4 GiB": after_a_word(b"+PONG\r\n$4294967296\r\n"),
        "a text of minus one": after_a_word(b"+PONG\r\n$-1\r\n"),
        "half an answer": after_a_word(b"+PONG"),
        "another answer": after_a_word(b"+OK\r\n"),
    },
    "memcached": {
        "an error": after_a_word(b"ERROR\r\n"),
        "a version without end": endless(b"VERSION " + b"1" * 5000),
        "half an answer": after_a_word(b"VERSION 1.6"),
    },
    "mongodb": {
        "4 GiB announced": after_a_word(HUGE + bytes(8) + b"\xdd\x07\x00\x00"),
        "a document of minus one": after_a_word(
            b"\x20\x00\x00\x00" + bytes(4) + b"\x01\x00\x00\x00\xdd\x07\x00\x00" + bytes(5) + HUGE + bytes(7)
        ),
        "a text beyond the end": after_a_word(
            b"\x25\x00\x00\x00"
            + bytes(4)
            + b"\x01\x00\x00\x00\xdd\x07\x00\x00"
            + bytes(5)
            + b"\x10\x00\x00\x00\x02ok\x00\xff\xff\xff\x7f\x00\x00\x00\x00"
        ),
    },
    "elasticsearch": {
        "another page": after_a_word(b"HTTP/1.0 200 OK\r\n\r\n<html></html>"),
        "a deep document": after_a_word(b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 60000),
        "a redirect": after_a_word(b"HTTP/1.0 302 Found\r\nLocation: http://evil.example/\r\n\r\n"),
        "an error of the server": after_a_word(b"HTTP/1.0 503 Service Unavailable\r\n\r\n{}"),
        "a page without end": endless(b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * 2**14),
        "a head without end": endless(b"HTTP/1.0 200 OK\r\nA: b\r\n"),
        "a forbidden page": after_a_word(b"HTTP/1.0 403 Forbidden\r\n\r\n<html>Forbidden</html>"),
        "401 of nothing": after_a_word(b"401\r\n\r\n"),
    },
}
"""What each protocol is lied to with."""

WRONG = [
    (protocol, name, handler)
    for protocol, own in ONLY.items()
    for name, handler in {**EVERYWHERE, **own}.items()
]
