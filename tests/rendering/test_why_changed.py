"""Why a decision is another one now, in one sentence. The sentences are written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Behind, Hit, Result, RuleName
from readiness_audit.model.record import Record
from readiness_audit.model.system import Stage
from readiness_audit.model.texts import Language, Texts
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.why_changed import why_changed
from readiness_audit.stages.compare import compare
from tests.records import a_record, decided, released
from tests.stages.a_week_later import PORTS, TLS, a_week_later, failing, judged, passing, seeing, with_check
from tests.stages.signing import with_condition, with_waiver

SPRING = datetime(2026, 5, 3, 12, tzinfo=UTC)
BLOCKED = RuleName.BLOCKER_FAILED


def in_spring(record: Record) -> Record:
    """Give the same record as of 3 May."""
    return replace(record, decision=replace(record.decision, judged_at=SPRING))


def saying(record: Record, check: str, en: str, de: str) -> Record:
    """Give the same record with another finding of a check."""
    return with_check(record, check, finding=Texts(en=en, de=de))


def behind(record: Record, rule: RuleName, result: Result, *spots: tuple[str, str]) -> Record:
    """Give the same record decided by this rule, with this behind it."""
    hit = Hit(rule=rule, result=result, behind=tuple(Behind(check=check, target=on) for check, on in spots))
    decision = replace(record.decision, result=result, deciding=hit, agreeing=())
    return replace(record, decision=decision)


def told(old: Record, new: Record, language: Language = Language.EN) -> str:
    return why_changed(old, new, compare(old, new), language)


GO = in_spring(released(a_record()))


def test_nothing_changed() -> None:
    assert told(a_record(), a_week_later(a_record())) == "customer-portal: still NO-GO"
    assert (
        told(a_record(), a_week_later(a_record()), Language.DE) == "customer-portal: weiterhin keine Freigabe"
    )


def nine_days_left_and_a_waiver_expired() -> tuple[Record, Record]:
    """A certificate runs out, and the waiver for a port that is still open was good until October."""
    old = in_spring(with_waiver(failing(GO, PORTS, "8080/tcp"), until=date(2026, 10, 31)))
    old = behind(old, RuleName.NOTHING_OPEN, Result.GO)
    new = failing(failing(GO, PORTS, "8080/tcp"), TLS, "x")
    new = seeing(
        saying(new, TLS, "The certificate has 9 days left.", "Das Zertifikat gilt noch 9 Tage."),
        "tls",
        days=9,
    )
    new = replace(new, decision=replace(new.decision, judged_at=a_record().decision.judged_at))
    return old, behind(new, BLOCKED, Result.NO_GO, (TLS, "portal"), (PORTS, "app-1"))


MODEL = {
    Language.EN: (
        "customer-portal: was GO on 3 May 2026, is NO-GO on 23 November 2026 because tls.protocol.minimum is "
        "not met on portal (The certificate has 9 days left) and waiver W-7 expired."
    ),
    Language.DE: (
        "customer-portal: war Freigabe am 03.05.2026, ist keine Freigabe am 23.11.2026. Grund: "
        "tls.protocol.minimum ist an portal nicht erfüllt (Das Zertifikat gilt noch 9 Tage) und "
        "die Ausnahmegenehmigung W-7 ist abgelaufen."
    ),
}


@pytest.mark.parametrize("language", list(Language))
def test_the_model_sentence(language: Language) -> None:
    assert told(*nine_days_left_and_a_waiver_expired(), language) == MODEL[language]


def ends(old: Record, new: Record) -> str:
    """Give what stands behind `because` in English, without the stop."""
    return told(old, new).partition(" because ")[2].removesuffix(".")


def test_a_waiver_that_was_taken_back_did_not_expire() -> None:
    old, new = nine_days_left_and_a_waiver_expired()
    waived = tuple(replace(each, until=date(2027, 1, 31)) for each in old.decision.waived)
    old = replace(old, decision=replace(old.decision, waived=waived))
    assert ends(old, new).endswith("and waiver W-7 has no effect any more")


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (date(2026, 11, 22), "the condition for net.ports.allowlist on app-1 fell due on 22 November 2026"),
        (date(2026, 11, 23), "the condition for net.ports.allowlist on app-1 has no effect any more"),
    ],
)
def test_a_condition_is_over(due: date, expected: str) -> None:
    old = with_condition(failing(GO, PORTS, "8080/tcp"), due)
    new = failing(GO, PORTS, "8080/tcp")
    new = replace(new, decision=replace(new.decision, judged_at=a_record().decision.judged_at))
    new = behind(new, RuleName.MAJORS_NOT_SETTLED, Result.NO_GO, (PORTS, "app-1"))
    assert ends(in_spring(old), new) == expected


def test_what_was_mended_brings_it_back() -> None:
    old = in_spring(failing(GO, TLS, "TLSv1.0"))
    new = seeing(passing(old, TLS), "tls", versions=["TLSv1.3"])
    assert ends(old, a_week_later(new)) == "tls.protocol.minimum is met on portal"


def test_a_waiver_or_a_condition_brings_it_back() -> None:
    old = behind(in_spring(failing(GO, PORTS, "8080/tcp")), BLOCKED, Result.NO_GO, (PORTS, "app-1"))
    waived = behind(with_waiver(old), RuleName.NOTHING_OPEN, Result.GO)
    assert ends(old, a_week_later(waived)) == "waiver W-7 covers net.ports.allowlist on app-1"
    bound = with_condition(old, date(2026, 12, 15))
    assert ends(old, a_week_later(bound)) == "a condition was agreed for net.ports.allowlist on app-1"


def test_what_the_check_did_is_not_said_of_the_world() -> None:
    new = with_check(failing(GO, TLS, "TLSv1.2"), TLS, parameters={"minimum": "TLSv1.3"})
    assert ends(GO, a_week_later(new)).endswith(", since the check was changed")


def test_what_could_not_be_seen_is_told_with_its_reason() -> None:
    new = judged(GO, TLS, outcome=Outcome.STALE)
    new = behind(new, RuleName.BLOCKER_NOT_ASSESSED, Result.INCONCLUSIVE, (TLS, "portal"))
    assert ends(GO, a_week_later(new)).startswith("tls.protocol.minimum was not assessed on portal (")


def test_a_check_that_weighs_more_now() -> None:
    old = failing(with_check(GO, TLS, severity=Severity.MINOR), TLS, "TLSv1.0")
    new = failing(GO, TLS, "TLSv1.0")
    old = in_spring(replace(old, decision=decided(old.verdicts, old.policy, SPRING)))
    assert ends(old, a_week_later(new)) == "tls.protocol.minimum is rated Blocker now"


def test_a_later_stage_asks_more() -> None:
    old = in_spring(behind(failing(GO, TLS, "TLSv1.0"), RuleName.NOTHING_OPEN, Result.GO))
    new = failing(GO, TLS, "TLSv1.0")
    new = replace(new, system=replace(new.system, stage=Stage.ROLLOUT))
    assert ends(old, a_week_later(new)) == "the stage is Rollout now"


def test_the_policys_numbers_decide_otherwise() -> None:
    rule = replace(GO.policy.rule, coverage_for_go=1.0, coverage_at_least=1.0)
    new = behind(GO, RuleName.COVERAGE_TOO_LOW, Result.INCONCLUSIVE)
    new = replace(new, policy=replace(new.policy, rule=rule))
    assert ends(GO, a_week_later(new)) == (
        "the policy changed (rule.coverage_at_least: 0.8 -> 1.0, rule.coverage_for_go: 0.95 -> 1.0)"
    )


def test_of_many_reasons_a_few_are_told() -> None:
    old = in_spring(released(a_record(targets=30)))
    new = a_record(targets=30, checks=0)
    sentence = ends(old, a_week_later(new))
    assert sentence.count("is not met on") == 3
    assert " more reason" in sentence
