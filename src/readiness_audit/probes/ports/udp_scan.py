"""
Have nmap try UDP ports, or read what it found before (`nmap -sU -oX FILE`).

What becomes of a UDP port shows only in raw packets: an answer, an ICMP message of the host that
nobody listens, one of something else, or nothing. We open no raw socket; nmap may, where it can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.probes.ports.nmap_report import Told, about, ended, of_each, tried
from readiness_audit.probes.ports.nmap_xml import Whole, read_whole, reader
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import File
from readiness_audit.probes.reach.process import Finished, find_program, run
from readiness_audit.probes.reach.raw_sockets import may_open_raw_sockets
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import ranges

GENTLY = ("--max-rate", "50")

PATIENTLY = ("--max-retries", "6")
"""
Hosts say about once a second that nobody listens, and nmap slows down to that where it may try
again. With three tries, Linux's closed ports were mostly called `open|filtered`; with six, none.
"""

ANSWERED, CLOSED, FILTERED, UNANSWERED = STATES = ("open", "closed", "filtered", "open|filtered")
LARGEST_ANSWER = 4 * 2**20
TO_END = 5.0
"""Seconds before the end of a look in which nmap has to give up by itself, so that it can say so."""

_TYPES = {"udp"}
_TCP_TYPES = {"connect", "syn"}
_REFUSED = b"raw socket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of each UDP port of one address."""

    ports: Mapping[int, Told]
    version: str
    """Of nmap."""

    raw: bytes
    """Its whole answer, as XML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scan file says about the UDP ports of one host."""

    version: str
    ended: datetime
    tried: frozenset[int]
    found: Mapping[Address, Tried]
    over_tcp: frozenset[Address]
    """Addresses of which the same scan found a TCP port open or closed."""


def able_nmap() -> str:
    """Give the path of an nmap that can try UDP ports. Raises `CannotSee`: what it takes is lacking."""
    program = find_program("nmap")
    _its_reader()
    if not may_open_raw_sockets(program):
        detail = (
            "nmap may not open raw sockets here, without which it cannot try UDP ports:"
            " run as root, or grant CAP_NET_RAW"
        )
        raise CannotSee(Reason.DENIED, detail)
    return program


async def ask_nmap(
    reach: Reach, host: str, address: Address, ports: Sequence[int], deadline: Deadline
) -> Tried:
    """
    Have nmap try each of the UDP `ports` of `address`, which is one of those of `host`.

    Raises `CannotSee`: what it takes is lacking, out of scope, it failed, died of a signal or
    took too long, or its answer is not whole or about something else.
    """
    program = able_nmap()
    (admitted,) = await reach.gate.admit(
        reach.look, host, ports, deadline, program="nmap", protocol="udp", only=address
    )
    deadline = deadline.part(reach.gate.window_left())
    family = ("-6",) if admitted.version == 6 else ()  # noqa: PLR2004 - IPv6
    left = max(1, int(deadline.left() - TO_END))
    asked = ("--privileged", "-sU", "-n", "-Pn", *family, *GENTLY, *PATIENTLY, "--host-timeout", f"{left}s")
    words = [program, *asked, "-oX", "-", "-p", ranges(ports), "--", str(admitted)]
    done = await run(words, deadline, most_output=LARGEST_ANSWER)
    if done.status != 0:
        reason = Reason.DENIED if _REFUSED in done.stderr else Reason.TOOL_FAILED
        raise CannotSee(reason, f"nmap failed: {done.complaint()}")
    return _read(done, admitted, frozenset(ports))


def read_udp_scan(file: File, host: str, declared: frozenset[int], started: datetime) -> Scan:
    """
    Read what a scan file says of the UDP ports of `host`, told by address or by the name nmap was given.

    Raises `CannotSee`: not nmap's XML, not ended well, not of UDP ports, not of this host, host
    down or given up on, a declared port was not tried, or ended after `started`.
    """
    whole = read_whole(file.data, file.name)
    _its_reader()
    asked = tried(whole, "udp", _TYPES)
    if asked is None:
        raise CannotSee(Reason.UNREADABLE, f"{file.name}: it is no scan of UDP ports (nmap -sU)")
    if not_tried := declared - asked:
        detail = (
            f"{file.name}: {len(not_tried)} declared ports were not tried, {min(not_tried)}/udp among them"
        )
        raise CannotSee(Reason.UNREADABLE, detail)
    listed = whole.hosts("udp")
    found: dict[Address, Tried] = {}
    over_tcp: set[Address] = set()
    for name, address, element in about(whole, host):
        if address in found:
            raise CannotSee(Reason.UNREADABLE, f"{file.name}: it tells of {address} twice")
        ports = of_each(whole, element, listed.get(name, {}), asked, "udp", STATES)
        found[address] = Tried(ports=ports, version=whole.version, raw=file.data)
        if (of_tcp := tried(whole, "tcp", _TCP_TYPES)) is not None:
            told = of_each(whole, element, whole.hosts("tcp").get(name, {}), of_tcp, "tcp", STATES[:3])
            if any(one.state in {ANSWERED, CLOSED} for one in told.values()):
                over_tcp.add(address)
    if not found:
        raise CannotSee(Reason.NOT_FOUND, f"{file.name}: the scan is not about {host}")
    return Scan(
        version=whole.version,
        ended=ended(whole, started),
        tried=asked,
        found=found,
        over_tcp=frozenset(over_tcp),
    )


def _its_reader() -> None:
    try:
        reader()
    except MissingExtraError as error:
        raise CannotSee(Reason.TOOL_MISSING, str(error)) from None


def _read(done: Finished, address: Address, asked: frozenset[int]) -> Tried:
    whole = read_whole(done.stdout, "nmap's answer")
    listed = whole.hosts("udp")
    told = list(about(whole, str(address)))
    if len(told) != 1 or len(whole.root.findall("host")) != 1:
        raise _nobody(whole, address)
    ((name, _, element),) = told
    if element.get("timedout") == "true":
        raise CannotSee(Reason.TIMED_OUT, f"nmap did not try all UDP ports of {address} in time")
    if literal_address(name) != address or tried(whole, "udp", _TYPES) != asked:
        raise CannotSee(Reason.UNREADABLE, "nmap's answer is not about the ports it was asked for")
    ports = of_each(whole, element, listed.get(name, {}), asked, "udp", STATES)
    return Tried(ports=ports, version=whole.version, raw=done.stdout)


def _nobody(whole: Whole, address: Address) -> CannotSee:
    counts = whole.root.find("runstats/hosts")
    if counts is not None and counts.get("down") == "1" and not whole.root.findall("host"):
        return CannotSee(Reason.UNREACHABLE, f"nmap found nobody at {address}")
    return CannotSee(Reason.UNREADABLE, f"nmap's answer is not about {address}")
