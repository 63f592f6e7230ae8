"""See what the declared resolvers tell of a name: records, where they lead, CAA, DNSSEC."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.asking import Resolver, Resolvers, Told
from readiness_audit.probes.naming.message import Answer, parents
from readiness_audit.probes.naming.names import Caa, Reference, climb_caa, issuers, look_up
from readiness_audit.probes.naming.signatures import Chain, read_anchor, validate
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

KINDS = ("SOA", "A", "AAAA", "CNAME", "MX", "NS", "TXT", "CAA", "DS")
_ADDRESSES = {"A": 4, "AAAA": 6}
_LARGEST_ANCHOR = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverSeen:
    """One declared resolver, and how it served."""

    address: str
    """As declared."""

    answered: int
    """How many questions it answered, whatever it said."""

    connections: int
    """How many TCP connections that took; more than one where it hung up in between."""

    authentic: bool
    """Whether it said that it validated the answer itself (AD); anybody on the way can say so too."""

    problem: str | None
    """Why it was not asked any more, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """The records of one type at the name, over all resolvers."""

    kind: str
    """`A`, `AAAA`, `CNAME`, `MX`, `NS`, `TXT`, `CAA`, `DS` or `SOA`."""

    state: str
    """
    `found`; `no-data`: the name exists without this type; `no-name`: it does not exist; `differs`:
    the resolvers do not agree; `not-seen`: at least one resolver did not tell.
    """

    values: tuple[str, ...]
    """All values that any resolver gave, sorted."""

    resolvers: int
    """How many resolvers told."""

    ttl: int | None
    """The longest time in seconds that any answer may be kept; None where there is none."""

    missing: tuple[str, ...]
    """Declared addresses of this type that at least one resolver did not give."""

    unexpected: tuple[str, ...]
    """Addresses that are not among the declared ones; empty where none are declared."""

    problem: str | None
    """Why it was not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFacts:
    """What the declared resolvers told of a name."""

    name: str
    zone: str | None
    """The zone the name lies in, by the SOA records given; None where the resolvers do not agree."""

    resolvers: tuple[ResolverSeen, ...]
    telling: int
    """How many resolvers answered at least one question."""

    sets: tuple[RecordSet, ...]
    """One for each type that was asked for."""

    unseen: int
    """How many of the sets, references and name servers could not be seen whole."""

    declared_addresses: int
    """How many addresses are declared for the name."""

    name_servers: tuple[str, ...]
    """The name servers of the zone."""

    name_servers_state: str
    """`found`, or another state as of a set."""

    references: tuple[Reference, ...]
    """Every name that a CNAME or MX record of the name, or an NS record of its zone, leads to."""

    caa_state: str
    """`found`, `absent`, `differs` or `not-seen`, at the name and above it (RFC 8659)."""

    caa_at: str | None
    """The name the CAA records in force were found at."""

    caa: tuple[Caa, ...]
    issuers: tuple[str, ...]
    """The authorities that these records allow to issue."""

    declared_authorities: tuple[str, ...]
    """The authorities that are declared to issue for the name."""

    dnssec: Chain


async def look(target: Domain, reach: Reach) -> Seen[DomainFacts]:
    """
    Ask every declared resolver the same questions, and follow names as far as these resolvers know them.

    Raises `CannotSee` where no resolver answers at all.
    """
    name = target.name.lower().removesuffix(".")
    anchor = None
    if target.trust_anchor is not None:
        anchor = read_anchor(reach.evidence.read(target.trust_anchor, _LARGEST_ANCHOR).data)
    async with Resolvers(target.resolvers, reach) as resolvers:
        heard = await asyncio.gather(*(resolvers.ask(name, kind) for kind in KINDS))
        told = dict(zip(KINDS, heard, strict=True))
        if not any(one.answered for one in resolvers.each):
            raise CannotSee(Reason.TIMED_OUT, f"no resolver answers: {resolvers.each[0].trouble}")
        zone = await _zone_of(resolvers, name, told["SOA"])
        servers = await resolvers.ask(zone, "NS") if zone else told["NS"]
        references = (
            *await look_up(resolvers, "CNAME", told["CNAME"].values),
            *await look_up(resolvers, "MX", _exchanges(told["MX"])),
            *await look_up(resolvers, "NS", servers.values),
        )
        caa = await climb_caa(resolvers, name)
        chain = await validate(target, resolvers, zone, anchor, reach.started)
        seen = tuple(
            _resolver(one, soa) for one, soa in zip(resolvers.each, told["SOA"].answers, strict=True)
        )
        excerpts = tuple(
            (f"{kind} at {one.text}", answer.raw)
            for kind in KINDS
            for one, answer in zip(resolvers.each, told[kind].answers, strict=True)
            if answer.raw
        )
    sets = tuple(_set(kind, told[kind], target.addresses) for kind in KINDS)
    states = [*(one.state for one in sets), *(one.state for one in references), servers.state]
    facts = DomainFacts(
        name=name,
        zone=zone,
        resolvers=seen,
        telling=sum(one.answered > 0 for one in seen),
        sets=sets,
        unseen=states.count("not-seen"),
        declared_addresses=len(target.addresses),
        name_servers=servers.values,
        name_servers_state=servers.state,
        references=references,
        caa_state=caa.state,
        caa_at=caa.at,
        caa=caa.records,
        issuers=issuers(caa.records),
        declared_authorities=tuple(text.lower().removesuffix(".") for text in target.authorities),
        dnssec=chain,
    )
    return Seen(facts=facts, excerpts=excerpts)


async def _zone_of(resolvers: Resolvers, name: str, soa: Told) -> str | None:
    """Give the zone a name lies in, where every resolver names the same; an alias leads out of it."""
    for place in (name, *parents(name)):
        told = soa if place == name else await resolvers.ask(place, "SOA")
        if told.state == "not-seen":
            return None
        named = {answer.zone for answer in told.answers}
        zone = named.pop() if len(named) == 1 else None
        if zone is not None and f".{name}".endswith(f".{zone}"):
            return zone
    return None


def _exchanges(mx: Told) -> list[str]:
    hosts = (value.partition(" ")[2] for value in mx.values)
    return sorted({host for host in hosts if host != "."})


def _resolver(one: Resolver, soa: Answer) -> ResolverSeen:
    return ResolverSeen(
        address=one.text,
        answered=one.answered,
        connections=one.connections,
        authentic=soa.authentic,
        problem=one.trouble,
    )


def _set(kind: str, told: Told, declared: Sequence[str]) -> RecordSet:
    version = _ADDRESSES.get(kind)
    wanted = {address for address in map(literal_address, declared) if address and address.version == version}
    telling = [answer for answer in told.answers if answer.state != "not-seen"]
    given = [{literal_address(value) for value in answer.values} for answer in telling]
    every = set[Address | None]().union(*given)
    compared = version is not None and bool(declared)
    return RecordSet(
        kind=kind,
        state=told.state,
        values=told.values,
        resolvers=len(telling),
        ttl=max((answer.ttl for answer in telling if answer.ttl is not None), default=None),
        missing=tuple(_sorted(one for one in wanted if any(one not in some for some in given))),
        unexpected=tuple(_sorted(every - wanted)) if compared else (),
        problem=told.problem,
    )


def _sorted(addresses: Iterable[Address | None]) -> list[str]:
    return sorted(str(address) for address in addresses if address is not None)


PROBE = Probe(name="domain", looks_at=Domain, sees=DomainFacts, look=look, network=True)
