"""Ask a server for one protocol version after the other, and for its certificates by each of its names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import literal_address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.tls.answer import Answer, State, hear
from readiness_audit.probes.tls.hello import Version, client_hello
from readiness_audit.probes.tls.way_in import way_in

_FIRST, _SECOND, _SETTLING, _THIRD = 0.5, 0.6, 0.5, 0.85
"""How much of what is left of the deadline the offers, second tries, doubts and handshakes may take."""

_AT_ONCE = 4
_HUNG_UP = {Reason.UNREADABLE, Reason.UNREACHABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of one version."""

    version: Version
    tries: int
    answer: Answer
    blind: CannotSee | None = None
    """Why nothing was heard, where nothing was."""

    garbled: bool = False
    """Whether what was heard is no TLS."""

    connected: bool = False
    """Whether there was a connection to hear something on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A chain of certificates that was shown, or why none was."""

    version: str
    name: str
    """The name that was asked for."""

    chain: tuple[bytes, ...] = ()
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Everything heard from one endpoint."""

    versions: tuple[Asked, ...]
    sightings: tuple[Sighting, ...]


def asked_names(endpoint: Endpoint) -> tuple[str, ...]:
    """Give the names a service is called by: the declared ones, or else its host."""
    return tuple(dict.fromkeys(endpoint.names)) or (endpoint.host,)


def sni(name: str) -> str | None:
    """Give what may stand in a server name indication: no address, and no dot at the end (RFC 6066)."""
    return None if literal_address(name) is not None else name.removesuffix(".")


async def ask_round(endpoint: Endpoint, reach: Reach) -> Round:
    """
    Offer every version, then shake hands once for each name, and twice for the first.

    Raises `CannotSee` where no version is accepted: with what was heard, or why nothing was.
    """
    names = asked_names(endpoint)
    budget = reach.deadline.part(reach.deadline.left() * _FIRST)
    first = await asyncio.gather(*(_offer(endpoint, reach, version, names[0], budget) for version in Version))
    budget = reach.deadline.part(reach.deadline.left() * _SECOND)
    if all(asked.blind is not None and asked.blind.reason not in _HUNG_UP for asked in first):
        raise _nothing(first)
    versions = await asyncio.gather(*(_again(endpoint, reach, asked, names[0], budget) for asked in first))
    if all(asked.answer.state is not State.ACCEPTED for asked in versions):
        raise _nothing(versions)
    budget = reach.deadline.part(reach.deadline.left() * _SETTLING)
    versions = await _settled(endpoint, reach, versions, names[0], budget)
    budget = reach.deadline.part(reach.deadline.left() * _THIRD)
    shown = await _show(endpoint, reach, versions, names, budget)
    return Round(
        versions=tuple(versions),
        sightings=(*_in_clear(versions, names[0]), *shown),
    )


async def _offer(
    endpoint: Endpoint,
    reach: Reach,
    version: Version,
    name: str,
    budget: Deadline,
    *,
    compact: bool = False,
) -> Asked:
    tries = 2 if compact else 1
    connected = False
    try:
        stream = await way_in(endpoint, reach, budget)
        connected = True
        async with stream:
            await stream.write(client_hello(version, sni(name), compact=compact))
            return Asked(version=version, tries=tries, answer=await hear(stream, version))
    except CannotSee as blind:
        unclear = _unclear(blind.detail)
        return Asked(version=version, tries=tries, answer=unclear, blind=blind, connected=connected)
    except Garbled as error:
        return Asked(version=version, tries=tries, answer=_unclear(str(error)), garbled=True)


async def _again(endpoint: Endpoint, reach: Reach, first: Asked, name: str, budget: Deadline) -> Asked:
    # What is neither a yes nor a clear no may be about our long hello; a shorter one, or for TLS 1.3
    # one with a key share, tells.
    if first.answer.state is State.ACCEPTED or first.answer.definite or first.version is Version.SSL2:
        return first
    if first.version is not Version.TLS13:
        second = await _offer(endpoint, reach, first.version, name, budget, compact=True)
        return first if second.blind is not None and first.blind is None else second
    sighting = await _shake_hands(endpoint, reach, name, budget, only_newest=True)
    if sighting.version:
        answer = Answer(
            state=State.ACCEPTED, said="a whole handshake", chain=sighting.chain, trouble=sighting.trouble
        )
        return Asked(version=first.version, tries=2, answer=answer)
    return replace(first, tries=2)


async def _settled(
    endpoint: Endpoint, reach: Reach, versions: Sequence[Asked], name: str, budget: Deadline
) -> list[Asked]:
    """
    Say of each version that was hung up on whether that is a refusal.

    It is, beside accepted versions, and so is anything but SSLv2 to an offer of SSLv2; silence is
    not. But a server that hangs up now and then, or on whoever asks often, does so on versions it
    accepts as well: so the offers are made again between two of an accepted version, and where
    one of those is not answered either, nothing was refused.
    """
    doubtful = [asked for asked in versions if _hung_up(asked) and asked.version is not Version.SSL2]
    if not doubtful:
        return [_told_apart(asked) for asked in versions]
    known = next(asked for asked in reversed(versions) if asked.answer.state is State.ACCEPTED)
    answers = await _still_accepts(endpoint, reach, known, name, budget)
    again: dict[Version, Asked] = {}
    for asked in doubtful:
        # Twice in a row, or a server that takes every other connection would keep in step with us.
        for _ in range(2):
            latest = again.get(asked.version, asked)
            if answers and _hung_up(latest):
                offered = await _offer(endpoint, reach, asked.version, name, budget, compact=True)
                again[asked.version] = replace(offered, tries=latest.tries + 1)
    answers = answers and await _still_accepts(endpoint, reach, known, name, budget)
    found = [again.get(asked.version, asked) for asked in versions]
    return [_told_apart(asked) for asked in found] if answers else found


async def _still_accepts(endpoint: Endpoint, reach: Reach, known: Asked, name: str, budget: Deadline) -> bool:
    """Ask once more for a version that was accepted, in the way that was accepted."""
    if known.version is Version.TLS13 and known.tries > 1:
        return bool((await _shake_hands(endpoint, reach, name, budget, only_newest=True)).version)
    offered = await _offer(endpoint, reach, known.version, name, budget, compact=known.tries > 1)
    return offered.answer.state is State.ACCEPTED


def _hung_up(asked: Asked) -> bool:
    return asked.connected and asked.blind is not None and asked.blind.reason in _HUNG_UP


def _told_apart(asked: Asked) -> Asked:
    if _hung_up(asked) or (asked.garbled and asked.version is Version.SSL2):
        said = "hangs up" if _hung_up(asked) else asked.answer.said
        return replace(asked, answer=Answer(state=State.REFUSED, said=said))
    return asked


async def _show(
    endpoint: Endpoint, reach: Reach, versions: Sequence[Asked], names: Sequence[str], budget: Deadline
) -> list[Sighting]:
    turns = asyncio.Semaphore(_AT_ONCE)
    in_clear = [
        asked.version
        for asked in versions
        if asked.answer.state is State.ACCEPTED and Version.SSL3 <= asked.version < Version.TLS13
    ]

    async def show(name: str) -> Sighting:
        async with turns:
            sighting = await _shake_hands(endpoint, reach, name, budget)
            if sighting.chain or not in_clear or name == names[0]:
                return sighting
            asked = await _offer(endpoint, reach, in_clear[-1], name, budget)
            if not asked.answer.chain:
                return sighting
            return Sighting(version=asked.version.title, name=name, chain=asked.answer.chain)

    # Twice for the first name, one right after the other: a pool of servers, of which some have an old
    # certificate, shows both to whoever asks again.
    once, again = await show(names[0]), await show(names[0])
    return [once, again, *await asyncio.gather(*(show(name) for name in names[1:]))]


async def _shake_hands(
    endpoint: Endpoint, reach: Reach, name: str, budget: Deadline, *, only_newest: bool = False
) -> Sighting:
    try:
        stream = await way_in(endpoint, reach, budget)
        async with SecureStream(stream, sni(name), only_newest=only_newest) as secure:
            await secure.shake_hands()
            chain = secure.chain()
            version = {"TLSv1": "TLSv1.0"}.get(secure.version(), secure.version())
            trouble = None if chain else "the server sent no certificate"
            return Sighting(version=version, name=name, chain=chain, trouble=trouble)
    except CannotSee as blind:
        return Sighting(version="", name=name, trouble=blind.detail)


def _in_clear(versions: Sequence[Asked], name: str) -> list[Sighting]:
    return [
        Sighting(
            version=asked.version.title, name=name, chain=asked.answer.chain, trouble=asked.answer.trouble
        )
        for asked in versions
        if asked.answer.chain or asked.answer.trouble
    ]


def _unclear(said: str) -> Answer:
    return Answer(state=State.UNCLEAR, said=said)


def _nothing(versions: Sequence[Asked]) -> CannotSee:
    refused = [asked for asked in versions if asked.answer.state is State.REFUSED]
    if refused:
        last = refused[-1]
        detail = f"it speaks TLS but agrees to no version; to {last.version.title}: {last.answer.said}"
        return CannotSee(Reason.REFUSED, detail)
    # That no SSLv2 comes back says little: everybody else's answer to it is gibberish, too.
    garbled = [asked for asked in versions if asked.garbled and asked.version is not Version.SSL2]
    if garbled:
        return CannotSee(
            Reason.UNREADABLE, f"what answers there does not speak TLS: {garbled[-1].answer.said}"
        )
    blinds = [asked.blind for asked in versions if asked.blind is not None]
    told = [blind for blind in blinds if blind.reason is not Reason.TIMED_OUT]
    return (told or blinds)[-1]
