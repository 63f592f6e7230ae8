"""
See whether a name server answers for its own zones only: zone transfers and recursion, asked over TCP.

Of a zone that is handed over, only the first message is read, and none of it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import NameServer
from readiness_audit.probes.naming.asking import PATIENCE, exchange
from readiness_audit.probes.naming.message import (
    Answer,
    Question,
    asked,
    check_installed,
    not_seen,
    read,
    records_in,
)
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

FOREIGN = "example.com"
"""A name that is nobody's to run (RFC 2606), asked for to see whether the server goes and asks others."""

MOST_ZONES = 20

_NOTHING_CAME = "connection ended after 0 of 2 bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """How the server dealt with one declared zone."""

    name: str
    serves: str
    """`yes`: it answers with authority; `no`: it answers without; `not-seen`."""

    transfer: str
    """`refused`; `open`: it began to hand the whole zone over; `not-seen`."""

    problem: str | None
    """What it answered, or why it was not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameServerFacts:
    """How a name server treats somebody it does not know; seen from where the audit looks."""

    zones: tuple[Zone, ...]
    serving: int
    """For how many of the declared zones it answers with authority."""

    recursion: str
    """`refused`; `open`: it offers to ask others, or gave a name that is not its own; `not-seen`."""

    recursion_said: str
    """What it answered when asked for a name that is not its own: `REFUSED`, `NOERROR`, ..."""

    version: str | None
    """What it says it is when asked for version.bind; None where it does not say."""


async def look(target: NameServer, reach: Reach) -> Seen[NameServerFacts]:
    """
    Ask for each declared zone, for its transfer, and for one name of somebody else.

    Raises `CannotSee` where nothing there answers questions.
    """
    check_installed()
    if len(target.zones) > MOST_ZONES:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_ZONES} zones are declared for one name server")
    zones = [name.lower().removesuffix(".") for name in target.zones]
    owned = [
        await _ask(target, reach, Question(name=name, kind="SOA"), recursive=False, must=number == 0)
        for number, name in enumerate(zones)
    ]
    foreign = await _ask(target, reach, Question(name=FOREIGN, kind="A"))
    own_version = Question(name="version.bind", kind="TXT", group="CH")
    version = await _ask(target, reach, own_version, recursive=False)
    transfers = [await _transfer(target, reach, name) for name in zones]
    rows = tuple(_zone(*row) for row in zip(zones, owned, transfers, strict=True))
    facts = NameServerFacts(
        zones=rows,
        serving=sum(zone.serves == "yes" for zone in rows),
        recursion=_recursion(foreign, owned),
        recursion_said=foreign.code,
        version=version.values[0][:200] if version.values else None,
    )
    return Seen(facts=facts, excerpts=(("answer to a foreign name", foreign.raw),) if foreign.raw else ())


async def _ask(
    target: NameServer, reach: Reach, question: Question, *, recursive: bool = True, must: bool = False
) -> Answer:
    """Ask once, over a connection of its own, since a server may hang up over what it does not like."""
    try:
        data = await _exchange(target, reach, asked(question, recursive=recursive))
    except CannotSee as blind:
        if must:
            raise
        return not_seen(blind.detail)
    return read(data, question)


async def _exchange(target: NameServer, reach: Reach, query: bytes) -> bytes:
    budget = reach.deadline.part(PATIENCE)
    async with await reach.gate.connect(reach.look, target.host, target.port, budget) as stream:
        return await exchange(stream, query, budget, target.host)


async def _transfer(target: NameServer, reach: Reach, zone: str) -> tuple[str, str]:
    """
    Ask for the whole zone; give the state, and what was answered.

    Hanging up is a way to refuse. A server that does so on whoever asks often, or now and then, has
    refused nothing: it has to go on hanging up on this and answering something else.
    """
    for last in (False, False, True):
        try:
            data = await _exchange(target, reach, asked(Question(name=zone, kind="AXFR"), recursive=False))
            break
        except CannotSee as blind:
            # Keeping silent is no refusal that could be told from a slow network, nor is half an answer.
            if blind.reason is not Reason.UNREADABLE or _NOTHING_CAME not in blind.detail:
                return "not-seen", blind.detail
            own = await _ask(target, reach, Question(name=zone, kind="SOA"), recursive=False)
            if not own.code:
                return "not-seen", "it hangs up, on other questions as well"
            if last:
                return "refused", "it hangs up"
    code, records = records_in(data)
    if code == "NOERROR" and records:
        return "open", "it hands the zone over"
    return ("not-seen", code) if code in {"NOERROR", "SERVFAIL", "FORMERR"} else ("refused", code)


def _zone(name: str, own: Answer, transfer: tuple[str, str]) -> Zone:
    serves = "not-seen" if own.state == "not-seen" and own.code not in {"REFUSED", "NOTAUTH"} else "no"
    if own.state == "found" and own.authoritative:
        serves = "yes"
    return Zone(name=name, serves=serves, transfer=transfer[0], problem=own.problem or transfer[1])


def _recursion(foreign: Answer, owned: Sequence[Answer]) -> str:
    if not foreign.code:
        # It may still be asking others in vain; what it offers stands in its other answers too.
        return "open" if any(own.recursion for own in owned) else "not-seen"
    if foreign.code == "REFUSED" or not (foreign.recursion or foreign.values):
        return "refused"
    return "open"


PROBE = Probe(name="nameserver", looks_at=NameServer, sees=NameServerFacts, look=look, network=True)
