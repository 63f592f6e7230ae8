"""When a release is over: nobody has to do anything for it. And it never gets better by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Result
from readiness_audit.model.record import Record
from readiness_audit.model.release import State, Why
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.model.verdict import Outcome
from readiness_audit.stages.release import release
from tests.records import RUN
from tests.stages.a_week_later import PORTS, TLS, a_week_later, failing, judged, with_check, without_check
from tests.stages.signing import (
    AT,
    OTHER,
    PEOPLE,
    SHA256,
    a_go,
    a_sign_off,
    decided,
    everybody,
    stands,
    with_condition,
    with_waiver,
)

BERLIN = ZoneInfo("Europe/Berlin")


def noon(day: date, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone)


@pytest.mark.parametrize(("days", "state"), [(-1, State.IN_FORCE), (0, State.IN_FORCE), (1, State.LAPSED)])
class TestOneDayBeforeAndAfter:
    def test_the_last_day_of_its_validity(self, days: int, state: State) -> None:
        found = stands(everybody(), at=noon(date(2027, 2, 23) + timedelta(days=days)))
        assert found.state is state
        assert found.lapsed_since == (date(2027, 2, 24) if state is State.LAPSED else None)

    def test_the_day_a_condition_is_due(self, days: int, state: State) -> None:
        record = with_condition(a_go(), date(2026, 12, 15))
        found = stands(everybody(), record=record, at=noon(date(2026, 12, 15) + timedelta(days=days)))
        assert found.state is state
        if state is State.LAPSED:
            (cause,) = found.causes
            assert (cause.why, cause.check, cause.target, cause.since, cause.person) == (
                Why.CONDITION_OVERDUE, "net.ports.allowlist", "app-1", date(2026, 12, 16), "Erika Beispiel",
            )  # fmt: skip

    def test_the_last_day_of_a_waiver(self, days: int, state: State) -> None:
        signed = [*everybody(), a_sign_off("management")]
        found = stands(signed, record=with_waiver(a_go()), at=noon(date(2027, 1, 31) + timedelta(days=days)))
        assert found.state is state
        if state is State.LAPSED:
            (cause,) = found.causes
            assert (cause.why, cause.waiver, cause.since) == (Why.WAIVER_OVER, "W-7", date(2027, 2, 1))


@pytest.mark.parametrize(
    ("zone", "at", "state"),
    [
        ("Europe/Berlin", datetime(2027, 2, 23, 22, 59, tzinfo=UTC), State.IN_FORCE),
        ("Europe/Berlin", datetime(2027, 2, 23, 23, 1, tzinfo=UTC), State.LAPSED),
        ("UTC", datetime(2027, 2, 23, 23, 59, tzinfo=UTC), State.IN_FORCE),
        ("UTC", datetime(2027, 2, 24, 0, 0, tzinfo=UTC), State.LAPSED),
        ("Pacific/Kiritimati", datetime(2027, 2, 23, 10, 1, tzinfo=UTC), State.LAPSED),
        ("America/New_York", datetime(2027, 2, 24, 4, 59, tzinfo=UTC), State.IN_FORCE),
    ],
)
def test_the_day_ends_in_the_policys_zone(zone: str, at: datetime, state: State) -> None:
    record = a_go()
    record = replace(record, policy=replace(record.policy, rule=replace(record.policy.rule, zone=zone)))
    assert stands(everybody(), record=record, at=at).state is state


@pytest.mark.parametrize(
    ("stage_months", "since", "last"),
    [(3, date(2026, 11, 23), date(2027, 2, 23)), (2, date(2026, 12, 31), date(2027, 2, 28))],
)
def test_a_stricter_release_is_never_valid_longer(stage_months: int, since: date, last: date) -> None:
    record = a_go()
    rule = replace(record.policy.rule, months_valid_conditional=stage_months)
    decision = replace(record.decision, judged_at=noon(since), valid_until=date(2027, 11, 23))
    record = replace(record, policy=replace(record.policy, rule=rule), decision=decision)
    record = replace(record, system=replace(record.system, go_live=None))
    signed = [*everybody(date=since), a_sign_off("isb", decision=Choice.CONDITIONAL, date=since)]
    assert stands(signed, record=record, at=noon(since)).valid_until == last


def again(record: Record) -> Record:
    """Give a run a day after the one a week later."""
    later = a_week_later(record)
    decision = replace(later.decision, judged_at=later.decision.judged_at + timedelta(days=1))
    origin = replace(later.origin, run="20261201T084500Z-222222")
    return replace(later, decision=decision, origin=origin)


class TestARegression:
    LATER = noon(date(2026, 12, 1))

    def state(self, later: Record | Sequence[Record], record: Record | None = None) -> State:
        return stands(everybody(), record=record, later=later, at=self.LATER).state

    def test_a_newer_record_as_good_changes_nothing(self) -> None:
        assert self.state(a_week_later(a_go())) is State.IN_FORCE

    def test_a_major_that_fails_again_ends_it_and_is_named(self) -> None:
        later = a_week_later(failing(a_go(), PORTS, "9200/tcp"))
        found = stands(everybody(), later=later, at=self.LATER)
        assert found.state is State.LAPSED
        (cause,) = found.causes
        assert (cause.why, cause.check, cause.target, cause.since, cause.run) == (
            Why.REGRESSION, PORTS, "app-1", date(2026, 11, 30), later.origin.run,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("severity", "state"),
        [
            (Severity.BLOCKER, State.LAPSED),
            (Severity.MAJOR, State.LAPSED),
            (Severity.MINOR, State.IN_FORCE),
            (Severity.INFO, State.IN_FORCE),
        ],
    )
    def test_it_takes_a_major_or_worse(self, severity: Severity, state: State) -> None:
        was = with_check(a_go(), TLS, severity=severity)
        assert self.state(a_week_later(failing(was, TLS, "SSLv3")), was) is state

    def test_to_weigh_it_less_afterwards_does_not_help(self) -> None:
        later = with_check(a_week_later(failing(a_go(), TLS, "SSLv3")), TLS, severity=Severity.MINOR)
        assert self.state(later) is State.LAPSED

    def test_what_could_not_be_seen_is_no_regression(self) -> None:
        later = a_week_later(judged(a_go(), TLS, outcome=Outcome.NOT_ASSESSED))
        assert self.state(later) is State.IN_FORCE

    @pytest.mark.parametrize("outcome", [Outcome.NOT_ASSESSED, Outcome.STALE, Outcome.NOT_APPLICABLE])
    def test_what_was_seen_to_fail_is_not_hidden_by_a_run_that_does_not_see_it(
        self, outcome: Outcome
    ) -> None:
        worse = a_week_later(failing(a_go(), TLS, "SSLv3"))
        blinder = again(judged(a_go(), TLS, outcome=outcome))
        assert self.state([blinder, worse]) is State.LAPSED
        assert self.state([again(without_check(a_go(), TLS)), worse]) is State.LAPSED

    def test_only_a_pass_of_the_same_question_takes_a_failure_back(self) -> None:
        worse = a_week_later(failing(a_go(), TLS, "SSLv3"))
        assert self.state([again(a_go()), worse]) is State.IN_FORCE
        milder = again(with_check(a_go(), TLS, parameters={"minimum": "SSLv3"}))
        assert self.state([milder, worse]) is State.LAPSED
        # Where the question has changed for both, it is the same.
        also = with_check(worse, TLS, parameters={"minimum": "SSLv3"})
        assert self.state([milder, also]) is State.IN_FORCE

    def test_an_earlier_stage_does_not_make_it_weightless(self) -> None:
        assert (
            self.state(a_week_later(judged(a_go(), TLS, outcome=Outcome.FAIL, counts=False))) is State.LAPSED
        )

    def test_no_more_runs_are_read_than_it_needs(self) -> None:
        def runs() -> Iterator[Record]:
            yield again(a_go())
            pytest.fail("one more was read")

        assert release(a_go(), SHA256, everybody(), self.LATER, runs()).state is State.IN_FORCE

    def test_what_failed_before_and_is_settled_by_a_condition_is_none(self) -> None:
        was = with_condition(failing(a_go(), PORTS, "8080/tcp"), date(2026, 12, 15))
        was = decided(was, Result.CONDITIONAL)
        assert self.state(a_week_later(was), was) is State.IN_FORCE

    def test_a_check_under_another_name_is_the_same_check(self) -> None:
        later = a_week_later(failing(a_go(), TLS, "SSLv3"))
        checks = tuple(
            replace(check, id="tls.oldest", aliases=(TLS,)) if check.id == TLS else check
            for check in later.policy.checks
        )
        verdicts = tuple(
            replace(each, check="tls.oldest") if each.check == TLS else each for each in later.verdicts
        )
        later = replace(later, policy=replace(later.policy, checks=checks), verdicts=verdicts)
        assert self.state(later) is State.LAPSED

    def test_whoever_tries_a_stricter_policy_ends_no_release(self) -> None:
        later = a_week_later(failing(a_go(), TLS, "SSLv3"))
        later = replace(later, policy=replace(later.policy, policy="kmu-standard"))
        assert self.state(later) is State.IN_FORCE

    def test_an_older_record_or_one_of_another_system_says_nothing(self) -> None:
        worse = failing(a_go(), TLS, "SSLv3")
        assert self.state(worse) is State.IN_FORCE
        later = a_week_later(worse)
        assert self.state(replace(later, system=replace(later.system, system="shop"))) is State.IN_FORCE


SIGN_OFFS = st.builds(
    SignOff,
    role=st.sampled_from([*PEOPLE, "works-council"]),
    person=st.sampled_from([*PEOPLE.values(), "Dr. Max Muster", "Muster, Max", "Ina Neu"]),
    date=st.dates(date(2026, 11, 22), date(2026, 11, 25)),
    decision=st.sampled_from([Choice.YES, Choice.YES, Choice.YES, Choice.CONDITIONAL, Choice.NO]),
    record_sha256=st.sampled_from([SHA256, SHA256, SHA256, OTHER]),
    run=st.just(RUN),
    reason=st.sampled_from([None, "The old system stops."]),
)
RECORDS = st.sampled_from([
    a_go(),
    with_condition(a_go(), date(2026, 12, 15)),
    decided(a_go(), Result.NO_GO),
    decided(a_go(), Result.INCONCLUSIVE),
])  # fmt: skip
RANK = {State.REFUSED: 0, State.LAPSED: 1, State.NOT_YET: 2, State.IN_FORCE: 3}
SETS = st.lists(SIGN_OFFS, max_size=6).map(lambda more: [*everybody(reason="So be it."), *more])


@settings(max_examples=400, deadline=None)
@given(SETS, RECORDS, st.data())
def test_less_yes_more_no_or_a_later_day_never_make_it_better(
    signed: list[SignOff], record: Record, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        record = with_waiver(record)
    if data.draw(st.booleans()):
        signed = [*signed, a_sign_off("management", reason="So be it.")]
    now = stands(signed, record=record)
    # To take back the stricter of somebody's own words is no sign-off less, but another one.
    yes = [each for each in signed if each.decision is Choice.YES]
    if yes:
        gone = data.draw(st.sampled_from(yes))
        fewer = stands([each for each in signed if each != gone], record=record)
        assert RANK[fewer.state] <= RANK[now.state]
    no = data.draw(SIGN_OFFS.map(lambda each: replace(each, decision=Choice.NO)))
    more = stands([*signed, no], record=record)
    assert RANK[more.state] <= RANK[now.state]
    after = AT + timedelta(days=data.draw(st.integers(0, 500)))
    then = stands(signed, record=record, at=after)
    assert RANK[then.state] <= RANK[now.state]
    assert stands(data.draw(st.permutations(signed)), record=record) == now
