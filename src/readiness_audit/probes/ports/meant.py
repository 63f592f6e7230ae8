"""Which ports of a host are meant to be open from where the looking is done, and which others are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.model import grammar
from readiness_audit.model.host import PortSet
from readiness_audit.model.target import Host
from readiness_audit.model.vantage import VantagePoint
from readiness_audit.probes.ports.common_ports import common_ports
from readiness_audit.probes.ports.port_facts import Restricted


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a host's declaration comes to, seen from one place."""

    declared: frozenset[int]
    """TCP ports that are meant to be open from here."""

    told: frozenset[int]
    """The same, and ports that are meant for other places: their state is told whatever it is."""

    not_tried: tuple[str, ...]
    """What is declared for UDP."""

    restricted: tuple[Restricted, ...]


def meant(target: Host, here: VantagePoint | None) -> Meant:
    """Read the declaration as it stands for looking from `here`; unnamed, restricted ports are for others."""
    declared, not_tried = declared_ports(target.open_ports)
    restricted = tuple(
        Restricted(number=number, service=one.service, open_from=one.open_from)
        for one in target.restricted
        for number in sorted(one.numbers())
    )
    also = {one.number for one in restricted if here is not None and here.name in one.open_from}
    return Meant(
        declared=declared | also,
        told=declared.union(one.number for one in restricted),
        not_tried=not_tried,
        restricted=restricted,
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


def set_of(tried: frozenset[int]) -> PortSet:
    """Give the largest of our sets of ports that a scan tried all of."""
    wider = (PortSet.ALL, PortSet.COMMON)
    return next((one for one in wider if ports_of(one) <= tried), PortSet.DECLARED)
