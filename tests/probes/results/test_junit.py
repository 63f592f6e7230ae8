"""JUnit XML of honest, lying, broken and hostile test runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Results
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.results.junit import PROBE, Case, JunitFacts, Property
from tests.looking import look_at
from tests.probes.results.reading import HOSTILE_XML, NOW, blind_for, facts_of


def seen(folder: Path, content: bytes | str) -> JunitFacts:
    return facts_of(PROBE, "junit", folder, content)


def test_it_says_so_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as caught:
        look_at(PROBE, Results(kind="results", id="r", format="junit", file="no.xml"), evidence=tmp_path)
    assert caught.value.reason is Reason.NOT_FOUND


def test_an_empty_file_is_not_a_test_run(tmp_path: Path) -> None:
    assert blind_for(PROBE, "junit", tmp_path, b"").reason is Reason.EMPTY


@pytest.mark.parametrize(
    "content", ["<testsuites/>", "<testsuite tests='0'/>", "<testsuites><testsuite/></testsuites>"]
)
def test_no_tests_are_counted_as_none(tmp_path: Path, content: str) -> None:
    facts = seen(tmp_path, content)
    assert (facts.tests, facts.passed, facts.finished_at) == (0, 0, None)


def test_declared_tests_without_test_cases_are_none(tmp_path: Path) -> None:
    facts = seen(
        tmp_path, '<testsuites tests="120" failures="0" errors="0"><testsuite tests="120"/></testsuites>'
    )
    assert (facts.tests, facts.declared_tests, facts.totals_disagree) == (0, 120, True)


@pytest.mark.parametrize("name", HOSTILE_XML)
def test_hostile_xml_is_refused_quickly(tmp_path: Path, name: str) -> None:
    started = time.monotonic()
    found = blind_for(PROBE, "junit", tmp_path, HOSTILE_XML[name])
    assert found.reason in {Reason.UNREADABLE, Reason.TOO_LARGE}
    assert "root:" not in found.detail
    assert time.monotonic() - started < 3


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "results").open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(CannotSee) as caught:
        look_at(PROBE, Results(kind="results", id="r", format="junit", file="results"), evidence=tmp_path)
    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("junk", [b"<x/>", b"<x>t</x>", b"<testcase/>", b'<property name="a" value="b"/>'])
def test_a_large_file_does_not_fill_the_memory(tmp_path: Path, junk: bytes) -> None:
    content = b"<testsuites><testsuite>" + junk * (400_000 // len(junk)) + b"</testsuite></testsuites>"
    seen(tmp_path, b'<testsuite><testcase name="a"/></testsuite>')  # so that what it loads is loaded
    tracemalloc.start()
    try:
        seen(tmp_path, content)
        assert tracemalloc.get_traced_memory()[1] < 6 * 2**20
    finally:
        tracemalloc.stop()


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_bytes(b"<testsuite>" + b"<testcase/>" * 30_000 + b"</testsuite>")
    target = Results(kind="results", id="r", format="junit", file="r.xml")
    with pytest.raises(CannotSee) as caught:
        look_at(PROBE, target, evidence=tmp_path, seconds=0.001)
    assert caught.value.reason is Reason.TIMED_OUT


def test_what_pytest_writes_is_read_as_pytest_meant_it(tmp_path: Path) -> None:
    (tmp_path / "test_made.py").write_text(
        """
import pytest

def test_ok(): pass
def test_bad(): assert 1 == 2, "one is not two"
def test_error(no_such_fixture): pass
@pytest.mark.skip(reason="not on Tuesdays")
def test_skipped(): pass
@pytest.mark.skip
def test_silently_skipped(): pass
@pytest.fixture
def broken():
    yield
    raise RuntimeError("teardown")
