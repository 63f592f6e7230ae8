"""Name servers that lie, stall, loop and flood; each answers over TCP, as RFC 7766 frames it."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.listener import Handler

A, NS, CNAME, SOA, TXT = 1, 2, 5, 6, 16


@dataclass(frozen=True)
class Asked:
    """One question as it came in."""

    number: bytes
    question: bytes
    name: bytes
    kind: int


Reply = Callable[[Asked], bytes]
"""Gives the whole message, without its frame."""


def serving(reply: Reply) -> Handler:
    """Answer every question of a connection."""

    def talk(connection: socket.socket, _: int) -> None:
        while (asked := take(connection)) is not None:
            data = reply(asked)
            connection.sendall(struct.pack("!H", len(data)) + data)

    return talk


def take(connection: socket.socket) -> Asked | None:
    size = connection.recv(2, socket.MSG_WAITALL)
    if len(size) < 2:
        return None
    data = connection.recv(struct.unpack("!H", size)[0], socket.MSG_WAITALL)
    end = data.index(b"\0", 12) + 1
    kind = struct.unpack("!H", data[end : end + 2])[0]
    return Asked(number=data[:2], question=data[12 : end + 4], name=data[12:end], kind=kind)


def message(asked: Asked, *records: bytes, flags: int = 0x8180, count: int | None = None) -> bytes:
    head = struct.pack("!HHHHH", flags, 1, len(records) if count is None else count, 0, 0)
    return asked.number + head + asked.question + b"".join(records)


def record(kind: int, data: bytes, name: bytes = b"\xc0\x0c") -> bytes:
    return name + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def txt(text: bytes) -> bytes:
    pieces = [text[at : at + 255] for at in range(0, len(text), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def name(*labels: bytes) -> bytes:
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def wrong_number(asked: Asked) -> bytes:
    return bytes([asked.number[0] ^ 0xFF, asked.number[1]]) + message(asked, record(A, b"\xc0\0\2\5"))[2:]


def wrong_question(asked: Asked) -> bytes:
    other = Asked(asked.number, name(b"evil", b"test") + b"\0\1\0\1", name(b"evil", b"test"), A)
    return message(other, record(A, b"\xc0\0\2\5"))


def our_own_question(asked: Asked) -> bytes:
    return message(asked, flags=0x0100)


def cut_short(asked: Asked) -> bytes:
    return message(asked, record(A, b"\xc0\0\2\5"), flags=0x8380)


def pointer_loop(asked: Asked) -> bytes:
    at = 12 + len(asked.question)
    return message(asked, record(A, b"\xc0\0\2\5", name=struct.pack("!H", 0xC000 | at)))


def pointer_forward(asked: Asked) -> bytes:
    return message(asked, record(A, b"\xc0\0\2\5", name=b"\xff\xff"))


def promises_more(asked: Asked) -> bytes:
    return message(asked, record(A, b"\xc0\0\2\5"), count=65535)


def half_a_record(asked: Asked) -> bytes:
    return message(asked, record(A, b"\xc0\0\2\5"))[:-2]


def flood(asked: Asked) -> bytes:
    return message(asked, *(record(A, bytes([192, 0, 2, n % 256])) for n in range(4000)))


def nothing_but_a_number(asked: Asked) -> bytes:
    return asked.number


def server_failure(asked: Asked) -> bytes:
    return message(asked, flags=0x8182)


def alias_to_itself(asked: Asked) -> bytes:
    return message(asked, record(CNAME, asked.name))


def alias_without_end(asked: Asked) -> bytes:
    deeper = name(f"x{time.monotonic_ns()}".encode(), b"evil", b"test")
    return message(asked, record(CNAME, deeper)) if asked.kind != CNAME else message(asked)


def long_alias_chain(asked: Asked) -> bytes:
    names = [asked.name, *(name(f"n{n}".encode(), b"evil", b"test") for n in range(300))]
    links = (record(CNAME, after, name=before) for before, after in itertools.pairwise(names))
    return message(asked, *links)


NOTHING_TO_SEE: dict[str, Reply] = {
    reply.__name__: reply
    for reply in (
        wrong_number,
        wrong_question,
        our_own_question,
        cut_short,
        pointer_loop,
        pointer_forward,
        promises_more,
        half_a_record,
        flood,
        nothing_but_a_number,
        server_failure,
        alias_to_itself,
        alias_without_end,
        long_alias_chain,
    )
}
"""Answers of which nothing may be believed."""


def spf_of_itself(asked: Asked) -> bytes:
    if asked.kind != TXT:
        return message(asked)
    return message(asked, record(TXT, txt(b"v=spf1 include:evil.test -all")))


def spf_without_end(asked: Asked) -> bytes:
    if asked.kind != TXT:
        return message(asked)
    deeper = f"x{time.monotonic_ns()}.evil.test".encode()
    return message(asked, record(TXT, txt(b"v=spf1 include:" + deeper + b" -all")))


def spf_that_multiplies(asked: Asked) -> bytes:
    if asked.kind != TXT:
        return message(asked)
    includes = b" ".join(f"include:x{time.monotonic_ns() + n}.evil.test".encode() for n in range(20))
    return message(asked, record(TXT, txt(b"v=spf1 " + includes + b" -all")))


def ten_thousand_strings(asked: Asked) -> bytes:
    if asked.kind != TXT:
        return message(asked)
    return message(asked, record(TXT, b"\x07v=spf1 " + b"\x01a" * 10_000))


def ten_thousand_texts(asked: Asked) -> bytes:
    if asked.kind != TXT:
        return message(asked)
    return message(asked, *(record(TXT, b"\x01a") for _ in range(4000)))


BAD_SPF: dict[str, tuple[Reply, set[str]]] = {
    "of itself": (spf_of_itself, {"broken"}),
    "without end": (spf_without_end, {"broken"}),
    "multiplying": (spf_that_multiplies, {"broken"}),
    "ten thousand strings": (ten_thousand_strings, {"not-seen"}),
    "thousands of texts": (ten_thousand_texts, {"not-seen"}),
}


def silent(connection: socket.socket, _: int) -> None:
    while connection.recv(4096):
        pass


def dripping(connection: socket.socket, _: int) -> None:
    asked = take(connection)
    while asked is not None:
        connection.sendall(b"\x01")
        time.sleep(0.05)


def hangs_up(connection: socket.socket, _: int) -> None:
    take(connection)


def strays(connection: socket.socket, _: int) -> None:
    asked = take(connection)
    while asked is not None:
        data = wrong_number(asked)
        connection.sendall(struct.pack("!H", len(data)) + data)


def slow(connection: socket.socket, _: int) -> None:
    while (asked := take(connection)) is not None:
        time.sleep(0.08)
        data = message(asked)
        connection.sendall(struct.pack("!H", len(data)) + data)


NO_ANSWER: dict[str, Handler] = {
    "silent": silent,
    "dripping": dripping,
    "hangs up": hangs_up,
    "strays without end": strays,
}
