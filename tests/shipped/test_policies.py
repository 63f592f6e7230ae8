"""The policies we ship: each works out, and none forgets what it promises."""

from __future__ import annotations

import pytest

from readiness_audit.content.files import load_checks, load_policies
from readiness_audit.model.check import POINTS, Framework, Severity
from readiness_audit.model.policy import InForce, Signatures
from readiness_audit.model.system import Stage
from readiness_audit.shipped import shipped
from readiness_audit.stages.resolve import resolve

CATALOGUE = {name: read.check for name, read in load_checks([shipped("checks")]).items()}
POLICIES = load_policies([shipped("policies")])


def in_force(policy: str) -> InForce:
    return resolve(policy, POLICIES, CATALOGUE)


def asked(policy: str) -> set[str]:
    return {check.id for check in in_force(policy).checks}


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_every_policy_works_out(policy: str) -> None:
    assert asked(policy) <= CATALOGUE.keys()
    assert in_force(policy).edition == POLICIES[policy].edition


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_policy_is_found_under_its_name_and_speaks_both_languages(policy: str) -> None:
    assert (shipped("policies") / f"{policy}.yaml").is_file()
    for texts in (POLICIES[policy].title, POLICIES[policy].why):
        assert texts.en.strip()
        assert texts.de.strip()
        assert texts.en != texts.de


def test_the_standard_policy_asks_every_check() -> None:
    assert asked("kmu-standard") == CATALOGUE.keys()


@pytest.mark.parametrize("gate", [Stage.ROLLOUT, Stage.OPERATION])
@pytest.mark.parametrize("point", POINTS)
def test_no_success_point_goes_unasked_in_the_standard_policy(point: int, gate: Stage) -> None:
    counting = [check for check in in_force("kmu-standard").checks if check.stage.reached_at(gate)]
    assert any(check.point == point and check.severity is not Severity.INFO for check in counting)


def test_the_basic_policy_asks_whatever_blocks() -> None:
    blockers = {check.id for check in CATALOGUE.values() if check.severity is Severity.BLOCKER}
    assert blockers - asked("kmu-basis") == set()


def test_the_basic_policy_asks_whatever_belongs_to_din_spec_27076() -> None:
    tagged = {check.id for check in CATALOGUE.values() if Framework.DIN27076 in check.maps_to}
    assert tagged - asked("kmu-basis") == set()


def test_the_basic_policy_keeps_every_blocker_a_blocker() -> None:
    softened = {
        check.id
        for check in in_force("kmu-basis").checks
        if CATALOGUE[check.id].severity is Severity.BLOCKER and check.severity is not Severity.BLOCKER
    }
    assert softened == set()


def test_the_policy_for_a_high_protection_need_is_stricter_in_everything() -> None:
    standard, high = in_force("kmu-standard").rule, in_force("kmu-hoch").rule
    assert asked("kmu-hoch") == asked("kmu-standard")
    for name in ("conditions_at_most", "condition_days_at_most", "waiver_extensions_at_most"):
        assert getattr(high, name) < getattr(standard, name)
    assert (high.waiver_days_at_most, high.waiver_days_blocker) == (90, 30)
    assert (standard.waiver_days_at_most, standard.waiver_days_blocker) == (180, 90)
    assert (high.signatures, standard.signatures) == (Signatures.REQUIRED, Signatures.OPTIONAL)
    assert (high.coverage_at_least, high.coverage_for_go) == (0.95, 1.0)
