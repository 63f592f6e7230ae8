"""See what a test run reported: JUnit XML as pytest, Surefire, Gradle, GoogleTest and others write it."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Results
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import read_moment, whole_days, written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.results.xml_stream import walk

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_LISTED = 200
MOST_PROPERTIES = 50
LONGEST_TEXT = 200
_LARGEST_COUNT = re.compile("[0-9]{1,9}")
_SECONDS = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?"
)

# Some writers, GoogleTest among them, say it in an attribute instead of an element.
_SAID_SKIPPED = frozenset({"notrun", "disabled", "skipped", "ignored", "suppressed", "pending"})
_SAID_FAILED = frozenset({"failed", "failure", "fail"})
_SAID_ERROR = frozenset({"error", "aborted", "timeout"})

_NO_REASONS = frozenset({"", "unconditional skip", "skipped", "ignored"})
"""What frameworks write where nobody gave a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test that did not simply pass."""

    name: str
    classname: str | None
    kind: str
    """`failure`, `error` or `skipped`."""

    message: str | None
    """First line of what it said, shortened; None where it said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """Something the test run says about itself, such as a version or a commit."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JunitFacts:
    """What a test run reported. Tests are counted, not taken from the totals that the file declares."""

    suites: int
    tests: int
    """Test cases in the file. None at all is 0: the file was read, and holds no test."""

    passed: int
    failures: int
    errors: int
    """Tests that broke off; a test with a failure and an error counts here only."""

    skipped: int
    skipped_without_reason: int
    flaky: int
    """Tests that passed only when they were repeated; they count as passed."""

    declared_tests: int | None
    """The total the file declares about itself; None where it declares none."""

    declared_failures: int | None
    declared_errors: int | None
    declared_skipped: int | None
    totals_disagree: bool
    """Whether a declared total differs from what was counted."""

    bad_cases: tuple[Case, ...]
    """Failures and errors in the order of the file; at most 200."""

    skipped_cases: tuple[Case, ...]
    """Skipped tests in the order of the file; at most 200."""

    finished_at: str | None
    """
    The latest time stamp of a suite, as a moment; None where there is none. A time stamp without
    zone counts as UTC, as is usual for JUnit; some writers mean local time by it.
    """

    age_days: int | None
    """Whole days from `finished_at` to this run."""

    duration_seconds: float
    """Sum over the test cases."""

    properties: tuple[Property, ...]
    """As the file gives them for its suites; at most 50."""

    modified_at: str
    """When the file was last changed."""


async def look(target: Results, reach: Reach) -> Seen[JunitFacts]:
    """Read the file and count what is in it."""
    return await in_thread(lambda: _look(target, reach))


def _look(target: Results, reach: Reach) -> Seen[JunitFacts]:
    file = reach.evidence.read(target.file)
    count = _Count()
    above: list[str] = []
    for event, element in walk(file.data, target.file, reach.deadline, frozenset({"testcase"})):
        if event == "start":
            if not above and element.tag not in {"testsuites", "testsuite"}:
                raise CannotSee(
                    Reason.UNREADABLE, f"{target.file}: not JUnit XML: it begins with <{_line(element.tag)}>"
                )
            count.begin(element, above, reach.started)
            above.append(element.tag)
        else:
            above.pop()
            if element.tag == "testcase":
                count.case(element)
    facts = count.facts(reach.started, written(file.modified))
    return Seen(facts=facts, excerpts=((target.file, file.data),))


@dataclass(slots=True)
class _Count:
    """Counts while the file goes by."""

    kinds: Counter[str] = field(default_factory=Counter)
    declared: dict[str, int] = field(default_factory=dict)
    declared_by_root: bool = False
    bad: list[Case] = field(default_factory=list)
    skipped: list[Case] = field(default_factory=list)
    properties: list[Property] = field(default_factory=list)
    latest: datetime | None = None
    seconds: float = 0.0

    def begin(self, element: Element, above: list[str], started: datetime) -> None:
        """Note what an element says of itself when it opens."""
        if element.tag in {"testsuites", "testsuite"}:
            self.kinds["suite"] += element.tag == "testsuite"
            # A suite's totals include those of the suites in it, so only the outermost ones add up.
            if not above or (above == ["testsuites"] and not self.declared_by_root):
                self._declare(element)
                self.declared_by_root = not above and "tests" in self.declared
            stamp = read_moment(element.get("timestamp"), started)
            if stamp and (self.latest is None or stamp > self.latest):
                self.latest = stamp
        elif element.tag == "property" and "testcase" not in above and len(self.properties) < MOST_PROPERTIES:
            name, value = element.get("name"), element.get("value")
            if name and value:
                self.properties.append(Property(name=_line(name), value=_line(value)))

    def _declare(self, element: Element) -> None:
        for name, spellings in _TOTALS.items():
            said = next((text for text in map(element.get, spellings) if text is not None), "")
            if _LARGEST_COUNT.fullmatch(said):
                self.declared[name] = self.declared.get(name, 0) + int(said)

    def case(self, element: Element) -> None:
        """Count one test case by the worst thing it says."""
        kind, message = _outcome(element)
        self.kinds[kind] += 1
        self.kinds["flaky"] += kind == "passed" and _was_repeated(element)
        said = element.get("time", "")
        if _SECONDS.fullmatch(said):
            self.seconds += float(said.replace(",", ""))
        if kind == "passed":
            return
        self.kinds["silent"] += kind == "skipped" and message is None
        listed = self.skipped if kind == "skipped" else self.bad
        if len(listed) < MOST_LISTED:
            classname = element.get("classname")
            name = _line(element.get("name", "")) or "?"
            listed.append(
                Case(name=name, classname=_line(classname) if classname else None, kind=kind, message=message)
            )

    def facts(self, started: datetime, modified_at: str) -> JunitFacts:
        """Sum up."""
        counted = {
            "tests": sum(self.kinds[kind] for kind in ("passed", "failure", "error", "skipped")),
            "failures": self.kinds["failure"],
            "errors": self.kinds["error"],
            "skipped": self.kinds["skipped"],
        }
        return JunitFacts(
            suites=self.kinds["suite"],
            **counted,
            passed=self.kinds["passed"],
            skipped_without_reason=self.kinds["silent"],
            flaky=self.kinds["flaky"],
            declared_tests=self.declared.get("tests"),
            declared_failures=self.declared.get("failures"),
            declared_errors=self.declared.get("errors"),
            declared_skipped=self.declared.get("skipped"),
            totals_disagree=any(counted[name] != total for name, total in self.declared.items()),
            bad_cases=tuple(self.bad),
            skipped_cases=tuple(self.skipped),
            finished_at=written(self.latest) if self.latest else None,
            age_days=whole_days(self.latest, started) if self.latest else None,
            duration_seconds=round(self.seconds, 3) if math.isfinite(self.seconds) else 0.0,
            properties=tuple(self.properties),
            modified_at=modified_at,
        )


_TOTALS = {
    "tests": ("tests",),
    "failures": ("failures",),
    "errors": ("errors",),
    "skipped": ("skipped", "skip", "disabled", "ignored"),
}


def _outcome(element: Element) -> tuple[str, str | None]:
    results = _results(element) if len(element) else {}
    for kind in ("error", "failure", "skipped"):
        if kind in results:
            return kind, _said_by(results[kind], kind)
    said = {element.get(name, "").lower() for name in ("status", "result")}
    for kind, words in (("error", _SAID_ERROR), ("failure", _SAID_FAILED), ("skipped", _SAID_SKIPPED)):
        if said & words:
            return kind, None
    return "passed", None


def _said_by(result: Any, kind: str) -> str | None:  # noqa: ANN401 - junitparser ships no types
    if kind == "skipped":
        said = _line(result.message or result.text or "")
        return None if said in _NO_REASONS else said
    return _line(result.message or result.text or result.type or "") or None


def _results(element: Element) -> dict[str, Any]:
    from junitparser import TestCase  # noqa: PLC0415 - only this probe needs it

    # The first of each kind; its totals are not asked for, as asking replaces what the file declares.
    case: Any = TestCase
    return {type(result).__name__.lower(): result for result in reversed(case.fromelem(element).result)}


def _was_repeated(element: Element) -> bool:
    return any(child.tag in {"flakyFailure", "flakyError", "rerunFailure", "rerunError"} for child in element)


def _line(text: str) -> str:
    first = next(iter(text.strip().splitlines()), "")
    return "".join(letter if letter.isprintable() else "?" for letter in first[:LONGEST_TEXT])


PROBE = Probe(
    name="junit",
    looks_at=Results,
    only={"format": ("junit",)},
    sees=JunitFacts,
    look=look,
)
