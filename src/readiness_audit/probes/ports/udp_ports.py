"""
See which UDP ports of a host answer, which it says nobody listens on, and which keep silent.

Only for hosts whose owner asks for it: nmap needs raw sockets for that, and sends what some
services do not expect. Silence proves little, so that a few TCP ports are tried too, to show
whether the host is there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address, port_range
from readiness_audit.model.host import UdpPortSet
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_udp import COMMON_UDP, USUAL_UDP
from readiness_audit.probes.ports.meant import declared_ports
from readiness_audit.probes.ports.scan_file import LARGEST
from readiness_audit.probes.ports.udp_facts import UdpAddressTried, UdpPort, UdpPortsFacts
from readiness_audit.probes.ports.udp_scan import (
    ANSWERED,
    CLOSED,
    FILTERED,
    UNANSWERED,
    Tried,
    able_nmap,
    ask_nmap,
    read_udp_scan,
)
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach

KNOCKED_AT = (22, 25, 53, 80, 135, 139, 443, 445, 3389, 8080, 8443)
"""TCP ports of which most hosts have one open or at least closed."""

MOST_KNOCKED_AT = 100
MOST_PORTS = 300
MOST_ROWS = 2000
AT_ONCE = 4
"""Addresses that are scanned at the same time."""


async def look(target: Host, reach: Reach) -> Seen[UdpPortsFacts]:
    """
    Have nmap try the common and the declared UDP ports of each address.

    Where the target names a scan that was made before, that is read instead, and nothing is sent.
    Raises `CannotSee`: not asked for, nmap or its privileges are lacking, or no address could be scanned.
    """
    if target.udp_ports is UdpPortSet.NONE:
        raise CannotSee(Reason.NOT_FOUND, f"nobody asked for the UDP ports of {target.host} (udp_ports)")
    declared = _declared(target)
    if target.scan is not None:
        return await _read(target, target.scan, declared, reach)
    addresses = await reach.gate.addresses(reach.look, target.host, reach.deadline)
    able_nmap()
    asked = COMMON_UDP | declared
    if len(asked) > MOST_PORTS:
        raise CannotSee(
            Reason.TOO_LARGE, f"more than {MOST_PORTS} UDP ports are declared: nmap takes too long"
        )
    knocked = sorted({*KNOCKED_AT, *sorted(declared_ports(target.open_ports)[0])[:MOST_KNOCKED_AT]})
    over_tcp = await reach.gate.sweep(reach.look, target.host, knocked, reach.deadline)
    found, blind = await _scanned(target.host, addresses, sorted(asked), reach)
    up = frozenset(address for address, one in over_tcp.items() if one.open or one.closed)
    facts = _facts(target, found, up, declared, asked)
    left_out = tuple(str(address) for address in reach.gate.left_out(target.host))
    facts = replace(
        facts,
        vantage=reach.network(target.vantage).value,
        vantage_point=None if reach.here is None else reach.here.name,
        silent=facts.silent + len(left_out) + len(blind),
        left_out=left_out,
        unscanned=tuple(f"{address}: {one.detail}" for address, one in blind.items()),
    )
    excerpts = tuple((f"nmap -sU {address}", one.raw) for address, one in found.items())
    return Seen(facts=facts, tool=facts.scanned_by, excerpts=excerpts)


async def _scanned(
    host: str, addresses: Sequence[Address], ports: Sequence[int], reach: Reach
) -> tuple[Mapping[Address, Tried], Mapping[Address, CannotSee]]:
    """Scan each address, and say of those that could not be what kept from it; of none raises that."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def scan(address: Address) -> Tried | CannotSee:
        async with turn:
            try:
                return await ask_nmap(reach, host, address, ports, reach.deadline)
            except CannotSee as blind:
                return blind

    async with asyncio.TaskGroup() as group:
        tasks = {address: group.create_task(scan(address)) for address in addresses}
    told = {address: task.result() for address, task in tasks.items()}
    found = {address: one for address, one in told.items() if isinstance(one, Tried)}
    blind = {address: one for address, one in told.items() if isinstance(one, CannotSee)}
    if not found:
        raise next(iter(blind.values()))
    return found, blind


