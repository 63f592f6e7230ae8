"""What could not be assessed is told by its cause: once, with every check that waits for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from readiness_audit.model.evidence import Look, Missing, Reason
from readiness_audit.model.plan import Step
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language, Texts
from readiness_audit.model.verdict import NOT_TRUE, Outcome, Verdict
from readiness_audit.rendering import FORMATS, render
from readiness_audit.rendering.story import Cause
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import words_in
from tests.records import a_record, decided, released, with_verdicts

REFUSED = "192.0.2.10 refuses connections to port 443"


def causes(record: Record, language: Language = Language.EN) -> tuple[Cause, ...]:
    return tell(record, words_in(language, "Europe/Berlin")).causes


def unseen(check: str, target: str, reason: Reason, detail: str = "") -> Verdict:
    return Verdict(
        check=check, target=target, outcome=Outcome.NOT_ASSESSED, counts=True, reason=reason, detail=detail
    )


def refused(checks: int = 4) -> Record:
    """Give a record that would be a GO, were its portal not refusing connections."""
    record = released(a_record(checks=checks))
    return with_verdicts(
        record,
        *(
            unseen(verdict.check, "portal", Reason.REFUSED, REFUSED)
            for verdict in record.verdicts
            if verdict.target == "portal" and verdict.counts
        ),
    )


def undeclared(*lacks: tuple[str, str]) -> Record:
    """Give a record some of whose checks have no target: (check, what is lacking)."""
    record = released(a_record())
    names = {name for name, _ in lacks}
    steps = [step for step in record.plan.steps if step.check not in names]
    steps += [Step(check=name, target="", looks=(), counts=True, lacks=lack) for name, lack in lacks]
    verdicts = [verdict for verdict in record.verdicts if verdict.check not in names]
    verdicts += [unseen(name, "", Reason.NO_TARGET, lack) for name, lack in lacks]
    return replace(
        record,
        plan=replace(record.plan, steps=tuple(steps)),
        verdicts=tuple(verdicts),
        decision=decided(verdicts, record.policy, record.decision.judged_at),
    )


def test_what_one_refused_connection_prevents_is_one_point() -> None:
    [cause] = causes(refused())
    assert cause.title == "portal (portal.example:443): the connection was refused"
    assert [message.quote for message in cause.messages] == [f"“{REFUSED}”"]
    assert cause.follows == "6 checks cannot be assessed because of it"
    assert {check.check for check in cause.checks} == {check for check, _ in cause.asked}
    assert cause.severity == "blocker"


def test_in_german_the_reason_is_german_and_so_is_what_a_probe_said() -> None:
    [cause] = causes(refused(), Language.DE)
    assert cause.title == "portal (portal.example:443): die Verbindung wurde abgelehnt"
    told = "192.0.2.10 lehnt Verbindungen zu Port 443 ab"
    assert [message.quote for message in cause.messages] == [f"„{told}“"]


@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_no_report_says_it_six_times(format_: str) -> None:
    report = " ".join(render(refused(), format_, Language.EN).split())
    assert report.count("Find out why the connection is refused") <= 3  # next steps, action plan, the point
    assert report.count("6 checks cannot be assessed because of it") <= 2


@pytest.mark.parametrize("language", list(Language))
def test_main_reasons_and_next_steps_differ_from_one_another(language: Language) -> None:
    record = refused()
    risks = unseen("risk.register.current", "risks", Reason.NOT_FOUND, "risks.csv: there is no such file")
    tests = unseen("test.functional.results", "unit-tests", Reason.NOT_FOUND, "junit.xml: there is no file")
    story = tell(with_verdicts(record, risks, tests), words_in(language, "UTC"))
    assert len(story.grounds) == 2
    assert len({ground.title for ground in story.grounds}) == len(story.grounds)
    assert len({step.text for step in story.steps}) == len(story.steps)


def test_equal_recommendations_are_one_step_with_all_its_numbers() -> None:
    story = tell(a_record(), words_in(Language.EN, "UTC"))
    assert [(step.text, step.numbers) for step in story.steps[:1]] == [
        ("Change it where the connection ends.", ("F-001", "F-002"))
    ]


def test_a_fleet_that_is_silent_for_one_reason_is_one_point() -> None:
    [silent] = [cause for cause in causes(a_record(targets=1000, checks=50)) if len(cause.checks) > 1]
    assert silent.title == "node-0049 (node-49.example:443) and 19 more targets: no answer in time"
    assert silent.follows == "52 checks cannot be assessed because of it (1,040 results)"
    assert len(silent.messages) == 8
    assert silent.more_messages == "and 12 more"


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", list(Language))
def test_every_reason_says_why_and_what_to_do(reason: Reason, language: Language) -> None:
    verdict = unseen("tls.protocol.minimum", "portal", reason, "the detail")
    [cause] = [
        cause
        for cause in causes(with_verdicts(a_record(), verdict), language)
        if cause.checks[0].check == "tls.protocol.minimum"
    ]
    said = f"{cause.title} {' '.join(message.quote for message in cause.messages)}"
    assert "the detail" in said
    assert cause.remedy
    assert "{" not in f"{cause.title}{cause.remedy}{cause.step}{cause.follows}"


def test_expired_evidence_is_not_called_unassessed() -> None:
    stale = Verdict(check="risk.register.current", target="risks", outcome=Outcome.STALE, counts=True)
    [cause] = causes(with_verdicts(a_record(), stale), Language.DE)
    assert cause.outcome == "Nachweis abgelaufen"
    assert cause.remedy == "Den Nachweis erneuern."


def test_what_was_not_gathered_when_a_record_is_judged_again_is_no_interruption() -> None:
    verdict = unseen("tls.protocol.minimum", "portal", Reason.INTERRUPTED, "tls:portal was not taken")
    record = with_verdicts(released(a_record()), verdict)
    [cause] = causes(record)
    assert cause.title == "Not gathered in the run that is judged"
    record = replace(record, origin=replace(record.origin, complete=False))
    [cause] = causes(record)
    assert cause.title == "The run was interrupted before everything was gathered"


def test_a_check_that_joins_two_looks_names_the_one_that_showed_nothing() -> None:
    record = released(a_record())
    other = Look(probe="persons", target="risks")
    seen = next(step.looks[0] for step in record.plan.steps if step.check == "net.ports.allowlist")
    step = Step(check="net.ports.allowlist", target="app-1", looks=(seen, other), counts=True)
    steps = [old for old in record.plan.steps if old.check != step.check]
    at = record.decision.judged_at
    missing = Missing(look=other, taken_at=at, reason=Reason.UNREADABLE, detail="row 7 has no name")
    record = replace(
        record,
        plan=replace(record.plan, steps=(*steps, step)),
        evidence=(*record.evidence, missing),
    )
    verdict = unseen("net.ports.allowlist", "app-1", Reason.UNREADABLE, "row 7 has no name")
    [cause] = causes(with_verdicts(record, verdict))
    assert cause.title == "risks (risks.csv): it could not be read"


def test_checks_that_miss_different_things_keep_their_own_messages() -> None:
    record = with_verdicts(
        released(a_record()),
        unseen("tls.protocol.minimum", "portal", Reason.NOT_ASSESSABLE, "not true: size(facts.a) > 0"),
        unseen("cert.expiry.soon", "portal", Reason.NOT_ASSESSABLE, "not true: size(facts.b) > 0"),
    )
    [cause] = causes(record)
    assert [(check.check, check.quote) for check in cause.checks] == [
        ("tls.protocol.minimum", "“not true: size(facts.a) > 0”"),
        ("cert.expiry.soon", "“not true: size(facts.b) > 0”"),
    ]
    assert all(check.what == "Change it where the connection ends." for check in cause.checks)


def showing(record: Record, **sentences: Texts) -> Record:
    """Give the record with `must_show` for some of its checks, by family."""
    checks = tuple(
        replace(check, must_show=sentences.get(check.family, check.must_show))
        for check in record.policy.checks
    )
    return replace(record, policy=replace(record.policy, checks=checks))


@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_a_sentence_stands_where_an_expression_did_not_hold(format_: str) -> None:
    verdict = unseen("tls.protocol.minimum", "portal", Reason.NOT_ASSESSABLE, f"{NOT_TRUE}size(facts.a) > 0")
    record = with_verdicts(released(a_record()), verdict)
    told = Texts(en="The server must have answered.", de="Der Server muss geantwortet haben.")
    for language in Language:
        report = " ".join(render(showing(record, tls=told), format_, language).split())
        assert told.said(language) in report
        assert "facts.a" not in report
        assert "facts.a" in render(record, format_, language)
    assert "facts.a" in render(showing(record, tls=told), "json", Language.EN)


def test_one_sentence_of_several_checks_is_said_once() -> None:
    told = Texts(en="The server must have answered.", de="Der Server muss geantwortet haben.")
    record = with_verdicts(
        released(a_record()),
        unseen("tls.protocol.minimum", "portal", Reason.NOT_ASSESSABLE, f"{NOT_TRUE}size(facts.a) > 0"),
        unseen("cert.expiry.soon", "portal", Reason.NOT_ASSESSABLE, f"{NOT_TRUE}size(facts.b) > 0"),
    )
    [cause] = causes(showing(record, tls=told, cert=told))
    assert [message.quote for message in cause.messages] == [told.en]
    assert cause.messages_are == "needed"
    assert [(check.quote, check.needs, check.what) for check in cause.checks] == [("", "", "")] * 2


def snippets(found: Iterable[Cause]) -> list[str]:
    return [cause.snippet for cause in found]


def test_one_target_that_settles_several_lacks_is_asked_for_once() -> None:
    record = undeclared(
        ("tls.protocol.minimum", "endpoint (protocol: https or tls)"),
        ("cert.expiry.soon", "endpoint (protocol: http or https), target.protocol == 'https'"),
        ("risk.register.current", "register (type: risks)"),
    )
    found = causes(record, Language.DE)
    assert [cause.title for cause in found] == [
        "Nicht angegeben: Netzdienst (Protokoll: https)",
        "Nicht angegeben: Register (Typ: risks)",
    ]
    # An id that is taken is not suggested again.
    assert snippets(found) == [
        "- {kind: endpoint, id: portal-2, host: portal.example.org, port: 443, protocol: https}",
        "- {kind: register, id: risks-2, type: risks, file: risks-2.csv}",
    ]
    assert [len(cause.checks) for cause in found] == [2, 1]


@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_the_line_to_add_is_among_the_next_steps(format_: str) -> None:
    report = render(undeclared(("tls.protocol.minimum", "register (type: risks)")), format_, Language.EN)
    assert report.count("- {kind: register, id: risks-2, type: risks, file: risks-2.csv}") >= 2


def test_a_lack_said_in_another_way_is_quoted() -> None:
    [cause] = causes(undeclared(("risk.register.current", "something else entirely!")))
    assert cause.title == "Nothing that it could be asked of is declared: “something else entirely!”"
    assert cause.snippet == ""


def test_the_machine_report_keeps_every_result_apart() -> None:
    assert render(refused(), "json", Language.EN).count(REFUSED) >= 6
    assert set(FORMATS) == {"html", "json", "markdown", "terminal"}


def test_passwords_that_were_not_tried_ask_for_a_statement_and_not_for_a_wider_authorisation() -> None:
    record = released(a_record())
    check = next(
        verdict.check for verdict in record.verdicts if verdict.target == "portal" and verdict.counts
    )
    look = Look(probe="web-credentials", target="portal")
    told = "the authorisation does not name it under default_credentials, so no password was tried"
    steps = [
        replace(step, looks=(look,)) if (step.check, step.target) == (check, "portal") else step
        for step in record.plan.steps
    ]
    seen = Missing(look=look, taken_at=record.origin.started_at, reason=Reason.OUT_OF_SCOPE, detail=told)
    record = replace(record, plan=replace(record.plan, steps=tuple(steps)), evidence=(*record.evidence, seen))
    [cause] = causes(with_verdicts(record, unseen(check, "portal", Reason.OUT_OF_SCOPE, told)))
    assert cause.title == "portal (portal.example:443): the passwords that makers ship were not tried"
    assert cause.remedy.startswith("Answer it by a statement on this check, or have it tried")
