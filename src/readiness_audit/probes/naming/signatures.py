"""
Whether the DNSSEC signatures over a zone hold (RFC 4035), from a declared trust anchor down.

Only what was proved is called so: with an anchor we validate ourselves, at every resolver, and that a
zone is unsigned is proved the same way; without one, there is the word of a resolver that is declared to
validate, and where it says that a zone is unsigned, the agreement of several.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.asking import Resolver, Resolvers
from readiness_audit.probes.naming.denial import no_ds_by_nsec, no_ds_by_nsec3, spans
from readiness_audit.probes.naming.message import Answer, Question, check_installed, parents, parsed, plain
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from dns.name import Name
    from dns.rdata import Rdata
    from dns.rrset import RRset

MOST_KEYS = 20
MOST_PROOFS = 4
"""Records that prove that something is not there; three are enough."""

MOST_SIGNATURES = 20
"""Of one set of records; each pair of key and signature may cost a computation."""
MOST_PAIRS = 16
"""Of a signature and a key that it may be by (CVE-2023-50387, KeyTrap): such a pair can cost 12 ms, and
nothing else goes on meanwhile. Keys of one number are chance, so that honest zones have one for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How far the signatures over the zone were followed."""

    state: str
    """
    `validates`; `bogus`: signatures are missing, broken or out of date; `unsigned`: the zone above
    has no DS record for it; `not-proved`: nothing here can prove that it is signed and holds, or that it
    is not signed; `not-seen`.
    """

    proved_by: str | None
    """
    `trust-anchor`: computed here from the declared one; `resolver`: the validating one says so;
    `agreement`: all of several resolvers say that there is no DS record.
    """

    ds: int
    """How many DS records the zone above has for it, over all resolvers."""

    problem: str | None
    """Why it is bogus, not proved or not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The records of one zone that are trusted because they are declared."""

    zone: Name
    records: tuple[Rdata, ...]


class _Bogus(Exception):  # noqa: N818 - reads as what the signatures are
    """The chain is broken, and where."""


class _NotProved(Exception):  # noqa: N818 - reads as what the chain is
    """A link of the chain is not shown, and which."""


def read_anchor(data: bytes) -> Anchor:
    """Read DS or DNSKEY records of one zone, one a line. Raises `CannotSee` where there are none."""
    check_installed()
    try:
        pairs = [_anchored(words) for line in data.decode("ascii").splitlines() if (words := _words(line))]
    except Exception as error:  # noqa: BLE001 - a library meeting a hostile file may raise anything
        raise CannotSee(
            Reason.UNREADABLE, f"the trust anchor cannot be read: {type(error).__name__}"
        ) from None
    owners = {owner for owner, _ in pairs}
    records = [record for _, record in pairs]
    if len(owners) != 1 or len(records) > MOST_KEYS:
        raise CannotSee(Reason.UNREADABLE, "the trust anchor must hold the records of exactly one zone")
    return Anchor(zone=owners.pop(), records=tuple(records))


def _words(line: str) -> list[str]:
    return line.partition(";")[0].split()


def _anchored(words: list[str]) -> tuple[Name, Rdata]:
    import dns.name  # noqa: PLC0415 - an extra, and slow to import
    import dns.rdata  # noqa: PLC0415 - the same

    at = next(number for number, word in enumerate(words[:4]) if word in {"DS", "DNSKEY"})
    return dns.name.from_text(words[0]), dns.rdata.from_text("IN", words[at], " ".join(words[at + 1 :]))


async def validate(
    target: Domain, resolvers: Resolvers, zone: str | None, anchor: Anchor | None, now: datetime
) -> Chain:
    """Say how far the signatures over `zone`, and over the name's own records, can be shown to hold."""
    refused = await _refused(target, resolvers)
    if refused is not None:
        return _chain("bogus", 0, refused)
    if zone is None:
        return _chain("not-seen", 0, "the resolvers do not name one zone that the name lies in")
    told = await resolvers.ask(zone, "DS")
    count = len(told.values)
    if told.state == "not-seen":
        return _chain("not-seen", count, told.problem)
    if anchor is not None:
        walks = (
            _Walk(one, anchor, now).go(target.name.lower().removesuffix("."), zone) for one in resolvers.each
        )
        return _worst(await asyncio.gather(*walks), count)
    return await _by_word(target, resolvers, zone, count)


def _chain(state: str, ds: int, problem: str | None, proved_by: str | None = None) -> Chain:
    return Chain(state=state, ds=ds, problem=problem, proved_by=proved_by)


