"""Make one offer after the other to one endpoint: few at a time, counted, each with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.answer import Answer, State, hear
from readiness_audit.probes.tls.flight import Contradiction, Flight, Offer, Refusal, hear_flight
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.way_in import way_in

T = TypeVar("T")

MOST_MORE = 20
"""Connections to one endpoint beyond the number of suites it accepts."""

_AT_ONCE = 4
_PATIENCE = 2.5
"""Seconds for one offer."""

_HUNG_UP = {Reason.UNREADABLE, Reason.UNREACHABLE}


class UnfinishedError(Exception):
    """That no more offers are made, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """That an offer had no answer that says anything."""

    said: str
    reason: Reason
    hung_up: bool = False
    """Whether there was a connection, and the server ended it."""

    garbled: bool = False
    """Whether what came is not TLS."""


Reply = Flight | Refusal | Unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One offer, as it can be made again."""

    version: Version
    suites: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    curious: bool = True
    protocols: tuple[str, ...] = ()


class Asker:
    """Asks one endpoint; concurrent questions share its places and its count."""

    def __init__(self, endpoint: Endpoint, reach: Reach, name: str | None, budget: Deadline) -> None:
        """Ask nothing yet; `name` goes into each hello, `budget` is for everything."""
        self._endpoint = endpoint
        self._reach = reach
        self._name = name
        self._budget = budget
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.connections = 0
        self.accepted = 0
        """Suites accepted so far; whoever finds one counts it here."""

        self.contradictions: list[str] = []
        self._taken: _Question | None = None
        self._hung_up: dict[_Question, None] = {}

    async def ask(
        self,
        version: Version,
        suites: Sequence[int],
        groups: Sequence[int],
        *,
        curious: bool = True,
        protocols: Sequence[str] = (),
    ) -> Reply:
        """
        Make one offer and give what became of it.

        Raises `UnfinishedError` where the time or the connections are used up, and
        `Contradiction` where the server takes what was not offered.
        """
        question = _Question(
            version=version,
            suites=tuple(suites),
            groups=tuple(groups),
            curious=curious,
            protocols=tuple(protocols),
        )
        try:
            reply = await self._make(question)
        except Contradiction as error:
            self.contradictions.append(str(error))
            raise
        self._note(question, reply, taken=isinstance(reply, Flight))
        return reply

    async def ask_ssl2(self) -> Answer | Unheard:
        """Offer SSLv2 and all its ciphers. Raises `UnfinishedError`."""
        reply = await self._make_ssl2()
        self._note(_SSL2, reply, taken=_is_taken(reply))
        return reply

    async def doubt(self) -> str | None:
        """
        Say why hanging up was perhaps no refusal; None where it was, or where nobody hung up.

        A server that hangs up now and then, or on whoever asks often or much at once, does so on what
        it accepts as well. So whatever was hung up on is asked again, with nothing beside it, and twice
        in a row, or a server that takes every other connection would keep in step; and before and after
        that an offer which was accepted has to be so again.
        """
        if not self._hung_up:
            return None
        if self._taken is None:
            return "it hangs up, and accepts nothing beside which that would be a refusal"
        again = [question for question in self._hung_up for _ in range(2)]
        self.accepted += len(again) + 2
        try:
            for question in (self._taken, *again, self._taken):
                ssl2 = question.version is Version.SSL2
                reply = await (self._make_ssl2() if ssl2 else self._make(question))
                if (said := _breach(reply, expected=question is self._taken)) is not None:
                    return said
        except UnfinishedError as error:
            return str(error)
        except Contradiction as error:
            return f"it contradicts itself: {error}"
        return None

    def _note(self, question: _Question, reply: Reply | Answer, *, taken: bool) -> None:
        if taken:
            self._taken = self._taken or question
        if isinstance(reply, Unheard) and reply.hung_up:
            self._hung_up[question] = None
        else:
            self._hung_up.pop(question, None)

    async def _make(self, question: _Question) -> Reply:
        version, curious = question.version, question.curious
        older = version is not Version.TLS13
        offer = Offer(
            version=version,
            suites=question.suites,
            groups=question.groups,
            compression=curious and older,
        )
        hello = client_hello(
            version,
            self._name,
            question.suites,
            groups=question.groups,
            curious=curious,
            protocols=question.protocols,
        )
        return await self._over_a_connection(hello, lambda stream: hear_flight(stream, offer))

    async def _make_ssl2(self) -> Answer | Unheard:
        hello = client_hello(Version.SSL2, None)
        return await self._over_a_connection(hello, lambda stream: hear(stream, Version.SSL2))

    async def _over_a_connection(self, hello: bytes, read: Callable[[Stream], Awaitable[T]]) -> T | Unheard:
        async with self._turns:
            if not self._budget.left():
                raise UnfinishedError("the time for this look was over")
            if self.connections >= self.accepted + MOST_MORE:
                raise UnfinishedError(f"{MOST_MORE} connections more than accepted suites were used up")
            self.connections += 1
            budget = self._budget.part(_PATIENCE)
            connected = False
            try:
                stream = await way_in(self._endpoint, self._reach, budget)
                connected = True
                async with stream:
                    await stream.write(hello)
                    return await read(stream)
            except CannotSee as blind:
                hung_up = connected and blind.reason in _HUNG_UP
                return Unheard(said=blind.detail, reason=blind.reason, hung_up=hung_up)
            except Garbled as error:
                return Unheard(said=str(error), reason=Reason.UNREADABLE, garbled=True)


_SSL2 = _Question(version=Version.SSL2)


def _is_taken(reply: Reply | Answer) -> bool:
    return isinstance(reply, Flight) or (isinstance(reply, Answer) and reply.state is State.ACCEPTED)


def _breach(reply: Reply | Answer, *, expected: bool) -> str | None:
    """Say what is wrong with an answer to something asked again; `expected` of what was accepted before."""
    if isinstance(reply, Flight) or _is_taken(reply):
        return None if expected else "it takes an offer that it hung up on before"
    if expected:
        return f"it hangs up, or does otherwise, on an offer that it took before: {reply.said}"
    # Gibberish is as good as hanging up where SSLv2 is offered, and so is every refusal.
    if isinstance(reply, Unheard) and not reply.hung_up and not reply.garbled:
        return f"it hangs up at one time and not at another: {reply.said}"
    return None
