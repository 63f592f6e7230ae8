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
from readiness_audit.probes.tls.answer import Answer, hear
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
        older = version is not Version.TLS13
        offer = Offer(version=version, suites=suites, groups=groups, compression=curious and older)
        hello = client_hello(version, self._name, suites, groups=groups, curious=curious, protocols=protocols)
        try:
            return await self._over_a_connection(hello, lambda stream: hear_flight(stream, offer))
        except Contradiction as error:
            self.contradictions.append(str(error))
            raise

    async def ask_ssl2(self) -> Answer | Unheard:
        """Offer SSLv2 and all its ciphers. Raises `UnfinishedError`."""
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
