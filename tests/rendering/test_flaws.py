"""Evidence that cannot be judged is told with the cells, statements and columns that are in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from readiness_audit.model.check import Severity
from readiness_audit.model.evidence import Look, Observed, Plain, Reason
from readiness_audit.model.plan import Step
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering import render
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import words_in
from tests.records import a_record, released, with_verdicts
from tests.stages.a_week_later import with_check

CHECK = "risk.register.current"
LOOK = Look(probe="register.risks", target="risks")


def judged(facts: dict[str, Plain], detail: str = "not true of what was seen: facts.row_count > 0") -> Record:
    """Give a record whose register was read, and could not be judged."""
    record = a_record()
    verdict = Verdict(
        check=CHECK,
        target="risks",
        outcome=Outcome.NOT_ASSESSED,
        counts=True,
        reason=Reason.NOT_ASSESSABLE,
        detail=detail,
    )
    seen = Observed(
        look=LOOK,
        taken_at=datetime(2026, 11, 23, 8, 45, tzinfo=UTC),
        tool="readiness-audit 0.1.0",
        facts=facts,
    )
    evidence = [piece for piece in record.evidence if piece.look != LOOK]
    steps = [step for step in record.plan.steps if (step.check, step.target) != (CHECK, "risks")]
    steps.append(Step(check=CHECK, target="risks", looks=(LOOK,), counts=True))
    record = replace(record, plan=replace(record.plan, steps=tuple(steps)), evidence=(*evidence, seen))
    return with_verdicts(record, verdict)


def told(record: Record, language: Language = Language.EN) -> list[str]:
    causes = tell(record, words_in(language, "UTC")).causes
    [cause] = [cause for cause in causes if (CHECK, "risks") in cause.asked]
    return [message.quote for message in cause.messages]


def test_a_cell_that_cannot_be_read_is_named_with_row_column_and_what_is_expected() -> None:
    cell: Plain = {
        "row": 12,
        "column": "reviewed_on",
        "text": "11/10/2026",
        "expected": "a date such as 2026-12-31 or 31.12.2026",
    }
    record = judged({"row_count": 3, "unreadable": [cell], "incomplete": [], "missing_columns": []})
    assert told(record) == [
        (
            "line 12, column “Reviewed on”: “11/10/2026” cannot be read; "
            "expected is a date such as 2026-12-31 or 31.12.2026"
        )
    ]
    assert told(record, Language.DE) == [
        (
            "Zeile 12, Spalte „Geprüft am“: „11/10/2026“ ist nicht zu lesen; "
            "erwartet wird: ein Datum wie 31.12.2026 oder 2026-12-31"
        )
    ]


def test_an_empty_register_is_said_to_have_no_row() -> None:
    assert told(judged({"row_count": 0, "unreadable": [], "incomplete": []})) == [
        "there is no row below the header"
    ]


def test_an_empty_cell_is_named() -> None:
    record = judged({"row_count": 3, "incomplete": [{"row": 4, "column": "owner"}]})
    assert told(record) == ["line 4, column “Owner”: nothing is entered"]


def test_a_missing_column_is_named_where_the_check_asks_for_it() -> None:
    facts: dict[str, Plain] = {"row_count": 3, "missing_columns": ["due", "residual"]}
    asked = "not true of what was seen: !('due' in facts.missing_columns)"
    assert told(judged(facts, asked)) == ["these columns are missing: Due"]


def test_a_statement_that_nobody_made_is_named() -> None:
    assert told(judged({"statements": [], "incomplete": []})) == [f"no statement on {CHECK}"]


def test_a_statement_that_lacks_something_is_named() -> None:
    incomplete: Plain = [{"row": 2, "check": CHECK, "missing": ["date", "role"]}]
    record = judged({"statements": [], "incomplete": incomplete, "unreadable_dates": ["line 2, date: May"]})
    assert told(record) == [
        f"line 2, statement on {CHECK}: missing or unreadable: date, role",
        "no date that can be read: line 2, date: May",
    ]


def test_where_nothing_can_be_pointed_at_the_condition_is_quoted() -> None:
    assert told(judged({"row_count": 3})) == ["“not true of what was seen: facts.row_count > 0”"]


def test_facts_of_another_shape_are_passed_over() -> None:
    record = judged({"unreadable": "cells", "incomplete": [7, {"row": 1}], "missing_columns": None})
    assert len(told(record)) == 1


def test_the_markdown_report_names_the_cell_too() -> None:
    record = judged({"row_count": 3, "incomplete": [{"row": 4, "column": "owner"}]})
    assert "line 4, column “Owner”: nothing is entered" in render(record, "markdown", Language.EN)


def test_statements_on_ids_that_no_check_has_are_named_in_a_notice() -> None:
    record = a_record()
    facts: dict[str, Plain] = {
        "statements": [{"check": "test.uat.signof"}, {"check": CHECK}],
        "incomplete": [{"check": "no.such.check"}, {"check": ""}],
    }
    seen = Observed(
        look=Look(probe="attestation", target="said"),
        taken_at=datetime(2026, 11, 23, 8, 45, tzinfo=UTC),
        tool="readiness-audit 0.1.0",
        facts=facts,
    )
    record = replace(record, evidence=(*record.evidence, seen))
    for language in Language:
        [notice] = [
            text for text in tell(record, words_in(language, "UTC")).notices if "test.uat.signof" in text
        ]
        assert "test.uat.signof, no.such.check" in notice
        assert CHECK not in notice


def test_the_statement_that_is_asked_for_is_named_and_not_the_check_that_asks() -> None:
    asked = "not true of what was seen: facts.statements.exists(s, s.check == 'test.uat.signoff')"
    record = judged({"statements": [], "incomplete": []}, asked)
    assert told(record) == ["no statement on test.uat.signoff"]


def test_a_udp_port_that_keeps_silent_where_others_were_refused_is_named() -> None:
    record = judged({"standing_out": ["514/udp 192.0.2.5 (syslog)", "68/udp 192.0.2.5"]})
    assert told(record) == [
        "silent, while other ports there were refused: 514/udp 192.0.2.5 (syslog), 68/udp 192.0.2.5"
    ]


def test_the_screen_says_in_which_register_the_row_is_missing() -> None:
    record = judged({"row_count": 0})
    other = Look(probe="register.persons", target="persons")
    seen = Observed(
        look=other, taken_at=record.origin.started_at, tool=record.origin.tool, facts={"row_count": 0}
    )
    [open_point] = [verdict for verdict in record.verdicts if verdict.check == CHECK]
    record = with_verdicts(with_check(released(record), CHECK, severity=Severity.MAJOR), open_point)
    steps = [*record.plan.steps[:-1], replace(record.plan.steps[-1], looks=(LOOK, other))]
    record = replace(record, plan=replace(record.plan, steps=tuple(steps)), evidence=(*record.evidence, seen))
    screen = render(record, "terminal", Language.EN).splitlines()
    assert "  risks: there is no row below the header" in screen
    assert "  persons: there is no row below the header" in screen