def _worst(walks: list[tuple[str, str | None]], count: int) -> Chain:
    for bad in ("bogus", "not-seen", "not-proved", "unsigned"):
        for state, problem in walks:
            if state == bad:
                return _chain(bad, count, problem, "trust-anchor" if bad == "unsigned" else None)
    return _chain("validates", count, None, "trust-anchor")


async def _refused(target: Domain, resolvers: Resolvers) -> str | None:
    """Say that the validating resolver holds back what it gives when told not to validate, if it does."""
    for one in resolvers.each:
        if one.text == target.validating_resolver:
            name = target.name.lower().removesuffix(".")
            checked = await one.ask(Question(name=name, kind="SOA"))
            if checked.code == "SERVFAIL":
                unchecked = await one.ask(Question(name=name, kind="SOA", unchecked=True))
                if unchecked.state != "not-seen":
                    return f"the validating resolver {one.text} refuses the zone as not valid"
    return None


async def _by_word(target: Domain, resolvers: Resolvers, zone: str, count: int) -> Chain:
    if not count and target.validating_resolver is not None:
        return _chain("unsigned", 0, None, "resolver")
    if not count and len({(one.host, one.port) for one in resolvers.each}) > 1:
        return _chain("unsigned", 0, None, "agreement")
    if not count:
        return _chain(
            "not-proved", 0, "a single resolver says that there is no DS record, and may withhold it"
        )
    for one in resolvers.each:
        if one.text == target.validating_resolver:
            if (await one.ask(Question(name=zone, kind="SOA"))).authentic:
                return _chain("validates", count, None, "resolver")
            return _chain("not-proved", count, f"{one.text} does not say that it validated the zone")
    return _chain("not-proved", count, "neither a trust anchor nor a validating resolver is declared")


class _Walk:
    """A walk down from the anchor at one resolver."""

    def __init__(self, resolver: Resolver, anchor: Anchor, now: datetime) -> None:
        self._resolver = resolver
        self._anchor = anchor
        self._now = now.timestamp()

    async def go(self, name: str, zone: str) -> tuple[str, str | None]:
        """Give the state and the problem."""
        try:
            keys = await self._down(plain(self._anchor.zone), zone)
            if keys is None:
                return "unsigned", None
            if await self._signed(zone, "SOA", keys) is None:
                return "not-seen", f"{self._resolver.text} shows no SOA record of {zone}"
            for kind in ("CNAME", "A", "AAAA", "MX", "TXT", "CAA"):
                await self._signed(name, kind, keys)
        except _Bogus as bogus:
            return "bogus", str(bogus)
        except _NotProved as gap:
            return "not-proved", str(gap)
        except CannotSee as blind:
            return "not-seen", blind.detail
        return "validates", None

    async def _down(self, top: str, zone: str) -> Mapping[Name, RRset] | None:
        """Get the keys of `zone`, vouched for from zone to zone; None where it is proved unsigned."""
        if top != "." and not f".{zone}".endswith(f".{top}"):
            raise _NotProved(f"the trust anchor is of {top}, which is not above {zone}")
        keys = await self._keys(top, self._anchor.records)
        for place in reversed((zone, *parents(zone))):
            if place == top or (top != "." and not place.endswith(f".{top}")):
                continue
            ds = await self._signed(place, "DS", keys)
            if ds is not None:
                keys = await self._keys(place, tuple(ds))
            elif await self._delegates_unsigned(place, keys):
                return None
            elif place == zone:
                shows = f"neither a DS record of {zone} nor a proof that there is none"
                raise _NotProved(f"{self._resolver.text} shows {shows}")
        return keys

    async def _keys(self, zone: str, trusted: tuple[Rdata, ...]) -> Mapping[Name, RRset]:
        """Get the keys of a zone, signed by one that `trusted` (DS or DNSKEY records) stands for."""
        import dns.rrset  # noqa: PLC0415 - an extra, and slow to import

        answer = await self._ask(zone, "DNSKEY")
        keys, signatures = _with_signatures(answer, zone, "DNSKEY")
        if keys is None:
            raise _Bogus(f"{zone} has no keys, although there is a DS record or an anchor for it")
        if len(keys) > MOST_KEYS:
            raise CannotSee(Reason.TOO_LARGE, f"{zone} has more than {MOST_KEYS} keys")
        known = [key for key in keys if any(_stands_for(one, key, keys.name) for one in trusted)]
        if not known:
            raise _Bogus(f"none of the keys of {zone} is the one the zone above or the anchor names")
        entry = dns.rrset.from_rdata_list(keys.name, keys.ttl, known)
        self._check(keys, signatures, {keys.name: entry})
        return {keys.name: keys}

    async def _signed(self, name: str, kind: str, keys: Mapping[Name, RRset]) -> RRset | None:
        """Get records, checked with `keys`; None where there are none of this type."""
        answer = await self._ask(name, kind)
        records, signatures = _with_signatures(answer, name, kind)
        if records is not None:
            self._check(records, signatures, keys)
        return records

    async def _delegates_unsigned(self, name: str, keys: Mapping[Name, RRset]) -> bool:
        """Say whether the zone with these keys proves that it hands `name` on without a DS record."""
        import dns.name  # noqa: PLC0415 - an extra, and slow to import
        import dns.rdatatype  # noqa: PLC0415 - the same

        authority = parsed((await self._ask(name, "DS")).raw).authority
        asked, (zone,) = dns.name.from_text(name), keys
        proofs: dict[int, list[RRset]] = {dns.rdatatype.NSEC: [], dns.rdatatype.NSEC3: []}
        for records in authority:
            if records.rdtype not in proofs or len(proofs[records.rdtype]) == MOST_PROOFS:
                continue
            over = (one for one in authority if one.name == records.name and one.covers == records.rdtype)
            signatures = next(over, None)
            self._check(records, signatures, keys)
            if spans(records, signatures or ()):
                proofs[records.rdtype].append(records)
        return no_ds_by_nsec(asked, proofs[dns.rdatatype.NSEC]) or no_ds_by_nsec3(
            asked, zone, proofs[dns.rdatatype.NSEC3]
        )

    def _check(self, records: RRset, signatures: RRset | None, keys: Mapping[Name, RRset]) -> None:
        import dns.dnssec  # noqa: PLC0415 - an extra, and slow to import
        import dns.exception  # noqa: PLC0415 - the same
        import dns.rdatatype  # noqa: PLC0415 - the same

        told = f"{dns.rdatatype.to_text(records.rdtype)} of {plain(records.name)}"
        if signatures is None:
            raise _Bogus(f"{told} is not signed")
        if len(signatures) > MOST_SIGNATURES:
            raise CannotSee(Reason.TOO_LARGE, f"{told} has more than {MOST_SIGNATURES} signatures")
        if _pairs(signatures, keys) > MOST_PAIRS:
            raise CannotSee(Reason.TOO_LARGE, f"{told} has signatures that many keys may have made")
        try:
            dns.dnssec.validate(records, signatures, dict(keys), now=self._now)
        except dns.exception.ValidationFailure as failure:
            raise _Bogus(f"no signature over {told} holds ({failure})") from None
        except Exception as error:  # noqa: BLE001 - a library meeting hostile keys may raise anything
            detail = f"the signature over {told} cannot be checked: {type(error).__name__}"
            raise CannotSee(Reason.UNREADABLE, detail) from None

    async def _ask(self, name: str, kind: str) -> Answer:
        question = Question(name=name, kind=kind, dnssec=True, unchecked=True)
        answer = await self._resolver.ask(question)
        if answer.state == "not-seen":
            raise CannotSee(Reason.UNREADABLE, f"{name} {kind}: {answer.problem}")
        return answer


