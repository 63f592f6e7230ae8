"""
The clear beginning of an SSH connection: the exchange of versions, packets, and the lists of algorithms.

RFC 4253 sections 4.2 (versions), 6 (packets) and 7.1 (lists). Everything before the keys are
agreed on is in the clear, so that it can be read without any cryptography.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.network.wire import Cursor, Garbled, number, vector
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream

OURS = b"SSH-2.0-readiness_audit"
"""How we introduce ourselves; the name stands in the server's log."""

DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, EXTENSIONS, KEXINIT = 1, 2, 3, 4, 7, 20

LONGEST_PACKET = 64 * 2**10
"""Bytes; RFC 4253 asks for 35,000, and lists of algorithms need about 2,000."""

LONGEST_LINE = 1024
"""Bytes of a line before the lists; RFC 4253 allows 255 for the version."""

MOST_LINES = 50
MOST_PACKETS = 20
"""Packets read while waiting for one; the others are asides such as IGNORE and DEBUG."""

MOST_NAMES = 500
"""In one list; OpenSSH has about 20."""

STRICT = "kex-strict-s-v00@openssh.com"
MARKS = frozenset(
    {STRICT, "kex-strict-c-v00@openssh.com", "ext-info-s", "ext-info-c", "kexguess2@matt.ucc.asn.au"}
)
"""What stands among the key exchanges to say something else."""

