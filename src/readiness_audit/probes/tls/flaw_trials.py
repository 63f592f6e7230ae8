"""Try the flaws that show only in a handshake of their own, each as far as it does no harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls import features
from readiness_audit.probes.tls.early_change import change_early
from readiness_audit.probes.tls.flaw_facts import TlsFlaw
from readiness_audit.probes.tls.flaw_offers import (
    ABSENT,
    NOT_LOOKED_AT,
    OLDER,
    PRESENT,
    UNCLEAR,
    Offered,
    Spoken,
    flaw_of,
    is_simple,
)
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.short_heartbeat import MAY_BE_SENT, beat_short
from readiness_audit.probes.tls.tickets import SESSION, Ticket, be_given_a_ticket, come_back
from readiness_audit.probes.tls.unfinished import Heard
from readiness_audit.probes.tls.way_in import way_in
from readiness_audit.probes.tls.wrong_keys import compare, send_key

SHARE = 0.9
"""How much of what is left of the deadline one step may take."""


class Trials:
    """Tries one endpoint, whose versions are known."""

    def __init__(self, target: Endpoint, reach: Reach, spoken: Spoken) -> None:
        """Try nothing yet."""
        self._target = target
        self._reach = reach
        self._spoken = spoken
        self._older = {
            version: flight for version, flight in spoken.flights.items() if version is not Version.TLS13
        }
        self._name = sni(asked_names(target)[0])
        self.connections = 0

    async def early_change(self) -> TlsFlaw:
        """Change ciphers before there are any."""
        if not self._older:
            return self._without("ccs-injection")
        version = max(self._older)
        hello = client_hello(version, self._name, [self._older[version].suite])

        async def ask(do: Callable[[Stream], Awaitable[Heard]]) -> Heard:
            async with await self._connect() as stream:
                return await do(stream)

        return flaw_of("ccs-injection", *await change_early(ask, version, hello))

    async def heartbleed(self) -> TlsFlaw:
        """Send a heartbeat that has to be ignored, where any may be sent."""
        offered = {
            version: flight.extensions[features.HEARTBEAT]
            for version, flight in self._older.items()
            if features.has(features.HEARTBEAT)(flight)
        }
        if not offered:
            if self._spoken.unclear(*OLDER):
                return flaw_of("heartbleed", UNCLEAR, "it is not clear which versions it accepts")
            if set(self._older) == {Version.SSL3}:
                # What has the flaw answers heartbeats in every version, whether it could offer them or not.
                return flaw_of("heartbleed", UNCLEAR, "in SSLv3 it cannot say whether it knows heartbeats")
            return flaw_of("heartbleed", ABSENT, "it offers no heartbeats")
        taking = [version for version, mode in offered.items() if mode == MAY_BE_SENT]
        if not taking:
            told_by = "it sends heartbeats and wants to be sent none, so that none was sent"
            return flaw_of("heartbleed", NOT_LOOKED_AT, told_by)
        version = max(taking)
        hello = client_hello(version, self._name, [self._older[version].suite], curious=True)
        try:
            async with await self._connect() as stream:
                return flaw_of("heartbleed", *await beat_short(stream, version, hello))
        except CannotSee as blind:
            return flaw_of("heartbleed", UNCLEAR, blind.detail)

    async def robot(self, unwraps: Offered) -> TlsFlaw:
        """Send keys that are wrapped wrongly, where the server unwraps any."""
        state, told_by, flights = unwraps
        if state != PRESENT:
            return flaw_of("robot", state, told_by)
        simple = {version: flight for version, flight in flights.items() if is_simple(flight.traits)}
        if not simple:
            told_by = f"{told_by} and no plain RSA, so that no keys were sent"
            return flaw_of("robot", NOT_LOOKED_AT, told_by)
        version = max(simple)
        suite = simple[version].suite

        async def ask(which: int, finished: bool) -> Heard:  # noqa: FBT001 - it is half of a question
            hello = client_hello(version, self._name, [suite])
            async with await self._connect() as stream:
                return await send_key(stream, version, hello, which, finished=finished)

        return flaw_of("robot", *await compare(ask))

    async def ticketbleed(self) -> tuple[TlsFlaw, int | None]:
        """Take up a session under a name that is too short; give the ticket's lifetime, too."""
        if not self._older:
            return self._without("ticketbleed"), None
        if not any(features.has(features.TICKET)(flight) for flight in self._older.values()):
            state = UNCLEAR if self._spoken.unclear(*OLDER) else ABSENT
            return flaw_of("ticketbleed", state, "it gives no tickets"), None
        budget = self._budget()
        ticket: Ticket | None = None
        try:
            self.connections += 1
            ticket = await be_given_a_ticket(self._target, self._reach, budget)
            if ticket is None:
                return flaw_of("ticketbleed", ABSENT, "it gives no tickets"), None
            self.connections += 1
            length = await come_back(self._target, self._reach, ticket, budget)
        except (CannotSee, Garbled) as error:
            said = error.detail if isinstance(error, CannotSee) else str(error)
            return flaw_of("ticketbleed", UNCLEAR, said), ticket.lifetime if ticket is not None else None
        if length is None:
            return flaw_of("ticketbleed", ABSENT, "it repeats no session's name"), ticket.lifetime
        told_by = f"to a session's name of {len(SESSION)} bytes it answers with {length}"
        return flaw_of("ticketbleed", PRESENT if length > len(SESSION) else ABSENT, told_by), ticket.lifetime

    def _without(self, name: str) -> TlsFlaw:
        if self._spoken.unclear(*OLDER):
            return flaw_of(name, UNCLEAR, "it is not clear which versions it accepts")
        return flaw_of(name, ABSENT, "it accepts none of SSLv3 to TLS 1.2")

    def _budget(self) -> Deadline:
        return self._reach.deadline.part(self._reach.deadline.left() * SHARE)

    async def _connect(self) -> Stream:
        self.connections += 1
        return await way_in(self._target, self._reach, self._budget())
