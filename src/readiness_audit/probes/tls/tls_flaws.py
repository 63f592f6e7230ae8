"""
See which known flaws a TLS server has, as far as that can be seen without doing harm.

Most follow from what it accepts. Heartbleed is told by heartbeats that are not offered, and ROBOT by the
key exchange it needs; where these are there, that is said and nothing is tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.tls import features
from readiness_audit.probes.tls.answer import Answer, State
from readiness_audit.probes.tls.asker import Asker, Reply, UnfinishedError, Unheard
from readiness_audit.probes.tls.early_change import change_early
from readiness_audit.probes.tls.flaw_facts import FlawsFacts, TlsFlaw
from readiness_audit.probes.tls.flaw_scan import LARGEST, FlawScan, read_flaw_scan
from readiness_audit.probes.tls.flight import Contradiction, Flight, Refusal
from readiness_audit.probes.tls.groups import GROUPS_12, GROUPS_13
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13, Traits, traits_of
from readiness_audit.probes.tls.tickets import SESSION, Ticket, be_given_a_ticket, come_back
from readiness_audit.probes.tls.way_in import way_in

ABSENT, PRESENT, UNCLEAR, NOT_LOOKED_AT = "absent", "present", "unclear", "not-looked-at"

_NUMBERS = {
    "heartbleed": "CVE-2014-0160",
    "ccs-injection": "CVE-2014-0224",
    "ticketbleed": "CVE-2016-9244",
    "robot": "CVE-2017-13099",
    "drown": "CVE-2016-0800",
    "poodle": "CVE-2014-3566",
    "sweet32": "CVE-2016-2183",
    "logjam": "CVE-2015-4000",
    "freak": "CVE-2015-0204",
    "crime": "CVE-2012-4929",
}
_SMALL_BLOCKS = {"3DES", "DES", "IDEA", "RC2"}
_SHORT_PRIME = 1024
"""Bits; shorter ones are those of which the authors of Logjam broke one (its export grade has 512)."""

_SHARE = 0.9
_OFFERS = 12
"""Connections that each accepted version is worth: six offers, and each once more where it hangs up."""

_OLDER = (Version.SSL3, Version.TLS10, Version.TLS11, Version.TLS12)
_Wanted = Callable[[Traits], bool]


@dataclass(slots=True, kw_only=True)
class _Spoken:
    """What is known of SSLv3 to TLS 1.3."""

    states: dict[Version, State] = field(default_factory=dict)
    flights: dict[Version, Flight] = field(default_factory=dict)

    def unclear(self, *versions: Version) -> bool:
        return any(self.states[version] is State.UNCLEAR for version in versions)


async def look(target: Endpoint, reach: Reach) -> Seen[FlawsFacts]:
    """
    Offer what each flaw needs, and nothing else.

    Raises `CannotSee` where nothing there speaks TLS, no version is accepted, or the scan that is
    named for it cannot be read.
    """
    file = reach.evidence.read(target.scan, LARGEST) if target.scan is not None else None
    scan = read_flaw_scan(file, target, reach.started) if file is not None else None
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    asker = Asker(target, reach, sni(asked_names(target)[0]), budget)
    spoken, oldest = await _versions(asker)
    looker = _Looker(asker, spoken)
    early, (ticketbleed, lifetime) = await asyncio.gather(
        _early_change(target, reach, spoken), _ticketbleed(target, reach, spoken)
    )
    derived = await asyncio.gather(
        looker.poodle(),
        looker.of("sweet32", lambda traits: traits.encryption in _SMALL_BLOCKS),
        looker.logjam(),
        looker.of("freak", lambda traits: traits.export and traits.key_exchange == "RSA"),
        looker.robot(),
    )
    found = {
        flaw.name: flaw for flaw in (early, ticketbleed, *derived, _drown(oldest), *_from_hellos(spoken))
    }
    flaws = tuple(_beside(found[name], scan) for name in _NUMBERS)
    return Seen(
        facts=FlawsFacts(
            starttls=target.starttls,
            flaws=flaws,
            present=_count(flaws, PRESENT),
            unclear=_count(flaws, UNCLEAR),
            not_looked_at=_count(flaws, NOT_LOOKED_AT),
            ticket_lifetime=lifetime,
            scan=scan.tool if scan is not None else None,
            scanned_at=written(scan.made) if scan is not None else None,
            connections=asker.connections + 3,
        ),
        excerpts=((file.name, file.data),) if file is not None else (),
    )


def _beside(flaw: TlsFlaw, scan: FlawScan | None) -> TlsFlaw:
    """Let a scan say what was not looked at; where it saw a flaw that we did not, the flaw counts."""
    said = scan.states.get(flaw.name) if scan is not None else None
    if scan is None or said is None or (said == ABSENT and flaw.state != NOT_LOOKED_AT):
        return flaw
    return replace(flaw, state=said, told_by=f"{scan.tool} says that it is {said}")


def _count(flaws: Iterable[TlsFlaw], state: str) -> int:
    return sum(flaw.state == state for flaw in flaws)


def _flaw(name: str, state: str, told_by: str) -> TlsFlaw:
    return TlsFlaw(name=name, number=_NUMBERS[name], state=state, told_by=told_by)


async def _versions(asker: Asker) -> tuple[_Spoken, Answer | Unheard]:
    spoken = _Spoken()
    versions = (*_OLDER, Version.TLS13)
    oldest = await asker.ask_ssl2()
    replies = await asyncio.gather(*(_whole(asker, one) for one in versions))
    for version, reply in zip(versions, replies, strict=True):
        spoken.states[version] = _state(reply)
        if isinstance(reply, Flight):
            spoken.flights[version] = reply
            asker.accepted += _OFFERS
    ssl2 = isinstance(oldest, Answer) and oldest.state is State.ACCEPTED
    if not spoken.flights and not ssl2:
        raise _nothing(replies)
    return spoken, oldest


async def _whole(asker: Asker, version: Version) -> Reply:
    suites = ALL_SUITES_13 if version is Version.TLS13 else ALL_SUITES
    return await _ask(asker, version, tuple(suites))


async def _ask(asker: Asker, version: Version, suites: Sequence[int]) -> Reply:
    """Make an offer; one that is hung up on, once more."""
    groups = GROUPS_13 if version is Version.TLS13 else GROUPS_12
    try:
        reply = await asker.ask(version, suites, groups)
        if isinstance(reply, Unheard) and reply.hung_up:
            reply = await asker.ask(version, suites, groups)
    except UnfinishedError as error:
        return Unheard(said=str(error), reason=Reason.TIMED_OUT)
    except Contradiction as error:
        return Unheard(said=f"it contradicts itself: {error}", reason=Reason.UNREADABLE, garbled=True)
    return reply


def _state(reply: Reply) -> State:
    if isinstance(reply, Flight):
        return State.ACCEPTED
    # Beside accepted versions, hanging up twice is a refusal; silence is not.
    refused = isinstance(reply, Refusal) or reply.hung_up
    return State.REFUSED if refused else State.UNCLEAR


def _nothing(replies: Sequence[Reply]) -> CannotSee:
    refused = next((reply for reply in reversed(replies) if isinstance(reply, Refusal)), None)
    if refused is not None:
        detail = f"it speaks TLS but agrees to no version; to the newest: {refused.said}"
        return CannotSee(Reason.REFUSED, detail)
    unheard = [reply for reply in replies if isinstance(reply, Unheard)]
    told = [reply for reply in unheard if reply.reason is not Reason.TIMED_OUT]
    last = (told or unheard)[-1]
    said = f"what answers there does not speak TLS: {last.said}" if last.garbled else last.said
    return CannotSee(last.reason, said)


class _Looker:
    """Offers some suites alone, in every version that is accepted."""

    def __init__(self, asker: Asker, spoken: _Spoken) -> None:
        self._asker = asker
        self._spoken = spoken

    async def offer(
        self, wanted: _Wanted, versions: Sequence[Version] = _OLDER
    ) -> tuple[str, str, list[Flight]]:
        """Give the state, what it is told by, and the flights in which such a suite was chosen."""
        suites = [code for code, name in ALL_SUITES.items() if wanted(traits_of(name))]
        spoken = [version for version in versions if self._spoken.states[version] is State.ACCEPTED]
        replies = [await _ask(self._asker, version, suites) for version in spoken]
        flights = [reply for reply in replies if isinstance(reply, Flight)]
        if flights:
            return PRESENT, f"it accepts {flights[0].name}", flights
        if self._spoken.unclear(*versions):
            return UNCLEAR, "it is not clear which versions it accepts", []
        for reply in replies:
            if isinstance(reply, Unheard) and _state(reply) is State.UNCLEAR:
                return UNCLEAR, reply.said, []
        return ABSENT, "it accepts nothing of what it needs", []

    async def of(self, name: str, wanted: _Wanted) -> TlsFlaw:
        state, told_by, _ = await self.offer(wanted)
        return _flaw(name, state, told_by)

    async def poodle(self) -> TlsFlaw:
        state, told_by, _ = await self.offer(lambda traits: traits.mode == "CBC", (Version.SSL3,))
        return _flaw("poodle", state, told_by)

    async def robot(self) -> TlsFlaw:
        state, told_by, _ = await self.offer(lambda traits: traits.key_exchange == "RSA")
        if state == PRESENT:
            told_by = f"{told_by}; whether it betrays what it decrypts is not tried"
            return _flaw("robot", NOT_LOOKED_AT, told_by)
        return _flaw("robot", state, told_by)

    async def logjam(self) -> TlsFlaw:
        state, told_by, _ = await self.offer(lambda traits: traits.export and traits.key_exchange == "DHE")
        if state == PRESENT:
            return _flaw("logjam", state, told_by)
        fresh, said, flights = await self.offer(
            lambda traits: traits.key_exchange == "DHE" and not traits.export
        )
        bits = [flight.prime_bits for flight in flights]
        short = min((each for each in bits if each is not None), default=_SHORT_PRIME)
        if short < _SHORT_PRIME:
            return _flaw("logjam", PRESENT, f"it agrees on keys over a prime of {short} bits")
        if None in bits:
            return _flaw("logjam", UNCLEAR, "the prime it agrees on keys over cannot be read")
        if UNCLEAR in {state, fresh}:
            return _flaw("logjam", UNCLEAR, told_by if state == UNCLEAR else said)
        told_by = f"its shortest prime has {short} bits" if flights else "it agrees on no keys over a prime"
        return _flaw("logjam", ABSENT, told_by)


def _drown(oldest: Answer | Unheard) -> TlsFlaw:
    if isinstance(oldest, Unheard):
        # Beside accepted versions, anything but SSLv2 to an offer of SSLv2 is a refusal; silence is not.
        refused = oldest.hung_up or oldest.garbled
        return _flaw("drown", ABSENT if refused else UNCLEAR, "hangs up" if oldest.hung_up else oldest.said)
    states = {State.ACCEPTED: PRESENT, State.REFUSED: ABSENT}
    return _flaw("drown", states.get(oldest.state, UNCLEAR), f"SSLv2: {oldest.said}")


def _from_hellos(spoken: _Spoken) -> Iterable[TlsFlaw]:
    flights = [flight for version, flight in spoken.flights.items() if version is not Version.TLS13]
    if any(flight.compression for flight in flights):
        yield _flaw("crime", PRESENT, "it chooses compression")
    elif spoken.unclear(*_OLDER):
        yield _flaw("crime", UNCLEAR, "it is not clear which versions it accepts")
    else:
        yield _flaw("crime", ABSENT, "it chooses no compression")
    if any(features.has(features.HEARTBEAT)(flight) for flight in flights):
        yield _flaw(
            "heartbleed", NOT_LOOKED_AT, "it offers heartbeats; whether they show its memory is not tried"
        )
    elif spoken.unclear(*_OLDER):
        yield _flaw("heartbleed", UNCLEAR, "it is not clear which versions it accepts")
    else:
        yield _flaw("heartbleed", ABSENT, "it offers no heartbeats")


async def _early_change(target: Endpoint, reach: Reach, spoken: _Spoken) -> TlsFlaw:
    older = [version for version in spoken.flights if version is not Version.TLS13]
    if not older:
        return _without(spoken, "ccs-injection")
    version = max(older)
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    hello = client_hello(version, sni(asked_names(target)[0]), [spoken.flights[version].suite])
    try:
        async with await way_in(target, reach, budget) as stream:
            return _flaw("ccs-injection", *await change_early(stream, version, hello))
    except CannotSee as blind:
        return _flaw("ccs-injection", UNCLEAR, blind.detail)


async def _ticketbleed(target: Endpoint, reach: Reach, spoken: _Spoken) -> tuple[TlsFlaw, int | None]:
    older = [flight for version, flight in spoken.flights.items() if version is not Version.TLS13]
    if not older:
        return _without(spoken, "ticketbleed"), None
    if not any(features.has(features.TICKET)(flight) for flight in older):
        state = UNCLEAR if spoken.unclear(*_OLDER) else ABSENT
        return _flaw("ticketbleed", state, "it gives no tickets"), None
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    ticket: Ticket | None = None
    try:
        ticket = await be_given_a_ticket(target, reach, budget)
        length = await come_back(target, reach, ticket, budget) if ticket is not None else None
    except (CannotSee, Garbled) as error:
        said = error.detail if isinstance(error, CannotSee) else str(error)
        return _flaw("ticketbleed", UNCLEAR, said), ticket.lifetime if ticket is not None else None
    if ticket is None:
        return _flaw("ticketbleed", ABSENT, "it gives no tickets"), None
    if length is None:
        return _flaw("ticketbleed", ABSENT, "it repeats no session's name"), ticket.lifetime
    told_by = f"to a session's name of {len(SESSION)} bytes it answers with {length}"
    return _flaw("ticketbleed", PRESENT if length > len(SESSION) else ABSENT, told_by), ticket.lifetime


def _without(spoken: _Spoken, name: str) -> TlsFlaw:
    if spoken.unclear(*_OLDER):
        return _flaw(name, UNCLEAR, "it is not clear which versions it accepts")
    return _flaw(name, ABSENT, "it accepts nothing older than TLS 1.3")


PROBE = Probe(
    name="tls-flaws",
    looks_at=Endpoint,
    sees=FlawsFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