def test_teardown(broken): pass
"""
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "--junitxml=results",
        ],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        timeout=60,
    )
    facts = facts_of(PROBE, "junit", tmp_path, (tmp_path / "results").read_bytes(), now=datetime.now(UTC))
    assert (facts.suites, facts.tests, facts.passed) == (1, 6, 1)
    assert (facts.failures, facts.errors, facts.skipped, facts.skipped_without_reason) == (1, 2, 2, 1)
    # pytest counts the test that broke in its tear-down twice and takes one off again.
    assert (facts.declared_tests, facts.declared_errors, facts.totals_disagree) == (6, 2, False)
    assert facts.bad_cases[0].name == "test_bad"
    assert facts.bad_cases[0].message == "AssertionError: one is not two"
    assert facts.skipped_cases == (
        Case(name="test_skipped", classname="test_made", kind="skipped", message="not on Tuesdays"),
        Case(name="test_silently_skipped", classname="test_made", kind="skipped", message=None),
    )
    assert facts.age_days == 0


def test_totals_that_lie_are_told(tmp_path: Path) -> None:
    facts = seen(
        tmp_path,
        """<testsuite tests="2" failures="0" errors="0" skipped="0">
             <testcase name="a"/><testcase name="b"><failure message="no"/></testcase>
           </testsuite>""",
    )
    assert (facts.failures, facts.declared_failures, facts.totals_disagree) == (1, 0, True)


def test_totals_are_not_made_up_where_none_are_declared(tmp_path: Path) -> None:
    facts = seen(tmp_path, "<testsuites><testsuite><testcase name='a'/></testsuite></testsuites>")
    assert (facts.tests, facts.declared_tests, facts.totals_disagree) == (1, None, False)


@pytest.mark.parametrize("said", ["-1", "1e3", "0x1", "", "1.5", "٣", "9" * 40])
def test_a_total_that_is_no_number_is_none(tmp_path: Path, said: str) -> None:
    assert (
        seen(tmp_path, f'<testsuite tests="{said}"><testcase name="a"/></testsuite>').declared_tests is None
    )


def test_suites_in_suites_are_counted_once(tmp_path: Path) -> None:
    facts = seen(
        tmp_path,
        """<testsuites>
             <testsuite name="outer" tests="3" failures="1">
               <testcase name="a"/>
               <testsuite name="inner" tests="2" failures="1">
                 <testcase name="b"><failure/></testcase>
                 <testsuite name="innermost" tests="1"><testcase name="c"/></testsuite>
               </testsuite>
             </testsuite>
             <testsuite tests="1" failures="0"><testcase name="d"/></testsuite>
           </testsuites>""",
    )
    assert (facts.suites, facts.tests, facts.failures) == (4, 4, 1)
    assert (facts.declared_tests, facts.declared_failures, facts.totals_disagree) == (4, 1, False)


def test_test_cases_outside_any_suite_count(tmp_path: Path) -> None:
    facts = seen(tmp_path, "<testsuites><testcase name='a'><error/></testcase></testsuites>")
    assert (facts.tests, facts.errors) == (1, 1)


@pytest.mark.parametrize(
    ("attributes", "inside", "kind"),
    [
        ("", "<failure/><error/>", "error"),
        ("", "<skipped/><failure/>", "failure"),
        ("", "<system-out>FAILURE</system-out>", "passed"),
        ('status="notrun"', "", "skipped"),  # GoogleTest
        ('status="run" result="suppressed"', "", "skipped"),
        ('status="failed"', "", "failure"),
        ('result="error"', "", "error"),
        ('status="run" result="completed"', "", "passed"),
        ('status="failed"', "<skipped/>", "skipped"),
    ],
)
def test_a_test_counts_as_the_worst_that_it_says(
    tmp_path: Path, attributes: str, inside: str, kind: str
) -> None:
    facts = seen(tmp_path, f"<testsuite><testcase name='a' {attributes}>{inside}</testcase></testsuite>")
    counts = {
        "passed": facts.passed,
        "failure": facts.failures,
        "error": facts.errors,
        "skipped": facts.skipped,
    }
    assert {name for name, count in counts.items() if count} == {kind}
    assert facts.tests == 1


def test_a_name_space_changes_nothing(tmp_path: Path) -> None:
    content = '<testsuite xmlns="urn:x"><testcase name="a"><failure message="m"/></testcase></testsuite>'
    facts = seen(tmp_path, content)
    assert (facts.tests, facts.failures, facts.bad_cases[0].message) == (1, 1, "m")


def test_tests_that_passed_only_when_repeated_are_flaky(tmp_path: Path) -> None:
    flaky = "<testcase name='a'><flakyFailure message='once'/></testcase>"
    facts = seen(tmp_path, f"<testsuite>{flaky}<testcase name='b'/></testsuite>")
    assert (facts.passed, facts.flaky) == (2, 1)


def test_the_latest_time_stamp_counts_and_times_add_up(tmp_path: Path) -> None:
    facts = seen(
        tmp_path,
        """<testsuites timestamp="2026-03-01T08:00:00">
             <testsuite timestamp="2026-03-03T08:00:00+02:00"><testcase time="1,000.5"/></testsuite>
             <testsuite timestamp="2026-03-02T08:00:00Z"><testcase time="0.25"/></testsuite>
             <testsuite><testcase time="nan"/></testsuite>
             <testsuite timestamp="last week"><testcase time="-5"/><testcase time="1e999"/></testsuite>
           </testsuites>""",
    )
    assert (facts.finished_at, facts.age_days, facts.duration_seconds) == ("2026-03-03T06:00:00Z", 7, 1000.75)


def test_a_run_that_has_not_been_yet_is_not_evidence(tmp_path: Path) -> None:
    found = blind_for(
        PROBE, "junit", tmp_path, '<testsuite timestamp="2027-01-01T00:00:00Z"><testcase/></testsuite>'
    )
    assert found.reason is Reason.FROM_THE_FUTURE


def test_properties_of_suites_are_kept_and_those_of_tests_are_not(tmp_path: Path) -> None:
    facts = seen(
        tmp_path,
        """<testsuite><properties><property name="commit" value="a1b2"/><property name="empty"/></properties>
             <testcase name="a"><properties><property name="note" value="x"/></properties></testcase>
           </testsuite>""",
    )
    assert facts.properties == (Property(name="commit", value="a1b2"),)


def test_texts_are_one_short_clean_line(tmp_path: Path) -> None:
    long = "x" * 1000
    name = "&#x202e;" + long
    facts = seen(
        tmp_path,
        f'<testsuite><testcase name="{name}"><failure message="{long}&#10;b"/></testcase></testsuite>',
    )
    (case,) = facts.bad_cases
    assert case.name == "?" + "x" * 199
    assert case.message == "x" * 200


def test_only_the_first_two_hundred_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    facts = seen(tmp_path, "<testsuite>" + "<testcase name='a'><failure/></testcase>" * 1000 + "</testsuite>")
    assert (facts.failures, len(facts.bad_cases)) == (1000, 200)


def test_the_file_itself_is_kept_as_an_excerpt(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_bytes(b"<testsuite/>")
    target = Results(kind="results", id="r", format="junit", file="r.xml")
    assert look_at(PROBE, target, evidence=tmp_path, now=NOW).excerpts == (("r.xml", b"<testsuite/>"),)


HONEST = b"""<testsuites tests="3" failures="1"><testsuite timestamp="2026-03-01T08:00:00" time="1.5">
<properties><property name="a" value="b"/></properties><testcase name="a" time="1.0"/>
<testcase name="b"><failure message="m">text</failure></testcase><testcase name="c"><skipped/></testcase>
</testsuite></testsuites>"""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.binary(max_size=4)), max_size=5))
def test_damage_is_never_taken_for_success(tmp_path: Path, damage: list[tuple[int, bytes]]) -> None:
    content = HONEST
    for place, junk in damage:
        content = content[:place] + junk + content[place + len(junk) :]
    try:
        facts = seen(tmp_path, content)
    except CannotSee:
        return
    assert facts.tests == facts.passed + facts.failures + facts.errors + facts.skipped
