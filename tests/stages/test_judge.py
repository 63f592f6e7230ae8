"""Judging: one verdict for every step, and none passes without evidence of this run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Evidence, Look, Missing, Observed, Plain, Reason
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.judge import contradicted, judge
from readiness_audit.stages.plan import plan
from tests.checks import a_check
from tests.senses import senses
from tests.systems import HOUSE, a_house, asking

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
CLOSED: dict[str, Plain] = {"count": 1, "closed": True, "width": 5}


def seen(look: str, facts: dict[str, Plain] = CLOSED, taken_at: datetime = AT) -> Observed:
    probe, _, target = look.partition(":")
    return Observed(look=Look(probe=probe, target=target), taken_at=taken_at, tool="t", facts=facts)


def missing(look: str, reason: Reason) -> Missing:
    probe, _, target = look.partition(":")
    return Missing(look=Look(probe=probe, target=target), taken_at=AT, reason=reason, detail="why")


def judged(check: Check, *evidence: Evidence, targets: slice = slice(0, 1)) -> Verdict:
    known = senses()
    policy = asking(check)
    house = a_house(targets=(*HOUSE.targets[targets], HOUSE.targets[2]))
    made = plan(house, policy, known.probes, known.views)
    (verdict, *_) = judge(made, evidence, policy, known.probes, known.views, AT)
    return verdict


def test_what_was_seen_is_judged() -> None:
    assert judged(a_check(), seen("door:front")).outcome is Outcome.PASS
    assert judged(a_check(), seen("door:front", {**CLOSED, "closed": False})).outcome is Outcome.FAIL


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_for_seeing_nothing_ever_passes(reason: Reason) -> None:
    verdict = judged(a_check(assessable_when="true", passes_when="true"), missing("door:front", reason))
    assert (verdict.outcome, verdict.reason, verdict.detail) == (Outcome.NOT_ASSESSED, reason, "why")


def test_a_look_that_was_never_taken_is_not_assessed() -> None:
    verdict = judged(a_check(assessable_when="true", passes_when="true"))
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_ASSESSED, Reason.INTERRUPTED)


def test_evidence_of_another_target_does_not_help() -> None:
    assert judged(a_check(), seen("door:back")).outcome is Outcome.NOT_ASSESSED


def test_a_check_without_a_target_is_not_assessed_and_says_what_is_lacking() -> None:
    verdict = judged(a_check(), targets=slice(0, 0))
    assert (verdict.outcome, verdict.reason, verdict.detail) == (
        Outcome.NOT_ASSESSED,
        Reason.NO_TARGET,
        "host",
    )


def test_what_passed_long_ago_is_stale_now_and_what_failed_still_fails() -> None:
    long_ago = AT - timedelta(days=1, minutes=1)
    assert judged(a_check(), seen("door:front", taken_at=long_ago)).outcome is Outcome.STALE
    bad = seen("door:front", {**CLOSED, "closed": False}, taken_at=long_ago)
    assert judged(a_check(), bad).outcome is Outcome.FAIL
    assert judged(a_check(), seen("door:front", taken_at=AT - timedelta(hours=23))).outcome is Outcome.PASS


def test_evidence_from_the_future_counts_for_nothing() -> None:
    verdict = judged(a_check(), seen("door:front", taken_at=AT + timedelta(minutes=6)))
    assert verdict.reason is Reason.FROM_THE_FUTURE
    assert judged(a_check(), seen("door:front", taken_at=AT + timedelta(minutes=4))).outcome is Outcome.PASS


def test_a_number_that_was_recorded_as_a_whole_one_is_a_number_again() -> None:
    check = a_check(passes_when="facts.width / 2.0 == 2.5")
    assert judged(check, seen("door:front")).outcome is Outcome.PASS


def test_a_view_is_joined_from_its_looks() -> None:
    check = a_check(probe=None, view="both")
    opened = {**CLOSED, "closed": False}
    assert judged(check, seen("door:front"), seen("paper:deed")).outcome is Outcome.PASS
    assert judged(check, seen("door:front"), seen("paper:deed", opened)).outcome is Outcome.FAIL


def test_a_view_with_one_look_missing_is_not_assessed() -> None:
    check = a_check(probe=None, view="both", assessable_when="true", passes_when="true")
    verdict = judged(check, seen("door:front"), missing("paper:deed", Reason.NOT_FOUND))
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_ASSESSED, Reason.NOT_FOUND)
    assert judged(check, seen("paper:deed")).outcome is Outcome.NOT_ASSESSED


def test_there_is_one_verdict_for_every_step_in_the_plans_order() -> None:
    known = senses()
    policy = asking(
        a_check(id="a.one"),
        a_check(id="b.two", applies_to="'own-code' in traits"),
        a_check(id="c.three", probe="paper"),
        a_check(id="d.four"),
    )
    made = plan(HOUSE, policy, known.probes, known.views)
    verdicts = judge(made, (seen("door:back"),), policy, known.probes, known.views, AT)
    assert [(verdict.check, verdict.target, verdict.outcome) for verdict in verdicts] == [
        ("a.one", "front", Outcome.NOT_ASSESSED),
        ("a.one", "back", Outcome.PASS),
        ("c.three", "deed", Outcome.NOT_ASSESSED),
        ("d.four", "front", Outcome.NOT_ASSESSED),
        ("d.four", "back", Outcome.PASS),
        ("b.two", "", Outcome.NOT_APPLICABLE),
    ]


def test_facts_of_an_odd_shape_never_pass() -> None:
    odd: list[dict[str, Plain]] = [
        {},
        {"count": None},
        {"count": "1", "closed": "true"},
        {"count": 1, "closed": 1},
    ]
    for facts in odd:
        assert judged(a_check(), seen("door:front", facts)).outcome is Outcome.NOT_ASSESSED


def told(against: Verdict) -> Verdict:
    """Give what becomes of a statement that the check of `against` speaks about, too."""
    statement = Verdict(check="said.so", target="said", outcome=Outcome.PASS, counts=True)
    checks = {
        "said.so": a_check(id="said.so", probe="attestation", contradicted_by=("test.door",)),
        "test.door": a_check(id="test.door"),
    }
    return contradicted([statement, against], checks)[0]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize(
    ("outcome", "reason", "stands"),
    [
        (Outcome.PASS, None, True),
        (Outcome.FAIL, None, False),
        (Outcome.STALE, None, False),
        (Outcome.NOT_ASSESSED, Reason.NOT_FOUND, False),
        (Outcome.NOT_ASSESSED, Reason.NO_TARGET, True),
    ],
)
def test_a_statement_falls_where_what_was_looked_at_says_otherwise_or_is_hidden(
    outcome: Outcome, reason: Reason | None, *, stands: bool, counts: bool
) -> None:
    other = Verdict(check="test.door", target="front", outcome=outcome, counts=counts, reason=reason)
    verdict = told(other)
    if stands:
        assert verdict.outcome is Outcome.PASS
    else:
        assert (verdict.outcome, verdict.reason) == (Outcome.NOT_ASSESSED, Reason.CONTRADICTED)
        assert verdict.detail == f"test.door on front: {outcome}"
