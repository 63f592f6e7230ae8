"""
Speak what a protocol wants said before TLS: from the greeting to the go-ahead, and not one byte more.

A preamble asks for TLS and for nothing else; names, passwords, mail and data are never sent. What it
reads is bounded, and a server that speaks on in clear behind its go-ahead is not believed: on a real
connection, somebody on the way could have put that there (CVE-2011-0411, RFC 9051 section 11.1).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Awaitable, Callable, Mapping

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.network.ber import (
    ENUMERATED,
    INTEGER,
    OCTETS,
    SEQUENCE,
    Elements,
    next_sequence,
    read_integer,
    write,
    write_integer,
)
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream

OURS = "audit.example.org"
"""How the audit names itself; names under example.org are nobody's (RFC 2606)."""

MOST_LINES = 100
LONGEST_LINE = 2048
LARGEST_XML = 2**13
LONGEST_TAG = 512

_REPLY = re.compile(rb"([1-5][0-9]{2})(?:([ -])[^\0]*)?", re.ASCII)
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_EXTENDED, _EXTENDED_ANSWER, _OID_OF_REQUEST = 0x77, 0x78, 0x80
_POSTGRES_WANTS_TLS = struct.pack(">II", 8, 80877103)
_MYSQL_TLS, _MYSQL_OURS = 0x800, 0x200 | 0x8000 | 0x80000 | 1
_LARGEST_GREETING = 2**12
_LARGEST_ANSWER = 2**16
_RDP_TLS, _RDP_CREDSSP = 1, 2
_LARGEST_CONFIRM = 512


class TlsRefused(CannotSee):
    """The server speaks the protocol and does not want TLS."""


class Talk:
    """What a server says in clear, in the pieces its protocol has."""

    def __init__(self, stream: Stream) -> None:
        """Say and read nothing yet."""
        self._stream = stream
        self.intake = Intake(stream)

    async def say(self, line: str) -> None:
        """Send one line."""
        await self._stream.write(line.encode("ascii") + b"\r\n")

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self._stream.write(data)

    def end(self) -> None:
        """Insist that the server waits. Raises `Garbled`."""
        if self.intake.held:
            raise Garbled("it speaks on in clear after its go-ahead for TLS")

    async def line(self) -> bytes:
        """Give the next line."""
        return await self.intake.line(LONGEST_LINE)

    async def reply(self) -> tuple[int, list[bytes]]:
        """Give the code and the lines of the next reply of SMTP or FTP. Raises `Garbled`."""
        lines: list[bytes] = []
        code = b""
        while len(lines) < MOST_LINES:
            line = await self.line()
            match = _REPLY.fullmatch(line)
            if lines and (match is None or match[1] != code):
                # FTP allows anything between the first line and the last.
                lines.append(line.strip())
                continue
            if match is None:
                raise Garbled(f"it says {printable(line, 60)!r}")
            code = match[1]
            lines.append(line[4:].strip())
            if match[2] != b"-":
                return int(code), lines
        raise Garbled("its answer does not end")

    async def listed(self, first: bytes) -> list[bytes]:
        """Give the lines up to a dot that the line `first` of POP3 announces. Raises `Garbled`."""
        if not first.upper().startswith(b"+OK"):
            return []
        lines: list[bytes] = []
        while (line := await self.line()) != b".":
            lines.append(line)
            if len(lines) == MOST_LINES:
                raise Garbled("its list does not end")
        return lines

    async def tagged(self, tag: str) -> tuple[bytes, list[bytes]]:
        """Give what IMAP answers to the command `tag`, and the untagged lines before it. Raises `Garbled`."""
        lines: list[bytes] = []
        while not (line := await self.line()).upper().startswith(tag.upper().encode() + b" "):
            lines.append(line)
            if not line.startswith(b"* ") or len(lines) == MOST_LINES:
                raise Garbled(f"it says {printable(line, 60)!r}")
        return line[len(tag) + 1 :], lines

    async def until(self, end: re.Pattern[bytes]) -> bytes:
        """Give everything up to where XML matches `end`. Raises `Garbled`."""
        text = b""
        while not text.endswith(b">") or end.search(text, max(0, len(text) - LONGEST_TAG)) is None:
            if len(text) == LARGEST_XML:
                raise Garbled("its XML does not come to the point")
            text += await self.intake.exactly(1, 1)
        return text


