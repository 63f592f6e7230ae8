"""What a server speaks, and offers of the few suites that one flaw needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.tls.answer import State
from readiness_audit.probes.tls.asker import Asker, Reply, UnfinishedError, Unheard
from readiness_audit.probes.tls.flaw_facts import TlsFlaw
from readiness_audit.probes.tls.flight import Contradiction, Flight, Refusal
from readiness_audit.probes.tls.groups import GROUPS_12, GROUPS_13
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, Traits, traits_of

ABSENT, PRESENT, UNCLEAR, NOT_LOOKED_AT = "absent", "present", "unclear", "not-looked-at"

NUMBERS = {
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

OLDER = (Version.SSL3, Version.TLS10, Version.TLS11, Version.TLS12)
Wanted = Callable[[Traits], bool]

Offered = tuple[str, str, dict[Version, Flight]]
"""The state, what it is told by, and by version the flights in which such a suite was chosen."""


@dataclass(slots=True, kw_only=True)
class Spoken:
    """What is known of SSLv3 to TLS 1.3."""

    states: dict[Version, State] = field(default_factory=dict)
    flights: dict[Version, Flight] = field(default_factory=dict)

    def newest_alone(self) -> bool:
        """Say whether TLS 1.3 is accepted, and everything older clearly refused."""
        refused = all(self.states[version] is State.REFUSED for version in OLDER)
        return refused and Version.TLS13 in self.flights

    def unclear(self, *versions: Version) -> bool:
        """Say whether it is not clear of one of these whether it is accepted."""
        return any(self.states[version] is State.UNCLEAR for version in versions)


def flaw_of(name: str, state: str, told_by: str) -> TlsFlaw:
    """Put a flaw together, with its number."""
    return TlsFlaw(name=name, number=NUMBERS[name], state=state, told_by=told_by)


async def offer(asker: Asker, version: Version, suites: Sequence[int]) -> Reply:
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


def state_of(reply: Reply) -> State:
    """Say what became of a version that was offered, beside others that are accepted."""
    if isinstance(reply, Flight):
        return State.ACCEPTED
    # Beside accepted versions, hanging up twice is a refusal; silence is not.
    refused = isinstance(reply, Refusal) or reply.hung_up
    return State.REFUSED if refused else State.UNCLEAR


def is_simple(traits: Traits) -> bool:
    """Say whether a key is wrapped for the certificate's own key, and nothing else goes with it."""
    return (traits.key_exchange, traits.authentication, traits.export) == ("RSA", "RSA", False)


class Looker:
    """Offers some suites alone, in every version that is accepted."""

    def __init__(self, asker: Asker, spoken: Spoken) -> None:
        """Offer nothing yet."""
        self._asker = asker
        self._spoken = spoken

    async def offer(self, wanted: Wanted, versions: Sequence[Version] = OLDER) -> Offered:
        """Give the state, what it is told by, and what was chosen."""
        suites = [code for code, name in ALL_SUITES.items() if wanted(traits_of(name))]
        spoken = [version for version in versions if self._spoken.states[version] is State.ACCEPTED]
        replies = [await offer(self._asker, version, suites) for version in spoken]
        told = zip(spoken, replies, strict=True)
        flights = {version: reply for version, reply in told if isinstance(reply, Flight)}
        if flights:
            return PRESENT, f"it accepts {flights[min(flights)].name}", flights
        if self._spoken.unclear(*versions):
            return UNCLEAR, "it is not clear which versions it accepts", {}
        for reply in replies:
            if isinstance(reply, Unheard) and state_of(reply) is State.UNCLEAR:
                return UNCLEAR, reply.said, {}
        return ABSENT, "it accepts nothing of what it needs", {}

    async def sweet32(self) -> TlsFlaw:
        """Offer ciphers with small blocks."""
        state, told_by, _ = await self.offer(lambda traits: traits.encryption in _SMALL_BLOCKS)
        return flaw_of("sweet32", state, told_by)

    async def freak(self) -> TlsFlaw:
        """Offer RSA of export grade."""
        state, told_by, _ = await self.offer(lambda traits: traits.export and traits.key_exchange == "RSA")
        return flaw_of("freak", state, told_by)

    async def poodle(self) -> TlsFlaw:
        """Offer CBC in SSLv3."""
        state, told_by, _ = await self.offer(lambda traits: traits.mode == "CBC", (Version.SSL3,))
        return flaw_of("poodle", state, told_by)

    async def unwraps(self) -> Offered:
        """Offer keys wrapped for the server; where it likes others better than simple ones, these alone."""
        offered = await self.offer(lambda traits: traits.key_exchange == "RSA")
        state, told_by, flights = offered
        if not flights or any(is_simple(flight.traits) for flight in flights.values()):
            return offered
        return state, told_by, (await self.offer(is_simple))[2]

    async def logjam(self) -> TlsFlaw:
        """Offer Diffie-Hellman, and look how short its primes are."""
        state, told_by, _ = await self.offer(lambda traits: traits.export and traits.key_exchange == "DHE")
        if state == PRESENT:
            return flaw_of("logjam", state, told_by)
        fresh, said, flights = await self.offer(
            lambda traits: traits.key_exchange == "DHE" and not traits.export
        )
        bits = [flight.prime_bits for flight in flights.values()]
        short = min((each for each in bits if each is not None), default=_SHORT_PRIME)
        if short < _SHORT_PRIME:
            return flaw_of("logjam", PRESENT, f"it agrees on keys over a prime of {short} bits")
        if None in bits:
            return flaw_of("logjam", UNCLEAR, "the prime it agrees on keys over cannot be read")
        if UNCLEAR in {state, fresh}:
            return flaw_of("logjam", UNCLEAR, told_by if state == UNCLEAR else said)
        told_by = f"its shortest prime has {short} bits" if flights else "it agrees on no keys over a prime"
        return flaw_of("logjam", ABSENT, told_by)
