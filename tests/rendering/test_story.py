"""The story says what stands in the record: nothing more, nothing less, and the numbers add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from readiness_audit.errors import ReportError
from readiness_audit.model.decision import Hit, Result, RuleName
from readiness_audit.model.evidence import Reason
from readiness_audit.model.governance import Condition
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language, Texts
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.rendering.reading import first_line, opened, prose
from readiness_audit.rendering.story import Story
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import words_in
from tests.records import a_record, released, with_verdicts


def told(record: Record, language: Language = Language.EN) -> Story:
    return tell(record, words_in(language, "Europe/Berlin"), "ab" * 32)


def verdict(check: str, target: str, outcome: Outcome, **rest: object) -> Verdict:
    return Verdict(check=check, target=target, outcome=outcome, counts=True, **rest)  # type: ignore[arg-type]  # the caller's own fields


def with_condition() -> Record:
    record = released(a_record())
    failed = verdict("net.ports.allowlist", "app-1", Outcome.FAIL, subjects=("8080/tcp",), count=1)
    record = with_verdicts(record, failed)
    agreed = Condition(
        check="net.ports.allowlist",
        target="app-1",
        owner="Jana Beispiel, IT-Betrieb",
        due=date(2026, 12, 4),
        approved_by="Max Muster, IT-Leitung",
        demand="Close the port",
    )
    hit = Hit(rule=RuleName.CONDITIONS_OR_COVERAGE, result=Result.CONDITIONAL, behind=())
    decision = replace(
        record.decision,
        result=Result.CONDITIONAL,
        deciding=hit,
        agreeing=(),
        conditions=(agreed,),
        valid_until=date(2027, 5, 23),
    )
    return replace(record, decision=decision)


@pytest.mark.parametrize("record", [a_record(), released(a_record()), a_record(targets=200, checks=3)])
def test_the_counts_add_up(record: Record) -> None:
    story, tally = told(record), record.decision.tally
    *parts, total = story.matrix.total
    assert sum(parts) == total == tally.planned
    assert [sum(cells[at] for _, cells in story.matrix.rows) for at in range(6)] == list(story.matrix.total)
    assert all(sum(cells[:-1]) == cells[-1] for _, cells in story.matrix.rows)
    for name in ("passed", "failed", "open", "aside"):
        by_check = sum(getattr(row, name) for row in story.checks)
        assert by_check == sum(getattr(point, name) for point in story.points)
    assert sum(row.passed for row in story.checks) == tally.passed
    assert sum(row.failed + row.passed + row.open for row in story.previews) == tally.previews


def test_a_record_that_contradicts_itself_makes_no_report() -> None:
    record = a_record()
    tally = replace(record.decision.tally, passed=record.decision.tally.passed + 1)
    with pytest.raises(ReportError, match="contradicts itself"):
        told(replace(record, decision=replace(record.decision, tally=tally)))


def test_a_verdict_on_a_check_nobody_asked_for_makes_no_report() -> None:
    record = a_record()
    stray = verdict("no.such", "portal", Outcome.FAIL)
    with pytest.raises(ReportError, match=r"no\.such"):
        told(replace(record, verdicts=(*record.verdicts, stray)))


def test_all_ten_points_are_shown_even_when_none_was_asked_about() -> None:
    record = a_record()
    story = told(replace(record, decision=replace(record.decision, points=())))
    assert [point.number for point in story.points] == list(range(1, 11))
    assert {point.status for point in story.points} == {"no check at this stage"}


def test_a_point_is_met_only_where_everything_was_seen_and_is_met() -> None:
    status = {point.number: (point.mark, point.status) for point in told(a_record()).points}
    assert status[5] == ("fail", "not met")
    assert status[8] == ("partial", "partly met")
    assert status[9] == ("open", "not assessed")
    met = {point.number: point.mark for point in told(released(a_record())).points}
    assert met[5] == met[8] == met[9] == "pass"


def test_a_point_that_is_open_anywhere_is_never_called_met() -> None:
    silent = verdict("tls.protocol.minimum", "portal", Outcome.NOT_ASSESSED, reason=Reason.TIMED_OUT)
    old = verdict("risk.register.current", "risks", Outcome.STALE)
    record = with_verdicts(released(a_record()), silent, old)
    for language, incomplete, unseen in (
        (Language.EN, "incompletely checked", "not assessed"),
        (Language.DE, "unvollständig geprüft", "nicht geprüft"),
    ):
        points = {point.number: point for point in told(record, language).points}
        assert (points[8].mark, points[8].status) == ("incomplete", incomplete)
        assert (points[9].mark, points[9].status) == ("open", unseen)
        rows = {row.check: row.status for row in told(record, language).checks}
        assert rows["tls.protocol.minimum"] == unseen


def test_the_first_page_says_why_and_what_to_do() -> None:
    story = told(a_record())
    assert story.headline.word == "NO-GO"
    assert story.headline.rule == "2 blockers are not met."
    assert [ground.title for ground in story.grounds] == [
        "3 found: test_login, test_logout, test_export[Größe=ß]",
        "2 found: TLSv1.0, TLSv1.1",
    ]
    assert [ground.number for ground in story.grounds] == ["F-001", "F-002"]
    assert [step.text for step in story.steps][-2:] == [
        "See to the other 2 open points in the action plan.",
        "Then audit again: the same command, the same system file.",
    ]


def test_a_go_says_that_a_person_decides_and_when_to_audit_again() -> None:
    story = told(released(a_record()), Language.DE)
    assert story.headline.word == "Freigabe"
    assert "Es entscheidet eine benannte Person." in story.headline.recommends
    assert story.steps[-1].text.startswith("Vor dem Ende der Freigabe am 23.02.2027")
    assert not story.findings
    assert not story.measures


def test_a_condition_is_named_with_its_owner_and_its_last_day() -> None:
    story = told(with_condition())
    assert (
        story.steps[0].text
        == "Close the port. Responsible: Jana Beispiel, IT-Betrieb. Due by 4 December 2026."
    )
    assert story.steps[0].numbers == (story.conditions[0].number,) == ("A-001",)
    assert story.grounds[0].number == "F-001"
    [finding] = story.findings
    assert finding.conditions == ("A-001",)
    assert (story.measures[0].owner, story.measures[0].due) == (
        "Jana Beispiel, IT-Betrieb",
        "4 December 2026",
    )


def test_every_open_point_has_a_measure() -> None:
    story = told(a_record(targets=100, checks=2))
    numbers = {item.number for item in story.findings} | {item.number for item in story.causes}
    assert {measure.for_number for measure in story.measures} == numbers
    assert [measure.number for measure in story.measures] == [f"M-{n:03}" for n in range(1, len(numbers) + 1)]


def test_equal_findings_are_one_finding_with_the_first_targets_and_a_count() -> None:
    story = told(a_record(targets=1000))
    [finding] = [item for item in story.findings if item.check == "tls.protocol.minimum"]
    [seen] = finding.seen
    assert finding.targets == "100 targets"
    assert len(seen.targets) == 8
    assert seen.more_targets == "and 92 more"
    assert len(seen.proofs) == 8


def test_a_finding_is_filled_in_from_what_was_observed() -> None:
    record = a_record()
    checks = tuple(
        replace(
            check,
            finding=Texts(en="{target}: {count} of {subjects}, {minimum}, {server}.", de="{server}"),
            observed={"server": "facts.server"},
        )
        if check.id == "tls.protocol.minimum"
        else check
        for check in record.policy.checks
    )
    record = replace(record, policy=replace(record.policy, checks=checks))
    subjects = tuple(f"s{n}" for n in range(200))
    failed = verdict(
        "tls.protocol.minimum",
        "portal",
        Outcome.FAIL,
        subjects=subjects,
        count=1234,
        values={"server": "{count}"},
    )
    record = with_verdicts(record, failed)
    [finding] = [item for item in told(record).findings if item.check == "tls.protocol.minimum"]
    [seen] = finding.seen
    first = ", ".join(subjects[:8])
    assert seen.sentence == f"portal: 1,234 of {first} and 1,226 more, TLSv1.2, {{count}}."
    assert len(seen.subjects) == 60
    assert seen.more_subjects == "1,174 more are counted in the record."


def test_the_evidence_behind_a_finding_is_in_the_register() -> None:
    story = told(a_record())
    [finding] = [item for item in story.findings if item.check == "tls.protocol.minimum"]
    [proof] = finding.seen[0].proofs
    assert proof.number in {row.cells[0] for row in story.evidence.rows}
    assert (
        proof.told == "tls:portal · 23 November 2026, 09:45 (UTC+1) · readiness-audit 0.1.0 · audit-station"
    )


def test_document_control_names_what_the_report_was_made_from() -> None:
    control = {pair.label: pair.value for pair in told(a_record()).control}
    assert control["SHA-256 of the record"] == "ab" * 32
    assert control["Edition"] == "2026-11"
    without = tell(a_record(), words_in(Language.EN, "UTC"))
    assert "not given when this report was made" in {pair.value for pair in without.control}


def test_an_interrupted_run_and_one_judged_again_say_so() -> None:
    record = a_record()
    origin = replace(record.origin, complete=False, judged_from="20260101T000000Z-000000")
    story = told(replace(record, origin=origin))
    assert not story.complete
    assert len(story.notices) == 2
    assert story.status == "Incomplete: the run was interrupted"
    assert any("20260101T000000Z-000000" in text for text in story.method)


def test_proofs_of_a_verdict_without_looks_are_empty() -> None:
    record = a_record()
    reading = opened(replace(record, plan=replace(record.plan, steps=())), words_in(Language.EN, "UTC"))
    assert reading.proofs(record.verdicts[0]) == ()


def test_prose_keeps_the_lines_an_author_meant_and_joins_the_others() -> None:
    wide = (
        "Raise the lowest version wherever a connection ends (web server, balancer, proxy), and do so really"
    )
    text = (
        f"{wide}\neverywhere.\nnginx: ssl_protocols TLSv1.2;\nApache: SSLProtocol +TLSv1.2\n\n"
        "- one\n  more\n- two\n\n    code\n"
    )
    paragraph, items, code = prose(text)
    assert paragraph.lines == (
        f"{wide} everywhere.",
        "nginx: ssl_protocols TLSv1.2;",
        "Apache: SSLProtocol +TLSv1.2",
    )
    assert (items.kind, items.lines) == ("list", ("one more", "two"))
    assert (code.kind, code.lines) == ("code", ("code",))


def test_a_line_that_only_looks_like_a_label_goes_on_with_its_sentence() -> None:
    [paragraph] = prose("Make it obligatory at the gateway (Microsoft\nEntra ID: access; other: flow).")
    assert paragraph.lines == (
        "Make it obligatory at the gateway (Microsoft Entra ID: access; other: flow).",
    )


def test_the_first_line_of_a_fix_is_a_sentence_or_is_cut_at_a_word() -> None:
    assert first_line("Disable the accounts that were named, e.g. by hand. Then look again.") == (
        "Disable the accounts that were named, e.g. by hand."
    )
    assert first_line("word " * 100).endswith("word …")
    assert first_line("") == ""


def test_the_first_line_does_not_end_where_something_is_to_follow() -> None:
    told = first_line("Have it approved and write at its top:\nStatus: approved, Approved by.")
    assert told == "Have it approved and write at its top: Status: approved, Approved by."
