"""
The messages SMB servers and clients agree on a version with.

[MS-CIFS] 2.2.4.52 for SMB 1, [MS-SMB2] 2.2.1 to 2.2.4 for the rest. Numbers are little-endian.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass

from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Garbled

SMB1 = 1
SMB202, SMB210, SMB300, SMB302, SMB311 = 0x0202, 0x0210, 0x0300, 0x0302, 0x0311
NAMES = {
    SMB1: "SMB 1",
    SMB202: "SMB 2.0.2",
    SMB210: "SMB 2.1",
    SMB300: "SMB 3.0",
    SMB302: "SMB 3.0.2",
    SMB311: "SMB 3.1.1",
}
CIPHERS = {1: "AES-128-CCM", 2: "AES-128-GCM", 3: "AES-256-CCM", 4: "AES-256-GCM"}

NEGOTIATE, SESSION_SETUP, TREE_CONNECT = 0, 1, 3
LARGEST_MESSAGE = 2**16

_HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
_NEGOTIATE_REPLY = struct.Struct("<HHHH16sIIIIQQHHI")
_ENCRYPTION = 0x40
_CONTEXT_PREAUTH, _CONTEXT_ENCRYPTION = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of SMB 2 or 3 from a server."""

    status: int
    command: int
    session: int
    tree: int
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a server said to an offer it took."""

    dialect: int
    signing_required: bool
    signing_enabled: bool
    cipher: str | None
    """How it would encrypt; None where it does not."""


def framed(message: bytes) -> bytes:
    """Put the length before it, as on TCP port 445."""
    return struct.pack(">I", len(message)) + message


async def next_message(intake: Intake) -> bytes:
    """Give the next message. Raises `Garbled` or `CannotSee` where none that can be read comes."""
    head = await intake.exactly(4, 4)
    length = int.from_bytes(head[1:])
    if head[0] or length > LARGEST_MESSAGE:
        raise Garbled(f"what answers there does not speak SMB; it begins with {head!r}")
    return await intake.exactly(length, LARGEST_MESSAGE)


def offer_smb1() -> bytes:
    """Offer NT LM 0.12 alone, which is what SMB 1 came down to."""
    header = struct.pack("<4sBIBHHQHHHHH", b"\xffSMB", 0x72, 0, 0x18, 0xC843, 0, 0, 0, 0xFFFF, 0xFEFF, 0, 1)
    dialects = b"\x02NT LM 0.12\x00"
    return framed(header + b"\x00" + struct.pack("<H", len(dialects)) + dialects)


def read_smb1(message: bytes) -> Agreed | None:
    """Read the answer to `offer_smb1`; None where no dialect was taken. Raises `Garbled`."""
    if len(message) < 35 or message[:5] != b"\xffSMB\x72":  # noqa: PLR2004 - header, word count, dialect
        raise Garbled(f"the answer is no SMB 1 message; it begins with {message[:5]!r}")
    status, words, index = (
        int.from_bytes(message[5:9], "little"),
        message[32],
        int.from_bytes(message[33:35], "little"),
    )
    if status or index == 0xFFFF:  # noqa: PLR2004 - none of the dialects
        return None
    if index or words != 17 or len(message) < 36:  # noqa: PLR2004 - as many words as this dialect has
        raise Garbled("the SMB 1 server chose what was not offered")
    mode = message[35]
    return Agreed(dialect=SMB1, signing_required=bool(mode & 8), signing_enabled=bool(mode & 4), cipher=None)


def request(command: int, number: int, body: bytes, *, session: int = 0, tree: int = 0) -> bytes:
    """Make one message of SMB 2 or 3, with its frame; `number` counts messages from 0."""
    header = _HEADER.pack(b"\xfeSMB", 64, 1, 0, command, 31, 0, 0, number, 0xFEFF, tree, session, bytes(16))
    return framed(header + body)


def read(message: bytes, command: int) -> Message:
    """Take a message of SMB 2 or 3 apart. Raises `Garbled` where it is not an answer to `command`."""
    if len(message) < _HEADER.size or message[:4] != b"\xfeSMB":
        raise Garbled(f"the answer is no SMB 2 message; it begins with {message[:5]!r}")
    _, size, _, status, told, _, flags, _, _, _, tree, session, _ = _HEADER.unpack_from(message)
    if size != _HEADER.size or told != command or not flags & 1:
        raise Garbled("the SMB 2 message is not an answer to what was asked")
    return Message(
        status=status, command=told, session=session, tree=tree, body=message[_HEADER.size :], raw=message
    )


def offer(dialect: int) -> bytes:
    """Offer one dialect of SMB 2 or 3 alone, saying that we could sign and encrypt."""
    contexts = b""
    where = struct.pack("<Q", 0)
    if dialect == SMB311:
        # Its hash of all messages needs a salt; nothing is computed from it here.
        preauth = struct.pack("<HHH", 1, 32, 1) + bytes(32)
        ciphers = struct.pack("<H4H", 4, 2, 1, 4, 3)
        contexts = bytes(2) + _context(_CONTEXT_PREAUTH, preauth) + _context(_CONTEXT_ENCRYPTION, ciphers)
        where = struct.pack("<IHH", _HEADER.size + 40, 2, 0)
    # A guid of its own for each connection: servers pass connections of one guid to one process.
    guid = uuid.uuid4().bytes_le
    capabilities = 0 if dialect < SMB300 else _ENCRYPTION
    body = struct.pack("<HHHHI", 36, 1, 1, 0, capabilities) + guid + where + struct.pack("<H", dialect)
    return request(NEGOTIATE, 0, body + contexts)


def read_agreed(message: Message, offered: int) -> Agreed:
    """Read what a server made of an offer it took. Raises `Garbled`."""
    if len(message.body) < _NEGOTIATE_REPLY.size:
        raise Garbled("the answer to the offer is cut short")
    _, mode, dialect, contexts, _, capabilities, *_, offset = _NEGOTIATE_REPLY.unpack_from(message.body)
    if dialect != offered:
        raise Garbled(f"the server chose dialect {dialect:#06x}, which was not offered")
    cipher = None
    if dialect == SMB311:
        cipher = _cipher(message.raw, offset, contexts)
    elif dialect >= SMB300 and capabilities & _ENCRYPTION:
        cipher = CIPHERS[1]
    return Agreed(
        dialect=dialect, signing_required=bool(mode & 2), signing_enabled=bool(mode & 1), cipher=cipher
    )


def _context(kind: int, data: bytes) -> bytes:
    return struct.pack("<HHI", kind, len(data), 0) + data + bytes(-len(data) % 8)


def _cipher(raw: bytes, offset: int, count: int) -> str | None:
    for _ in range(min(count, 16)):
        if offset + 8 > len(raw):
            raise Garbled("the server announces more about itself than it says")
        kind, length = struct.unpack_from("<HH", raw, offset)
        data = raw[offset + 8 : offset + 8 + length]
        if kind == _CONTEXT_ENCRYPTION:
            chosen = int.from_bytes(data[2:4], "little") if len(data) >= 4 else 0  # noqa: PLR2004 - one cipher
            return CIPHERS.get(chosen)
        offset += 8 + length + -length % 8
    return None
