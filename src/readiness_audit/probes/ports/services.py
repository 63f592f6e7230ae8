"""
Ask nmap, where it is installed, what it makes of ports that are open already.

It is a second pair of eyes and not trusted: it gets one literal address and a list of ports,
and an answer that is not whole, or not about that address and those ports, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.model.host import Naming
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.nmap_xml import Second, read_whole, reader
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import Finished, find_program, run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import ranges

GENTLY = ("--unprivileged", "--max-rate", "100", "--max-parallelism", "10", "--max-retries", "1")
"""Plain connections only, few at a time: the ports are known to be open, so there is no hurry."""

SAFE = "(default or vuln) and safe and not (broadcast or external or intrusive or dos or brute or exploit)"
"""Scripts that nmap's own authors call safe, and that ask nobody but the address they are given."""

FURTHER: Mapping[Naming, Sequence[str]] = {
    Naming.TABLE: (),
    Naming.VERSIONS: ("-sV",),
    Naming.SCRIPTS: ("-sV", "--script", SAFE),
}

MOST_PORTS = 200
"""Open ports of one address; a host with more is answered for by something in between."""

LARGEST_ANSWER = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What nmap said of one address."""

    version: str
    ports: Mapping[int, Second]
    raw: bytes
    """Its whole answer, as XML."""


async def ask_nmap(
    reach: Reach, target: Host, address: Address, ports: Sequence[int], deadline: Deadline
) -> Services:
    """
    Have nmap look at `ports` of `address`, which is one of the target's, as far as `target.naming` goes.

    Raises `CannotSee`: nmap or the library that reads it is not installed, it failed, died of
    a signal or took too long, its answer is not whole, or tells of something else.
    """
    if len(ports) > MOST_PORTS:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_PORTS} ports are open, so nmap was not asked")
    program = find_program("nmap")
    reader()
    (admitted,) = await reach.gate.admit(
        reach.look, target.host, ports, deadline, program="nmap", only=address
    )
    deadline = deadline.part(reach.gate.window_left())
    family = ("-6",) if admitted.version == 6 else ()  # noqa: PLR2004 - IPv6
    asked = (
        program,
        "-sT",
        "-n",
        "-Pn",
        *family,
        *GENTLY,
        *FURTHER[target.naming],
        "-oX",
        "-",
        "-p",
        ranges(ports),
    )
    done = await run([*asked, "--", str(admitted)], deadline, most_output=LARGEST_ANSWER)
    if done.status != 0:
        raise CannotSee(Reason.TOOL_FAILED, f"nmap failed: {done.complaint()}")
    return _read(done, admitted, frozenset(ports))


def _read(done: Finished, address: Address, asked: frozenset[int]) -> Services:
    whole = read_whole(done.stdout, "nmap's answer")
    hosts = whole.hosts()
    if [literal_address(name) for name in hosts] != [address]:
        raise CannotSee(Reason.UNREADABLE, f"nmap's answer is not about {address}")
    ports = {number: second for of_host in hosts.values() for number, second in of_host.items()}
    if set(ports) != asked:
        raise CannotSee(Reason.UNREADABLE, "nmap's answer is not about the ports it was asked for")
    return Services(version=whole.version, ports=ports, raw=done.stdout)
