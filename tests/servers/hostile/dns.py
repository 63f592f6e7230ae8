"""Name servers that lie, stall, loop and flood; each answers over TCP, as RFC 7766 frames it."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.hostile.entry import NOTHING, TRAP, Hostile, Servers, group
from tests.servers.listener import Handler

A, NS, CNAME, SOA, MX, TXT, DNSKEY = 1, 2, 5, 6, 15, 16, 48

BELIEVED = "Nothing it says is believed: what it answers is not seen or broken, and no check passes on it."


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


NOTHING_TO_SEE: Servers = group(
    BELIEVED,
    ("domain", "nameserver"),
    Hostile("wrong_number", "Answers to another question's number.", serving(wrong_number)),
    Hostile("wrong_question", "Answers to another question.", serving(wrong_question)),
    Hostile("our_own_question", "Sends the question back as it came.", serving(our_own_question)),
    Hostile("cut_short", "Says that its answer was cut short, over TCP.", serving(cut_short)),
    Hostile("pointer_loop", "Points a name at itself.", serving(pointer_loop)),
    Hostile("pointer_forward", "Points a name beyond the end.", serving(pointer_forward)),
    Hostile("promises_more", "Promises 65,535 records and sends one.", serving(promises_more)),
    Hostile("half_a_record", "Stops within a record.", serving(half_a_record)),
    Hostile("flood", "Answers with 4,000 addresses.", serving(flood)),
    Hostile(
        "nothing_but_a_number",
        "Sends the number of the question and nothing else.",
        serving(nothing_but_a_number),
    ),
    Hostile("server_failure", "Says that it failed.", serving(server_failure)),
    Hostile("alias_to_itself", "Makes a name an alias of itself.", serving(alias_to_itself)),
    Hostile("alias_without_end", "Makes each name an alias of a new one.", serving(alias_without_end)),
    Hostile("long_alias_chain", "Answers with a chain of 300 aliases.", serving(long_alias_chain)),
)
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


def whatever_is_asked(data: dict[int, bytes]) -> Reply:
    """Answer each type with this data, and others with nothing."""

    def reply(asked: Asked) -> bytes:
        return message(asked, record(asked.kind, data[asked.kind])) if asked.kind in data else message(asked)

    return reply


def no_such_name(asked: Asked) -> bytes:
    return message(asked, flags=0x8183)


SERVER = name(b"ns1", b"evil", b"test")
START = SERVER + name(b"hostmaster", b"evil", b"test") + struct.pack("!5I", 1, 3600, 600, 86400, 60)
KEY = struct.pack("!HBB", 257, 3, 13) + bytes(range(64))

LABEL = b"<script>alert(1)</script>\x1b[2J\0.x"
LOOSE = name(LABEL, b"evil", b"test")
TO_THE_TRAP = socket.inet_aton(TRAP)
SPF = f"v=spf1 ip4:{TRAP} redirect=x.evil.test".encode()
DMARC = f"v=DMARC1; p=reject; rua=mailto:a@{TRAP},http://{TRAP}/<b>".encode()

LIES: Servers = group(
    BELIEVED,
    ("domain", "nameserver"),
    Hostile(
        "everything is at the trap", "Names the trap for all.", serving(whatever_is_asked({A: TO_THE_TRAP}))
    ),
    Hostile(
        "markup for names",
        "Answers with names made of markup, terminal commands and a NUL.",
        serving(whatever_is_asked({NS: LOOSE, CNAME: LOOSE, MX: b"\0\0" + LOOSE})),
    ),
    Hostile(
        "markup for texts",
        "Answers with texts made of markup and terminal commands.",
        serving(whatever_is_asked({TXT: txt(b"v=spf1 <script>alert(1)</script> \x1b[2J -all")})),
    ),
    Hostile(
        "lures in texts",
        "Answers with policies that name the trap.",
        serving(whatever_is_asked({TXT: txt(SPF)})),
    ),
    Hostile(
        "lures in reports",
        "Wants mail reports at the trap.",
        serving(whatever_is_asked({TXT: txt(DMARC)})),
        rightly=("mail.dmarc", "mail.dmarc.strict"),
    ),
    Hostile(
        "address of three bytes", "Gives an address of three bytes.", serving(whatever_is_asked({A: b"abc"}))
    ),
    Hostile(
        "mail nowhere", "Gives a mail server of half a name.", serving(whatever_is_asked({MX: b"\0\0\x05ab"}))
    ),
    Hostile("no such name", "Says that no name exists.", serving(no_such_name)),
    Hostile(
        "signed without ds",
        "Gives a zone with its keys, and withholds that the zone above vouches for them.",
        serving(whatever_is_asked({SOA: START, NS: SERVER, A: b"\xc0\0\2\5", DNSKEY: KEY})),
        rightly=("dns.records.dangling", "dns.records.ttl"),
    ),
)
"""Answers in good form that mean ill."""

BAD_SPF: Servers = group(
    BELIEVED,
    ("domain",),
    Hostile("spf of itself", "Includes its SPF record in itself.", serving(spf_of_itself), "broken"),
    Hostile("spf without end", "Includes another SPF record in each.", serving(spf_without_end), "broken"),
    Hostile(
        "spf multiplying", "Includes twenty SPF records in each.", serving(spf_that_multiplies), "broken"
    ),
    Hostile(
        "spf ten thousand strings",
        "Answers with a text of ten thousand strings.",
        serving(ten_thousand_strings),
        "not-seen",
    ),
    Hostile(
        "spf thousands of texts", "Answers with thousands of texts.", serving(ten_thousand_texts), "not-seen"
    ),
)
"""What each SPF record comes to stands as the reason."""


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


NO_ANSWER: Servers = group(
    NOTHING,
    ("domain", "nameserver"),
    Hostile("silent", "Listens and never answers.", silent),
    Hostile("dripping", "Answers byte by byte.", dripping),
    Hostile("hangs up", "Hangs up when asked.", hangs_up),
    Hostile("strays without end", "Answers to questions nobody put, without end.", strays),
)