async def _read(target: Host, name: str, declared: frozenset[int], reach: Reach) -> Seen[UdpPortsFacts]:
    file = reach.evidence.read(name, LARGEST)
    scan = await in_thread(lambda: read_udp_scan(file, target.host, declared, reach.started))
    facts = _facts(target, scan.found, scan.over_tcp, declared, scan.tried)
    unscanned = await _unscanned(target.host, scan.found, reach)
    facts = replace(
        facts,
        silent=facts.silent + len(unscanned),
        unscanned=unscanned,
        scanned_at=written(scan.ended),
    )
    return Seen(facts=facts, tool=facts.scanned_by, excerpts=((file.name, file.data),))


async def _unscanned(host: str, found: Collection[Address], reach: Reach) -> tuple[str, ...]:
    """Say which addresses of `host` the scan leaves out: nmap takes the first of a name and says no more."""
    try:
        now = await reach.gate.stands_for(host, reach.deadline)
    except CannotSee:
        return (host,)
    return tuple(str(address) for address in now if address not in found)


def _declared(target: Host) -> frozenset[int]:
    ranges = (port_range("open_ports", text) for text in target.open_ports)
    return frozenset(
        number for first, last, kind in ranges if kind == "udp" for number in range(first, last + 1)
    )


def _facts(
    target: Host,
    found: Mapping[Address, Tried],
    over_tcp: Collection[Address],
    declared: frozenset[int],
    asked: frozenset[int],
) -> UdpPortsFacts:
    of_all = {address: _rows(address, one, declared) for address, one in found.items()}
    seen = tuple(_seen(address, rows, over_tcp=address in over_tcp) for address, rows in of_all.items())
    if not any(one.responded for one in seen):
        detail = f"{target.host} kept silent on TCP and UDP: it may be down, or hidden entirely"
        raise CannotSee(Reason.UNREACHABLE, detail)
    rows = [row for rows in of_all.values() for row in rows]
    if len(rows) > MOST_ROWS:
        rows = [row for row in rows if row.state != CLOSED or row.declared]
    if len(rows) > MOST_ROWS:
        detail = f"{len(rows)} UDP ports of {target.host} are not closed: more than can be told one by one"
        raise CannotSee(Reason.TOO_LARGE, detail)
    return UdpPortsFacts(
        host=target.host,
        vantage=target.vantage.value,
        vantage_point=None,
        port_set="common" if asked >= COMMON_UDP else "part",
        tried=len(asked),
        declared=len(declared),
        responding=sum(one.responded for one in seen),
        silent=sum(not one.responded for one in seen),
        left_out=(),
        unscanned=(),
        open=sum(one.open for one in seen),
        addresses=seen,
        ports=tuple(rows),
        standing_out=tuple(text for one in of_all.values() for text in _standing_out(one)),
        scanned_by=next(f"nmap {one.version}" for one in found.values()),
        scanned_at=None,
    )


def _rows(address: Address, one: Tried, declared: frozenset[int]) -> list[UdpPort]:
    return [
        UdpPort(
            address=str(address),
            version=address.version,
            number=number,
            state=told.state,
            reason=told.reason,
            declared=number in declared,
            usual=USUAL_UDP.get(number),
        )
        for number, told in sorted(one.ports.items())
    ]


def _standing_out(rows: Sequence[UdpPort]) -> list[str]:
    if not any(row.state in {CLOSED, FILTERED} for row in rows):
        return []
    return [
        f"{row.number}/udp {row.address}" + (f" ({row.usual})" if row.usual else "")
        for row in rows
        if row.state == UNANSWERED and not row.declared
    ]


def _seen(address: Address, rows: Sequence[UdpPort], *, over_tcp: bool) -> UdpAddressTried:
    states = Counter(row.state for row in rows)
    return UdpAddressTried(
        address=str(address),
        version=address.version,
        responded=over_tcp or bool(states[ANSWERED] or states[CLOSED]),
        open=states[ANSWERED],
        closed=states[CLOSED],
        filtered=states[FILTERED],
        unanswered=states[UNANSWERED],
        unanswered_undeclared=sum(row.state == UNANSWERED and not row.declared for row in rows),
    )


PROBE = Probe(name="udp-ports", looks_at=Host, sees=UdpPortsFacts, look=look, network=True, seconds=300.0)