def _pairs(signatures: RRset, keys: Mapping[Name, RRset]) -> int:
    """Count how often a signature would have to be held against a key."""
    import dns.dnssec  # noqa: PLC0415 - an extra, and slow to import

    made: list[Any] = [*signatures]
    numbers = Counter((dns.dnssec.key_id(key), key.algorithm) for of_zone in keys.values() for key in of_zone)
    return sum(numbers[one.key_tag, one.algorithm] for one in made)


def _with_signatures(answer: Answer, name: str, kind: str) -> tuple[RRset | None, RRset | None]:
    """Give the records at the name itself: what an alias leads to may lie in a zone of others."""
    import dns.rdatatype  # noqa: PLC0415 - an extra, and slow to import

    wanted = dns.rdatatype.from_text(kind)
    records = signatures = None
    for rrset in parsed(answer.raw).answer:
        if plain(rrset.name) != name:
            continue
        if rrset.rdtype == wanted:
            records = rrset
        elif rrset.rdtype == dns.rdatatype.RRSIG and rrset.covers == wanted:
            signatures = rrset
    return records, signatures


def _stands_for(trusted: Any, key: Any, zone: Name) -> bool:  # noqa: ANN401 - either of two types of record
    import dns.dnssec  # noqa: PLC0415 - an extra, and slow to import
    import dns.rdatatype  # noqa: PLC0415 - the same

    if trusted.rdtype == dns.rdatatype.DNSKEY:
        return bool(trusted == key)
    try:
        return bool(dns.dnssec.make_ds(zone, key, trusted.digest_type, validating=True) == trusted)
    except Exception:  # noqa: BLE001 - a digest the library does not know proves nothing
        return False
