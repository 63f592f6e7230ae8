"""
See whether the certificates an endpoint shows were revoked, by what their authorities say of them.

What is heard in the handshake and what lies in the evidence folder is always taken in. Over the
network only those responders and lists are asked whose hosts the endpoint names in
`revocation_hosts` and the authorisation covers: the addresses in a certificate are no orders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.revocation.asking import ask
from readiness_audit.probes.revocation.cases import Case, case_of, standing, statements, take
from readiness_audit.probes.revocation.facts import RevocationFacts
from readiness_audit.probes.revocation.hold import LARGEST_LIST
from readiness_audit.probes.revocation.staple import Stapled, ask_for_staple
from readiness_audit.probes.revocation.told import Told
from readiness_audit.probes.tls.certificate import load
from readiness_audit.probes.tls.chain import MOST_SENT, Anchors
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.tls import MOST_NAMES, anchors_of
from readiness_audit.probes.tls.way_in import way_in

MOST_STATEMENTS = 200
_AT_ONCE = 4
_LOOKING = 0.6
"""How much of the deadline the handshakes may take; the rest is for responders and lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What was shown to who asked for one name."""

    name: str
    chains: tuple[tuple[bytes, ...], ...]
    stapled: Stapled
    trouble: str | None


async def look(target: Endpoint, reach: Reach) -> Seen[RevocationFacts]:
    """
    Shake hands for each name, and hold all that is said against each certificate that is shown.

    Raises `CannotSee` where no certificate is shown, with what was heard instead.
    """
    names = asked_names(target)
    if len(names) > MOST_NAMES:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_NAMES} names are declared for one endpoint")
    anchors = anchors_of(target, reach)
    shown = await _show(target, reach, names)
    if not any(one.chains for one in shown):
        raise await _nothing(target, reach, shown)
    cases = _cases(shown, anchors)
    _take_staples(cases, shown, reach)
    # A long list takes its time, which other looks need.
    await in_thread(lambda: _take_files(cases, target, reach))
    await ask(cases, target, reach)
    said = [one for number, case in enumerate(cases) for one in statements(number, case)]
    facts = RevocationFacts(
        starttls=target.starttls,
        certificate_count=len(cases),
        certificates=tuple(standing(case, reach.started) for case in cases),
        statements=tuple(said[:MOST_STATEMENTS]),
        unseen=tuple(f"{one.name}: {one.trouble}" for one in shown if not one.chains),
        unheard=tuple(f"{one.name}: {one.stapled.trouble}" for one in shown if one.stapled.trouble),
    )
    return Seen(facts=facts, excerpts=tuple(_excerpts(cases, shown)))


async def _show(target: Endpoint, reach: Reach, names: Sequence[str]) -> list[_Shown]:
    budget = reach.deadline.part(reach.deadline.left() * _LOOKING)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def show(name: str) -> _Shown:
        async with turns:
            stapled = await ask_for_staple(target, reach, name, budget)
            chain, trouble = await _shake_hands(target, reach, name, budget)
        chains = tuple(dict.fromkeys(one for one in (stapled.chain, chain) if one))
        return _Shown(name=name, chains=chains, stapled=stapled, trouble=trouble)

    return await asyncio.gather(*map(show, names))


async def _shake_hands(
    target: Endpoint, reach: Reach, name: str, budget: Deadline
) -> tuple[tuple[bytes, ...], str | None]:
    try:
        async with SecureStream(await way_in(target, reach, budget), sni(name)) as secure:
            await secure.shake_hands()
            chain = secure.chain()
    except CannotSee as blind:
        return (), blind.detail
    return chain, None if chain else "the server sent no certificate"


async def _nothing(target: Endpoint, reach: Reach, shown: Sequence[_Shown]) -> CannotSee:
    """Say why nothing was seen: the connection's own reason where there is none to be had."""
    try:
        (await way_in(target, reach, reach.deadline.part(reach.deadline.left() * _LOOKING))).close()
    except CannotSee as blind:
        return blind
    return CannotSee(Reason.UNREADABLE, next(one.trouble for one in shown if one.trouble))


def _cases(shown: Sequence[_Shown], anchors: Anchors) -> list[Case]:
    chains = dict.fromkeys(chain for one in shown for chain in one.chains)
    found: dict[bytes, Case] = {}
    for chain in chains:
        leaf, *others = (load(der) for der in chain[:MOST_SENT])
        known = found.get(leaf.der)
        if known is None or known.subject is None:
            found[leaf.der] = case_of(leaf, others, anchors)
    return list(found.values())


def _take_staples(cases: Sequence[Case], shown: Sequence[_Shown], reach: Reach) -> None:
    for one in shown:
        for case in cases:
            if one.stapled.staple is not None and one.stapled.chain[:1] == (case.loaded.der,):
                case.stapled = True
                take(case, "staple", one.name, one.stapled.staple, reach.started)


def _take_files(cases: Sequence[Case], target: Endpoint, reach: Reach) -> None:
    for name in target.revocation:
        try:
            data = reach.evidence.read(name, LARGEST_LIST).data
        except CannotSee as blind:
            for case in cases:
                case.heard.append(("file", name, Told(kind=None, problem=blind.detail)))
            continue
        for case in cases:
            take(case, "file", name, data, reach.started)


def _excerpts(cases: Sequence[Case], shown: Sequence[_Shown]) -> Iterable[tuple[str, bytes]]:
    for number, case in enumerate(cases):
        yield f"certificate {number}", case.loaded.der
    for staple in dict.fromkeys(one.stapled.staple for one in shown if one.stapled.staple is not None):
        yield "staple", staple


PROBE = Probe(
    name="revocation",
    looks_at=Endpoint,
    sees=RevocationFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
