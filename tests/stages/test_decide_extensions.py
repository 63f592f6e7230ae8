"""Exceptions that go on from one another: an id of its own restarts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from readiness_audit.model.decision import Decision, Result
from readiness_audit.model.governance import Approval, Governance, Refusal, Revocation, State, Waiver
from readiness_audit.model.policy import Rule
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.decide import decide
from tests.stages.deciding import APPROVAL, AT, BLOCKER, FAIL, FILLING, TODAY, decided, policy, waiver

BLOCKED = [(BLOCKER, FAIL), *FILLING]
DAY = timedelta(days=1)
NOW = replace(APPROVAL, granted=TODAY, expires=TODAY + 60 * DAY)


def granted(first: date, days: int) -> Approval:
    """Approve for so many days, the first and the last included."""
    return replace(APPROVAL, granted=first, expires=first + (days - 1) * DAY)


def one(name: str, *approvals: Approval, target: str = "t") -> Waiver:
    made = waiver(0, *approvals, name=name, target=target)
    return replace(made, requested_on=min(each.granted for each in approvals))


def before(days: int, lasting: int, name: str, target: str = "t") -> Waiver:
    """Make an exception that ended `days` before today: with 1, yesterday was its last day."""
    return one(name, granted(TODAY - (days + lasting - 1) * DAY, lasting), target=target)


def stands(decision: Decision, name: str) -> tuple[State, Refusal | None, str]:
    (found,) = [each for each in decision.standings if each.id == name]
    return found.state, found.refusal, found.detail


LAST = one("W-9", NOW)
CONTINUED = (State.REFUSED, Refusal.CONTINUED)
COUNTS = (State.ACTIVE, None)
THREE = [before(1, 30, "W-3"), before(31, 30, "W-2"), before(61, 30, "W-1")]

TABLE: dict[str, tuple[list[Waiver], tuple[State, Refusal | None], str]] = {
    "nothing before it": ([], COUNTS, ""),
    "two before it, day on day": (THREE[:2], COUNTS, ""),
    "three before it, day on day": (THREE, CONTINUED, "W-1, W-2, W-3"),
    "three before it, the last 29 days ago": (
        [before(29, 5, "W-3"), before(34, 5, "W-2"), before(39, 5, "W-1")],
        CONTINUED,
        "W-1, W-2, W-3",
    ),
    "three before it, the last 30 days ago": (
        [before(30, 5, "W-3"), before(35, 5, "W-2"), before(40, 5, "W-1")],
        COUNTS,
        "",
    ),
    "a gap of 30 days in the middle": ([*THREE[:2], before(90, 30, "W-1")], COUNTS, ""),
    "a gap of 29 days in the middle": ([*THREE[:2], before(89, 30, "W-1")], CONTINUED, "W-1, W-2, W-3"),
    "three that overlap it": (
        [one(f"W-{n}", granted(TODAY - n * DAY, 40)) for n in (1, 2, 3)],
        CONTINUED,
        "W-1, W-2, W-3",
    ),
    "one that was extended twice": (
        [one("W-1", *(granted(TODAY - n * 30 * DAY, 30) for n in (1, 2, 3)))],
        CONTINUED,
        "W-1",
    ),
    "one that was extended once": (
        [one("W-1", *(granted(TODAY - n * 30 * DAY, 30) for n in (1, 2)))],
        COUNTS,
        "",
    ),
    "three for another target": ([replace(each, target="u") for each in THREE], COUNTS, ""),
    "three for another check": ([replace(each, check="test.c1") for each in THREE], COUNTS, ""),
    "three for patterns": (
        [replace(each, target=target) for each, target in zip(THREE, ("*", "[st]", "t*"), strict=True)],
        CONTINUED,
        "W-1, W-2, W-3",
    ),
    "three that were never approved": ([replace(each, approvals=()) for each in THREE], COUNTS, ""),
    "three that were revoked at once": (
        [
            replace(each, revoked=Revocation(by="A", on=each.approvals[0].granted, reason="Wrong."))
            for each in THREE
        ],
        COUNTS,
        "",
    ),
    "one that was revoked long before its end": (
        [
            *THREE[:2],
            replace(
                one("W-1", granted(TODAY - 150 * DAY, 89)),
                revoked=Revocation(by="A", on=TODAY - 120 * DAY, reason="No more."),
            ),
        ],
        COUNTS,
        "",
    ),
    "three that come after it": (
        [one(f"W-{n}", granted(TODAY + n * DAY, 40)) for n in (1, 2, 3)],
        COUNTS,
        "",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_when_one_extends_others(name: str) -> None:
    earlier, expected, detail = TABLE[name]
    for agreed in ((LAST, *earlier), (*earlier, LAST)):
        decision = decided(BLOCKED, *agreed)
        assert stands(decision, "W-9") == (*expected, detail)
        in_force = any(each.state in {State.ACTIVE, State.EXPIRING} for each in decision.standings)
        assert decision.result is (Result.CONDITIONAL if in_force else Result.NO_GO)


def test_its_own_extensions_are_counted_with_them() -> None:
    own = one("W-9", granted(TODAY - 30 * DAY, 30), NOW)
    earlier = [before(31, 30, "W-2"), before(61, 30, "W-1")]
    assert stands(decided(BLOCKED, own, *earlier), "W-9") == (*CONTINUED, "W-1, W-2")
    assert stands(decided(BLOCKED, own, *earlier[:1]), "W-9") == (*COUNTS, "")


def test_a_bad_approval_of_another_one_counts_too() -> None:
    bad = [
        replace(each, approvals=(replace(each.approvals[0], approved_by="Jana Beispiel"),)) for each in THREE
    ]
    assert stands(decided(BLOCKED, LAST, *bad), "W-9") == (*CONTINUED, "W-1, W-2, W-3")


def test_the_numbers_are_the_policys() -> None:
    earlier = before(1, 30, "W-1")
    none = Rule(waiver_extensions_at_most=0)
    assert stands(decided(BLOCKED, LAST, earlier, rule=none), "W-9") == (*CONTINUED, "W-1")
    apart = Rule(waiver_extensions_at_most=0, waiver_gap_days=1)
    assert stands(decided(BLOCKED, LAST, earlier, rule=apart), "W-9") == (*COUNTS, "")


def test_a_pattern_is_counted_target_by_target() -> None:
    """Three hosts with an exception each, then one for all of them: none was extended more than once."""
    rules = policy([BLOCKER, *(severity for severity, _ in FILLING)])
    names = ("app-1", "app-2", "app-3")
    given = [
        *(Verdict(check="test.c0", target=name, outcome=FAIL, counts=True) for name in names),
        *(
            Verdict(check=f"test.c{number}", target="t", outcome=Outcome.PASS, counts=True)
            for number in range(1, 41)
        ),
    ]
    whole = one("W-9", NOW, target="app-*")

    def state(*earlier: Waiver) -> tuple[State, Refusal | None, str]:
        governance = Governance(waivers=(whole, *earlier))
        return stands(decide(given, rules, Stage.ROLLOUT, governance, AT, never_waivable=()), "W-9")

    each = [before(1, 30, f"W-{name}", target=name) for name in names]
    assert state(*each) == (*COUNTS, "")
    twice = [before(31 + 30 * n, 30, f"W-{n}", target="app-2") for n in range(2)]
    assert state(*each, *twice) == (*CONTINUED, "W-0, W-1, W-app-2")


def test_a_check_by_its_name_of_before_is_the_same() -> None:
    rules = policy([BLOCKER, *(severity for severity, _ in FILLING)])
    renamed = replace(rules.checks[0], id="test.new", aliases=("test.c0",))
    rules = replace(rules, checks=(renamed, *rules.checks[1:]))
    given = [
        Verdict(check="test.new", target="t", outcome=FAIL, counts=True),
        *(
            Verdict(check=f"test.c{number}", target="t", outcome=Outcome.PASS, counts=True)
            for number in range(1, 41)
        ),
    ]
    governance = Governance(waivers=(replace(LAST, check="test.new"), *THREE))
    decision = decide(given, rules, Stage.ROLLOUT, governance, AT, never_waivable=())
    assert stands(decision, "W-9") == (*CONTINUED, "W-1, W-2, W-3")
