"""The decision: every rule, its order, and that hiding or worsening evidence never helps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.errors import PlanError
from readiness_audit.model.check import Check, Severity
from readiness_audit.model.decision import Decision, Result, RuleName
from readiness_audit.model.governance import Condition, Governance, Refusal, State
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.decide import decide
from tests.checks import SAID, a_check

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
DUE = date(2026, 7, 1)
PASS, FAIL, UNKNOWN, STALE, ASIDE = Outcome


def policy(*severities: Severity, rule: Rule | None = None) -> InForce:
    checks = tuple(
        a_check(id=f"test.c{number}", severity=severity, point=number % 10 + 1)
        for number, severity in enumerate(severities)
    )
    return in_force(checks, rule or Rule())


def in_force(checks: tuple[Check, ...], rule: Rule) -> InForce:
    return InForce(policy="p", edition="1", title=SAID, checks=checks, left_out=(), changed=(), rule=rule)


def verdict(number: int, outcome: Outcome, *, counts: bool = True) -> Verdict:
    return Verdict(check=f"test.c{number}", target="t", outcome=outcome, counts=counts)


def condition(number: int, **different: Any) -> Condition:  # noqa: ANN401 - fields of Condition
    plain = Condition(
        check=f"test.c{number}", target="t", owner="A", due=DUE, approved_by="B", demand="Mend it."
    )
    return dataclasses.replace(plain, **different)


def decided(
    *asked: tuple[Severity, Outcome],
    conditions: tuple[Condition, ...] = (),
    stage: Stage = Stage.ROLLOUT,
    rule: Rule | None = None,
) -> Decision:
    verdicts = [verdict(number, outcome) for number, (_, outcome) in enumerate(asked)]
    return decide_on(verdicts, policy(*(s for s, _ in asked), rule=rule), stage, conditions, AT)


def decide_on(
    verdicts: Sequence[Verdict],
    rules: InForce,
    stage: Stage,
    conditions: tuple[Condition, ...],
    at: datetime,
) -> Decision:
    return decide(verdicts, rules, stage, Governance(conditions=conditions), at, never_waivable=())


PASSED = (Severity.MINOR, PASS)
MANY_PASSED = (PASSED,) * 40


@pytest.mark.parametrize(
    ("asked", "result", "rule"),
    [
        ([(Severity.BLOCKER, PASS)], Result.GO, RuleName.NOTHING_OPEN),
        ([(Severity.BLOCKER, FAIL)], Result.NO_GO, RuleName.BLOCKER_FAILED),
        ([(Severity.BLOCKER, UNKNOWN)], Result.INCONCLUSIVE, RuleName.BLOCKER_NOT_ASSESSED),
        ([(Severity.BLOCKER, STALE)], Result.INCONCLUSIVE, RuleName.BLOCKER_NOT_ASSESSED),
        ([(Severity.BLOCKER, FAIL), (Severity.BLOCKER, UNKNOWN)], Result.NO_GO, RuleName.BLOCKER_FAILED),
        ([(Severity.MAJOR, FAIL)], Result.NO_GO, RuleName.MAJORS_NOT_SETTLED),
        ([(Severity.MAJOR, UNKNOWN)], Result.INCONCLUSIVE, RuleName.MAJORS_NOT_SETTLED),
        ([(Severity.MINOR, FAIL)], Result.GO, RuleName.NOTHING_OPEN),
        ([(Severity.INFO, FAIL)], Result.GO, RuleName.NOTHING_OPEN),
        ([(Severity.MINOR, UNKNOWN)], Result.GO, RuleName.NOTHING_OPEN),
        ([(Severity.MINOR, UNKNOWN)] * 3, Result.CONDITIONAL, RuleName.CONDITIONS_OR_COVERAGE),
        ([(Severity.MINOR, UNKNOWN)] * 20, Result.INCONCLUSIVE, RuleName.COVERAGE_TOO_LOW),
    ],
)
def test_the_first_rule_that_hits_decides(
    asked: list[tuple[Severity, Outcome]], result: Result, rule: RuleName
) -> None:
    decision = decided(*MANY_PASSED, *asked)
    assert (decision.result, decision.deciding.rule) == (result, rule)


def test_what_agrees_is_told_too() -> None:
    decision = decided((Severity.BLOCKER, FAIL), (Severity.BLOCKER, UNKNOWN), (Severity.MAJOR, FAIL))
    assert [hit.rule for hit in decision.agreeing] == [
        RuleName.BLOCKER_NOT_ASSESSED,
        RuleName.COVERAGE_TOO_LOW,
        RuleName.MAJORS_NOT_SETTLED,
        RuleName.CONDITIONS_OR_COVERAGE,
    ]
    assert [behind.check for behind in decision.deciding.behind] == ["test.c0"]


@pytest.mark.parametrize("outcome", [FAIL, UNKNOWN, STALE])
def test_an_agreed_condition_settles_an_open_major(outcome: Outcome) -> None:
    decision = decided((Severity.MAJOR, outcome), *MANY_PASSED, conditions=(condition(0),))
    assert decision.result is Result.CONDITIONAL
    assert decision.conditions == (condition(0),)


@pytest.mark.parametrize(
    ("different", "in_force_"),
    [
        ({"due": date(2026, 6, 15)}, True),
        ({"due": date(2026, 6, 14)}, False),
        ({"due": date(2026, 7, 15)}, True),
        ({"due": date(2026, 7, 16)}, False),
        ({"target": "another"}, False),
        ({"check": "test.c7"}, False),
    ],
)
def test_a_condition_counts_only_in_its_time_and_for_its_own_point(
    different: dict[str, object],
    in_force_: bool,  # noqa: FBT001 - a column of the table
) -> None:
    agreed = condition(0, **different)
    decision = decided((Severity.MAJOR, FAIL), *MANY_PASSED, conditions=(agreed,))
    assert (decision.result is Result.CONDITIONAL) is in_force_
    assert decision.idle_conditions == (() if in_force_ else (agreed,))


def test_a_condition_never_settles_a_blocker() -> None:
    assert decided((Severity.BLOCKER, FAIL), conditions=(condition(0),)).result is Result.NO_GO


def test_more_open_majors_than_allowed_is_no_go_even_with_conditions() -> None:
    agreed = tuple(condition(number) for number in range(6))
    majors = [(Severity.MAJOR, FAIL)] * 6
    assert decided(*majors, *MANY_PASSED, conditions=agreed).result is Result.NO_GO
    assert decided(*majors[:5], *MANY_PASSED, conditions=agreed[:5]).result is Result.CONDITIONAL


@pytest.mark.parametrize("approver", ["Erika Muster", "ERIKA muster", "Dr. Muster, Erika", " erika  Muster "])
def test_owner_and_approver_differ_however_the_name_is_written(approver: str) -> None:
    agreed = condition(0, owner="Erika Muster", approved_by=approver)
    decision = decided((Severity.MAJOR, FAIL), *MANY_PASSED, conditions=(agreed,))
    assert decision.result is Result.NO_GO
    (standing,) = decision.standings
    assert (standing.state, standing.refusal) == (State.REFUSED, Refusal.SELF_APPROVED)


def test_an_audit_of_nothing_is_no_audit() -> None:
    with pytest.raises(PlanError):
        decided()
    with pytest.raises(PlanError):
        decided((Severity.BLOCKER, ASIDE))
    with pytest.raises(PlanError):
        decide_on([verdict(0, PASS, counts=False)], policy(Severity.BLOCKER), Stage.PILOT, (), AT)


def test_previews_are_counted_apart_and_decide_nothing() -> None:
    verdicts = [verdict(0, PASS), verdict(1, FAIL, counts=False)]
    decision = decide_on(verdicts, policy(Severity.BLOCKER, Severity.BLOCKER), Stage.PILOT, (), AT)
    assert decision.result is Result.GO
    assert (decision.tally.planned, decision.tally.previews) == (1, 1)


@pytest.mark.parametrize(
    ("stage", "outcome", "until"),
    [
        (Stage.ROLLOUT, PASS, date(2027, 6, 15)),
        (Stage.PILOT, PASS, date(2026, 9, 15)),
        (Stage.OPERATION, FAIL, date(2026, 12, 15)),
    ],
)
def test_a_release_lasts_as_long_as_the_policy_says(stage: Stage, outcome: Outcome, until: date) -> None:
    decision = decided((Severity.MAJOR, outcome), *MANY_PASSED, conditions=(condition(0),), stage=stage)
    assert decision.valid_until == until


def test_a_month_that_is_shorter_ends_on_its_last_day() -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    decision = decide_on([verdict(0, PASS)], policy(Severity.MINOR), Stage.PILOT, (), at)
    assert decision.valid_until == date(2027, 2, 28)


def test_the_day_is_that_of_the_policys_zone() -> None:
    late = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
    agreed = condition(0, due=date(2026, 6, 15))
    verdicts = [verdict(0, FAIL), *(verdict(number, PASS) for number in range(1, 30))]
    severities = (Severity.MAJOR, *(Severity.MINOR,) * 29)
    berlin = decide_on(verdicts, policy(*severities), Stage.ROLLOUT, (agreed,), late)
    utc = decide_on(verdicts, policy(*severities, rule=Rule(zone="UTC")), Stage.ROLLOUT, (agreed,), late)
    assert berlin.result is Result.NO_GO
    assert utc.result is Result.CONDITIONAL


RANK = {Result.GO: 2, Result.CONDITIONAL: 1, Result.INCONCLUSIVE: 0, Result.NO_GO: 0}
ASKED = st.lists(st.tuples(st.sampled_from(Severity), st.sampled_from(Outcome)), min_size=1, max_size=30)
WORSE = {PASS: (FAIL, UNKNOWN, STALE), FAIL: (UNKNOWN, STALE), UNKNOWN: (STALE,), STALE: (UNKNOWN,)}


@settings(max_examples=600, deadline=None)
@given(ASKED, st.data())
def test_a_worse_verdict_or_withdrawn_evidence_never_gives_a_better_decision(
    asked: list[tuple[Severity, Outcome]], data: st.DataObject
) -> None:
    changeable = [number for number, (_, outcome) in enumerate(asked) if outcome is not ASIDE]
    if not changeable:
        return
    agreed = tuple(condition(number) for number in data.draw(st.sets(st.integers(0, len(asked) - 1))))
    number = data.draw(st.sampled_from(changeable))
    severity, outcome = asked[number]
    worse = [*asked]
    worse[number] = (severity, data.draw(st.sampled_from(WORSE[outcome])))
    before = decided(*asked, conditions=agreed)
    after = decided(*worse, conditions=agreed)
    assert RANK[after.result] <= RANK[before.result]


@settings(max_examples=300, deadline=None)
@given(ASKED, st.randoms(use_true_random=False))
def test_order_never_matters_and_the_numbers_add_up(
    asked: list[tuple[Severity, Outcome]], random: object
) -> None:
    verdicts = [verdict(number, outcome) for number, (_, outcome) in enumerate(asked)]
    if all(outcome is ASIDE for _, outcome in asked):
        return
    rules = policy(*(severity for severity, _ in asked))
    shuffled = [*verdicts]
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one = decide_on(verdicts, rules, Stage.ROLLOUT, (), AT)
    other = decide_on(shuffled, rules, Stage.ROLLOUT, (), AT)
    assert (one.result, one.deciding.rule, one.tally, one.points) == (
        other.result,
        other.deciding.rule,
        other.tally,
        other.points,
    )
    tally = one.tally
    parts = (tally.passed, tally.failed, tally.not_assessed, tally.stale, tally.not_applicable)
    assert sum(parts) == tally.planned == len(asked)
    assert [point.point for point in one.points] == list(range(1, 11))


def test_the_day_before_and_after_a_condition_is_due() -> None:
    for days, result in ((-1, Result.CONDITIONAL), (0, Result.CONDITIONAL), (1, Result.NO_GO)):
        at = datetime(2026, 7, 1, 12, tzinfo=UTC) + timedelta(days=days)
        verdicts = [verdict(0, FAIL), *(verdict(number, PASS) for number in range(1, 30))]
        severities = (Severity.MAJOR, *(Severity.MINOR,) * 29)
        assert decide_on(verdicts, policy(*severities), Stage.ROLLOUT, (condition(0),), at).result is result
