"""Proving: a check that does not keep its own word is found out."""

from __future__ import annotations

import pytest

from readiness_audit.model.check import Case
from readiness_audit.model.verdict import Outcome
from readiness_audit.stages.prove import Prover
from tests.checks import a_check
from tests.senses import senses

PROVER = Prover(senses().probes, senses().views)
CASES = (
    Case(name="closed", given={"count": 1, "closed": True}, expect=Outcome.PASS),
    Case(name="open", given={"count": 1}, expect=Outcome.FAIL),
    Case(name="nothing", given={}, expect=Outcome.NOT_ASSESSED),
)


def told(**different: object) -> list[str]:
    check = a_check(**{"cases": CASES, **different})
    assert PROVER.examine(check) == []
    return [f"{fault.key}: {fault.message}" for fault in PROVER.prove(check)]


def test_a_check_that_keeps_its_word_has_no_faults() -> None:
    assert told() == []


@pytest.mark.parametrize("left_out", range(3))
def test_every_side_must_be_shown(left_out: int) -> None:
    (fault,) = told(cases=CASES[:left_out] + CASES[left_out + 1 :])
    assert "no case shows" in fault


def test_a_stale_condition_must_be_shown() -> None:
    (fault,) = told(stale_when="facts.width > 9.0")
    assert "no case shows stale" in fault


def test_a_case_that_comes_out_otherwise_is_told() -> None:
    wrong = Case(name="wrong", given={"count": 1}, expect=Outcome.PASS)
    (fault,) = told(cases=(*CASES, wrong))
    assert fault == "cases.3.expect: the case 'wrong' comes out as fail, not pass"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cont": 1}, "cont: there is no such fact; known: count, closed, width"),
        ({"count": "1"}, "count: '1' is not whole number"),
        ({"count": True}, "count: True is not whole number"),
        ({"closed": 1}, "closed: 1 is not yes or no"),
    ],
)
def test_a_case_with_facts_the_probe_does_not_see_is_told(given: dict[str, object], said: str) -> None:
    (fault,) = told(cases=(*CASES, Case(name="odd", given=given, expect=Outcome.FAIL)))
    assert said in fault


def test_a_case_may_differ_only_in_parameters_there_are() -> None:
    odd = Case(name="odd", given={}, expect=Outcome.FAIL, parameters={"nothing": 1})
    (fault,) = told(cases=(*CASES, odd))
    assert "no parameter nothing" in fault


@pytest.mark.parametrize(
    "different",
    [
        {"assessable_when": "true", "passes_when": "!facts.closed"},
        {"assessable_when": "facts.count >= 0", "passes_when": "facts.width < 1.0"},
        {"assessable_when": "true", "passes_when": "facts.count == 0 || facts.closed"},
    ],
)
def test_a_check_that_passes_on_nothing_is_found_without_its_authors_help(
    different: dict[str, object],
) -> None:
    assert any("passes on facts that say nothing" in fault for fault in told(**different))


def test_the_named_offenders_must_be_those() -> None:
    case = Case(name="names", given={"count": 1}, expect=Outcome.FAIL, subjects=("Owner",))
    check = {
        "each": "params.wanted",
        "violation_when": "!facts.closed",
        "subject": "item.name",
        "parameters": {"wanted": ({"name": "Door"},)},
    }
    (fault,) = told(cases=(*CASES, case), **check)
    assert fault == "cases.3.subjects: the case 'names' names Door"
