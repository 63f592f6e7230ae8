"""What changed between two records: whose doing it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from readiness_audit.model.check import Severity
from readiness_audit.model.decision import Result
from readiness_audit.model.difference import Cause, Change
from readiness_audit.model.evidence import Reason
from readiness_audit.model.governance import Condition, Kind, Standing, State
from readiness_audit.model.record import Record
from readiness_audit.model.system import Stage, Trait
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.compare import compare
from tests.records import a_record, released
from tests.stages.a_week_later import (
    NEW,
    OLD,
    PORTS,
    RISKS,
    TESTS,
    TLS,
    a_week_later,
    blind,
    edits,
    failing,
    only,
    passing,
    seeing,
    with_check,
    without_check,
)


class TestWhoseDoingItWas:
    def causes(self, old: Record, new: Record, check: str = TLS) -> tuple[Cause, ...]:
        return compare(passing(old, check), failing(new, check, "x")).transitions[-1].causes

    @pytest.mark.parametrize(
        ("change", "causes"),
        [
            (lambda new: new, (Cause.TIME,)),
            (lambda new: seeing(new, "tls", versions=["SSLv3"]), (Cause.WORLD,)),
            (lambda new: seeing(new, "ports", tried=1), (Cause.TIME,)),
            (lambda new: blind(new, "tls", Reason.TIMED_OUT), (Cause.WORLD,)),
            (lambda new: blind(new, "tls", Reason.TOOL_FAILED), (Cause.TOOL,)),
            (lambda new: blind(new, "tls", Reason.INTERRUPTED), (Cause.TOOL,)),
            (lambda new: with_check(new, TLS, parameters={"minimum": "TLSv1.3"}), (Cause.CHECK,)),
            (lambda new: with_check(new, TLS, passes_when="facts.better"), (Cause.CHECK,)),
            (
                lambda new: seeing(
                    with_check(new, TLS, passes_when="facts.better"), "tls", versions=["SSLv3"]
                ),
                (Cause.WORLD, Cause.CHECK),
            ),
            # What a check weighs, or how it is worded, does not change how it comes out.
            (lambda new: with_check(new, TLS, severity=Severity.MAJOR), (Cause.TIME,)),
            (lambda new: with_check(new, TLS, fix=new.policy.title), (Cause.TIME,)),
            (
                lambda new: replace(new, origin=replace(new.origin, tool="readiness-audit 0.2.0")),
                (Cause.TOOL,),
            ),
            (
                lambda new: seeing(
                    replace(new, origin=replace(new.origin, looked_from="laptop")), "tls", versions=[]
                ),
                (Cause.WORLD, Cause.TOOL),
            ),
            (
                lambda new: replace(
                    new,
                    system=replace(
                        new.system,
                        targets=(replace(new.system.targets[0], port=8443), *new.system.targets[1:]),
                    ),
                ),
                (Cause.SYSTEM,),
            ),
            (
                lambda new: blind(
                    replace(new, system=replace(new.system, authorisation=None)), "tls", Reason.OUT_OF_SCOPE
                ),
                (Cause.WORLD, Cause.SYSTEM),
            ),
        ],
    )
    def test_it_is_told_apart(self, change: Callable[[Record], Record], causes: tuple[Cause, ...]) -> None:
        assert self.causes(OLD, change(NEW)) == causes

    def test_a_check_the_policy_began_to_ask(self) -> None:
        difference = compare(without_check(OLD, TLS), NEW)
        transition = only(difference, TLS)
        assert (transition.change, transition.causes) == (Change.APPEARED, (Cause.POLICY,))
        assert (transition.before, transition.after, transition.is_worse) == (None, Outcome.FAIL, True)
        assert (Cause.POLICY, TLS, "asked", None, TLS) in edits(difference)

    def test_a_check_the_policy_ceased_to_ask_is_not_fixed(self) -> None:
        difference = compare(OLD, without_check(NEW, TLS))
        transition = only(difference, TLS)
        assert (transition.change, transition.causes) == (Change.DISAPPEARED, (Cause.POLICY,))
        assert transition.severity is Severity.BLOCKER
        assert (Cause.POLICY, TLS, "asked", TLS, None) in edits(difference)

    def test_a_target_that_was_added(self) -> None:
        difference = compare(OLD, a_week_later(a_record(targets=5)))
        [*_, came] = [each for each in difference.transitions if each.target == "node-0004"]
        assert (came.check, came.change, came.causes) == (TLS, Change.APPEARED, (Cause.SYSTEM,))
        assert {edit.what for edit in difference.edits} >= {"host", "port", "kind"}

    def test_a_register_that_was_missing_and_is_declared_now(self) -> None:
        old = replace(
            OLD,
            verdicts=tuple(
                replace(each, target="", reason=Reason.NO_TARGET) if each.check == RISKS else each
                for each in OLD.verdicts
            ),
        )
        difference = compare(old, passing(NEW, RISKS))
        transition = only(difference, RISKS)
        assert (transition.target, transition.change) == ("risks", Change.NEWLY_ASSESSED)
        assert only(compare(passing(NEW, RISKS), old), RISKS).change is Change.NEWLY_NOT_ASSESSED

    def test_a_trait_that_set_a_check_aside(self) -> None:
        system = replace(NEW.system, traits=(*NEW.system.traits, Trait.NO_TLS))
        aside = tuple(
            Verdict(check=TLS, target="", outcome=Outcome.NOT_APPLICABLE, counts=True)
            if each.check == TLS
            else each
            for each in NEW.verdicts
        )
        plan = replace(NEW.plan, steps=tuple(step for step in NEW.plan.steps if step.check != TLS))
        difference = compare(OLD, replace(NEW, system=system, verdicts=aside, plan=plan))
        transition = only(difference, TLS)
        assert (transition.target, transition.change) == ("portal", Change.SET_ASIDE)
        assert transition.causes == (Cause.SYSTEM,)


class TestEdits:
    def test_every_area_is_told_with_before_and_after(self) -> None:
        new = with_check(NEW, "cert.expiry.soon", parameters={"min_days": 45}, severity=Severity.BLOCKER)
        rule = replace(new.policy.rule, coverage_for_go=0.9)
        new = replace(
            new,
            policy=replace(new.policy, edition="2026-12", rule=rule),
            system=replace(new.system, stage=Stage.ROLLOUT, title="Renamed"),
            origin=replace(new.origin, tool="readiness-audit 0.2.0"),
        )
        assert edits(compare(OLD, new)) == [
            (Cause.CHECK, "cert.expiry.soon", "parameters.min_days", "30", "45"),
            (Cause.CHECK, "cert.expiry.soon", "severity", "major", "blocker"),
            (Cause.POLICY, "", "edition", "2026-11", "2026-12"),
            (Cause.POLICY, "", "rule.coverage_for_go", "0.95", "0.9"),
            (Cause.SYSTEM, "", "stage", "pilot", "rollout"),
            (Cause.TOOL, "", "tool", "readiness-audit 0.1.0", "readiness-audit 0.2.0"),
        ]

    def test_a_condition_that_has_no_effect_any_more(self) -> None:
        agreed = Condition(
            check=PORTS,
            target="app-1",
            owner="Operations",
            due=date(2026, 11, 29),
            approved_by="Management",
            demand="Close port 8080",
        )
        old = replace(OLD, decision=replace(OLD.decision, conditions=(agreed,)))
        new = replace(NEW, decision=replace(NEW.decision, idle_conditions=(agreed,)))
        [edit] = compare(old, new).edits
        assert (edit.area, edit.of, edit.what) == (Cause.CONDITION, PORTS, "condition on app-1")
        assert (edit.before, edit.after) == ("Operations, due 2026-11-29", None)

    def test_an_exception_that_ended_is_told_apart_from_everything_else(self) -> None:
        stands = Standing(
            kind=Kind.WAIVER,
            id="W-7",
            check=TLS,
            target="portal",
            state=State.ACTIVE,
            last_day=date(2026, 11, 29),
            approved_by="Max Muster",
            covers=1,
        )
        over = replace(stands, state=State.EXPIRED)
        old = replace(OLD, decision=replace(OLD.decision, standings=(stands,)))
        new = replace(NEW, decision=replace(NEW.decision, standings=(over,)))
        assert edits(compare(old, new)) == [
            (
                Cause.WAIVER,
                TLS,
                "waiver W-7 on portal",
                "in force until 2026-11-29, approved by Max Muster",
                "expired after 2026-11-29",
            )
        ]
        gone = replace(NEW, decision=replace(NEW.decision, standings=()))
        assert [edit.after for edit in compare(old, gone).edits] == [None]


class TestWhyTheDecisionChanged:
    def test_what_stands_behind_a_no_go_that_was_a_go(self) -> None:
        new = seeing(failing(released(NEW), TLS, "TLSv1.0"), "tls", versions=["TLSv1.0"])
        difference = compare(released(OLD), new)
        assert difference.decision_changed
        assert (difference.before.result, difference.after.result) == (Result.GO, Result.NO_GO)
        assert [(behind.check, behind.target) for behind in difference.came] == [(TLS, "portal")]
        assert difference.went == ()
        assert only(difference, TLS).causes == (Cause.WORLD,)
        assert difference.deciding_edits == ()

    def test_what_no_longer_stands_in_the_way(self) -> None:
        difference = compare(OLD, released(NEW))
        assert (difference.before.result, difference.after.result) == (Result.NO_GO, Result.GO)
        assert {behind.check for behind in difference.went} == {TLS, TESTS}
        assert difference.came == ()

    def test_a_stricter_policy_is_named_as_the_reason(self) -> None:
        old = passing(released(OLD), PORTS)
        new = with_check(released(NEW), PORTS, severity=Severity.BLOCKER)
        new = with_check(new, RISKS, severity=Severity.MAJOR)
        difference = compare(old, failing(new, PORTS, "8080/tcp"))
        assert [(edit.of, edit.what) for edit in difference.deciding_edits] == [(PORTS, "severity")]

    def test_a_fleet_is_compared_in_a_moment(self) -> None:
        fleet = a_record(targets=120, checks=10)
        difference = compare(fleet, a_week_later(fleet))
        assert {each.change for each in difference.transitions} == {
            Change.STILL_FAILING,
            Change.STILL_NOT_ASSESSED,
        }
        assert difference.transitions == tuple(
            sorted(difference.transitions, key=lambda each: (each.check, each.target, each.subject))
        )
