"""
Ask nmap, where it is installed, what it makes of ports that are open already.

It is a second pair of eyes and not trusted: it gets one literal address and a list of ports,
and an answer that is not whole, or not about that address and those ports, counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import Finished, find_program, run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.sweep import ranges

GENTLY = ("--unprivileged", "--max-rate", "100", "--max-parallelism", "10", "--max-retries", "1")
"""Plain connections only, few at a time: the ports are known to be open, so there is no hurry."""

MOST_PORTS = 200
"""Open ports of one address; a host with more is answered for by something in between."""

LARGEST_ANSWER = 4 * 2**20
_DOCTYPE = b"<!DOCTYPE nmaprun>"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,30}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+/-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What nmap said of one port."""

    state: str
    """In nmap's words: `open`, `closed`, `filtered`."""

    service: str | None
    """The name nmap gives it; from a table by port number, not from talking to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What nmap said of one address."""

    version: str
    ports: Mapping[int, Second]
    raw: bytes
    """Its whole answer, as XML."""


async def ask_nmap(
    reach: Reach, host: str, address: Address, ports: Sequence[int], deadline: Deadline
) -> Services:
    """
    Have nmap look at `ports` of `address`, which is one of the addresses of `host`.

    Raises `CannotSee`: nmap or the library that reads it is not installed, it failed, died of
    a signal or took too long, its answer is not whole, or tells of something else.
    """
    if len(ports) > MOST_PORTS:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_PORTS} ports are open, so nmap was not asked")
    program = find_program("nmap")
    _reader()
    (admitted,) = await reach.gate.admit(reach.look, host, ports, deadline, program="nmap", only=address)
    family = ("-6",) if admitted.version == 6 else ()  # noqa: PLR2004 - IPv6
    asked = (program, "-sT", "-n", "-Pn", *family, *GENTLY, "-oX", "-", "-p", ranges(ports))
    done = await run([*asked, "--", str(admitted)], deadline, most_output=LARGEST_ANSWER)
    if done.status != 0:
        raise CannotSee(Reason.TOOL_FAILED, f"nmap failed: {done.complaint()}")
    return _read(done, admitted, frozenset(ports))


def _read(done: Finished, address: Address, asked: frozenset[int]) -> Services:
    version, text = _whole(done.stdout)
    try:
        # Its constructor would start nmap, without any bound; the reader needs nothing of that.
        scanner = _reader().__new__(_reader())
        told = scanner.analyse_nmap_xml_scan(text)["scan"]
        ports = {
            number: Second(state=_printable(row["state"]), service=_name(row["name"]))
            for of_host in told.values()
            for number, row in of_host.get("tcp", {}).items()
        }
        hosts = [literal_address(name) for name in told]
    except Exception as error:  # noqa: BLE001 - a library meeting hostile text may raise anything
        raise CannotSee(
            Reason.UNREADABLE, f"nmap's answer could not be read: {type(error).__name__}"
        ) from None
    if hosts != [address]:
        raise CannotSee(Reason.UNREADABLE, f"nmap's answer is not about {address}")
    if set(ports) != asked:
        raise CannotSee(Reason.UNREADABLE, "nmap's answer is not about the ports it was asked for")
    return Services(version=version, ports=ports, raw=done.stdout)


def _whole(data: bytes) -> tuple[str, str]:
    """Give nmap's version and its answer, or raise where it did not come to a good end."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - XML is read only where nmap answered
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    try:
        # nmap's own, empty declaration is let through once; any other is refused by the parser.
        text = data.replace(_DOCTYPE, b"", 1).decode("utf-8")
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError, MemoryError):
        raise CannotSee(Reason.UNREADABLE, "nmap's answer is not the XML nmap writes") from None
    ends = root.findall("runstats/finished")
    version = root.get("version", "")
    if root.tag != "nmaprun" or [end.get("exit") for end in ends] != ["success"]:
        raise CannotSee(Reason.UNREADABLE, "nmap's answer has no good end")
    if not _VERSION.fullmatch(version):
        raise CannotSee(Reason.UNREADABLE, "nmap's answer does not say which nmap it is from")
    return version, text


def _reader() -> Any:  # noqa: ANN401 - the library has no types
    try:
        from nmap import PortScanner  # noqa: PLC0415 - an extra, and only needed where nmap is
    except ImportError:
        raise MissingExtraError("python-nmap", "nmap") from None
    return PortScanner


def _name(said: object) -> str | None:
    return said if isinstance(said, str) and _NAME.fullmatch(said) else None


def _printable(said: object) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(said))[:200]
