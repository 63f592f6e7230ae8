"""
See which known flaws a TLS server has, as far as that can be seen without doing harm.

Most follow from what it accepts. The rest shows in handshakes that are begun and not ended: no memory of
the server is asked for, nothing is unwrapped, and nobody's connection is touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.tls.answer import Answer, State
from readiness_audit.probes.tls.asker import Asker, Reply, Unheard
from readiness_audit.probes.tls.flaw_facts import FlawsFacts, TlsFlaw
from readiness_audit.probes.tls.flaw_offers import (
    ABSENT,
    NOT_LOOKED_AT,
    NUMBERS,
    OLDER,
    PRESENT,
    UNCLEAR,
    Looker,
    Spoken,
    flaw_of,
    offer,
    state_of,
)
from readiness_audit.probes.tls.flaw_scan import LARGEST, FlawScan, read_flaw_scan
from readiness_audit.probes.tls.flaw_trials import SHARE, Trials
from readiness_audit.probes.tls.flight import Flight, Refusal
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13
from readiness_audit.probes.tls.way_in import way_in

_TOO_NEW = "not tried: it speaks nothing older than TLS 1.3, which has no place for it"

_OFFERS = 14
"""Connections that each accepted version is worth: seven offers, and each once more where it hangs up."""


async def look(target: Endpoint, reach: Reach) -> Seen[FlawsFacts]:
    """
    Offer what each flaw needs, and nothing else.

    Raises `CannotSee` where nothing there speaks TLS, no version is accepted, or the scan that is
    named for it cannot be read.
    """
    file = reach.evidence.read(target.scan, LARGEST) if target.scan is not None else None
    scan = read_flaw_scan(file, target, reach.started) if file is not None else None
    budget = reach.deadline.part(reach.deadline.left() * SHARE)
    asker = Asker(target, reach, sni(asked_names(target)[0]), budget)
    spoken, oldest = await _versions(asker)
    lifetime, connections = None, 1
    if spoken.newest_alone():
        told = await _ruled_out(target, reach, oldest)
    else:
        trials = Trials(target, reach, spoken)
        told, lifetime = await _tried(trials, Looker(asker, spoken), spoken, oldest)
        connections = trials.connections
    doubt = await asker.doubt()
    found = {flaw.name: flaw if doubt is None else _doubted(flaw, doubt) for flaw in told}
    flaws = tuple(_beside(found[name], scan) for name in NUMBERS)
    return Seen(
        facts=FlawsFacts(
            starttls=target.starttls,
            flaws=flaws,
            present=_count(flaws, PRESENT),
            unclear=_count(flaws, UNCLEAR),
            not_looked_at=_count(flaws, NOT_LOOKED_AT),
            ruled_out=sum(flaw.told_by == _TOO_NEW for flaw in flaws),
            ticket_lifetime=lifetime,
            scan=scan.tool if scan is not None else None,
            scanned_at=written(scan.made) if scan is not None else None,
            connections=asker.connections + connections,
        ),
        excerpts=((file.name, file.data),) if file is not None else (),
    )


async def _tried(
    trials: Trials, looker: Looker, spoken: Spoken, oldest: Answer | Unheard
) -> tuple[tuple[TlsFlaw, ...], int | None]:
    """Offer what each flaw needs; give the flaws, and the lifetime of a ticket that was given in passing."""
    offers = (looker.poodle(), looker.sweet32(), looker.logjam(), looker.freak())
    unwraps, offered = await asyncio.gather(looker.unwraps(), asyncio.gather(*offers))
    # Trials wait for silence; a server that hears one connection at a time would be deaf to offers meanwhile.
    tries = (trials.early_change(), trials.heartbleed(), trials.robot(unwraps))
    (ticketbleed, lifetime), tried = await asyncio.gather(trials.ticketbleed(), asyncio.gather(*tries))
    return (*offered, *tried, ticketbleed, _drown(oldest), _crime(spoken)), lifetime


async def _ruled_out(target: Endpoint, reach: Reach, oldest: Answer | Unheard) -> tuple[TlsFlaw, ...]:
    """
    Say of a server of TLS 1.3 alone that it has none of them, as soon as it has ended one handshake.

    An invitation to try again comes in clear, from anybody; what rules the flaws out is TLS 1.3 itself.
    """
    budget = reach.deadline.part(reach.deadline.left() * SHARE)
    try:
        stream = await way_in(target, reach, budget)
        async with SecureStream(stream, sni(asked_names(target)[0]), only_newest=True) as secure:
            await secure.shake_hands()
    except CannotSee as blind:
        state, told_by = UNCLEAR, f"it offers TLS 1.3 alone and ends no handshake in it: {blind.detail}"
    else:
        state, told_by = ABSENT, _TOO_NEW
    others = (flaw_of(name, state, told_by) for name in NUMBERS if name != "drown")
    return (*others, _drown(oldest))


def _beside(flaw: TlsFlaw, scan: FlawScan | None) -> TlsFlaw:
    """Let a scan say what was not looked at; where it saw a flaw that we did not, the flaw counts."""
    said = scan.states.get(flaw.name) if scan is not None else None
    if scan is None or said is None or (said == ABSENT and flaw.state != NOT_LOOKED_AT):
        return flaw
    return replace(flaw, state=said, told_by=f"{scan.tool} says that it is {said}")


def _doubted(flaw: TlsFlaw, doubt: str) -> TlsFlaw:
    """Where hanging up is no refusal, nothing is known to be absent."""
    return replace(flaw, state=UNCLEAR, told_by=doubt) if flaw.state == ABSENT else flaw


def _count(flaws: Iterable[TlsFlaw], state: str) -> int:
    return sum(flaw.state == state for flaw in flaws)


async def _versions(asker: Asker) -> tuple[Spoken, Answer | Unheard]:
    spoken = Spoken()
    versions = (*OLDER, Version.TLS13)
    oldest = await asker.ask_ssl2()
    replies = await asyncio.gather(*(_whole(asker, one) for one in versions))
    for version, reply in zip(versions, replies, strict=True):
        spoken.states[version] = state_of(reply)
        if isinstance(reply, Flight):
            spoken.flights[version] = reply
            asker.accepted += _OFFERS
    ssl2 = isinstance(oldest, Answer) and oldest.state is State.ACCEPTED
    if not spoken.flights and not ssl2:
        raise _nothing(replies)
    return spoken, oldest


async def _whole(asker: Asker, version: Version) -> Reply:
    suites = ALL_SUITES_13 if version is Version.TLS13 else ALL_SUITES
    return await offer(asker, version, tuple(suites))


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


def _drown(oldest: Answer | Unheard) -> TlsFlaw:
    if isinstance(oldest, Unheard):
        # Beside accepted versions, anything but SSLv2 to an offer of SSLv2 is a refusal; silence is not.
        refused = oldest.hung_up or oldest.garbled
        return flaw_of("drown", ABSENT if refused else UNCLEAR, "hangs up" if oldest.hung_up else oldest.said)
    states = {State.ACCEPTED: PRESENT, State.REFUSED: ABSENT}
    return flaw_of("drown", states.get(oldest.state, UNCLEAR), f"SSLv2: {oldest.said}")


def _crime(spoken: Spoken) -> TlsFlaw:
    flights = [flight for version, flight in spoken.flights.items() if version is not Version.TLS13]
    if any(flight.compression for flight in flights):
        return flaw_of("crime", PRESENT, "it chooses compression")
    if spoken.unclear(*OLDER):
        return flaw_of("crime", UNCLEAR, "it is not clear which versions it accepts")
    return flaw_of("crime", ABSENT, "it chooses no compression")


PROBE = Probe(
    name="tls-flaws",
    looks_at=Endpoint,
    sees=FlawsFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
