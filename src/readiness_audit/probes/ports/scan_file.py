"""
Read a scan that somebody made with nmap before: `nmap -sT -p- -oX scan.xml HOST`.

It stands in for a sweep of our own, so that it has to tell as much: a connect or SYN scan that
came to a good end, of this host, with the state of every port it tried and of every declared one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import HIGHEST_PORT, Address, literal_address
from readiness_audit.probes.ports.nmap_xml import Second, Whole, read_whole
from readiness_audit.probes.ports.services import Services
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import File
from readiness_audit.probes.reach.moment import from_seconds
from readiness_audit.probes.reach.sweep import Found

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST = 8 * 2**20
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_STATES = ("open", "closed", "filtered")
_TYPES = {"connect", "syn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scan file says about one host."""

    tool: str
    """`nmap 7.93`."""

    ended: datetime
    tried: frozenset[int]
    found: Mapping[Address, Found]
    services: Mapping[Address, Services]


def read_scan(file: File, host: str, declared: frozenset[int], started: datetime) -> Scan:
    """
    Read the part of a scan file that is about `host`, which is told by address or by the name nmap was given.

    Raises `CannotSee`: not nmap's XML, not ended well, not of connections, not of this host, host
    down or given up on, a declared port was not tried, or ended after `started`.
    """
    try:
        whole = read_whole(file.data, file.name)
        told = whole.hosts()
    except MissingExtraError as error:
        raise CannotSee(Reason.TOOL_MISSING, str(error)) from None
    tried = _tried(whole)
    if not_tried := declared - tried:
        detail = (
            f"{file.name}: {len(not_tried)} declared ports were not tried, {min(not_tried)}/tcp among them"
        )
        raise CannotSee(Reason.UNREADABLE, detail)
    found: dict[Address, Found] = {}
    services: dict[Address, Services] = {}
    for name, address, element in _about(whole, host):
        if address in found:
            raise _unusable(whole, f"it tells of {address} twice")
        ports = told.get(name, {})
        found[address] = _found(whole, element, ports, tried)
        services[address] = Services(version=whole.version, ports=ports, raw=file.data)
    if not found:
        raise CannotSee(Reason.NOT_FOUND, f"{file.name}: the scan is not about {host}")
    return Scan(
        tool=f"nmap {whole.version}",
        ended=_ended(whole, started),
        tried=tried,
        found=found,
        services=services,
    )


def _tried(whole: Whole) -> frozenset[int]:
    told = [info for info in whole.root.findall("scaninfo") if info.get("protocol") == "tcp"]
    if len(told) != 1 or told[0].get("type") not in _TYPES:
        raise _unusable(whole, "it is no scan of TCP connections (nmap -sT or -sS)")
    return _ports(whole, told[0].get("services", ""))


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


def _about(whole: Whole, host: str) -> Iterable[tuple[str, Address, Element]]:
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


def _found(whole: Whole, element: Element, ports: Mapping[int, Second], tried: frozenset[int]) -> Found:
    if element.get("timedout") == "true":
        raise _unusable(whole, "nmap gave up on this host before its end")
    if [status.get("state") for status in element.findall("status")] != ["up"]:
        raise CannotSee(Reason.UNREACHABLE, f"{whole.what}: the host was down when it was scanned")
    listed = [port for port in element.findall("ports/port") if port.get("protocol") == "tcp"]
    if len(listed) != len(ports):
        raise _unusable(whole, "it tells of a port twice")
    states = {number: second.state for number, second in ports.items()}
    rest = tried - states.keys()
    extras = element.findall("ports/extraports")
    for extra in extras:
        reasons = [reason.get("ports") for reason in extra.findall("extrareasons")]
        if reasons and all(reasons):
            numbers = frozenset().union(*(_ports(whole, text or "") for text in reasons))
        elif len(extras) == 1:
            numbers = rest
        else:
            raise _unusable(whole, "it does not say which ports were closed and which filtered")
        if extra.get("count") != str(len(numbers)) or not numbers <= rest or numbers & states.keys():
            raise _unusable(whole, "its counts of ports contradict one another")
        states |= dict.fromkeys(numbers, extra.get("state", ""))
    if states.keys() != tried or not set(states.values()) <= set(_STATES):
        raise _unusable(whole, "it does not tell the state of every port it tried")
    of_state = {state: tuple(sorted(n for n, s in states.items() if s == state)) for state in _STATES}
    return Found(
        open=of_state["open"], closed=of_state["closed"], filtered=of_state["filtered"], tries=len(tried)
    )


def _ended(whole: Whole, started: datetime) -> datetime:
    (end,) = whole.root.findall("runstats/finished")
    text = end.get("time", "")
    ended = from_seconds(int(text), started) if _SECONDS.fullmatch(text) else None
    if ended is None:
        raise _unusable(whole, "it does not say when it ended")
    return ended


def _unusable(whole: Whole, why: str) -> CannotSee:
    return CannotSee(Reason.UNREADABLE, f"{whole.what}: {why}")
