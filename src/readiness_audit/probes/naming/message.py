"""
Questions to the DNS and what came back, between bytes and plain values.

An answer is hostile until it is shown to be about the question: its header is held against
limits before the library sees it, and whatever the library makes of bad bytes ends here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from dns.message import Message
    from dns.name import Name

MOST_RECORDS = 500
"""Records of one answer, over all its sections."""

MOST_ALIASES = 16
"""Links of a chain of CNAMEs."""

LONGEST_VALUE = 8192
_HEADER = 12
_FIRST, _LAST = 0x20, 0x7E
_TRUNCATED = 0x0200
_RESPONSE = 0x8000
_OPCODE = 0x7800


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked."""

    name: str
    kind: str
    """The record type: `A`, `MX`, `TXT`."""

    group: str = "IN"
    """The class: `IN`, or `CH` for what servers say of themselves."""

    dnssec: bool = False
    """Whether signatures are wanted too."""

    unchecked: bool = False
    """Whether the resolver shall not validate, or give what it found all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one resolver answered to one question."""

    state: str
    """
    `found`; `no-data`: the name is there, the type is not; `no-name`: the name does not exist;
    `not-seen`: it could not be told.
    """

    values: tuple[str, ...] = ()
    """The records, sorted, in presentation form; names in small letters without the last dot."""

    ttl: int | None = None
    """Seconds they may be kept, where there are any."""

    aliases: tuple[str, ...] = ()
    """The names CNAMEs led to, in order."""

    zone: str | None = None
    """The zone that an SOA record of the answer names, where there is one."""

    authentic: bool = False
    """Whether the resolver says that it validated this (AD)."""

    code: str = ""
    """The response code in DNS's words, where an answer came: `NOERROR`, `SERVFAIL`."""

    recursion: bool = False
    """Whether the server says that it would go and ask others (RA)."""

    authoritative: bool = False
    problem: str | None = None
    """Why it was not seen, in one line."""

    raw: bytes = b""


def not_seen(problem: str, *, code: str = "") -> Answer:
    """Give the answer that says nothing."""
    return Answer(state="not-seen", problem=problem, code=code)


def check_installed() -> None:
    """Raise `MissingExtraError` where the library is not there, before anything is sent."""
    try:
        import dns.message  # noqa: F401, PLC0415 - an extra, and slow to import
    except ImportError:
        raise MissingExtraError("dnspython", "dns") from None


def asked(question: Question, *, recursive: bool = True) -> bytes:
    """Write a question down, with a number that cannot be guessed in its first two bytes."""
    import dns.flags  # noqa: PLC0415 - an extra, and slow to import
    import dns.message  # noqa: PLC0415 - the same

    flags = dns.flags.AD | (dns.flags.RD if recursive else 0) | (dns.flags.CD if question.unchecked else 0)
    query = dns.message.make_query(
        _absolute(question.name),
        question.kind,
        question.group,
        use_edns=0,
        want_dnssec=question.dnssec,
        flags=flags,
        id=secrets.randbelow(2**16),
    )
    return query.to_wire()


def is_answer_to(data: bytes, query: bytes) -> bool:
    """Say whether `data` answers `query`: its number and its question are the same."""
    if len(data) < _HEADER or data[:2] != query[:2]:
        return False
    flags = int.from_bytes(data[2:4], "big")
    if not flags & _RESPONSE or flags & _OPCODE or data[4:6] != query[4:6]:
        return False
    end = _end_of_question(query)
    return data[_HEADER:end].lower() == query[_HEADER:end].lower()


def read(data: bytes, question: Question) -> Answer:
    """Read an answer that is one to `question`. Whatever is wrong with it becomes `not-seen`."""
    if int.from_bytes(data[2:4], "big") & _TRUNCATED:
        return not_seen("the answer says that it was cut short")
    try:
        return _read(parsed(data), question, data)
    except CannotSee as blind:
        return not_seen(blind.detail)
    except Exception as error:  # noqa: BLE001 - a library meeting hostile bytes may raise anything
        return not_seen(f"the answer cannot be read: {type(error).__name__}")


def parsed(data: bytes) -> Message:
    """Take the bytes of a message apart. Raises `CannotSee` where they are none, or hold too much."""
    import dns.message  # noqa: PLC0415 - an extra, and slow to import

    if len(data) < _HEADER:
        raise CannotSee(Reason.UNREADABLE, "the answer is too short to be one")
    records = sum(int.from_bytes(data[at : at + 2], "big") for at in (6, 8, 10))
    if records > MOST_RECORDS:
        raise CannotSee(Reason.TOO_LARGE, f"the answer says that it holds more than {MOST_RECORDS} records")
    try:
        return dns.message.from_wire(data)
    except Exception as error:  # noqa: BLE001 - a library meeting hostile bytes may raise anything
        detail = f"the answer cannot be read: {type(error).__name__}"
        raise CannotSee(Reason.UNREADABLE, detail) from None


