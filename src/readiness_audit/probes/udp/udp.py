"""
See which services of a host answer strangers over UDP, and how much they send back for how little.

Every question is one harmless datagram that asks for what is public or for nothing at all; it
is sent a second time where nothing came. Silence proves nothing by itself, so that a few TCP
ports are tried too: they show whether the host is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Host
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.ports.meant import declared_ports
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.datagram import Came, Question, Reply
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import Found
from readiness_audit.probes.udp import ntp, small_services, snmp
from readiness_audit.probes.udp.inquiry import Inquiry

PATIENCE = 1.0
"""Seconds waited for an answer, for each try."""

TRIES = 2
KNOCKED_AT = (22, 25, 53, 80, 135, 139, 443, 445, 3389, 8080, 8443)
"""TCP ports of which most hosts have one open or at least closed."""

MOST_DECLARED = 100
_SILENT = frozenset({"silent", "unsent"})
_UNCLEAR = frozenset({"garbled", "elsewhere", "unsent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpAnswer:
    """What became of one question to one address."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    port: int
    question: str
    """
    `dns-recursion`, `ntp-time`, `ntp-readvar` (mode 6), `ntp-monlist` (mode 7), `snmp-v1-public`,
    `snmp-v2c-public`, `snmp-v1-private`, `snmp-v2c-private`, `snmp-v3-engine`, `ssdp-search`,
    `memcached-stats` or `tftp-read` (of a file whose name is made up).
    """

    state: str
    """
    `answered`; `garbled`, where what came is no answer to the question; `elsewhere`, where only another
    address or port sent something, which may be anybody's; `refused`, where the host said that nobody
    listens there; `silent`, where nothing came; `unsent`, where no way leads there.
    """

    granted: bool
    """Whether the answer gives what was asked for: recursion, the variables, the value. False without one."""

    words: str | None
    """What the service said of itself, or why its answer is none, in one line."""

    tries: int
    """How often the question was sent: twice where nothing came at first."""

    bytes_out: int
    """Bytes sent, over all tries; without the headers of UDP and IP."""

    bytes_in: int
    """Bytes that came back within a second; listening ends after 256 KiB or 200 datagrams."""

    datagrams_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpAddress:
    """One address of the host, as its TCP ports showed it."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    responded: bool
    """Whether at least one TCP port was open or closed: only then does silence over UDP tell anything."""

    open: int
    closed: int
    filtered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpFacts:
    """What a host answered to a few questions over UDP."""

    host: str
    """As declared."""

    vantage: str
    """Where the questions came from, seen from the host: `internet`, `office`, `management` or `local`."""

    questions: int
    """How many questions were put, to each address."""

    responding: int
    """How many addresses responded on a TCP port."""

    silent: int
    """How many addresses did not, or were left out: nothing can be told from their silence over UDP."""

    left_out: tuple[str, ...]
    """Addresses of the host that the authorisation does not cover, and that nothing was sent to."""

    unclear: int
    """How many questions got something back that is no answer or from elsewhere, or could not be sent."""

    addresses: tuple[UdpAddress, ...]
    answers: tuple[UdpAnswer, ...]
    """Every question to every address, answered or not."""


async def look(target: Host, reach: Reach) -> Seen[UdpFacts]:
    """
    Knock at a few TCP ports, then put every question to every address once.

    Raises `CannotSee` where no address responds over TCP and nothing comes back over UDP.
    """
    declared, _ = declared_ports(target.open_ports)
    knocked = sorted({*KNOCKED_AT, *sorted(declared)[:MOST_DECLARED]})
    found = await reach.gate.sweep(reach.look, target.host, knocked, reach.deadline, patience=PATIENCE)
    asked = (*small_services.inquiries(), *ntp.inquiries(), *snmp.inquiries())
    replies = await _ask(asked, target.host, reach)
    answers = tuple(
        _answer(address, inquiry, said[address])
        for address in found
        for inquiry, said in zip(asked, replies, strict=True)
    )
    addresses = tuple(_seen(address, one) for address, one in found.items())
    heard = any(answer.state not in _SILENT for answer in answers)
    if not heard and not any(one.responded for one in addresses):
        detail = f"{target.host} kept silent on TCP and UDP: it may be down, or hidden entirely"
        raise CannotSee(Reason.UNREACHABLE, detail)
    left_out = tuple(str(address) for address in reach.gate.left_out(target.host))
    facts = UdpFacts(
        host=target.host,
        vantage=reach.network(target.vantage).value,
        questions=len(asked),
        responding=sum(one.responded for one in addresses),
        silent=sum(not one.responded for one in addresses) + len(left_out),
        left_out=left_out,
        unclear=sum(answer.state in _UNCLEAR for answer in answers),
        addresses=addresses,
        answers=answers,
    )
    return Seen(facts=facts, excerpts=tuple(_excerpts(asked, replies)))


async def _ask(asked: Iterable[Inquiry], host: str, reach: Reach) -> list[dict[Address, Reply]]:
    tasks = [
        asyncio.create_task(reach.gate.ask(reach.look, host, _question(inquiry), reach.deadline))
        for inquiry in asked
    ]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _question(inquiry: Inquiry) -> Question:
    return Question(
        port=inquiry.port,
        datagram=inquiry.datagram,
        settles=None if inquiry.counts_all else inquiry.answered_by,
        patience=PATIENCE,
        tries=TRIES,
        any_port=inquiry.any_port,
    )


def _answer(address: Address, inquiry: Inquiry, reply: Reply) -> UdpAnswer:
    state, granted, words = str(reply.came), False, None
    if reply.sent == 0:
        state = "unsent"
    if reply.came is Came.ANSWERED:
        state, words = "garbled", None
        for datagram in reply.answers:
            try:
                told = inquiry.read(datagram)
            except Garbled as error:
                words = words or str(error)
            else:
                # A refusal that something is granted behind was none.
                if state != "answered" or told.granted:
                    state, granted, words = "answered", told.granted, told.words
                if granted:
                    break
    return UdpAnswer(
        address=str(address),
        version=address.version,
        port=inquiry.port,
        question=inquiry.name,
        state=state,
        granted=granted,
        words=words,
        tries=reply.sent,
        bytes_out=reply.sent * len(inquiry.datagram),
        bytes_in=reply.received,
        datagrams_in=reply.datagrams,
    )


def _seen(address: Address, one: Found) -> UdpAddress:
    return UdpAddress(
        address=str(address),
        version=address.version,
        responded=bool(one.open or one.closed),
        open=len(one.open),
        closed=len(one.closed),
        filtered=len(one.filtered),
    )


def _excerpts(
    asked: Iterable[Inquiry], replies: Iterable[Mapping[Address, Reply]]
) -> Iterable[tuple[str, bytes]]:
    for inquiry, said in zip(asked, replies, strict=True):
        for address, reply in said.items():
            if raw := b"".join(reply.answers):
                yield f"{inquiry.name} {address}", raw


PROBE = Probe(
    name="udp",
    looks_at=Host,
    sees=UdpFacts,
    look=look,
    network=True,
    seconds=30.0,
)
