"""Take out of nmap's XML what it says of one host: which ports were tried, and the state of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import HIGHEST_PORT, Address, literal_address
from readiness_audit.probes.ports.nmap_xml import REASON, Second, Whole
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import from_seconds

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Protocol: TypeAlias = Literal["tcp", "udp"]

_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What nmap says of one port it tried."""

    state: str
    """In nmap's words: `open`, `closed`, `filtered`, `open|filtered`."""

    reason: str | None
    """What it has that from, in nmap's words: `udp-response`, `port-unreach`, `no-response`."""


def tried(whole: Whole, protocol: Protocol, types: Collection[str]) -> frozenset[int] | None:
    """Give the ports of `protocol` that one scan of these types tried; None where there is no such scan."""
    told = [info for info in whole.root.findall("scaninfo") if info.get("protocol") == protocol]
    if len(told) != 1 or told[0].get("type") not in types:
        return None
    return _ports(whole, told[0].get("services", ""))


def about(whole: Whole, host: str) -> Iterable[tuple[str, Address, Element]]:
    """Give what the scan tells of `host`: the key the reader gave it, its address, and its element."""
    wanted = literal_address(host)
    for element in whole.root.findall("host"):
        shown = [
            (text, address)
            for one in element.findall("address")
            if (address := literal_address(text := one.get("addr", ""))) is not None
        ]
        names = {
            name.get("name", "").rstrip(".").casefold()
            for name in element.findall("hostnames/hostname")
            if name.get("type") == "user"
        }
        if len(shown) != 1:
            continue
        if shown[0][1] == wanted or host.rstrip(".").casefold() in names:
            yield (*shown[0], element)


def of_each(
    whole: Whole,
    element: Element,
    ports: Mapping[int, Second],
    asked: frozenset[int],
    protocol: Protocol,
    states: Collection[str],
) -> dict[int, Told]:
    """
    Give what is said of every one of the `asked` ports; `ports` are those told one by one.

    Raises `CannotSee`: the host was down or given up on, a port is missing, told twice, or in another state.
    """
    if element.get("timedout") == "true":
        raise _unusable(whole, "nmap gave up on this host before its end")
    if [status.get("state") for status in element.findall("status")] != ["up"]:
        raise CannotSee(Reason.UNREACHABLE, f"{whole.what}: the host was down when it was scanned")
    listed = [port for port in element.findall("ports/port") if port.get("protocol") == protocol]
    if len(listed) != len(ports):
        raise _unusable(whole, "it tells of a port twice")
    told = {number: Told(state=second.state, reason=second.reason) for number, second in ports.items()}
    rest = asked - told.keys()
    for numbers, one in _in_sum(whole, element, rest, protocol):
        if not numbers <= rest or numbers & told.keys():
            raise _unusable(whole, "its counts of ports contradict one another")
        told |= dict.fromkeys(numbers, one)
    if told.keys() != asked or not {one.state for one in told.values()} <= set(states):
        raise _unusable(whole, "it does not tell the state of every port it tried")
    return told


def _in_sum(
    whole: Whole, element: Element, rest: frozenset[int], protocol: Protocol
) -> Iterable[tuple[frozenset[int], Told]]:
    """Give the ports that are told as a number of them in one state; one such sum may hold both protocols."""
    extras = element.findall("ports/extraports")
    for extra in extras:
        state = extra.get("state", "")
        reasons = [
            (reason.get("proto", protocol), _ports(whole, text), reason.get("reason", ""))
            for reason in extra.findall("extrareasons")
            if (text := reason.get("ports"))
        ]
        if reasons and len(reasons) == len(extra.findall("extrareasons")):
            counted = sum(len(numbers) for _, numbers, _ in reasons)
            found = [(numbers, why) for kind, numbers, why in reasons if kind == protocol]
        elif len(extras) == 1 and len(whole.root.findall("scaninfo")) == 1:
            counted, found = len(rest), [(rest, "")]
        else:
            raise _unusable(whole, "it does not say which ports were closed and which filtered")
        if extra.get("count") != str(counted):
            raise _unusable(whole, "its counts of ports contradict one another")
        for numbers, why in found:
            yield numbers, Told(state=state, reason=why if REASON.fullmatch(why) else None)


def ended(whole: Whole, started: datetime) -> datetime:
    """Give when the scan ended. Raises `CannotSee` where it does not say, or that has not come yet."""
    (end,) = whole.root.findall("runstats/finished")
    text = end.get("time", "")
    moment = from_seconds(int(text), started) if _SECONDS.fullmatch(text) else None
    if moment is None:
        raise _unusable(whole, "it does not say when it ended")
    return moment


def _ports(whole: Whole, text: str) -> frozenset[int]:
    """Read `22,80,8000-8010`."""
    numbers: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= HIGHEST_PORT:
            raise _unusable(whole, "its list of ports cannot be read")
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def _unusable(whole: Whole, why: str) -> CannotSee:
    return CannotSee(Reason.UNREADABLE, f"{whole.what}: {why}")