def records_in(data: bytes) -> tuple[str, int]:
    """Give the code of a message and how many records it says it answers with, from its header alone."""
    import dns.rcode  # noqa: PLC0415 - an extra, and slow to import

    return dns.rcode.to_text(dns.rcode.Rcode.make(data[3] & 0x0F)), int.from_bytes(data[6:8], "big")


def _read(message: Message, question: Question, data: bytes) -> Answer:
    import dns.flags  # noqa: PLC0415 - an extra, and slow to import
    import dns.rcode  # noqa: PLC0415 - the same
    import dns.rdatatype  # noqa: PLC0415 - the same

    kind = dns.rdatatype.from_text(question.kind)
    name, aliases = _follow(message, _absolute(question.name), kind)
    code = dns.rcode.to_text(message.rcode())
    found = [rrset for rrset in message.answer if rrset.name == name and rrset.rdtype == kind]
    state = _state(code, found=bool(found))
    return Answer(
        state=state,
        values=tuple(sorted({_text(rdata) for rrset in found for rdata in rrset})),
        ttl=min((rrset.ttl for rrset in found), default=None),
        aliases=tuple(aliases),
        zone=next(
            (
                plain(rrset.name)
                for section in (message.answer, message.authority)
                for rrset in section
                if rrset.rdtype == dns.rdatatype.SOA
            ),
            None,
        ),
        authentic=bool(message.flags & dns.flags.AD),
        recursion=bool(message.flags & dns.flags.RA),
        authoritative=bool(message.flags & dns.flags.AA),
        code=code,
        problem=f"the resolver answers {code}" if state == "not-seen" else None,
        raw=data,
    )


def _state(code: str, *, found: bool) -> str:
    if code == "NOERROR":
        return "found" if found else "no-data"
    return "no-name" if code == "NXDOMAIN" and not found else "not-seen"


def _follow(message: Message, name: Name, kind: int) -> tuple[Name, list[str]]:
    """Go along the CNAMEs of one answer; give the name they end at, and every name on the way."""
    import dns.rdatatype  # noqa: PLC0415 - an extra, and slow to import

    aliases: list[str] = []
    if kind == dns.rdatatype.CNAME:
        return name, aliases
    while True:
        step = next(
            (
                rdata.target
                for rrset in message.answer
                if rrset.name == name and rrset.rdtype == dns.rdatatype.CNAME
                for rdata in rrset
            ),
            None,
        )
        if step is None:
            return name, aliases
        if len(aliases) == MOST_ALIASES or plain(step) in aliases:
            raise CannotSee(Reason.TOO_LARGE, "its chain of CNAMEs goes round or does not end")
        aliases.append(plain(step))
        name = step


def _text(rdata: Any) -> str:  # noqa: ANN401 - each type has fields of its own, which its class does not tell
    """Write a record down: names plain, the strings of a TXT record joined, the rest as zone files do."""
    import dns.rdatatype  # noqa: PLC0415 - an extra, and slow to import

    match dns.rdatatype.to_text(rdata.rdtype):
        case "CNAME" | "NS":
            told = plain(rdata.target)
        case "MX":
            told = f"{rdata.preference} {plain(rdata.exchange)}"
        case "TXT":
            told = visible(b"".join(rdata.strings))
        case "CAA":
            told = f"{rdata.flags} {visible(rdata.tag).lower()} {visible(rdata.value)}"
        case _:
            told = rdata.to_text()
    if len(told) > LONGEST_VALUE:
        raise CannotSee(Reason.TOO_LARGE, f"one of its records is longer than {LONGEST_VALUE} characters")
    return told


def visible(data: bytes) -> str:
    """Write bytes as text; what is not a printable ASCII character as its number."""
    return "".join(chr(byte) if _FIRST <= byte <= _LAST else f"\\x{byte:02x}" for byte in data)


def plain(name: Name) -> str:
    """Write a name in small letters, without its last dot."""
    return name.to_text().lower().removesuffix(".") or "."


def parents(name: str) -> Sequence[str]:
    """Give the names above `name`, nearest first, without the root."""
    labels = name.split(".")
    return [".".join(labels[cut:]) for cut in range(1, len(labels))]


def _absolute(name: str) -> Name:
    import dns.name  # noqa: PLC0415 - an extra, and slow to import

    return dns.name.from_text(name if name.endswith(".") else f"{name}.")


def _end_of_question(query: bytes) -> int:
    at = _HEADER
    while query[at]:
        at += query[at] + 1
    return at + 5
