"""
Read what the script printed, strictly: everything a host says is hostile text.

The first line is `readiness-audit host look 2`. Then come sections: `@name subject`, lines of
content after `|`, complaints after `!`, and `=status`. The last line is `@end` with the number of
sections, so that what was cut off anywhere is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

FIRST_LINE = "readiness-audit host look 2"
LARGEST_REPORT = 8 * 2**20
READ = "0"
"""The status of a section that was read to its end."""

_OLDER = "readiness-audit host look 1"
"""What scripts said that did not tell which machine they ran on."""

_NOISE = 20
"""Lines that may stand above the first one: shells greet."""

_SECTION = re.compile(r"@([a-z][a-z-]{0,40})(?: (.{0,4096}))?")
_STATUS = re.compile(r"=([a-z-]{1,20}|[0-9]{1,3})")
_END = re.compile(r"@end ([0-9]{1,7})")
_HEADING = re.compile(r"==> (/.{1,4094}) <==")
_LONGEST_TOLD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One thing the script looked at."""

    name: str
    subject: str = ""
    lines: tuple[str, ...] = ()
    status: str = READ
    """`0`, an exit status, or `absent`, `denied`, `missing`, `odd` or `too-large`."""

    complaint: str = ""


def read_report(data: bytes) -> tuple[Section, ...]:
    """Give the sections of a report. Raises `CannotSee` where it is none, or not whole."""
    if not data.strip():
        raise CannotSee(Reason.EMPTY, "the script on the host printed nothing")
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")
    if _OLDER in lines[: _NOISE + 1]:
        told = "an older script made the report of the host; make it anew with this version's"
        raise CannotSee(Reason.UNREADABLE, told)
    if FIRST_LINE not in lines[: _NOISE + 1]:
        raise CannotSee(Reason.UNREADABLE, "this is not what our script prints on a host")
    lines = lines[lines.index(FIRST_LINE) + 1 :]
    end = _END.fullmatch(lines[-1]) if lines else None
    if end is None:
        raise CannotSee(Reason.UNREADABLE, "the report of the host is cut off: its last line is missing")
    sections = tuple(_sections(lines[:-1]))
    if len(sections) != int(end[1]):
        raise CannotSee(Reason.UNREADABLE, "the report of the host is not whole: sections are missing")
    return sections


def read_listing(data: bytes) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """
    Give path and lines of each file in what `tail -v -n +1 FILES` printed.

    Lines above the first heading belong to no path.
    """
    path: str | None = None
    lines: list[str] = []
    for line in data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        heading = _HEADING.fullmatch(line)
        if heading is None:
            lines.append(line)
            continue
        if path is not None or any(map(str.strip, lines)):
            yield path, tuple(lines)
        path, lines = heading[1], []
    yield path, tuple(lines)


def the(sections: Iterable[Section], name: str) -> Section:
    """Give the one section of a name. Raises `CannotSee` where there is none or more than one."""
    found = [section for section in sections if section.name == name]
    if len(found) != 1:
        raise CannotSee(Reason.UNREADABLE, f"the report of the host has not one section {name}")
    return found[0]


def _sections(lines: list[str]) -> Iterator[Section]:
    began: re.Match[str] | None = None
    content: list[str] = []
    complaint = ""
    for line in lines:
        if began is None:
            began, content, complaint = _SECTION.fullmatch(line), [], ""
            if began is None or began[1] == "end":
                raise _garbled()
        elif line.startswith("|"):
            content.append(line[1:])
        elif line.startswith("!"):
            complaint = complaint or line[1 : _LONGEST_TOLD + 1]
        elif status := _STATUS.fullmatch(line):
            yield Section(
                name=began[1],
                subject=began[2] or "",
                lines=tuple(content),
                status=status[1],
                complaint=complaint,
            )
            began = None
        else:
            raise _garbled()
    if began is not None:
        raise _garbled()


def _garbled() -> CannotSee:
    return CannotSee(Reason.UNREADABLE, "the report of the host cannot be read")
