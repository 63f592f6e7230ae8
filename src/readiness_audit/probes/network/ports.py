"""
See which TCP ports of a host take connections, which refuse them, and which keep silent.

Nothing is sent on a connection. Open means that a connection stood; closed, that the host
refused it; filtered, that nothing came back, or an error from something on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from readiness_audit.errors import MissingExtraError
from readiness_audit.model import grammar
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Host, PortSet
from readiness_audit.probes.network.common_ports import USUAL, common_ports
from readiness_audit.probes.network.services import Services, ask_nmap
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import Found

TRIES_OF_DECLARED = 3
PATIENCE = 1.0
"""Seconds waited for one answer in the sweep; a port that keeps silent is tried a second time."""

PATIENCE_WITH_DECLARED = 2.0
MOST_ROWS = 2000
LONGEST_FOR_NMAP = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One port of one address that was declared, or took a connection."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    number: int
    protocol: str
    """Always `tcp`."""

    state: str
    """`open`, `closed` or `filtered`, as the sweep found it."""

    declared: bool
    """Whether the system says that this port is meant to be reachable."""

    tries: int
    """How often it was asked whether it is open: a declared port that was, three times; any other, once."""

    times_open: int
    """How many of these tries found it open; fewer than `tries` means that it comes and goes."""

    usual: str | None
    """What is usually found behind this number; a habit, not an observation."""

    service: str | None = None
    """What nmap's table calls this port; None where nmap was not asked or has no name for it."""

    seen_by_nmap: bool | None = None
    """Whether nmap found it open too; None where nmap was not asked. A contradiction is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSeen:
    """One address of the host, as a whole."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    responded: bool
    """Whether at least one port was open or closed. Where not, the host may be down, or hidden entirely."""

    tried: int
    open: int
    closed: int
    filtered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PortsFacts:
    """What a sweep over the TCP ports of a host showed."""

    host: str
    """As declared."""

    vantage: str
    """Where the sweep was done from, seen from the host: `internet`, `office`, `management` or `local`."""

    port_set: str
    """Which ports were tried: `declared` ones only, `common` ones too, or `all` there are."""

    tried: int
    """How many ports were tried, on each address."""

    declared: int
    """How many TCP ports are meant to be reachable."""

    not_tried: tuple[str, ...]
    """Declared UDP ports: a sweep of connections says nothing about them."""

    responding: int
    """How many addresses responded; never zero, since a look where none did shows nothing."""

    silent: int
    """How many addresses did not respond on any port or were left out: nothing is known about them."""

    left_out: tuple[str, ...]
    """Addresses of the host that the authorisation does not cover, and that nothing was sent to."""

    open: int
    """How many ports took a connection, over all addresses."""

    addresses: tuple[AddressSeen, ...]
    ports: tuple[Port, ...]
    """Every declared port in any state, and every other port that was open."""

    services_by: str | None
    """Which nmap named the services; None where none did."""

    services_note: str | None
    """Why no nmap named them."""


async def look(target: Host, reach: Reach) -> Seen[PortsFacts]:
    """Sweep the host, ask the declared ports again, and let nmap, if there is one, name the open ones."""
    declared, not_tried = declared_ports(target.open_ports)
    asked = ports_of(target.ports) | declared
    if not asked:
        raise CannotSee(Reason.EMPTY, "no TCP port is declared, and no others are to be tried")
    found = await reach.gate.sweep(
        reach.look, target.host, sorted(asked), reach.deadline, patience=PATIENCE, retries=1
    )
    if not any(one.open or one.closed for one in found.values()):
        detail = f"none of {len(asked)} ports of {target.host} answered: it may be down, or hidden entirely"
        raise CannotSee(Reason.UNREACHABLE, detail)
    rows = _rows(found, declared)
    if len(rows) > MOST_ROWS:
        detail = f"{len(rows)} ports of {target.host} are open or declared: more than can be told one by one"
        raise CannotSee(Reason.TOO_LARGE, detail)
    rows = await _asked_again(target, reach, rows)
    services, note = await _named(target, reach, found)
    seen = tuple(_seen(address, one) for address, one in found.items())
    left_out = tuple(str(address) for address in reach.gate.left_out(target.host))
    return Seen(
        facts=PortsFacts(
            host=target.host,
            vantage=target.vantage.value,
            port_set=target.ports.value,
            tried=len(asked),
            declared=len(declared),
            not_tried=not_tried,
            responding=sum(one.responded for one in seen),
            silent=sum(not one.responded for one in seen) + len(left_out),
            left_out=left_out,
            open=sum(one.open for one in seen),
            addresses=seen,
            ports=tuple(_with_service(row, services) for row in rows),
            services_by=next((f"nmap {told.version}" for told in services.values()), None),
            services_note=note,
        ),
        excerpts=tuple((f"nmap {address}", told.raw) for address, told in services.items()),
    )


def declared_ports(texts: Sequence[str]) -> tuple[frozenset[int], tuple[str, ...]]:
    """Give the TCP ports that are meant to be reachable, and apart from them what is declared for UDP."""
    numbers: set[int] = set()
    others: list[str] = []
    for text in texts:
        first, last, protocol = grammar.port_range("open_ports", text)
        if protocol == "tcp":
            numbers.update(range(first, last + 1))
        else:
            others.append(text)
    return frozenset(numbers), tuple(others)


def ports_of(which: PortSet) -> frozenset[int]:
    """Give the ports that are tried besides the declared ones."""
    match which:
        case PortSet.DECLARED:
            return frozenset()
        case PortSet.COMMON:
            return common_ports()
        case PortSet.ALL:
            return frozenset(range(1, grammar.HIGHEST_PORT + 1))


def _rows(found: Mapping[Address, Found], declared: frozenset[int]) -> list[Port]:
    rows: list[Port] = []
    for address, one in found.items():
        states = (("open", one.open), ("closed", one.closed), ("filtered", one.filtered))
        worth_telling = sorted(
            (number, state)
            for state, numbers in states
            for number in numbers
            if state == "open" or number in declared
        )
        rows.extend(
            Port(
                address=str(address),
                version=address.version,
                number=number,
                protocol="tcp",
                state=state,
                declared=number in declared,
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
    deadline = reach.deadline.part(min(LONGEST_FOR_NMAP, reach.deadline.left() / 2))
    try:
        for address, one in found.items():
            if one.open:
                told[address] = await ask_nmap(reach, target.host, address, one.open, deadline)
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
    return replace(row, service=second.service, seen_by_nmap=second.state == "open")


PROBE = Probe(
    name="ports",
    looks_at=Host,
    sees=PortsFacts,
    look=look,
    network=True,
    seconds=300.0,
)
