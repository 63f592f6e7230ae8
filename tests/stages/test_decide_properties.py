"""Whatever is found and agreed: worse never helps, the numbers add up, and order is no matter."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Decision
from readiness_audit.model.governance import (
    IN_FORCE,
    Approval,
    Condition,
    Governance,
    Revocation,
    Role,
    Waiver,
)
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome
from readiness_audit.stages.decide import decide
from tests.stages.deciding import (
    APPROVAL,
    ASIDE,
    AT,
    FAIL,
    PASS,
    RANK,
    STALE,
    TODAY,
    UNKNOWN,
    condition,
    decided,
    policy,
    verdicts,
    waiver,
)

EXAMPLES = 10_000
WORSE = {PASS: (FAIL, UNKNOWN, STALE), FAIL: (UNKNOWN, STALE), UNKNOWN: (STALE,), STALE: (UNKNOWN,)}
NAMES = ("Max Muster", "Jana Beispiel", "muster, max", "Dr. Beispiel, Jana", "Erika Mustermann")

Asked = list[tuple[Severity, Outcome]]
Agreed = list[Waiver | Condition]


def a_case(seed: int) -> tuple[random.Random, Asked, Agreed]:
    """Make a set of verdicts and agreements from a seed: drawn one by one, they would take minutes."""
    chance = random.Random(seed)  # noqa: S311 - a test's own dice, to be thrown again
    good = chance.random() < 0.7
    outcomes = [PASS] * (20 if good else 1) + [FAIL, UNKNOWN, STALE, ASIDE]
    asked = [(chance.choice(list(Severity)), chance.choice(outcomes)) for _ in range(chance.randint(1, 30))]
    if all(outcome is ASIDE for _, outcome in asked):
        asked[0] = (asked[0][0], PASS)
    agreed: Agreed = []
    for number in range(len(asked)):
        if chance.random() < 0.5:
            agreed.append(_a_waiver(chance, number))
        if chance.random() < 0.4:
            agreed.append(_a_condition(chance, number))
    return chance, asked, agreed


def _a_waiver(chance: random.Random, number: int) -> Waiver:
    approvals = tuple(
        Approval(
            approved_by=chance.choice(NAMES) if chance.random() < 0.3 else "Max Muster",
            role=chance.choice(list(Role)) if chance.random() < 0.3 else Role.MANAGEMENT,
            granted=(granted := TODAY + timedelta(days=chance.randint(-40, 2))),
            expires=granted + timedelta(days=chance.randint(0, 100)),
        )
        for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 3, 4)))
    )
    made = replace(waiver(number, APPROVAL), approvals=approvals, requested_on=TODAY - timedelta(days=30))
    if chance.random() < 0.1:
        on = TODAY + timedelta(days=chance.randint(-3, 3))
        made = replace(made, revoked=Revocation(by="A", on=on, reason="No more."))
    return replace(made, target=chance.choice(("t", "t", "t", "*", "u")))


def _a_condition(chance: random.Random, number: int) -> Condition:
    made = condition(number, due=TODAY + timedelta(days=chance.randint(-3, 33)))
    return replace(made, approved_by="a") if chance.random() < 0.1 else made


def rank(decision: Decision) -> int:
    return RANK[decision.result]


def minor_only(asked: Asked, agreed: Agreed) -> int:
    """
    Say how good the answer may become when waivers for minor points are taken away: as good as without those.

    Only they make an answer stricter than no agreement would.
    """
    weighty = [each for each in agreed if asked[number_of(each)][0] in {Severity.BLOCKER, Severity.MAJOR}]
    return rank(decided(asked, *weighty))


def number_of(agreement: Waiver | Condition) -> int:
    return int(agreement.check.removeprefix("test.c"))


def test_the_sets_are_of_every_kind() -> None:
    cases = [a_case(seed) for seed in range(400)]
    released = [decided(asked, *agreed) for _, asked, agreed in cases]
    assert {str(each.result) for each in released} == {"go", "conditional", "no-go", "inconclusive"}
    assert sum(bool(each.waived) for each in released) > 100
    assert sum(each.result == "conditional" and bool(each.waived) for each in released) > 20


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**40))
def test_nothing_worse_and_nothing_taken_away_ever_helps(seed: int) -> None:
    chance, asked, agreed = a_case(seed)
    before = rank(decided(asked, *agreed))
    number = chance.randrange(len(asked))
    severity, outcome = asked[number]
    if outcome is not ASIDE:
        worse = [*asked]
        worse[number] = (severity, chance.choice(WORSE[outcome]))
        assert rank(decided(worse, *agreed)) <= before
    if agreed:
        gone = chance.randrange(len(agreed))
        assert rank(decided(asked, *agreed[:gone], *agreed[gone + 1 :])) <= max(
            before, minor_only(asked, agreed)
        )
    assert rank(decided(asked)) <= max(before, minor_only(asked, agreed))


@settings(max_examples=2_000, deadline=None)
@given(st.integers(0, 2**40))
def test_the_numbers_add_up_and_the_order_of_nothing_matters(seed: int) -> None:
    chance, asked, agreed = a_case(seed)
    one = decided(asked, *agreed)
    tally = one.tally
    parts = (tally.passed, tally.failed, tally.not_assessed, tally.stale, tally.not_applicable)
    assert sum(parts) == tally.planned == len(asked)
    assert tally.waived == len(one.waived) == sum(point.waived for point in one.points)
    assert tally.waived <= tally.failed + tally.not_assessed + tally.stale
    assert len(one.standings) == len(agreed)
    assert len(one.conditions) == sum(
        each.kind == "condition" and each.state in IN_FORCE for each in one.standings
    )
    given_ones, entries = verdicts(asked), [*agreed]
    chance.shuffle(given_ones)
    chance.shuffle(entries)
    governance = Governance(
        waivers=tuple(_shuffled(each, chance) for each in entries if isinstance(each, Waiver)),
        conditions=tuple(each for each in entries if isinstance(each, Condition)),
    )
    rules = policy(severity for severity, _ in asked)
    other = decide(given_ones, rules, Stage.ROLLOUT, governance, AT, never_waivable=())
    same = ("result", "tally", "points", "conditions", "waived", "standings", "valid_until")
    assert [getattr(other, name) for name in same] == [getattr(one, name) for name in same]
    assert other.deciding.rule is one.deciding.rule


def _shuffled(waiver: Waiver, chance: random.Random) -> Waiver:
    approvals = [*waiver.approvals]
    chance.shuffle(approvals)
    return replace(waiver, approvals=tuple(approvals))


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 400))
def test_an_agreement_that_ended_never_begins_again(seed: int, days: int) -> None:
    _, asked, agreed = a_case(seed)
    later = datetime(2026, 6, 15, 12, tzinfo=UTC) + timedelta(days=days)
    after = decided(asked, *(each for each in agreed if isinstance(each, Waiver)), at=later)
    today = later.date()
    for standing in after.standings:
        if standing.state in IN_FORCE:
            assert standing.last_day is not None
            assert standing.last_day >= today
