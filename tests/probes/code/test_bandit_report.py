"""bandit's JSON as it writes it, and as nobody should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.code.bandit import PROBE
from readiness_audit.probes.code.bandit_report import BanditFacts, Finding, Skipped
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.results.reading import blind_for, facts_of


def finding(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON may stand anywhere
    return {
        "code": "3 subprocess.call(x, shell=True)\n",
        "filename": "./app/run.py",
        "issue_confidence": "HIGH",
        "issue_severity": "HIGH",
        "issue_text": "subprocess call with shell=True identified, security issue.",
        "line_number": 3,
        "more_info": "https://bandit.readthedocs.io/en/1.9.4/plugins/b602.html",
        "test_id": "B602",
        "test_name": "subprocess_popen_with_shell_equals_true",
    } | changes


def report(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON may stand anywhere
    return {
        "errors": [{"filename": "./app/odd.py", "reason": "syntax error while parsing AST from file"}],
        "generated_at": "2026-03-08T08:00:00Z",
        "metrics": {
            "./app/run.py": {"loc": 40, "nosec": 2, "skipped_tests": 1},
            "./app/odd.py": {"loc": 7, "nosec": 0, "skipped_tests": 0},
            "_totals": {"loc": 47, "nosec": 2, "skipped_tests": 1},
        },
        "results": [
            finding(issue_severity="LOW", test_id="B404", line_number=1, issue_text="Consider implications."),
            finding(),
            finding(issue_confidence="LOW", line_number=9),
        ],
    } | changes


def seen(folder: Path, content: dict[str, Any]) -> BanditFacts:
    return facts_of(PROBE, "bandit", folder, json.dumps(content))


def test_an_empty_file_shows_nothing(tmp_path: Path) -> None:
    assert blind_for(PROBE, "bandit", tmp_path, b"").reason is Reason.EMPTY


@pytest.mark.parametrize(
    "metrics", [{"_totals": {"loc": 0}}, {"_totals": {"loc": 7}, "./app/odd.py": {"loc": 7}}]
)
def test_no_finding_in_no_file_is_no_result(tmp_path: Path, metrics: dict[str, Any]) -> None:
    found = blind_for(PROBE, "bandit", tmp_path, json.dumps(report(results=[], metrics=metrics)))
    assert found.reason is Reason.EMPTY


@pytest.mark.parametrize(
    "changes",
    [
        {"results": None},
        {"results": [1]},
        {"results": [finding(issue_severity="GREAT")]},
        {"results": [finding(line_number="3")]},
        {"results": [finding(filename=None)]},
        {"errors": {}},
        {"errors": ["x"]},
        {"metrics": []},
        {"metrics": {"a": {"loc": 1}}},
        {"metrics": {"a": {"loc": "many"}, "_totals": {}}},
        {"metrics": {"a": 1, "_totals": {}}},
        {"metrics": {"a": {"loc": 1}, "_totals": {"nosec": -1}}},
    ],
)
def test_what_is_not_as_bandit_writes_it_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    found = blind_for(PROBE, "bandit", tmp_path, json.dumps(report(**changes)))
    assert found.reason is Reason.UNREADABLE


@pytest.mark.parametrize("content", ["[]", "{}", "No issues identified.", "<testsuites/>", "null"])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    assert blind_for(PROBE, "bandit", tmp_path, content).reason is Reason.UNREADABLE


def test_findings_come_worst_first_with_the_proof_that_it_looked(tmp_path: Path) -> None:
    facts = seen(tmp_path, report())
    assert (facts.files, facts.lines, facts.nosec, facts.suppressed_tests) == (1, 40, 2, 1)
    assert (facts.findings_count, facts.high, facts.high_sure, facts.medium, facts.low) == (3, 2, 1, 0, 1)
    assert [(one.test_id, one.confidence, one.line) for one in facts.findings] == [
        ("B602", "HIGH", 3),
        ("B602", "LOW", 9),
        ("B404", "HIGH", 1),
    ]
    assert facts.findings[0] == Finding(
        test_id="B602",
        severity="HIGH",
        confidence="HIGH",
        file="app/run.py",
        line=3,
        text="subprocess call with shell=True identified, security issue.",
    )
    assert facts.skipped == (Skipped(file="app/odd.py", reason="syntax error while parsing AST from file"),)
    assert (facts.version, facts.taken_at, facts.age_days) == ("1.9.4", "2026-03-08T08:00:00Z", 2)


def test_a_report_from_the_future_is_not_evidence(tmp_path: Path) -> None:
    found = blind_for(PROBE, "bandit", tmp_path, json.dumps(report(generated_at="2027-01-01T00:00:00Z")))
    assert found.reason is Reason.FROM_THE_FUTURE


def test_passwords_that_bandit_found_are_not_repeated(tmp_path: Path) -> None:
    told = "Possible hardcoded password: 'hunter2'"
    facts = seen(
        tmp_path,
        report(results=[finding(test_id=test, issue_text=told) for test in ("B105", "B106", "B107")]),
    )
    assert "hunter2" not in repr(facts)
    assert facts.findings[0].text == "Possible hardcoded password"


def test_all_are_counted_and_the_worst_five_hundred_listed(tmp_path: Path) -> None:
    low = [finding(issue_severity="LOW", line_number=number) for number in range(2000)]
    facts = seen(tmp_path, report(results=[*low, finding()]))
    assert (facts.findings_count, facts.low, facts.high, len(facts.findings)) == (2001, 2000, 1, 500)
    assert facts.findings[0].severity == "HIGH"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1200), st.binary(max_size=4)), max_size=5))
def test_damage_breaks_nothing(tmp_path: Path, damage: list[tuple[int, bytes]]) -> None:
    content = json.dumps(report()).encode()
    for place, junk in damage:
        content = content[:place] + junk + content[place + len(junk) :]
    try:
        facts = facts_of(PROBE, "bandit", tmp_path, content)
    except CannotSee:
        return
    assert facts.files > 0
