"""Expressions are checked when they are loaded: a misspelt fact is told before anything is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from readiness_audit.expressions.examine import Examiner, Fault
from readiness_audit.model.target import Host, Register
from tests.checks import a_check


@dataclass(frozen=True, slots=True, kw_only=True)
class Hinge:
    name: str
    turns: int
    oiled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFacts:
    count: int
    closed: bool
    width: float
    opened_at: str | None
    names: tuple[str, ...]
    hinges: tuple[Hinge, ...]
    best: Hinge | None


EXAMINER = Examiner({"door": DoorFacts}, {"door": (Host,)})


def faults(**different: object) -> list[Fault]:
    return EXAMINER.faults(a_check(**different))


def test_a_sound_check_has_no_faults() -> None:
    assert faults() == []
    assert (
        faults(
            parameters={"most": 3, "allowed": ("a",), "wanted": ({"name": "x"},)},
            applies_to="'own-code' in traits && protection.integrity != 'normal' && stage == 'pilot'",
            selects="target.vantage == 'internet'",
            assessable_when="size(facts.hinges) > 0 && facts.best != null && facts.best.turns > 1",
            stale_when="days_between(facts.opened_at, today) > params.most",
            each="facts.hinges",
            violation_when="item.turns > params.most && !(item.name in params.allowed) && !item.oiled",
            subject="item.name + ' ' + string(item.turns)",
            observed={"wide": "facts.width", "late": "hours_between(facts.opened_at, now)"},
        )
        == []
    )
    assert (
        faults(
            each="params.wanted",
            violation_when="!(item.name in facts.names)",
            subject="item.name",
            parameters={"wanted": ({"name": "x"},)},
        )
        == []
    )


@pytest.mark.parametrize(
    ("different", "key", "column", "said"),
    [
        ({"passes_when": "facts.closd"}, "passes_when", 6, "undefined field 'closd'"),
        ({"passes_when": "facts.hinges.all(h, h.trns > 1)"}, "passes_when", 22, "undefined field 'trns'"),
        ({"passes_when": "facts.count"}, "passes_when", 1, "gives INT, but BOOL is needed"),
        ({"passes_when": "facts.count > 'a'"}, "passes_when", 13, "no matching overload"),
        ({"passes_when": "facts.width > 3"}, "passes_when", 13, "write a whole number as 3.0"),
        ({"passes_when": "facts.count >"}, "passes_when", 14, "mismatched input|Syntax error"),
        ({"passes_when": "params.nothing"}, "passes_when", 1, "undeclared reference"),
        ({"passes_when": "nobody.count > 1"}, "passes_when", 1, "undeclared reference"),
        ({"passes_when": "has(facts.best)"}, "passes_when", 1, "x != null"),
        ({"assessable_when": "'a'"}, "assessable_when", 1, "gives STRING"),
        ({"stale_when": "days_between(facts.count, today) > 1.0"}, "stale_when", 13, "no matching overload"),
        ({"applies_to": "facts.closed"}, "applies_to", 1, "undeclared reference"),
        ({"never_waivable": "'x' in trait"}, "never_waivable", 8, "undeclared reference"),
        ({"never_waivable": "facts.closed"}, "never_waivable", 1, "undeclared reference"),
        ({"never_waivable": "stage"}, "never_waivable", 1, "gives STRING"),
        ({"selects": "target.type == 'risks'"}, "selects", 7, "undefined field 'type'"),
        ({"selects": "facts.closed"}, "selects", 1, "undeclared reference"),
        ({"observed": {"x": "facts.nothing"}}, "observed.x", 6, "undefined field"),
        ({"each": "facts.count", "violation_when": "true"}, "each", 1, "not a list"),
        ({"each": "facts.hinges.map(h, h)", "violation_when": "true"}, "each", 1, "the way to a list"),
        ({"each": "facts.hinges", "violation_when": "true"}, "each", 1, "`subject` must say"),
        (
            {"each": "facts.names", "violation_when": "item.x"},
            "violation_when",
            5,
            "cannot be the operand of a select",
        ),
        (
            {"each": "facts.names", "violation_when": "facts.closed"},
            "violation_when",
            1,
            "undeclared reference to 'facts.closed'",
        ),
        ({"each": "facts.names", "violation_when": "true", "subject": "1"}, "subject", 1, "gives INT"),
    ],
)
def test_a_fault_is_told_with_its_key_and_column(
    different: dict[str, object], key: str, column: int, said: str
) -> None:
    (fault,) = faults(**different)
    assert (fault.key, fault.column) == (key, column)
    assert any(part in fault.message for part in said.split("|")), fault.message


def test_an_unknown_probe_or_view_is_told_with_the_known_ones() -> None:
    (fault,) = faults(probe="dor")
    assert fault.message == "there is no probe called 'dor'; known: door"


def test_the_column_counts_in_the_line_of_a_longer_expression() -> None:
    (fault,) = faults(passes_when="facts.closed &&\n  facts.cout > 1")
    assert (fault.line, fault.column) == (2, 8)


def test_a_narrowed_kind_of_target_is_examined_as_its_own_type() -> None:
    examiner = Examiner({"door": DoorFacts}, {"door": (Register,)})
    assert examiner.faults(a_check(selects="target.type == 'risks'")) == []
