"""When a release is in force: the persons, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from readiness_audit.errors import FieldError
from readiness_audit.model.decision import Result
from readiness_audit.model.governance import Signature
from readiness_audit.model.policy import Rule, Signatures
from readiness_audit.model.release import Deviation, Flaw, Release, State, Why
from readiness_audit.model.seal import Seal, SealFault
from readiness_audit.model.sign_off import Choice, Needed, Role, SignOff
from readiness_audit.model.texts import Texts
from readiness_audit.stages.release import release
from tests.stages.signing import (
    AT,
    OTHER,
    SHA256,
    a_go,
    a_sign_off,
    decided,
    everybody,
    stands,
    with_condition,
    with_waiver,
)


def whys(found: Release) -> list[Why]:
    return [cause.why for cause in found.causes]


def missing(found: Release) -> dict[str, Flaw | None]:
    return {deciding.role.role: deciding.flaw for deciding in found.missing}


class TestNobodySigned:
    def test_a_go_without_sign_offs_is_not_in_force(self) -> None:
        found = stands([])
        assert (found.state, found.rule_result, found.result) == (State.NOT_YET, Result.GO, Result.GO)
        assert missing(found) == {"system-owner": None, "it-operations": None, "isb": None, "dsb": None}
        assert whys(found) == [Why.SIGN_OFF_MISSING] * 4
        assert found.in_force_since is None

    def test_a_no_go_is_refused_by_the_rules(self) -> None:
        found = stands([], record=decided(a_go(), Result.NO_GO))
        assert found.state is State.REFUSED
        assert found.causes[0].why is Why.RULE_SAYS_NO
        assert found.valid_until is None

    def test_a_policy_without_anybody_who_always_signs_is_refused(self) -> None:
        role = Role(role="dsb", title=Texts(en="a", de="b"), needed=Needed.PERSONAL_DATA)
        for roles in ((), (role,)):
            with pytest.raises(FieldError, match="a person decides"):
                Rule(sign_offs=roles)

    def test_a_role_stands_in_a_policy_once(self) -> None:
        role = Role(role="isb", title=Texts(en="a", de="b"))
        with pytest.raises(FieldError, match="'isb' is there twice"):
            Rule(sign_offs=(role, role))


class TestEverybodySigned:
    def test_it_is_in_force_since_the_last_one_signed(self) -> None:
        signed = [*everybody("isb"), a_sign_off("isb", date=date(2026, 11, 25))]
        found = stands(signed)
        assert (found.state, found.causes) == (State.IN_FORCE, ())
        assert found.in_force_since == date(2026, 11, 25)
        assert found.valid_until == date(2027, 2, 23)

    @pytest.mark.parametrize("role", ["system-owner", "it-operations", "isb", "dsb"])
    def test_without_any_one_of_them_it_is_not(self, role: str) -> None:
        found = stands(everybody(role))
        assert (found.state, list(missing(found))) == (State.NOT_YET, [role])

    def test_without_personal_data_no_data_protection_officer_is_asked(self) -> None:
        record = replace(a_go(), system=replace(a_go().system, traits=()))
        assert stands(everybody("dsb"), record=record).state is State.IN_FORCE

    def test_a_waiver_in_force_asks_for_management(self) -> None:
        found = stands(everybody(), record=with_waiver(a_go()))
        assert (found.state, missing(found)) == (State.NOT_YET, {"management": None})
        assert (
            stands([*everybody(), a_sign_off("management")], record=with_waiver(a_go())).state
            is State.IN_FORCE
        )

    def test_whoever_asked_for_the_waiver_does_not_answer_for_it(self) -> None:
        record = with_waiver(a_go(), requested_by="Leitung, Gerd")
        found = stands([*everybody(), a_sign_off("management")], record=record)
        assert missing(found) == {"management": Flaw.REQUESTED_IT}

    def test_the_order_of_the_entries_never_matters(self) -> None:
        signed = [*everybody(), a_sign_off("isb", person="Another One", decision=Choice.CONDITIONAL)]
        assert stands(signed) == stands(signed[::-1])


@pytest.mark.parametrize(
    ("different", "flaw"),
    [
        ({"record_sha256": OTHER}, Flaw.OTHER_RECORD),
        ({"date": date(2026, 11, 22)}, Flaw.BEFORE_THE_RECORD),
        ({"date": date(2026, 11, 23)}, None),
        ({"date": date(2026, 11, 25)}, None),
        ({"date": date(2026, 11, 26)}, Flaw.FROM_THE_FUTURE),
        ({"person": "Dr. Muster, Max"}, Flaw.SECOND_ROLE),
    ],
)
def test_what_keeps_a_sign_off_from_counting(different: dict[str, object], flaw: Flaw | None) -> None:
    found = stands([*everybody("isb"), a_sign_off("isb", **different)])
    assert found.state is (State.IN_FORCE if flaw is None else State.NOT_YET)
    # Of two roles of one person either is the one that is missing: what matters is that one of them is.
    assert list(missing(found).values()) == ([] if flaw is None else [flaw])


@pytest.mark.parametrize(
    ("go_live", "flaw"),
    [
        (date(2026, 12, 7), None),
        (date(2026, 12, 8), None),
        (date(2026, 12, 9), Flaw.TOO_EARLY),
        (date(2026, 11, 1), None),
        (None, None),
    ],
)
def test_a_sign_off_counts_two_weeks_before_going_live(go_live: date | None, flaw: Flaw | None) -> None:
    record = replace(a_go(), system=replace(a_go().system, go_live=go_live))
    found = stands(everybody(), record=record)
    assert {deciding.flaw for deciding in found.roles} == {flaw}


SIGNATURE = Signature(key="k1", sig="c2ln")


def sealed(sign_offs: Sequence[SignOff], fault: SealFault | None = None) -> dict[SignOff, Seal]:
    return {
        each: Seal(key="k1", name=each.person, fault=fault)
        for each in sign_offs
        if each.signature is not None
    }


@pytest.mark.parametrize("fault", [fault for fault in SealFault if fault is not SealFault.UNSIGNED])
def test_a_signature_that_does_not_hold_is_worse_than_none(fault: SealFault) -> None:
    signed = [*everybody("isb"), a_sign_off("isb", signature=SIGNATURE)]
    found = release(a_go(), SHA256, signed, AT, seals=sealed(signed, fault))
    assert missing(found) == {"isb": Flaw(fault)}
    assert release(a_go(), SHA256, signed, AT, seals=sealed(signed)).state is State.IN_FORCE
    no = [*everybody("isb"), a_sign_off("isb", signature=SIGNATURE, decision=Choice.NO)]
    assert release(a_go(), SHA256, no, AT, seals=sealed(no, fault)).state is State.REFUSED


def test_a_signature_that_nobody_has_checked_proves_nothing() -> None:
    signed = [*everybody("isb"), a_sign_off("isb", signature=SIGNATURE)]
    assert missing(release(a_go(), SHA256, signed, AT)) == {"isb": Flaw.BAD_SIGNATURE}


def test_what_is_not_proved_takes_nothing_back() -> None:
    no = a_sign_off("isb", decision=Choice.NO)
    forged = a_sign_off("isb", signature=SIGNATURE, date=date(2026, 11, 25))
    everyone, at = [*everybody("isb"), no, forged], AT + timedelta(days=3)
    found = release(a_go(), SHA256, everyone, at, seals=sealed(everyone, SealFault.UNKNOWN_KEY))
    assert found.state is State.REFUSED
    assert release(a_go(), SHA256, everyone, at, seals=sealed(everyone)).state is State.IN_FORCE


def test_where_signatures_are_demanded_only_signed_ones_count_and_every_no_is_heard() -> None:
    go = a_go()
    rule = replace(go.policy.rule, signatures=Signatures.REQUIRED)
    go = replace(go, policy=replace(go.policy, rule=rule))
    assert set(missing(release(go, SHA256, everybody(), AT)).values()) == {Flaw.UNSIGNED}
    signed = everybody(signature=SIGNATURE)
    assert release(go, SHA256, signed, AT, seals=sealed(signed)).state is State.IN_FORCE
    no = [*signed, a_sign_off("isb", decision=Choice.NO)]
    assert release(go, SHA256, no, AT, seals=sealed(no)).state is State.REFUSED


def test_a_role_the_policy_does_not_have_does_nothing() -> None:
    found = stands([*everybody(), a_sign_off("works-council", decision=Choice.NO)])
    assert found.state is State.IN_FORCE
    assert [item.flaw for item in found.sign_offs if item.sign_off.role == "works-council"] == [
        Flaw.UNKNOWN_ROLE
    ]


class TestTwoRoles:
    def test_one_person_is_not_four_eyes(self) -> None:
        found = stands(
            [
                a_sign_off(role, person="Max Muster")
                for role in ("system-owner", "it-operations", "isb", "dsb")
            ]
        )
        assert found.state is State.NOT_YET
        assert len(found.missing) == 3
        assert set(missing(found).values()) == {Flaw.SECOND_ROLE}

    @pytest.mark.parametrize(
        "name", ["E. Beispiel", "Erik\u0430 Beispiel", "Erika Beispiel (ISB)", "Beispiel"]
    )
    def test_nor_is_one_person_under_two_names(self, name: str) -> None:
        found = stands([*everybody("isb"), a_sign_off("isb", person=name)])
        assert (found.state, missing(found)) == (State.NOT_YET, {"isb": Flaw.SECOND_ROLE})

    def test_where_somebody_else_signs_one_of_them_each_role_has_its_person(self) -> None:
        signed = [
            *everybody("isb"),
            a_sign_off("isb", person="Max Muster"),
            a_sign_off("it-operations", person="Ina Neu"),
        ]
        found = stands(signed)
        assert found.state is State.IN_FORCE
        given = {deciding.role.role: deciding.given.person for deciding in found.roles if deciding.given}
        assert (given["isb"], given["it-operations"]) == ("Max Muster", "Ina Neu")


class TestSomebodySaysNo:
    @pytest.mark.parametrize("role", ["system-owner", "dsb", "management"])
    def test_one_no_refuses_it(self, role: str) -> None:
        found = stands([*everybody(role), a_sign_off(role, decision=Choice.NO)])
        assert (found.state, found.rule_result, found.result) == (State.REFUSED, Result.GO, Result.NO_GO)
        assert (found.causes[0].why, found.causes[0].role) == (Why.PERSON_SAYS_NO, role)

    def test_a_no_is_heard_whatever_else_is_wrong_with_it(self) -> None:
        early = a_sign_off("isb", decision=Choice.NO, date=date(2026, 11, 1))
        assert stands([*everybody(), replace(early, person="Ida Andere")]).state is State.REFUSED

    def test_a_no_about_another_record_is_not_about_this_one(self) -> None:
        assert (
            stands([*everybody(), a_sign_off("isb", decision=Choice.NO, record_sha256=OTHER)]).state
            is State.IN_FORCE
        )

    def test_the_last_word_counts(self) -> None:
        no = a_sign_off("isb", decision=Choice.NO, date=date(2026, 11, 23))
        assert stands([*everybody(), no]).state is State.IN_FORCE
        assert stands([*everybody(), replace(no, date=date(2026, 11, 25))]).state is State.REFUSED

    def test_of_two_on_one_day_the_stricter_counts(self) -> None:
        assert stands([*everybody(), a_sign_off("isb", decision=Choice.NO)]).state is State.REFUSED


class TestDeviation:
    def test_stricter_than_the_rules_is_anybodys_right(self) -> None:
        found = stands([*everybody("isb"), a_sign_off("isb", decision=Choice.CONDITIONAL)])
        assert (found.state, found.rule_result, found.result) == (
            State.IN_FORCE,
            Result.GO,
            Result.CONDITIONAL,
        )
        assert [each.deviation for each in found.roles] == [
            Deviation.NONE,
            Deviation.NONE,
            Deviation.DOWN,
            Deviation.NONE,
        ]

    def test_yes_to_a_conditional_release_does_not_take_its_conditions_away(self) -> None:
        found = stands(everybody(), record=with_condition(a_go(), date(2026, 12, 15)))
        assert (found.state, found.result) == (State.IN_FORCE, Result.CONDITIONAL)
        assert {each.deviation for each in found.roles} == {Deviation.NONE}

    @pytest.mark.parametrize("rule_result", [Result.NO_GO, Result.INCONCLUSIVE])
    def test_against_the_rules_only_everybody_together_management_too_and_with_a_reason(
        self, rule_result: Result
    ) -> None:
        record = decided(a_go(), rule_result)
        reason = {"reason": "The old system stops on Monday."}
        all_but_one = everybody(**reason)
        assert stands(all_but_one, record=record).state is State.REFUSED
        mute = [*all_but_one, a_sign_off("management")]
        found = stands(mute, record=record)
        assert (found.state, missing(found)) == (State.REFUSED, {"management": Flaw.NO_REASON})
        dots = [*all_but_one, a_sign_off("management", reason=".\u2800.")]
        assert missing(stands(dots, record=record)) == {"management": Flaw.NO_REASON}
        found = stands([*all_but_one, a_sign_off("management", **reason)], record=record)
        assert (found.state, found.rule_result, found.result) == (State.IN_FORCE, rule_result, Result.GO)
        assert len(found.against_the_rules) == 5
        # Never longer than a conditional release; the pilot's three months are shorter still.
        assert found.valid_until == date(2027, 2, 23)

    @pytest.mark.parametrize("day", [24, 25])
    def test_a_yes_without_its_reason_takes_nothing_back(self, day: int) -> None:
        record = decided(a_go(), Result.NO_GO)
        reason = {"reason": "The old system stops on Monday."}
        signed = [*everybody(**reason), a_sign_off("management", **reason)]
        at = datetime(2026, 11, 25, 12, tzinfo=UTC)
        again = a_sign_off("system-owner", date=date(2026, 11, day))
        assert stands([*signed, again], record=record, at=at).state is State.IN_FORCE
        stricter = replace(again, decision=Choice.CONDITIONAL)
        found = stands([*signed, stricter], record=record, at=at)
        assert (found.state, missing(found)) == (State.REFUSED, {"system-owner": Flaw.NO_REASON})

    def test_an_interrupted_run_is_released_by_nobody(self) -> None:
        record = a_go()
        record = replace(record, origin=replace(record.origin, complete=False))
        found = stands(everybody(reason="It will do."), record=record)
        assert (found.state, found.causes[0].why) == (State.REFUSED, Why.RUN_INTERRUPTED)


def test_today_is_the_policys_day() -> None:
    tomorrow: list[SignOff] = everybody(date=date(2026, 11, 25))
    record = a_go()
    for zone, state in (
        ("Europe/Berlin", State.IN_FORCE),
        ("UTC", State.NOT_YET),
        ("Pacific/Kiritimati", State.IN_FORCE),
    ):
        rule = replace(record.policy.rule, zone=zone)
        there = replace(record, policy=replace(record.policy, rule=rule))
        at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
        assert stands(tomorrow, record=there, at=at).state is state
    assert stands(tomorrow, at=AT).state is State.IN_FORCE


class TestANoThatWasTakenOut:
    NO = a_sign_off("isb", decision=Choice.NO)

    def found(self, *sign_offs: SignOff) -> Release:
        return release(a_go(), SHA256, (*sign_offs, self.NO), AT, gone={self.NO})

    def test_it_is_heard_and_told(self) -> None:
        found = self.found(*everybody("isb"))
        assert (found.state, found.result) == (State.REFUSED, Result.NO_GO)
        assert (found.causes[0].why, found.causes[0].flaw) == (Why.PERSON_SAYS_NO, Flaw.TAKEN_OUT)
        assert {each.flaw for each in found.sign_offs if each.sign_off == self.NO} == {Flaw.TAKEN_OUT}

    def test_so_it_is_where_a_yes_of_the_same_day_stands_in_its_place(self) -> None:
        assert self.found(*everybody()).state is State.REFUSED

    def test_its_person_takes_it_back_later(self) -> None:
        found = self.found(*everybody("isb"), a_sign_off("isb", date=date(2026, 11, 25)))
        assert (found.state, found.causes) == (State.IN_FORCE, ())

    def test_one_about_another_record_is_none_of_this_ones_business(self) -> None:
        other = replace(self.NO, record_sha256=OTHER)
        found = release(a_go(), SHA256, (*everybody(), other), AT, gone={other})
        assert (found.state, len(found.sign_offs)) == (State.IN_FORCE, 4)