_BEYOND = {IGNORE, DEBUG, EXTENSIONS}
_VERSION = re.compile(rb"SSH-([0-9]{1,3}\.[0-9]{1,3})-([^ ]*)(?: (.*))?", re.DOTALL)
_NAME = re.compile(r"[!-+\--~]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The line a server introduces itself with."""

    line: bytes
    protocol: str
    software: str
    comment: str | None
    clean: bool
    """Whether it holds nothing but what RFC 4253 allows: 7-bit letters that can be printed, 255 bytes."""

    before: int
    """Lines that came before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What one side can do, each list in its order of preference."""

    kex: tuple[str, ...]
    host_key: tuple[str, ...]
    cipher_to_server: tuple[str, ...]
    cipher_to_client: tuple[str, ...]
    mac_to_server: tuple[str, ...]
    mac_to_client: tuple[str, ...]
    compression_to_server: tuple[str, ...]
    compression_to_client: tuple[str, ...]


class Conversation:
    """One connection, read line by line, then packet by packet; size and number of both have an end."""

    def __init__(self, stream: Stream) -> None:
        """Talk over this stream."""
        self._stream = stream
        self._held = b""

    async def introduce(self) -> Introduction:
        """
        Say who we are, and read who the server is.

        Raises `Garbled` where what answers is not SSH, and the stream's `CannotSee`.
        """
        await self._stream.write(OURS + b"\r\n")
        first = b""
        for before in range(MOST_LINES):
            line = await self._line(first)
            if line.startswith(b"SSH-"):
                return read_introduction(line, before)
            first = first or line
        raise Garbled(f"after {MOST_LINES} lines it has not said that it speaks SSH")

    async def send(self, payload: bytes) -> None:
        """Send one packet in the clear."""
        padding = 8 - (5 + len(payload)) % 8
        padding += 8 if padding < 4 else 0  # noqa: PLR2004 - RFC 4253 section 6
        body = number(padding, 1) + payload + bytes(padding)
        await self._stream.write(vector(body, 4))

    async def hear(self, kind: int) -> bytes:
        """
        Read the next packet of `kind` and give what follows its number; asides are passed over.

        Raises `Garbled` where another packet comes in its place, `CannotSee` where the server hangs up.
        """
        for _ in range(MOST_PACKETS):
            payload = await self._packet()
            if payload[0] == kind:
                return payload[1:]
            if payload[0] == DISCONNECT:
                raise CannotSee(Reason.DENIED, f"it hangs up and says: {_farewell(payload[1:])}")
            if payload[0] not in _BEYOND:
                raise Garbled(f"a message of type {payload[0]} comes where {kind} should")
        raise Garbled("it sends asides without end")

    async def _line(self, first: bytes) -> bytes:
        while b"\n" not in self._held:
            if len(self._held) > LONGEST_LINE:
                raise Garbled(f"a line of more than {LONGEST_LINE} bytes comes where the version should")
            more = await self._stream.read(LONGEST_LINE)
            if not more:
                said = first or self._held
                begins = f"it begins with {shown(said[:40])!r}" if said else "it hangs up without a word"
                raise Garbled(f"what answers is not SSH; {begins}")
            self._held += more
        line, _, self._held = self._held.partition(b"\n")
        if len(line) > LONGEST_LINE:
            raise Garbled(f"a line of more than {LONGEST_LINE} bytes comes where the version should")
        return line.removesuffix(b"\r")

    async def _packet(self) -> bytes:
        length = int.from_bytes(await self._exactly(4))
        if length > LONGEST_PACKET:
            raise Garbled(f"a packet of {length} bytes is announced")
        body = Cursor(await self._exactly(length))
        padding = body.number(1)
        payload = body.take(max(0, body.left() - padding))
        if not payload or body.left() != padding:
            raise Garbled("a packet without content")
        return payload

    async def _exactly(self, count: int) -> bytes:
        if len(self._held) < count:
            self._held += await self._stream.read_exactly(count - len(self._held))
        taken, self._held = self._held[:count], self._held[count:]
        return taken


def read_introduction(line: bytes, before: int) -> Introduction:
    """Take the version line apart (RFC 4253 section 4.2), without its end; raises `Garbled`."""
    found = _VERSION.fullmatch(line)
    if found is None:
        raise Garbled(f"its version line cannot be read: {shown(line[:80])!r}")
    protocol, software, comment = found.groups()
    if protocol != b"2.0" and not protocol.startswith(b"1."):
        raise Garbled(f"it speaks version {protocol.decode()} of SSH, which is not known")
    return Introduction(
        line=line,
        protocol=protocol.decode(),
        software=shown(software),
        comment=None if comment is None else shown(comment),
        clean=len(line) <= 253 and all(32 <= byte < 127 for byte in line),  # noqa: PLR2004 - RFC 4253
        before=before,
    )


def read_lists(body: bytes) -> Lists:
    """Read what follows the number of a KEXINIT message (RFC 4253 section 7.1); raises `Garbled`."""
    message = Cursor(body)
    message.take(16)
    lists = [_names(message.vector(4)) for _ in range(10)]
    message.take(5)
    if message.left():
        raise Garbled("bytes follow the lists of algorithms")
    kex, host_key, *others = lists
    to_server, to_client, mac_to_server, mac_to_client, packed_to_server, packed_to_client, *_ = others
    return Lists(
        kex=kex,
        host_key=host_key,
        cipher_to_server=to_server,
        cipher_to_client=to_client,
        mac_to_server=mac_to_server,
        mac_to_client=mac_to_client,
        compression_to_server=packed_to_server,
        compression_to_client=packed_to_client,
    )


def write_lists(lists: Lists) -> bytes:
    """Write a KEXINIT message."""
    ordered = (
        lists.kex,
        lists.host_key,
        lists.cipher_to_server,
        lists.cipher_to_client,
        lists.mac_to_server,
        lists.mac_to_client,
        lists.compression_to_server,
        lists.compression_to_client,
        (),
        (),
    )
    names = b"".join(vector(",".join(names).encode("ascii"), 4) for names in ordered)
    return number(KEXINIT, 1) + secrets.token_bytes(16) + names + bytes(5)


def shown(data: bytes) -> str:
    """Write bytes as text in which nothing but printable 7-bit letters stands for itself."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in data)  # noqa: PLR2004 - ASCII


def _names(data: bytes) -> tuple[str, ...]:
    if not data:
        return ()
    names = data.decode("latin-1").split(",")
    if len(names) > MOST_NAMES:
        raise Garbled(f"a list of {len(names)} algorithms")
    for name in names:
        if not _NAME.fullmatch(name):
            raise Garbled(f"the name of an algorithm is not one: {shown(name[:70].encode('latin-1'))!r}")
    return tuple(names)


def _farewell(body: bytes) -> str:
    try:
        message = Cursor(body)
        reason = message.number(4)
        said = message.vector(4)
    except Garbled:
        return "nothing that could be read"
    return f"{shown(said[:200])} (reason {reason})"
