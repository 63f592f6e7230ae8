"""
Read a scan that somebody made with nmap before: `nmap -sT -p- -oX scan.xml HOST`.

It stands in for a sweep of our own, so that it has to tell as much: a connect or SYN scan that
came to a good end, of this host, with the state of every port it tried and of every declared one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.probes.ports.nmap_report import about, ended, of_each, tried
from readiness_audit.probes.ports.nmap_xml import Second, Whole, read_whole
from readiness_audit.probes.ports.services import Services
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import File
from readiness_audit.probes.reach.sweep import Found

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST = 8 * 2**20
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
    asked = tried(whole, "tcp", _TYPES)
    if asked is None:
        raise _unusable(whole, "it is no scan of TCP connections (nmap -sT or -sS)")
    if not_tried := declared - asked:
        detail = (
            f"{file.name}: {len(not_tried)} declared ports were not tried, {min(not_tried)}/tcp among them"
        )
        raise CannotSee(Reason.UNREADABLE, detail)
    found: dict[Address, Found] = {}
    services: dict[Address, Services] = {}
    for name, address, element in about(whole, host):
        if address in found:
            raise _unusable(whole, f"it tells of {address} twice")
        ports = told.get(name, {})
        found[address] = _found(whole, element, ports, asked)
        services[address] = Services(version=whole.version, ports=ports, raw=file.data)
    if not found:
        raise CannotSee(Reason.NOT_FOUND, f"{file.name}: the scan is not about {host}")
    return Scan(
        tool=f"nmap {whole.version}",
        ended=ended(whole, started),
        tried=asked,
        found=found,
        services=services,
    )


def _found(whole: Whole, element: Element, ports: Mapping[int, Second], asked: frozenset[int]) -> Found:
    told = of_each(whole, element, ports, asked, "tcp", _STATES)
    of_state = {state: tuple(sorted(n for n, one in told.items() if one.state == state)) for state in _STATES}
    return Found(
        open=of_state["open"], closed=of_state["closed"], filtered=of_state["filtered"], tries=len(asked)
    )


def _unusable(whole: Whole, why: str) -> CannotSee:
    return CannotSee(Reason.UNREADABLE, f"{whole.what}: {why}")
