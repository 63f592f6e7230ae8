"""The messages of LDAP that are asked and understood here (RFC 4511)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readiness_audit.probes.network.ber import (
    ENUMERATED,
    INTEGER,
    OCTETS,
    SEQUENCE,
    SET,
    Elements,
    next_sequence,
    read_integer,
    write,
    write_integer,
)
from readiness_audit.probes.network.intake import Intake, printable
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.secure import Conversation

SUCCESS, STRONGER_AUTH, CONFIDENTIALITY, INVALID_CREDENTIALS = 0, 8, 13, 49
REFUSALS = frozenset({7, 8, 13, 48, 49, 50, 53})
"""Codes that say no to who asks; others, such as busy or unavailable, say nothing about that."""

HIDDEN = frozenset({1, 32})
"""Codes that say no to a search: Active Directory's, and "no such object" for a tree it named itself."""

_LARGEST = 2**18
"""Bytes of one message."""

CODES = {
    0: "success",
    1: "operations error",
    2: "protocol error",
    7: "authentication method not supported",
    8: "stronger authentication required",
    13: "confidentiality required",
    32: "no such object",
    48: "inappropriate authentication",
    49: "invalid credentials",
    50: "insufficient access rights",
    52: "unavailable",
    53: "unwilling to perform",
}
START_TLS = "1.3.6.1.4.1.1466.20037"

_BIND, _BIND_ANSWER, _SEARCH, _ENTRY, _DONE, _REFERENCE = 0x60, 0x61, 0x63, 0x64, 0x65, 0x73
_EXTENDED, _EXTENDED_ANSWER, _UNASKED = 0x77, 0x78, 0
_MOST_MESSAGES = 20
_MOST_VALUES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an operation came to."""

    code: int
    said: str
    """The code in words, and what the server added."""

    entries: tuple[Mapping[str, tuple[str, ...]], ...] = field(default=())
    """For a search: attributes by name in small letters."""


class Directory:
    """A conversation with a directory, one operation after another."""

    def __init__(self, conversation: Conversation) -> None:
        """Say nothing yet."""
        self._conversation = conversation
        self._intake = Intake(conversation)
        self._number = 0

    async def bind(self, name: str = "") -> Result:
        """Bind in the simple way with an empty password: anonymously, where the name is empty, too."""
        body = write_integer(3) + write(OCTETS, name.encode()) + write(0x80, b"")
        return await self._ask(write(_BIND, body), _BIND_ANSWER)

    async def search(self, base: str, attributes: Sequence[str], *, below: bool = False) -> Result:
        """Read the entry `base`, or with `below` at most one entry of what is under and with it."""
        scope, limit = (2, 1) if below else (0, 1)
        body = write(OCTETS, base.encode()) + write_integer(scope, ENUMERATED) + write_integer(0, ENUMERATED)
        body += write_integer(limit) + write_integer(5) + write(0x01, b"\0") + write(0x87, b"objectClass")
        body += write(SEQUENCE, b"".join(write(OCTETS, name.encode()) for name in attributes))
        return await self._ask(write(_SEARCH, body), _DONE)

    async def start_tls(self) -> Result:
        """Ask for TLS on this connection; a handshake may follow where the code is success."""
        return await self._ask(write(_EXTENDED, write(0x80, START_TLS.encode())), _EXTENDED_ANSWER)

    async def _ask(self, operation: bytes, answer: int) -> Result:
        self._number += 1
        await self._conversation.write(write(SEQUENCE, write_integer(self._number) + operation))
        entries: list[Mapping[str, tuple[str, ...]]] = []
        for _ in range(_MOST_MESSAGES):
            number, tag, body = _message(await next_sequence(self._intake, _LARGEST))
            if number == _UNASKED and tag == _EXTENDED_ANSWER:
                code, said = _result(body)
                raise Garbled(f"the directory ends the conversation: {said} ({code})")
            if number != self._number:
                raise Garbled("the directory answers what was not asked")
            if tag == answer:
                code, said = _result(body)
                return Result(code=code, said=said, entries=tuple(entries))
            if tag == _ENTRY:
                entries.append(_entry(body))
            elif tag != _REFERENCE:
                raise Garbled("the directory answers something else than was asked")
        raise Garbled("the directory answers without end")


def _message(sequence: bytes) -> tuple[int, int, bytes]:
    parts = iter(Elements(sequence))
    tag, content = next(parts, (0, b""))
    if tag != INTEGER:
        raise Garbled("what answers there does not speak LDAP")
    operation, body = next(parts, (0, b""))
    return read_integer(content), operation, body


def _result(body: bytes) -> tuple[int, str]:
    parts = list(Elements(body))[:3]
    if [tag for tag, _ in parts] != [ENUMERATED, OCTETS, OCTETS]:
        raise Garbled("a result of the directory is not one")
    code = read_integer(parts[0][1])
    words = CODES.get(code, f"code {code}")
    added = printable(parts[2][1])
    return code, f"{words} ({added})" if added else words


def _entry(body: bytes) -> Mapping[str, tuple[str, ...]]:
    parts = list(Elements(body))
    if [tag for tag, _ in parts] != [OCTETS, SEQUENCE]:
        raise Garbled("an entry of the directory is not one")
    found: dict[str, tuple[str, ...]] = {}
    for _, attribute in Elements(parts[1][1]):
        pair = list(Elements(attribute))
        if [tag for tag, _ in pair] != [OCTETS, SET]:
            raise Garbled("an attribute of the directory is not one")
        texts = [printable(text, 256) for _, text in Elements(pair[1][1])]
        found[printable(pair[0][1]).lower()] = tuple(texts[:_MOST_VALUES])
    return found
