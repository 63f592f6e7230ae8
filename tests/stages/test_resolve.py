"""Working out a policy: what is asked follows from the files, and nothing is asked or dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest

from readiness_audit.errors import PlanError
from readiness_audit.model.check import Severity
from readiness_audit.model.policy import InForce, LeaveOut, Policy, Rule, Use
from readiness_audit.model.system import Stage
from readiness_audit.stages.resolve import resolve
from tests.checks import SAID, a_check

CATALOGUE = {
    check.id: check
    for check in (
        a_check(id="net.one", parameters={"most": 3, "names": ("a",), "ratio": 0.5}),
        a_check(id="net.two", aliases=("net.old",)),
        a_check(id="tls.one"),
    )
}


def a_policy(name: str = "base", **different: Any) -> Policy:  # noqa: ANN401 - fields of Policy
    plain: dict[str, Any] = {"policy": name, "edition": "1", "title": SAID, "why": SAID}
    return Policy(**{**plain, "checks": (Use(use="net.*"),), **different})


def resolved(*policies: Policy) -> InForce:
    return resolve(policies[-1].policy, {policy.policy: policy for policy in policies}, CATALOGUE)


def test_a_pattern_asks_all_it_matches() -> None:
    assert [check.id for check in resolved(a_policy()).checks] == ["net.one", "net.two"]


def test_an_old_name_still_asks_its_check() -> None:
    assert [check.id for check in resolved(a_policy(checks=(Use(use="net.old"),))).checks] == ["net.two"]


def test_a_policy_adds_to_the_one_it_extends_and_takes_away() -> None:
    base = a_policy(rule=Rule(conditions_at_most=1))
    more = a_policy(
        "more",
        extends="base",
        checks=(Use(use="tls.*"),),
        leave_out=(LeaveOut(check="net.two", because="not here"),),
    )
    made = resolved(base, more)
    assert [check.id for check in made.checks] == ["net.one", "tls.one"]
    assert [leave.check for leave in made.left_out] == ["net.two"]
    assert made.rule.conditions_at_most == 1


def test_what_differs_is_told_with_its_reason() -> None:
    use = Use(
        use="net.one",
        parameters={"most": 5},
        severity=Severity.MINOR,
        stage=Stage.OPERATION,
        because="small",
    )
    made = resolved(a_policy(checks=(Use(use="net.one"), use)))
    (check,) = made.checks
    assert (check.parameters["most"], check.severity, check.stage) == (5, Severity.MINOR, Stage.OPERATION)
    assert [(change.what, change.default, change.now, change.because) for change in made.changed] == [
        ("most", "3", "5", "small"),
        ("severity", "blocker", "minor", "small"),
        ("stage", "pilot", "operation", "small"),
    ]


def test_setting_something_back_to_its_default_is_no_difference() -> None:
    softer = a_policy(checks=(Use(use="net.one", severity=Severity.MINOR, because="x"),))
    back = a_policy(
        "back", extends="base", checks=(Use(use="net.one", severity=Severity.BLOCKER, because="y"),)
    )
    assert resolved(softer, back).changed == ()


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        ([a_policy(checks=(Use(use="web.*"),))], "'web.*' matches no check"),
        (
            [a_policy(leave_out=(LeaveOut(check="web.*", because="x"),))],
            "leave_out: 'web.*' matches no check",
        ),
        ([a_policy(leave_out=(LeaveOut(check="net.*", because="x"),))], "asks no check at all"),
        ([a_policy(extends="nobody")], "no policy called 'nobody', which base extends; known: base"),
        ([a_policy(extends="base")], "extends itself"),
        (
            [a_policy(checks=(Use(use="net.one", parameters={"mst": 1}, because="x"),))],
            "no parameter 'mst'; known: most, names, ratio",
        ),
        (
            [a_policy(checks=(Use(use="net.one", parameters={"most": "five"}, because="x"),))],
            "must be like 3, not five",
        ),
        ([a_policy(checks=(Use(use="net.one", parameters={"most": True}, because="x"),))], "must be like 3"),
    ],
)
def test_what_cannot_be_meant_is_told(policies: list[Policy], said: str) -> None:
    with pytest.raises(PlanError) as caught:
        resolved(*policies)
    assert said in str(caught.value)


def test_a_difference_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="say why"):
        Use(use="net.one", severity=Severity.MINOR)


def test_a_whole_number_may_replace_one_with_a_fraction() -> None:
    made = resolved(a_policy(checks=(Use(use="net.one", parameters={"ratio": 1}, because="all"),)))
    assert made.checks[0].parameters["ratio"] == 1
