"""Planning: every check that applies has its steps, also where there is nothing to look at."""

from __future__ import annotations

import pytest

from readiness_audit.errors import PlanError
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Look
from readiness_audit.model.plan import Plan
from readiness_audit.model.system import Need, Protection, Stage, System, Trait
from readiness_audit.stages.plan import plan
from tests.checks import a_check
from tests.senses import senses
from tests.systems import HOUSE, a_house, asking


def planned(*checks: Check, system: System = HOUSE) -> Plan:
    known = senses()
    return plan(system, asking(*checks), known.probes, known.views)


def test_a_check_is_asked_of_every_target_of_its_kind() -> None:
    made = planned(a_check())
    assert [(step.target, [look.id for look in step.looks]) for step in made.steps] == [
        ("front", ["door:front"]),
        ("back", ["door:back"]),
    ]


def test_checks_share_their_looks() -> None:
    made = planned(a_check(id="a.one"), a_check(id="a.two"))
    assert len(made.steps) == 4
    assert made.looks == (Look(probe="door", target="front"), Look(probe="door", target="back"))


def test_a_check_without_a_target_has_a_step_that_says_what_is_lacking() -> None:
    made = planned(a_check(), system=a_house(targets=HOUSE.targets[2:]))
    (step,) = made.steps
    assert (step.target, step.looks, step.lacks) == ("", (), "host")
    (step,) = planned(a_check(probe="paper"), system=a_house(targets=HOUSE.targets[:2])).steps
    assert step.lacks == "document (type: deed)"


def test_selecting_narrows_and_says_so_where_nothing_is_left() -> None:
    (step,) = planned(a_check(selects="target.host == '127.0.0.2'")).steps
    assert step.target == "back"
    (step,) = planned(a_check(selects="target.host == 'nobody'")).steps
    assert step.lacks == "host, target.host == 'nobody'"


def test_an_optional_check_is_asked_of_what_it_selects_and_else_set_aside() -> None:
    made = planned(a_check(selects="target.host == '127.0.0.2'", optional=True))
    assert ([step.target for step in made.steps], made.set_aside) == (["back"], ())
    made = planned(a_check(selects="target.host == 'nobody'", optional=True))
    assert (made.steps, made.looks) == ((), ())
    assert [aside.because for aside in made.set_aside] == ["not declared: host, target.host == 'nobody'"]


def test_a_check_that_does_not_apply_is_set_aside_with_its_reason() -> None:
    made = planned(a_check(applies_to="'own-code' in traits"), system=a_house(traits=(Trait.DATABASE,)))
    assert made.steps == ()
    assert made.looks == ()
    assert made.set_aside[0].because == "'own-code' in traits (declared: database)"


@pytest.mark.parametrize(
    "applies_to",
    ["stage == 'rollout'", "protection.integrity == 'high'", "'own-code' in traits"],
)
def test_a_check_may_depend_on_what_is_declared(applies_to: str) -> None:
    house = a_house(traits=(Trait.OWN_CODE,), protection=Protection(integrity=Need.HIGH))
    assert planned(a_check(applies_to=applies_to), system=house).set_aside == ()


def test_a_view_takes_a_look_for_each_need() -> None:
    made = planned(a_check(probe=None, view="both"))
    assert [[look.id for look in step.looks] for step in made.steps] == [
        ["door:front", "paper:deed"],
        ["door:back", "paper:deed"],
    ]


def test_a_view_without_its_other_input_cannot_be_assessed() -> None:
    made = planned(a_check(probe=None, view="both"), system=a_house(targets=HOUSE.targets[:2]))
    assert [(step.target, step.looks, step.lacks) for step in made.steps] == [
        ("front", (), "document (type: deed)"),
        ("back", (), "document (type: deed)"),
    ]


@pytest.mark.parametrize(
    ("stage", "current", "counts"),
    [
        (Stage.PILOT, Stage.PILOT, True),
        (Stage.ROLLOUT, Stage.PILOT, False),
        (Stage.OPERATION, Stage.ROLLOUT, False),
        (Stage.PILOT, Stage.OPERATION, True),
    ],
)
def test_a_check_counts_from_its_stage_on(stage: Stage, current: Stage, *, counts: bool) -> None:
    made = planned(a_check(stage=stage), system=a_house(stage=current))
    assert {step.counts for step in made.steps} == {counts}


@pytest.mark.parametrize(
    "different",
    [
        {"probe": "nobody"},
        {"probe": None, "view": "nobody"},
        {"applies_to": "traits"},
        {"selects": "target.x"},
    ],
)
def test_what_cannot_be_planned_is_told(different: dict[str, object]) -> None:
    with pytest.raises(PlanError, match=r"test\.plain"):
        planned(a_check(**different))