async def speak(stream: Stream, protocol: str, name: str) -> None:
    """
    Bring a fresh connection to where a handshake may begin; `name` is what the service is called by.

    Raises `CannotSee`: what answers does not speak `protocol`, refuses TLS, or hangs up.
    """
    talk = Talk(stream)
    try:
        await PREAMBLES[protocol](talk, name)
        talk.end()
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, f"before TLS, asked in {protocol}: {error}") from None
    except CannotSee as blind:
        detail = f"before TLS, asked in {protocol}: {blind.detail}"
        raise type(blind)(blind.reason, detail) from None


async def greeted(talk: Talk, code: int) -> None:
    """Take the greeting of SMTP or FTP, which begins with `code`. Raises `CannotSee` where it is another."""
    said, lines = await talk.reply()
    if said != code:
        raise CannotSee(Reason.REFUSED, f"it greets with {said} {printable(lines[-1], 60)}".rstrip())


async def greeted_with(talk: Talk, word: bytes) -> None:
    """Take the greeting of IMAP or POP3. Raises `Garbled` where it is another."""
    greeting = await talk.line()
    if not greeting.upper().startswith(word):
        raise Garbled(f"it greets with {printable(greeting, 60)!r}")


def refuse(said: bytes | str) -> TlsRefused:
    """Say that the server does not want TLS, with what it said to that."""
    shown = printable(said, 80) if isinstance(said, bytes) else said
    return TlsRefused(Reason.REFUSED, f"TLS is refused: {shown}")


async def _smtp(talk: Talk, _name: str) -> None:
    await greeted(talk, 220)
    await talk.say(f"EHLO {OURS}")
    code, lines = await talk.reply()
    if code != 250 or b"STARTTLS" not in {line.upper() for line in lines[1:]}:  # noqa: PLR2004 - done
        raise refuse("it does not offer STARTTLS")
    await talk.say("STARTTLS")
    code, lines = await talk.reply()
    if code != 220:  # noqa: PLR2004 - ready
        raise refuse(f"{code} {printable(lines[-1], 60)}")


async def _ftp(talk: Talk, _name: str) -> None:
    await greeted(talk, 220)
    await talk.say("AUTH TLS")
    code, lines = await talk.reply()
    if code != 234:  # noqa: PLR2004 - RFC 4217
        raise refuse(f"{code} {printable(lines[-1], 60)}")


async def _imap(talk: Talk, _name: str) -> None:
    await greeted_with(talk, b"* OK")
    await talk.say("a1 STARTTLS")
    answer, _ = await talk.tagged("a1")
    if not answer.upper().startswith(b"OK"):
        raise refuse(answer)


async def _pop3(talk: Talk, _name: str) -> None:
    await greeted_with(talk, b"+OK")
    await talk.say("STLS")
    answer = await talk.line()
    if not answer.upper().startswith(b"+OK"):
        raise refuse(answer)


async def _ldap(talk: Talk, _name: str) -> None:
    request = write(_EXTENDED, write(_OID_OF_REQUEST, _START_TLS))
    await talk.send(write(SEQUENCE, write_integer(1) + request))
    parts = list(Elements(await next_sequence(talk.intake, _LARGEST_ANSWER)))[:2]
    if [tag for tag, _ in parts] != [INTEGER, _EXTENDED_ANSWER] or read_integer(parts[0][1]) != 1:
        raise Garbled("it answers something else than was asked")
    result = list(Elements(parts[1][1]))[:3]
    if [tag for tag, _ in result] != [ENUMERATED, OCTETS, OCTETS]:
        raise Garbled("its result is not one")
    if (code := read_integer(result[0][1])) != 0:
        raise refuse(f"code {code} {printable(result[2][1], 60)}".rstrip())


_FEATURES = re.compile(rb"</(?:\w+:)?features\s*>|<(?:\w+:)?features\s*/>|</(?:\w+:)?stream\s*>", re.ASCII)
_OFFER = re.compile(rb"<starttls[\s/>]", re.ASCII)
_GO_AHEAD = re.compile(rb"<(?:proceed|failure)\b[^<>]*>|</(?:\w+:)?stream\s*>", re.ASCII)


