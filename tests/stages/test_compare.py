"""What changed between two records: each point has its own fate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.model.decision import Result, RuleName
from readiness_audit.model.difference import Change
from readiness_audit.model.record import Record
from readiness_audit.model.verdict import Outcome
from readiness_audit.stages.compare import compare
from tests.records import released
from tests.stages.a_week_later import (
    NEW,
    OLD,
    TLS,
    failing,
    judged,
    moved,
    only,
    passing,
    seeing,
    with_check,
)


class TestNothingChanged:
    def test_open_points_are_still_open_and_nobody_is_to_blame(self) -> None:
        difference = compare(OLD, NEW)
        still = {Change.STILL_FAILING, Change.STILL_NOT_ASSESSED}
        assert {each.change for each in difference.transitions} == still
        assert {each.causes for each in difference.transitions} == {()}
        assert (difference.edits, difference.came, difference.went) == ((), (), ())
        assert not difference.decision_changed

    def test_what_is_met_and_was_is_not_mentioned(self) -> None:
        assert compare(released(OLD), released(NEW)).transitions == ()

    def test_both_sides_are_quoted(self) -> None:
        difference = compare(OLD, NEW)
        assert difference.system == "customer-portal"
        assert (difference.before.run, difference.after.run) == (OLD.origin.run, NEW.origin.run)
        assert difference.after.judged_at - difference.before.judged_at > timedelta(days=6)
        assert (difference.before.result, difference.before.rule) == (Result.NO_GO, RuleName.BLOCKER_FAILED)
        assert difference.before.coverage == pytest.approx(0.8)

    def test_records_of_two_systems_are_not_compared(self) -> None:
        other = replace(OLD, system=replace(OLD.system, system="payroll"))
        with pytest.raises(RecordError, match="two systems, customer-portal and payroll"):
            compare(OLD, other)

    def test_a_record_that_judges_what_nobody_asked_is_refused(self) -> None:
        strange = replace(NEW, verdicts=(replace(NEW.verdicts[0], check="no.such.check"),))
        with pytest.raises(RecordError, match=r"judges no\.such\.check"):
            compare(OLD, strange)


class TestEachOffenderHasItsOwnFate:
    def test_one_is_fixed_one_stays_one_is_new(self) -> None:
        new = seeing(failing(NEW, TLS, "TLSv1.1", "SSLv3"), "tls", versions=["SSLv3"])
        assert moved(compare(OLD, new), TLS) == {
            "SSLv3": Change.NEWLY_FAILING,
            "TLSv1.0": Change.FIXED,
            "TLSv1.1": Change.STILL_FAILING,
        }

    def test_all_are_fixed(self) -> None:
        difference = compare(OLD, passing(NEW, TLS))
        assert moved(difference, TLS) == {"TLSv1.0": Change.FIXED, "TLSv1.1": Change.FIXED}
        assert not any(each.is_worse for each in difference.transitions)

    def test_a_check_that_failed_and_is_not_answered_now_is_not_fixed(self) -> None:
        difference = compare(OLD, judged(NEW, TLS, outcome=Outcome.STALE, subjects=(), count=0))
        transition = only(difference, TLS)
        assert (transition.change, transition.after) == (Change.NEWLY_NOT_ASSESSED, Outcome.STALE)
        assert transition.is_worse
        assert transition.count_before == 2

    def test_where_not_all_are_named_nothing_is_said_of_a_single_one(self) -> None:
        difference = compare(OLD, failing(NEW, TLS, "TLSv1.1", "SSLv3", count=300))
        transition = only(difference, TLS)
        assert (transition.subject, transition.change) == ("", Change.STILL_FAILING)
        assert (transition.count_before, transition.count_after) == (2, 300)


@pytest.mark.parametrize(
    ("before", "after", "change", "worse"),
    [
        (Outcome.PASS, Outcome.FAIL, Change.NEWLY_FAILING, True),
        (Outcome.NOT_ASSESSED, Outcome.FAIL, Change.NEWLY_FAILING, True),
        (Outcome.NOT_APPLICABLE, Outcome.FAIL, Change.NEWLY_FAILING, True),
        (Outcome.FAIL, Outcome.FAIL, Change.STILL_FAILING, False),
        (Outcome.FAIL, Outcome.PASS, Change.FIXED, False),
        (Outcome.FAIL, Outcome.NOT_ASSESSED, Change.NEWLY_NOT_ASSESSED, True),
        (Outcome.PASS, Outcome.STALE, Change.NEWLY_NOT_ASSESSED, True),
        (Outcome.STALE, Outcome.NOT_ASSESSED, Change.STILL_NOT_ASSESSED, False),
        (Outcome.STALE, Outcome.PASS, Change.NEWLY_ASSESSED, False),
        (Outcome.NOT_APPLICABLE, Outcome.PASS, Change.NEWLY_ASSESSED, False),
        (Outcome.FAIL, Outcome.NOT_APPLICABLE, Change.SET_ASIDE, False),
        (Outcome.PASS, Outcome.NOT_APPLICABLE, Change.SET_ASIDE, False),
        (Outcome.PASS, Outcome.PASS, None, False),
        (Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE, None, False),
    ],
)
def test_every_way_a_verdict_can_move(
    before: Outcome, after: Outcome, change: Change | None, *, worse: bool
) -> None:
    difference = compare(
        judged(OLD, TLS, outcome=before, subjects=(), count=0),
        judged(NEW, TLS, outcome=after, subjects=(), count=0),
    )
    assert moved(difference, TLS) == ({} if change is None else {"": change})
    assert any(each.is_worse for each in difference.transitions) is worse


class TestACheckKeepsItsIdentity:
    RENAMED = "tls.version.lowest"

    def renamed(self, record: Record) -> Record:
        changed = with_check(record, TLS, id=self.RENAMED, aliases=(TLS,))
        return replace(
            changed,
            verdicts=tuple(
                replace(each, check=self.RENAMED) if each.check == TLS else each for each in changed.verdicts
            ),
            plan=replace(
                changed.plan,
                steps=tuple(
                    replace(step, check=self.RENAMED) if step.check == TLS else step
                    for step in changed.plan.steps
                ),
            ),
        )

    def test_through_its_aliases(self) -> None:
        difference = compare(OLD, self.renamed(NEW))
        assert moved(difference, self.RENAMED) == {
            "TLSv1.0": Change.STILL_FAILING,
            "TLSv1.1": Change.STILL_FAILING,
        }
        assert moved(difference, TLS) == {}
        assert difference.edits == ()

    def test_the_other_way_round_too(self) -> None:
        difference = compare(self.renamed(OLD), NEW)
        assert set(moved(difference, TLS).values()) == {Change.STILL_FAILING}
        assert moved(difference, self.RENAMED) == {}
