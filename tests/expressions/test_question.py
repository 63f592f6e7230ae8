"""Asking has three answers, and nothing passes by accident."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from readiness_audit.errors import ExpressionError
from readiness_audit.expressions.question import Answer, Binder, Condition, Moment, Question
from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.verdict import MOST_SUBJECTS, Outcome
from tests.checks import a_check

MOMENT = Moment(now="2026-06-15T12:00:00Z", today="2026-06-15")


def ask(facts: Mapping[str, Plain], **different: object) -> Answer:
    different.setdefault("assessable_when", "true")
    question = Question(a_check(**different))
    return question.answer(Binder([question], MOMENT, None).bind(facts))


def test_only_true_passes_and_only_false_fails() -> None:
    assert ask({"x": 1}, passes_when="facts.x == 1").outcome is Outcome.PASS
    assert ask({"x": 2}, passes_when="facts.x == 1").outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "expression",
    [
        "facts.nothing == 1",
        "facts.x < 3",
        "facts.x",
        "facts.text",
        "facts.list[3] == 1",
        "1 / 0 == 1",
        "days_between(facts.text, today) < 3.0",
        "days_between(facts.x, today) < 3.0",
        "facts.huge.all(a, facts.huge.all(b, true))",
        "facts.text.matches('[')",
        "timestamp(facts.text) < timestamp(now)",
    ],
)
def test_what_cannot_be_told_is_not_assessed(expression: str) -> None:
    facts: dict[str, Plain] = {"x": None, "text": "true", "list": [], "huge": list(range(200))}
    answer = ask(facts, passes_when=expression)
    assert answer.outcome is Outcome.NOT_ASSESSED
    assert answer.reason is Reason.BROKEN_EXPRESSION
    assert answer.detail


@pytest.mark.parametrize("expression", ["facts.nothing > 0", "facts.x == 2", "'true'", "null"])
def test_what_is_not_assessable_is_not_judged(expression: str) -> None:
    answer = ask({"x": 1}, assessable_when=expression, passes_when="true")
    assert answer.outcome is Outcome.NOT_ASSESSED


def test_stale_evidence_neither_passes_nor_fails() -> None:
    facts = {"day": "2026-06-01"}
    assert (
        ask(facts, stale_when="days_between(facts.day, today) > 10.0", passes_when="true").outcome
        is Outcome.STALE
    )
    assert (
        ask(facts, stale_when="days_between(facts.day, today) > 30.0", passes_when="true").outcome
        is Outcome.PASS
    )
    assert ask(facts, stale_when="facts.nothing", passes_when="true").outcome is Outcome.NOT_ASSESSED


LOOP = {"each": "facts.items", "violation_when": "item.n > params.most", "subject": "item.name"}


def items(*numbers: int | None) -> dict[str, Plain]:
    return {"items": [{"n": n, "name": f"item {n}"} for n in numbers]}


def test_a_loop_names_the_offenders() -> None:
    answer = ask(items(1, 5, 2, 9), parameters={"most": 3}, **LOOP)
    assert (answer.outcome, answer.subjects, answer.count) == (Outcome.FAIL, ("item 5", "item 9"), 2)


def test_a_loop_without_offenders_passes() -> None:
    assert ask(items(1, 2), parameters={"most": 3}, **LOOP).outcome is Outcome.PASS


def test_one_item_that_cannot_be_told_keeps_a_loop_from_passing() -> None:
    assert ask(items(1, None), parameters={"most": 3}, **LOOP).outcome is Outcome.NOT_ASSESSED
    assert ask(items(None, 9), parameters={"most": 3}, **LOOP).subjects == ("item 9",)


@pytest.mark.parametrize("facts", [{}, {"items": None}, {"items": "text"}, {"items": {}}])
def test_a_loop_over_nothing_that_is_a_list_is_not_assessed(facts: dict[str, Plain]) -> None:
    assert ask(facts, parameters={"most": 3}, **LOOP).outcome is Outcome.NOT_ASSESSED


def test_a_loop_has_no_end_of_its_own_but_the_names_do() -> None:
    answer = ask(items(*range(10, 20_010)), parameters={"most": 3}, **LOOP)
    assert answer.count == 20_000
    assert len(answer.subjects) == MOST_SUBJECTS


def test_a_loop_over_parameters_that_were_emptied_is_not_assessed() -> None:
    answer = ask(
        {"texts": []},
        each="params.wanted",
        violation_when="!(item in facts.texts)",
        passes_when=None,
        parameters={"wanted": ()},
    )
    assert answer.outcome is Outcome.NOT_ASSESSED
    assert answer.reason is Reason.NOT_ASSESSABLE


def test_checks_of_similar_ids_are_each_judged_by_their_own_parameters() -> None:
    asked = {"assessable_when": "true", "passes_when": "facts.x < params.most"}
    strict = Question(a_check(id="a.b.c", **asked, parameters={"most": 3}))
    other = Question(a_check(id="a.b__c", **asked, parameters={"most": 9}))
    bound = Binder([strict, other], MOMENT, None).bind({"x": 5})
    assert strict.answer(bound).outcome is Outcome.FAIL
    assert other.answer(bound).outcome is Outcome.PASS


def test_a_loop_over_parameters_sees_the_facts() -> None:
    answer = ask(
        {"titles": ["Restore", "Contacts"]},
        parameters={"wanted": ({"name": "Restore"}, {"name": "Owner"})},
        each="params.wanted",
        violation_when="!(item.name in facts.titles)",
        subject="item.name",
    )
    assert answer.subjects == ("Owner",)


def test_values_are_kept_as_text_and_what_is_absent_as_a_dash() -> None:
    answer = ask(
        {"a": 3, "b": 2.5, "c": None, "d": ["x", "y"], "e": True, "f": 7.0},
        passes_when="false",
        observed={name: f"facts.{name}" for name in ("a", "b", "c", "d", "e", "f", "g")},
    )
    assert answer.values == {
        "a": "3", "b": "2.5", "c": "-", "d": "x, y", "e": "true", "f": "7", "g": "-",
    }  # fmt: skip


def test_each_check_sees_its_own_parameters() -> None:
    one = Question(
        a_check(id="a.one", assessable_when="true", passes_when="params.x == 1", parameters={"x": 1})
    )
    two = Question(
        a_check(id="a.two", assessable_when="true", passes_when="params.x == 2", parameters={"x": 2})
    )
    bound = Binder([one, two], MOMENT, None).bind({})
    assert one.answer(bound).outcome is Outcome.PASS
    assert two.answer(bound).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("days_between('2026-06-01', today)", "14"),
        ("days_between(today, '2026-06-01')", "-14"),
        ("days_between('2026-06-14T12:00:00Z', now)", "1"),
        ("days_between('2026-06-15', now)", "0.5"),
        ("hours_between('2026-06-15T13:00:00+02:00', now)", "1"),
        ("whole_days(14.9)", "14"),
        ("days_between('2026-02-30', today)", "-"),
        ("days_between('2026-06-15T12:00:00', now)", "-"),
    ],
)
def test_time_is_counted_from_text(expression: str, value: str) -> None:
    assert ask({}, passes_when="false", observed={"x": expression}).values == {"x": value}


def test_what_is_not_cel_is_refused() -> None:
    with pytest.raises(ExpressionError, match=r"test\.plain"):
        Question(a_check(passes_when="facts.("))


def test_a_condition_must_be_told() -> None:
    assert Condition("true").holds({})
    assert Condition("'a' in traits").holds({"traits": ["a"]})
    with pytest.raises(ExpressionError):
        Condition("traits").holds({"traits": ["a"]})
    with pytest.raises(ExpressionError):
        Condition("nothing.at.all").holds({})