async def xmpp_features(talk: Talk, name: str) -> bytes:
    """Open a stream and give what the server offers in it, as XML. Raises `Garbled`."""
    await talk.send(
        b"<?xml version='1.0'?><stream:stream to='" + name.encode("ascii") + b"' version='1.0'"
        b" xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    text = await talk.until(_FEATURES)
    if b"features" not in text:
        raise Garbled("it ends the stream at once")
    return text


async def _xmpp(talk: Talk, name: str) -> None:
    if _OFFER.search(await xmpp_features(talk, name)) is None:
        raise refuse("it does not offer STARTTLS")
    await talk.send(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    answer = await talk.until(_GO_AHEAD)
    if b"<proceed" not in answer:
        raise refuse(answer)


async def _postgresql(talk: Talk, _name: str) -> None:
    await talk.send(_POSTGRES_WANTS_TLS)
    answer = await talk.intake.exactly(1, 1)
    if answer == b"N":
        raise refuse("the answer is N")
    if answer != b"S":
        raise Garbled("its answer is neither yes nor no")


async def _mysql(talk: Talk, _name: str) -> None:
    head = await talk.intake.exactly(4, 4)
    length = int.from_bytes(head[:3], "little")
    if not 0 < length <= _LARGEST_GREETING or head[3] != 0:
        raise Garbled("what answers there does not speak the MySQL protocol")
    packet = await talk.intake.exactly(length, _LARGEST_GREETING)
    if packet[0] == 0xFF:  # noqa: PLR2004 - an error in place of a greeting
        raise CannotSee(Reason.REFUSED, f"it greets with an error: {printable(packet[3:], 80)}")
    _, mark, rest = packet.partition(b"\0")
    if packet[0] != 10 or not mark:  # noqa: PLR2004 - the version of the protocol
        raise Garbled("what answers there does not speak the MySQL protocol")
    cursor = Cursor(rest)
    cursor.take(4 + 8 + 1)
    if not int.from_bytes(cursor.take(2), "little") & _MYSQL_TLS:
        raise refuse("it does not offer TLS")
    body = struct.pack("<IIB23x", _MYSQL_OURS | _MYSQL_TLS, 2**24, 33)
    await talk.send(len(body).to_bytes(3, "little") + b"\x01" + body)


async def _rdp(talk: Talk, _name: str) -> None:
    negotiation = struct.pack("<BBHI", 1, 0, 8, _RDP_TLS | _RDP_CREDSSP)
    body = b"\xe0" + bytes(5) + negotiation
    await talk.send(struct.pack(">BBH", 3, 0, 5 + len(body)) + bytes([len(body)]) + body)
    version, _, length = struct.unpack(">BBH", await talk.intake.exactly(4, 4))
    if version != 3 or not 11 <= length <= _LARGEST_CONFIRM:  # noqa: PLR2004 - TPKT, RFC 1006
        raise Garbled("what answers there does not speak RDP")
    confirm = Cursor(await talk.intake.exactly(length - 4, _LARGEST_CONFIRM))
    if confirm.number(1) != length - 5 or confirm.number(1) != 0xD0:  # noqa: PLR2004 - X.224
        raise Garbled("the answer is no connection confirm of X.224")
    confirm.take(5)
    if not confirm.left():
        raise refuse("it knows nothing but its own encryption")
    kind, _, size, value = struct.unpack("<BBHI", confirm.take(8))
    if size != 8 or confirm.left() or kind not in {2, 3}:  # noqa: PLR2004 - as the specification has it
        raise Garbled("the answer to the negotiation is of an unknown kind")
    if kind == 3 or value == 0:  # noqa: PLR2004 - a failure
        raise refuse(f"failure {value}" if value else "it chose its own encryption")
    if value not in {_RDP_TLS, _RDP_CREDSSP}:
        raise Garbled(f"it chose layer {value}, which was not asked for")


PREAMBLES: Mapping[str, Callable[[Talk, str], Awaitable[None]]] = {
    "ftp": _ftp,
    "imap": _imap,
    "ldap": _ldap,
    "mysql": _mysql,
    "pop3": _pop3,
    "postgresql": _postgresql,
    "rdp": _rdp,
    "smtp": _smtp,
    "xmpp": _xmpp,
}
