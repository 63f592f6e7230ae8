"""Waivers: which of them count, on which days, and that none of them hides what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Result, RuleName
from readiness_audit.model.governance import (
    Condition,
    Governance,
    Refusal,
    Revocation,
    Role,
    Signature,
    State,
    Waiver,
)
from readiness_audit.model.policy import InForce, Rule, Signatures
from readiness_audit.model.seal import Part, Seal, Sealed, SealFault
from readiness_audit.model.system import Stage
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.decide import decide
from tests.checks import a_check
from tests.stages.deciding import (
    APPROVAL,
    AT,
    BLOCKER,
    FAIL,
    FILLING,
    INFO,
    MAJOR,
    MINOR,
    STALE,
    TODAY,
    UNKNOWN,
    condition,
    decided,
    policy,
    standing,
    waiver,
)

DAY = timedelta(days=1)
BLOCKED = [(BLOCKER, FAIL), *FILLING]


class TestWhatAWaiverDoes:
    @pytest.mark.parametrize("severity", list(Severity))
    @pytest.mark.parametrize("outcome", [FAIL, UNKNOWN, STALE])
    def test_it_lets_an_open_point_be_borne_and_binds_the_release(
        self, severity: Severity, outcome: Outcome
    ) -> None:
        decision = decided([(severity, outcome), *FILLING], waiver())
        assert (decision.result, decision.deciding.rule) == (
            Result.CONDITIONAL,
            RuleName.CONDITIONS_OR_COVERAGE,
        )
        assert [(each.check, each.waiver, each.until) for each in decision.waived] == [
            ("test.c0", "W-0", date(2026, 7, 31))
        ]
        assert [behind.check for behind in decision.deciding.behind] == ["test.c0"]

    def test_the_verdict_stays_what_it_is_and_is_counted_as_it_is(self) -> None:
        decision = decided(BLOCKED, waiver())
        tally = decision.tally
        assert (tally.failed, tally.passed, tally.waived, tally.planned) == (1, 40, 1, 41)
        assert (decision.points[0].failed, decision.points[0].waived) == (1, 1)

    def test_what_was_not_assessed_stays_out_of_the_coverage(self) -> None:
        asked = [(BLOCKER, UNKNOWN)] * 3 + [(MINOR, Outcome.PASS)] * 7
        decision = decided(asked, *(waiver(number) for number in range(3)))
        assert (decision.result, decision.deciding.rule) == (Result.INCONCLUSIVE, RuleName.COVERAGE_TOO_LOW)

    @pytest.mark.parametrize("severity", [MINOR, INFO])
    def test_one_for_a_minor_point_that_is_met_by_now_binds_nothing(self, severity: Severity) -> None:
        decision = decided([(severity, Outcome.PASS), *FILLING], waiver())
        assert decision.result is Result.GO
        assert standing(decision) == (State.IDLE, None)

    def test_waived_majors_are_not_counted_against_the_conditions(self) -> None:
        majors = [(MAJOR, FAIL)] * 7
        agreed: list[Waiver | Condition] = [
            waiver(0),
            waiver(1),
            *(condition(number) for number in range(2, 7)),
        ]
        assert decided([*majors, *FILLING], *agreed).result is Result.CONDITIONAL
        assert decided([*majors, *FILLING], *agreed[1:]).result is Result.NO_GO

    def test_a_pattern_covers_what_it_fits_and_nothing_else(self) -> None:
        rules = policy([BLOCKER, *(severity for severity, _ in FILLING)])
        given = [
            *(
                Verdict(check="test.c0", target=name, outcome=FAIL, counts=True)
                for name in ("web-1", "web-2")
            ),
            *(
                Verdict(check=f"test.c{n}", target="t", outcome=Outcome.PASS, counts=True)
                for n in range(1, 41)
            ),
        ]

        def result(pattern: str) -> tuple[Result, int]:
            governance = Governance(waivers=(waiver(target=pattern),))
            decision = decide(given, rules, Stage.ROLLOUT, governance, AT, never_waivable=())
            return decision.result, decision.standings[0].covers

        assert result("web*") == (Result.CONDITIONAL, 2)
        assert result("web-1") == (Result.NO_GO, 1)
        assert result("WEB*") == (Result.NO_GO, 0)
        assert result("*") == (Result.CONDITIONAL, 2)

    def test_a_check_that_got_another_name_is_still_the_one_that_was_meant(self) -> None:
        rules = policy([BLOCKER, MINOR])
        rules = replace(
            rules,
            checks=(a_check(id="test.new", aliases=("test.c0",), severity=BLOCKER), *rules.checks[1:]),
        )
        given = [
            Verdict(check="test.new", target="t", outcome=FAIL, counts=True),
            Verdict(check="test.c1", target="t", outcome=Outcome.PASS, counts=True),
        ]
        governance = Governance(waivers=(waiver(),))
        decision = decide(given, rules, Stage.ROLLOUT, governance, AT, never_waivable=())
        assert decision.result is Result.CONDITIONAL
        assert decision.waived[0].check == "test.new"

    def test_a_preview_needs_no_exception(self) -> None:
        rules = policy([BLOCKER, BLOCKER])
        given = [
            Verdict(check="test.c0", target="t", outcome=FAIL, counts=False),
            Verdict(check="test.c1", target="t", outcome=Outcome.PASS, counts=True),
        ]
        decision = decide(given, rules, Stage.PILOT, Governance(waivers=(waiver(),)), AT, never_waivable=())
        assert (decision.result, standing(decision)) == (Result.GO, (State.IDLE, None))


TABLE: dict[str, tuple[Waiver, State, Refusal | None]] = {
    "valid": (waiver(), State.ACTIVE, None),
    "ending in 30 days": (
        waiver(0, replace(APPROVAL, expires=TODAY + 30 * DAY)),
        State.EXPIRING,
        None,
    ),
    "ending in 31 days": (waiver(0, replace(APPROVAL, expires=TODAY + 31 * DAY)), State.ACTIVE, None),
    "its last day": (waiver(0, replace(APPROVAL, expires=TODAY)), State.EXPIRING, None),
    "past its last day": (waiver(0, replace(APPROVAL, expires=TODAY - DAY)), State.EXPIRED, None),
    "its first day": (waiver(0, replace(APPROVAL, granted=TODAY)), State.ACTIVE, None),
    "before its first day": (
        waiver(0, replace(APPROVAL, granted=TODAY + DAY)),
        State.REFUSED,
        Refusal.NOT_YET,
    ),
    "asked for tomorrow": (
        replace(waiver(0, replace(APPROVAL, granted=TODAY)), requested_on=TODAY + DAY),
        State.REFUSED,
        Refusal.NOT_YET,
    ),
    "approved before it was asked for": (
        replace(waiver(), requested_on=date(2026, 6, 2)),
        State.REFUSED,
        Refusal.BEFORE_REQUEST,
    ),
    "not approved": (replace(waiver(), approvals=()), State.REFUSED, Refusal.NOT_APPROVED),
    "approved by who asked": (
        waiver(0, replace(APPROVAL, approved_by="Jana Beispiel")),
        State.REFUSED,
        Refusal.SELF_APPROVED,
    ),
    "approved by who asked, written otherwise": (
        waiver(0, replace(APPROVAL, approved_by="Dr. BEISPIEL, jana")),
        State.REFUSED,
        Refusal.SELF_APPROVED,
    ),
    "a blocker without management": (
        waiver(0, replace(APPROVAL, role=Role.ISB)),
        State.REFUSED,
        Refusal.NEEDS_MANAGEMENT,
    ),
    "90 days": (waiver(0, replace(APPROVAL, expires=APPROVAL.granted + 90 * DAY)), State.ACTIVE, None),
    "91 days for a blocker": (
        waiver(0, replace(APPROVAL, expires=APPROVAL.granted + 91 * DAY)),
        State.REFUSED,
        Refusal.TOO_LONG,
    ),
    "revoked today": (
        replace(waiver(), revoked=Revocation(by="A", on=TODAY, reason="No more.")),
        State.REFUSED,
        Refusal.REVOKED,
    ),
    "revoked from tomorrow on": (
        replace(waiver(), revoked=Revocation(by="A", on=TODAY + DAY, reason="No more.")),
        State.EXPIRING,
        None,
    ),
    "for another target": (replace(waiver(), target="u"), State.IDLE, None),
    "for a check nobody asks": (replace(waiver(), check="gone.check"), State.IDLE, None),
}


@pytest.mark.parametrize("name", TABLE)
def test_which_waivers_count_and_why_the_others_do_not(name: str) -> None:
    given, state, refusal = TABLE[name]
    decision = decided(BLOCKED, given)
    assert standing(decision) == (state, refusal)
    in_force = state in {State.ACTIVE, State.EXPIRING}
    assert decision.result is (Result.CONDITIONAL if in_force else Result.NO_GO)
    assert bool(decision.waived) is in_force


def test_a_major_may_be_waived_by_others_and_for_longer() -> None:
    long = replace(APPROVAL, role=Role.SYSTEM_OWNER, expires=APPROVAL.granted + 180 * DAY)
    asked = [(MAJOR, FAIL), *FILLING]
    assert standing(decided(asked, waiver(0, long))) == (State.ACTIVE, None)
    longer = replace(long, expires=long.expires + DAY)
    assert standing(decided(asked, waiver(0, longer))) == (State.REFUSED, Refusal.TOO_LONG)


def test_the_numbers_are_the_policys() -> None:
    rule = Rule(waiver_days_at_most=20, waiver_days_blocker=10, waiver_extensions_at_most=0, expiring_days=1)
    ten = replace(APPROVAL, granted=TODAY, expires=TODAY + 10 * DAY)
    assert standing(decided(BLOCKED, waiver(0, ten), rule=rule)) == (State.ACTIVE, None)
    eleven = replace(ten, expires=TODAY + 11 * DAY)
    assert standing(decided(BLOCKED, waiver(0, eleven), rule=rule))[1] is Refusal.TOO_LONG
    old = replace(ten, granted=TODAY - 13 * DAY, expires=TODAY - 3 * DAY)
    extended = replace(waiver(0, old, ten), requested_on=old.granted)
    assert standing(decided(BLOCKED, extended, rule=rule))[1] is Refusal.TOO_OFTEN


def test_at_most_two_extensions_each_approved_anew() -> None:
    approvals = [
        replace(APPROVAL, granted=date(2025, month, 1), expires=date(2025, month, 28))
        for month in (9, 10, 11)
    ]
    now = replace(APPROVAL, granted=TODAY, expires=TODAY + 40 * DAY)
    asked = date(2025, 1, 1)
    second = replace(waiver(0, *approvals[:2], now), requested_on=asked)
    assert standing(decided(BLOCKED, second)) == (State.ACTIVE, None)
    third = replace(waiver(0, *approvals, now), requested_on=asked)
    assert standing(decided(BLOCKED, third)) == (State.REFUSED, Refusal.TOO_OFTEN)
    # The order they are written in is no way around it.
    assert standing(decided(BLOCKED, replace(third, approvals=(now, *approvals)))) == (
        State.REFUSED,
        Refusal.TOO_OFTEN,
    )


def test_a_bad_extension_does_not_end_what_was_approved_before() -> None:
    bad = replace(APPROVAL, approved_by="Jana Beispiel", granted=TODAY, expires=TODAY + 80 * DAY)
    decision = decided(BLOCKED, waiver(0, APPROVAL, bad))
    assert standing(decision) == (State.ACTIVE, None)
    assert decision.standings[0].last_day == APPROVAL.expires


def test_what_can_never_be_waived_is_not() -> None:
    decision = decided(BLOCKED, waiver(), never=("test.c0",))
    assert (decision.result, standing(decision)) == (Result.NO_GO, (State.REFUSED, Refusal.NEVER_WAIVABLE))


SIGNATURE = Signature(key="k", sig="AAAA")


def in_a_world_of_keys(
    governance: Governance, rules: InForce, *faults: tuple[Part, SealFault | None]
) -> tuple[State, Refusal | None]:
    seals = tuple(
        Sealed(
            part=part,
            entry=0,
            approval=0 if part is Part.APPROVAL else None,
            seal=Seal(key="k", name="Jana", fault=fault),
        )
        for part, fault in faults
    )
    given = [
        Verdict(check=f"test.c{n}", target="t", outcome=outcome, counts=True)
        for n, (_, outcome) in enumerate(BLOCKED)
    ]
    sealed = replace(governance, seals=seals)
    return standing(decide(given, rules, Stage.ROLLOUT, sealed, AT, never_waivable=()))


@pytest.mark.parametrize("part", [Part.WAIVER, Part.APPROVAL])
@pytest.mark.parametrize("fault", [fault for fault in SealFault if fault is not SealFault.UNSIGNED])
def test_a_signature_that_does_not_hold_takes_the_effect_away(part: Part, fault: SealFault) -> None:
    signed = (
        replace(waiver(), signature=SIGNATURE)
        if part is Part.WAIVER
        else waiver(0, replace(APPROVAL, signature=SIGNATURE))
    )
    governance = Governance(waivers=(signed,))
    rules = policy([BLOCKER, *(severity for severity, _ in FILLING)])
    assert in_a_world_of_keys(governance, rules) == (State.REFUSED, Refusal.BAD_SIGNATURE)
    assert in_a_world_of_keys(governance, rules, (part, fault)) == (State.REFUSED, Refusal(fault))
    assert in_a_world_of_keys(governance, rules, (part, None)) == (State.ACTIVE, None)


def test_where_signatures_are_demanded_request_and_approval_both_bear_one() -> None:
    plain = waiver(0, APPROVAL)
    both = replace(
        plain, signature=SIGNATURE, approvals=tuple(replace(a, signature=SIGNATURE) for a in plain.approvals)
    )
    rules = policy([BLOCKER, *(severity for severity, _ in FILLING)])
    rules = replace(rules, rule=replace(rules.rule, signatures=Signatures.REQUIRED))
    good = ((Part.WAIVER, None), (Part.APPROVAL, None))
    unsigned = (State.REFUSED, Refusal.UNSIGNED)
    assert in_a_world_of_keys(Governance(waivers=(plain,)), rules) == unsigned
    for part in (replace(both, signature=None), replace(both, approvals=plain.approvals)):
        assert in_a_world_of_keys(Governance(waivers=(part,)), rules, *good) == unsigned
    assert in_a_world_of_keys(Governance(waivers=(both,)), rules, *good) == (State.ACTIVE, None)


ZONES = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "UTC"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("granted", "expires"),
    [
        (date(2026, 6, 15), date(2026, 7, 31)),
        # The nights in which Berlin's clocks are changed, and the turn of the year.
        (date(2026, 3, 29), date(2026, 4, 30)),
        (date(2026, 9, 1), date(2026, 10, 25)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_it_counts_from_the_first_moment_of_its_first_day_to_the_last_of_its_last(
    zone: str, granted: date, expires: date
) -> None:
    here = ZoneInfo(zone)
    given = replace(
        waiver(0, replace(APPROVAL, granted=granted, expires=expires)), requested_on=granted - 5 * DAY
    )
    first = datetime(granted.year, granted.month, granted.day, tzinfo=here).astimezone(UTC)
    after = expires + DAY
    over = datetime(after.year, after.month, after.day, tzinfo=here).astimezone(UTC)
    tick = timedelta(microseconds=1)
    for at, in_force in (
        (first - DAY, False),
        (first - tick, False),
        (first, True),
        (first + DAY, True),
        (over - DAY, True),
        (over - tick, True),
        (over, False),
        (over + DAY, False),
    ):
        decision = decided(BLOCKED, given, rule=Rule(zone=zone), at=at)
        assert (decision.result is Result.CONDITIONAL) is in_force, at


@pytest.mark.parametrize("zone", ZONES)
def test_a_condition_counts_to_the_last_moment_of_its_last_day(zone: str) -> None:
    due = date(2026, 10, 25)
    over = datetime(2026, 10, 26, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    early = datetime(2026, 9, 25, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    tick = timedelta(microseconds=1)
    for at, in_force in (
        (early - tick, False),
        (early, True),
        (over - tick, True),
        (over, False),
        (over + DAY, False),
    ):
        decision = decided([(MAJOR, FAIL), *FILLING], condition(due=due), rule=Rule(zone=zone), at=at)
        assert (decision.result is Result.CONDITIONAL) is in_force, at


def test_a_condition_never_settles_a_blocker_and_says_so() -> None:
    decision = decided(BLOCKED, condition())
    assert (decision.result, standing(decision)) == (Result.NO_GO, (State.REFUSED, Refusal.NOT_A_MAJOR))


def test_of_two_conditions_for_one_point_the_first_due_counts() -> None:
    soon, late = condition(due=date(2026, 6, 20)), condition(due=date(2026, 7, 10))
    for agreed in ((soon, late), (late, soon)):
        decision = decided([(MAJOR, FAIL), *FILLING], *agreed)
        assert (decision.conditions, decision.idle_conditions) == ((soon,), (late,))
