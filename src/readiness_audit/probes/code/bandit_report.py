"""What bandit found in source code, from the JSON it writes, and the proof that it looked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import read_moment, whole_days, written
from readiness_audit.probes.reach.strict_json import read_json

MOST_FINDINGS = 500
MOST_SKIPPED = 200
LONGEST_TEXT = 200
RANKS = ("UNDEFINED", "LOW", "MEDIUM", "HIGH")
_VERSION = re.compile(r"https://bandit\.readthedocs\.io/en/([0-9][0-9a-z.]{0,20})/")

# These findings repeat the password they found; it must not get into a report.
_TELLS_SECRETS = frozenset({"B105", "B106", "B107"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place in the code that bandit points at."""

    test_id: str
    """Such as `B602`."""

    severity: str
    """`HIGH`, `MEDIUM`, `LOW` or `UNDEFINED`."""

    confidence: str
    """How sure bandit is: `HIGH`, `MEDIUM`, `LOW` or `UNDEFINED`."""

    file: str
    """Relative to the folder that was looked at, where it lies below it."""

    line: int
    text: str
    """What bandit says, shortened; found passwords are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that bandit could not look into."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BanditFacts:
    """What bandit found, and how much it looked at."""

    files: int
    """Files that were looked into, without the skipped ones."""

    lines: int
    """Lines of code in them."""

    findings_count: int
    findings: tuple[Finding, ...]
    """The worst first, by severity, then confidence; at most 500. The counts are over all of them."""

    high: int
    """Findings of high severity."""

    high_sure: int
    """Findings of high severity with medium or high confidence."""

    medium: int
    """Findings of medium severity."""

    low: int
    """Findings of low severity."""

    undefined: int
    """Findings without a severity that is known."""

    skipped_count: int
    skipped: tuple[Skipped, ...]
    """At most 200."""

    nosec: int
    """Lines that a comment in the code takes out of the search."""

    suppressed_tests: int
    """Findings that a comment naming the test takes out."""

    version: str | None
    """Of bandit; None where its output does not tell."""

    taken_at: str | None
    """When bandit looked; None where its output does not tell."""

    age_days: int | None
    """Whole days from `taken_at` to this run."""


def read_report(
    data: bytes, what: str, started: datetime, *, root: str = "", is_of_this_run: bool = False
) -> BanditFacts:
    """
    Read bandit's JSON; `what` names it, and file names are given relative to `root`.

    Raises `CannotSee`: not bandit's JSON, not one file was looked into, or dated in the future.
    """
    match read_json(data, what):
        case {
            "results": [*results],
            "errors": [*errors],
            "metrics": {"_totals": dict() as totals, **files},
            **rest,
        }:
            pass
        case _:
            raise CannotSee(Reason.UNREADABLE, f"{what}: not bandit's JSON: no results, errors and metrics")
    skipped = [_skipped(error, what, root) for error in errors]
    unread = {one.file for one in skipped}
    looked_into = [found for name, found in files.items() if _below(str(name), root) not in unread]
    if not looked_into:
        reasons = Counter(one.reason for one in skipped)
        said = f", {len(skipped)} skipped: {reasons.most_common(1)[0][0]}" if skipped else ""
        raise CannotSee(Reason.EMPTY, f"{what}: bandit looked into no Python file{said}")
    findings = sorted((_finding(result, what, root) for result in results), key=_worst_first)
    severities = Counter(finding.severity for finding in findings)
    stamp = rest.get("generated_at")
    told = read_moment(stamp, started) if isinstance(stamp, str) and not is_of_this_run else None
    taken = started if is_of_this_run else told
    return BanditFacts(
        files=len(looked_into),
        lines=sum(_number(found, "loc", what) for found in looked_into),
        findings_count=len(findings),
        findings=tuple(findings[:MOST_FINDINGS]),
        high=severities["HIGH"],
        high_sure=sum(one.severity == "HIGH" and one.confidence in {"HIGH", "MEDIUM"} for one in findings),
        medium=severities["MEDIUM"],
        low=severities["LOW"],
        undefined=severities["UNDEFINED"],
        skipped_count=len(skipped),
        skipped=tuple(skipped[:MOST_SKIPPED]),
        nosec=_number(totals, "nosec", what),
        suppressed_tests=_number(totals, "skipped_tests", what),
        version=_version(results),
        taken_at=written(taken) if taken else None,
        age_days=whole_days(taken, started) if taken else None,
    )


def _finding(result: Plain, what: str, root: str) -> Finding:
    match result:
        case {
            "test_id": str(test_id),
            "issue_severity": str(severity),
            "issue_confidence": str(confidence),
            "issue_text": str(text),
            "filename": str(file),
            "line_number": int(line),
        } if severity in RANKS and confidence in RANKS:
            said = text.partition(":")[0] if test_id in _TELLS_SECRETS else text
            return Finding(
                test_id=_one_line(test_id),
                severity=severity,
                confidence=confidence,
                file=_below(file, root),
                line=line,
                text=_one_line(said),
            )
        case _:
            raise CannotSee(Reason.UNREADABLE, f"{what}: a finding is not as bandit writes it")


def _skipped(error: Plain, what: str, root: str) -> Skipped:
    match error:
        case {"filename": str(file), "reason": str(reason)}:
            return Skipped(file=_below(file, root), reason=_one_line(reason))
        case _:
            raise CannotSee(Reason.UNREADABLE, f"{what}: a skipped file is not as bandit writes it")


def _worst_first(finding: Finding) -> tuple[int, int, str, int, str]:
    severity, confidence = RANKS.index(finding.severity), RANKS.index(finding.confidence)
    return -severity, -confidence, finding.file, finding.line, finding.test_id


def _number(totals: object, name: str, what: str) -> int:
    number = totals.get(name, 0) if isinstance(totals, dict) else None
    # Older versions do not count everything; what they leave out is none of it.
    if not isinstance(number, int) or number < 0:
        raise CannotSee(Reason.UNREADABLE, f"{what}: the total {name} is not a number")
    return number


def _version(results: list[Plain]) -> str | None:
    for result in results:
        link = result.get("more_info") if isinstance(result, dict) else None
        if isinstance(link, str) and (found := _VERSION.match(link)):
            return found[1]
    return None


def _below(file: str, root: str) -> str:
    return _one_line(file.removeprefix(root.rstrip("/") + "/") if root else file.removeprefix("./"))


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST_TEXT])
