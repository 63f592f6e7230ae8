"""See how much of the code the tests ran through: Cobertura XML, or the JSON of coverage.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.target import Results
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import from_seconds, read_moment, whole_days, written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.strict_json import read_json
from readiness_audit.probes.results.xml_stream import walk

MOST_FILES = 500
_LONGEST_PATH = 300
_COUNT = re.compile(r"[0-9]{1,15}")
_RATE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,20})?")
_BRANCHES = re.compile(r"[0-9.]{1,10}% ?\(([0-9]{1,6})/([0-9]{1,6})\)")
_MILLISECONDS_FROM = 10**11
_ROUNDING = 0.51
"""Percentage points: some writers round to whole ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredFile:
    """One source file."""

    path: str
    lines: int
    covered: int
    percent: float | None
    """None where the file has no line that could be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFacts:
    """How much ran under test. Lines are counted, not taken from the totals that the file declares."""

    format: str
    """`cobertura` or `coverage.py`."""

    files_count: int
    files: tuple[CoveredFile, ...]
    """The least covered first; at most 500."""

    lines_total: int
    """Lines that could be run; 0 means that nothing was measured."""

    lines_covered: int
    line_percent: float | None
    """From the counted lines; None where there is none."""

    branches_total: int
    """0 where branches were not measured."""

    branches_covered: int
    branch_percent: float | None
    declared_line_percent: float | None
    """What the file says of itself; None where it says nothing."""

    totals_disagree: bool
    """Whether the declared line totals differ from what was counted, by more than rounding."""

    taken_at: str | None
    """Moment of the measurement; a time without zone counts as UTC. None where there is none."""

    age_days: int | None
    """Whole days from `taken_at` to this run."""

    modified_at: str
    """When the file was last changed."""


@dataclass(slots=True)
class _Count:
    """Counts while the file goes by; lines of one source file are told apart by their number."""

    ran: dict[str, dict[int, bool]] = field(default_factory=dict)
    branches: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    declared_total: int | None = None
    declared_covered: int | None = None
    declared_percent: float | None = None
    taken: datetime | None = None

    def line(self, path: str, number: int, *, ran: bool) -> None:
        lines = self.ran.setdefault(path, {})
        lines[number] = lines.get(number, False) or ran

    def branch(self, path: str, number: int, covered: int, total: int) -> None:
        if covered <= total:
            known = self.branches.get((path, number), (0, 0))
            self.branches[path, number] = max(known, (covered, total))


async def look(target: Results, reach: Reach) -> Seen[CoverageFacts]:
    """Read the file, by its content as XML or JSON, and count its lines."""
    return await in_thread(lambda: _look(target, reach))


def _look(target: Results, reach: Reach) -> Seen[CoverageFacts]:
    file = reach.evidence.read(target.file)
    begins = file.data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins == b"<":
        kind, count = "cobertura", _cobertura(file.data, target.file, reach)
    elif begins == b"{":
        kind, count = "coverage.py", _coverage_py(file.data, target.file, reach.started)
    else:
        raise CannotSee(
            Reason.UNREADABLE, f"{target.file}: neither Cobertura XML nor the JSON of coverage.py"
        )
    facts = _facts(kind, count, reach.started, written(file.modified))
    return Seen(facts=facts, excerpts=((target.file, file.data),))


def _cobertura(data: bytes, name: str, reach: Reach) -> _Count:
    count = _Count()
    above: list[str] = []
    path = ""
    for event, element in walk(data, name, reach.deadline):
        if event == "end":
            above.pop()
            continue
        if not above:
            if element.tag != "coverage" or element.get("line-rate") is None:
                raise CannotSee(Reason.UNREADABLE, f"{name}: not Cobertura XML: no <coverage line-rate=...>")
            _declare(count, element.attrib, reach.started)
        elif element.tag == "class":
            path = _printable(element.get("filename", ""))
            count.ran.setdefault(path, {})
        elif element.tag == "line" and above[-2:] == ["class", "lines"]:
            # A method's lines stand in its class again, so only those of the class count.
            number = _whole(element.get("number"), f"{name}: a line's number")
            count.line(path, number, ran=_whole(element.get("hits"), f"{name}: a line's hits") > 0)
            if found := _BRANCHES.fullmatch(element.get("condition-coverage", "")):
                count.branch(path, number, int(found[1]), int(found[2]))
        above.append(element.tag)
    return count


def _declare(count: _Count, attributes: Mapping[str, str], started: datetime) -> None:
    rate = attributes.get("line-rate", "")
    if _RATE.fullmatch(rate):
        count.declared_percent = float(rate) * 100
    total, covered = attributes.get("lines-valid", ""), attributes.get("lines-covered", "")
    if _COUNT.fullmatch(total) and _COUNT.fullmatch(covered):
        count.declared_total, count.declared_covered = int(total), int(covered)
    stamp = attributes.get("timestamp", "")
    if _COUNT.fullmatch(stamp) and int(stamp) > 0:
        seconds = int(stamp)
        # coverage.py writes milliseconds, gcovr seconds; no one measured before 1973.
        count.taken = from_seconds(seconds / 1000 if seconds >= _MILLISECONDS_FROM else seconds, started)


def _coverage_py(data: bytes, name: str, started: datetime) -> _Count:
    match read_json(data, name):
        case {"meta": dict() as meta, "files": dict() as files, "totals": dict() as totals}:
            count = _Count()
        case _:
            raise CannotSee(
                Reason.UNREADABLE, f"{name}: not the JSON of coverage.py: no meta, files and totals"
            )
    stamp = meta.get("timestamp")
    count.taken = read_moment(stamp if isinstance(stamp, str) else None, started)
    for path, found in files.items():
        match found:
            case {"executed_lines": [*ran], "missing_lines": [*missed]}:
                _add_file(count, _printable(path), ran, missed, found.get("summary"))
            case _:
                raise CannotSee(Reason.UNREADABLE, f"{name}: a file without executed and missing lines")
    match totals:
        case {"num_statements": int(total), "covered_lines": int(covered)}:
            count.declared_total, count.declared_covered = total, covered
            count.declared_percent = 100 * covered / total if total > 0 else None
    return count


def _add_file(count: _Count, path: str, ran: list[Plain], missed: list[Plain], summary: Plain) -> None:
    count.ran.setdefault(path, {})
    for lines, has_run in ((ran, True), (missed, False)):
        for number in lines:
            if isinstance(number, int):
                count.line(path, number, ran=has_run)
    match summary:
        case {"num_branches": int(total), "covered_branches": int(covered)} if 0 <= covered <= total:
            count.branch(path, 0, covered, total)


def _facts(kind: str, count: _Count, started: datetime, modified_at: str) -> CoverageFacts:
    files = [
        CoveredFile(
            path=path,
            lines=len(lines),
            covered=sum(lines.values()),
            percent=_percent(sum(lines.values()), len(lines)),
        )
        for path, lines in count.ran.items()
    ]
    files.sort(key=lambda file: (101.0 if file.percent is None else file.percent, file.path))
    total, covered = sum(file.lines for file in files), sum(file.covered for file in files)
    branches_covered = sum(covered for covered, _ in count.branches.values())
    branches_total = sum(total for _, total in count.branches.values())
    percent = _percent(covered, total)
    declared = count.declared_percent
    return CoverageFacts(
        format=kind,
        files_count=len(files),
        files=tuple(files[:MOST_FILES]),
        lines_total=total,
        lines_covered=covered,
        line_percent=percent,
        branches_total=branches_total,
        branches_covered=branches_covered,
        branch_percent=_percent(branches_covered, branches_total),
        declared_line_percent=None if declared is None else round(declared, 2),
        totals_disagree=(
            (count.declared_total is not None and count.declared_total != total)
            or (count.declared_covered is not None and count.declared_covered != covered)
            or (declared is not None and abs(declared - (percent or 0.0)) > _ROUNDING)
        ),
        taken_at=written(count.taken) if count.taken else None,
        age_days=whole_days(count.taken, started) if count.taken else None,
        modified_at=modified_at,
    )


def _percent(part: int, whole: int) -> float | None:
    # Rounded down: 79.999 is not 80.
    return (10_000 * part // whole) / 100 if whole else None


def _whole(text: str | None, what: str) -> int:
    if text is None or not _COUNT.fullmatch(text):
        raise CannotSee(Reason.UNREADABLE, f"{what} is not a number")
    return int(text)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST_PATH])


PROBE = Probe(
    name="coverage",
    looks_at=Results,
    only={"format": ("coverage",)},
    sees=CoverageFacts,
    look=look,
)
