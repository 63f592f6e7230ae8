"""
One question as one UDP datagram, and whatever comes back to it. Only the gate uses it.

Silence is no answer: nothing can be told from it but that nothing came. A refusal is the
other side's word (ICMP port unreachable) that nobody listens there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.model.grammar import Address, literal_address

MOST_KEPT = 4096
"""Bytes of answers that are kept, over all datagrams; further ones are counted only."""

MOST_DATAGRAMS = 200
MOST_RECEIVED = 256 * 2**10
"""Bytes after which nothing more is listened for: who sends as much has been heard."""

_LARGEST = 65_535
_IP_RECVERR = 11
_IPV6_RECVERR = 25
"""Linux's numbers for 'tell this socket what ICMP says'; Python names neither."""

_ON_THE_WAY = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPROTO})
"""Errors by which something on the way says that it lets nothing pass; the host said nothing."""


def _any(_datagram: bytes) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sent, where, and when enough was heard."""

    port: int
    datagram: bytes
    settles: Callable[[bytes], bool] | None = _any
    """
    Whether this datagram ends the waiting: what has the wrong id does not, so that the right one
    behind it is heard. None where all that comes within the patience is to be counted.
    """

    patience: float = 1.0
    """Seconds waited for what comes, for each try."""

    tries: int = 1
    """How often it is sent at most; again only where nothing came, since datagrams get lost."""

    any_port: bool = False
    """Whether the same address may answer from another port, as TFTP does (RFC 1350, section 4)."""


class Came(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    ELSEWHERE = "elsewhere"
    """Something came, but from another address or port than was asked, which may be anybody's."""

    REFUSED = "refused"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one address said to a question."""

    came: Came
    answers: tuple[bytes, ...] = ()
    """Datagrams in the order they came, as long as they fit into 4096 bytes; the last may be cut off."""

    sent: int
    """Datagrams sent; none where this machine has no way there."""

    datagrams: int = 0
    """Datagrams received."""

    received: int = 0
    """Bytes received, those not kept included."""


async def ask(address: Address, question: Question, before: Callable[[], Awaitable[None]]) -> Reply:
    """
    Send the question and wait for what comes.

    `before` is awaited before each sending, and whatever it raises ends the asking. Raises
    `OSError` where this machine cannot send at all. Cancel it to stop at once.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    goal = (str(address), question.port)
    with socket.socket(family, socket.SOCK_DGRAM) as way:
        # Sends nothing; raises where no way leads there.
        way.connect(goal)
    with socket.socket(family, socket.SOCK_DGRAM) as door:
        door.setblocking(False)  # noqa: FBT003 - the library's own interface
        # A door that is open to all hears who answers in another's place; but then the kernel keeps
        # refusals to itself, unless it is asked.
        level, option = (
            (socket.IPPROTO_IP, _IP_RECVERR)
            if family == socket.AF_INET
            else (socket.IPPROTO_IPV6, _IPV6_RECVERR)
        )
        door.setsockopt(level, option, 1)
        heard = _Heard(question, address)
        sent = 0
        try:
            while sent < question.tries and not heard.datagrams:
                await before()
                sent += 1
                await asyncio.get_running_loop().sock_sendto(door, question.datagram, goal)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(question.patience):
                        await _listen(door, heard)
        except ConnectionRefusedError:
            if not heard.datagrams and not heard.strays:
                return Reply(came=Came.REFUSED, sent=sent)
    silent = Came.ELSEWHERE if heard.strays else Came.SILENT
    return Reply(
        came=Came.ANSWERED if heard.datagrams else silent,
        answers=tuple(heard.kept),
        sent=sent,
        datagrams=heard.datagrams,
        received=heard.received,
    )


class _Heard:
    """What has come so far; never more of it than a few kilobytes."""

    def __init__(self, question: Question, address: Address) -> None:
        self._address = address
        self._port = None if question.any_port else question.port
        self._settles = question.settles
        self._room = MOST_KEPT
        self.kept: list[bytes] = []
        self.datagrams = 0
        self.received = 0
        self.strays = 0

    def is_from(self, other: tuple[str, int]) -> bool:
        """Say whether the one that was asked sent this; what another sent is only counted."""
        asked = literal_address(str(other[0])) == self._address and self._port in {None, other[1]}
        self.strays += not asked
        return asked

    def add(self, datagram: bytes) -> bool:
        """Take one datagram in; says whether that was enough."""
        self.datagrams += 1
        self.received += len(datagram)
        if self._room or not datagram:
            self.kept.append(datagram[: self._room])
            self._room -= len(self.kept[-1])
        settled = self._settles is not None and self._settles(datagram)
        return settled or self.datagrams >= MOST_DATAGRAMS or self.received >= MOST_RECEIVED


async def _listen(door: socket.socket, heard: _Heard) -> None:
    # The loop has an end of its own: a flood could keep the clock from being looked at.
    for _ in range(MOST_DATAGRAMS):
        try:
            datagram, other = await asyncio.get_running_loop().sock_recvfrom(door, _LARGEST)
        except OSError as error:
            if error.errno not in _ON_THE_WAY:
                raise
            continue
        if heard.is_from(other[:2]) and heard.add(datagram):
            return
