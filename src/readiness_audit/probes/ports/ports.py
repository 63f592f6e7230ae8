"""
See which TCP ports of a host take connections, which refuse them, and which keep silent.

Nothing is sent on a connection. Open means that a connection stood; closed, that the host
refused it; filtered, that nothing came back, or an error from something on the way.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from readiness_audit.errors import MissingExtraError
from readiness_audit.model import grammar
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.host import Naming
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_ports import USUAL
from readiness_audit.probes.ports.meant import Meant, meant, ports_of, set_of
from readiness_audit.probes.ports.port_facts import AddressSeen, Port, PortsFacts, ScriptSaid, both_versions
from readiness_audit.probes.ports.scan_file import LARGEST, read_scan
from readiness_audit.probes.ports.services import Services, ask_nmap
from readiness_audit.probes.ports.sweeping import INTERRUPTED, Swept, sweep
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import Found

TRIES_OF_DECLARED = 3
PATIENCE_WITH_DECLARED = 2.0
MOST_ROWS = 2000
LONGEST_FOR_NMAP = 30.0
LONGEST_FOR_TALKING = 200.0
"""Seconds for nmap where it is to talk to every open port; a silent one alone costs it a minute."""

PART = "part"
"""What a sweep that was cut short has tried."""


async def look(target: Host, reach: Reach) -> Seen[PortsFacts]:
    """
    Sweep the host, ask the declared ports again, and let nmap, if there is one, name the open ones.

    Where the target names a scan that was made before, that is read instead, and nothing is sent to it.
    """
    if target.scan is not None:
        return await _read(target, target.scan, reach)
    asked_for = meant(target, reach.here)
    asked = ports_of(target.ports) | asked_for.told
    if not asked:
        raise CannotSee(Reason.EMPTY, "no TCP port is declared, and no others are to be tried")
    swept = await sweep(reach, target.host, asked)
    _anything(swept.found, len(swept.settled), target.host)
    rows = _told_one_by_one(swept.found, asked_for, target.host)
    services: Mapping[Address, Services] = {}
    note: str | None = "the sweep was not finished"
    if swept.unfinished is None:
        try:
            rows = await _asked_again(target, reach, rows)
            services, note = await _named(target, reach, swept.found)
        except asyncio.CancelledError:
            # Every port was tried: that is not to be lost because the rest was not.
            swept = replace(swept, unfinished=INTERRUPTED)
    left_out = tuple(str(address) for address in reach.gate.left_out(target.host))
    facts = _facts(target, swept.found, rows, asked_for, swept.settled, services=services)
    facts = replace(
        facts,
        vantage=reach.network(target.vantage).value,
        vantage_point=None if reach.here is None else reach.here.name,
        silent=facts.silent + len(left_out),
        left_out=left_out,
        services_note=note,
        begun_at=swept.begun_at,
    )
    return Seen(
        facts=facts if swept.unfinished is None else _in_part(facts, swept, swept.unfinished),
        excerpts=tuple((f"nmap {address}", told.raw) for address, told in services.items()),
    )


def _in_part(facts: PortsFacts, swept: Swept, unfinished: str) -> PortsFacts:
    """Tell what is proven of a sweep that was cut short; no check may take it for the whole."""
    everywhere = tuple(one for one in facts.both_versions if one.number in swept.settled)
    return replace(
        facts,
        port_set=PART,
        finished=False,
        unfinished=unfinished,
        settled=swept.parts(),
        both_versions=everywhere,
    )


async def _read(target: Host, name: str, reach: Reach) -> Seen[PortsFacts]:
    asked_for = meant(target, None)
    file = reach.evidence.read(name, LARGEST)
    scan = await in_thread(lambda: read_scan(file, target.host, asked_for.told, reach.started))
    _anything(scan.found, len(scan.tried), target.host)
    rows = _told_one_by_one(scan.found, asked_for, target.host)
    unscanned = await _unscanned(target.host, scan.found, reach)
    facts = _facts(target, scan.found, rows, asked_for, scan.tried, services=scan.services)
    facts = replace(
        facts,
        port_set=set_of(scan.tried).value,
        silent=facts.silent + len(unscanned),
        unscanned=unscanned,
        scanned_by=scan.tool,
        scanned_at=written(scan.ended),
    )
    return Seen(facts=facts, tool=scan.tool, excerpts=((file.name, file.data),))


async def _unscanned(host: str, found: Mapping[Address, Found], reach: Reach) -> tuple[str, ...]:
    """Say which addresses of `host` the scan leaves out: nmap takes the first of a name and says no more."""
    try:
        now = await reach.gate.stands_for(host, reach.deadline)
    except CannotSee:
        return (host,)
    return tuple(str(address) for address in now if address not in found)


def _anything(found: Mapping[Address, Found], tried: int, host: str) -> None:
    if not any(one.open or one.closed for one in found.values()):
        detail = f"none of {tried} ports of {host} answered: it may be down, or hidden entirely"
        raise CannotSee(Reason.UNREACHABLE, detail)


def _told_one_by_one(found: Mapping[Address, Found], asked_for: Meant, host: str) -> list[Port]:
    rows = _rows(found, asked_for)
    if len(rows) > MOST_ROWS:
        detail = f"{len(rows)} ports of {host} are open or declared: more than can be told one by one"
        raise CannotSee(Reason.TOO_LARGE, detail)
    return rows


def _facts(
    target: Host,
    found: Mapping[Address, Found],
    rows: Sequence[Port],
    asked_for: Meant,
    asked: frozenset[int],
    *,
    services: Mapping[Address, Services],
) -> PortsFacts:
    seen = tuple(_seen(address, one) for address, one in found.items())
    return PortsFacts(
        host=target.host,
        vantage=target.vantage.value,
        vantage_point=None,
        port_set=target.ports.value,
        tried=len(asked),
        declared=len(asked_for.declared),
        not_tried=asked_for.not_tried,
        responding=sum(one.responded for one in seen),
        silent=sum(not one.responded for one in seen),
        left_out=(),
        unscanned=(),
        open=sum(one.open for one in seen),
        addresses=seen,
        ports=tuple(_with_service(row, services) for row in rows),
        both_versions=tuple(both_versions(rows, seen)),
        services_by=next((f"nmap {told.version}" for told in services.values()), None),
        services_note=None,
        scanned_by=None,
        scanned_at=None,
        restricted=asked_for.restricted,
        finished=True,
        unfinished=None,
        begun_at=None,
        settled=(),
    )


def _rows(found: Mapping[Address, Found], asked_for: Meant) -> list[Port]:
    rows: list[Port] = []
    for address, one in found.items():
        states = (("open", one.open), ("closed", one.closed), ("filtered", one.filtered))
        worth_telling = sorted(
            (number, state)
            for state, numbers in states
            for number in numbers
            if state == "open" or number in asked_for.told
        )
        rows.extend(
            Port(
                address=str(address),
                version=address.version,
                number=number,
                protocol="tcp",
                state=state,
                declared=number in asked_for.declared,
                tries=1,
                times_open=int(state == "open"),
                usual=USUAL.get(number),
            )
            for number, state in worth_telling
        )
    return rows


async def _asked_again(target: Host, reach: Reach, rows: list[Port]) -> list[Port]:
    """Try the declared ports that were open again, so that one which comes and goes is noticed."""
    again = sorted({row.number for row in rows if row.declared and row.state == "open"})
    times: Counter[tuple[str, int]] = Counter()
    for _ in range(TRIES_OF_DECLARED - 1 if again else 0):
        found = await reach.gate.sweep(
            reach.look, target.host, again, reach.deadline, patience=PATIENCE_WITH_DECLARED, retries=0
        )
        times.update((str(address), number) for address, one in found.items() for number in one.open)
    return [
        replace(row, tries=TRIES_OF_DECLARED, times_open=1 + times[row.address, row.number])
        if row.declared and row.state == "open"
        else row
        for row in rows
    ]


async def _named(
    target: Host, reach: Reach, found: Mapping[Address, Found]
) -> tuple[Mapping[Address, Services], str | None]:
    """Ask nmap about each address with open ports; without all of its answers, use none, and say why."""
    told: dict[Address, Services] = {}
    if not any(one.open for one in found.values()):
        return {}, "no port is open"
    talks = target.naming is not Naming.TABLE
    left = reach.deadline.left()
    most = min(LONGEST_FOR_TALKING, left * 0.8) if talks else min(LONGEST_FOR_NMAP, left / 2)
    deadline = reach.deadline.part(most)
    try:
        for address, one in found.items():
            if one.open:
                told[address] = await ask_nmap(reach, target, address, one.open, deadline)
    except (CannotSee, MissingExtraError) as blind:
        return {}, blind.detail if isinstance(blind, CannotSee) else str(blind)
    return told, None


def _seen(address: Address, one: Found) -> AddressSeen:
    return AddressSeen(
        address=str(address),
        version=address.version,
        responded=bool(one.open or one.closed),
        tried=len(one.open) + len(one.closed) + len(one.filtered),
        open=len(one.open),
        closed=len(one.closed),
        filtered=len(one.filtered),
    )


def _with_service(row: Port, services: Mapping[Address, Services]) -> Port:
    address = grammar.literal_address(row.address)
    told = services.get(address) if address is not None else None
    if told is None or row.number not in told.ports:
        return row
    second = told.ports[row.number]
    return replace(
        row,
        service=second.service,
        talked=second.talked,
        product=second.product,
        product_version=second.version,
        scripts=tuple(ScriptSaid(script=name, said=said) for name, said in second.scripts),
        seen_by_nmap=second.state == "open",
    )


PROBE = Probe(
    name="ports",
    looks_at=Host,
    sees=PortsFacts,
    look=look,
    network=True,
    seconds=300.0,
)
