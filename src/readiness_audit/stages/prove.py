"""
PROVE: hold a check to its own word.

Every worked case comes out as it says, both sides are shown, and with the evidence
withdrawn the check does not pass. The last needs no author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from readiness_audit.errors import ExpressionError
from readiness_audit.expressions.examine import Examiner, Fault
from readiness_audit.expressions.question import Answer, Binder, Moment, Question
from readiness_audit.model.check import Case, Check
from readiness_audit.model.evidence import Plain
from readiness_audit.model.facts import complete, hollow
from readiness_audit.model.verdict import Outcome
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.views.view import AnyView

MUST_SHOW = (Outcome.PASS, Outcome.FAIL, Outcome.NOT_ASSESSED)


class Prover:
    """Examines and proves checks against the probes and views they ask."""

    def __init__(self, probes: Mapping[str, AnyProbe], views: Mapping[str, AnyView]) -> None:
        """Take every probe and view a check may name."""
        self._facts: dict[str, type] = {name: probe.sees for name, probe in probes.items()}
        self._facts |= {name: view.sees for name, view in views.items()}
        targets: dict[str, tuple[type, ...]] = {name: (probe.looks_at,) for name, probe in probes.items()}
        targets |= {
            name: tuple(kind for way in view.ways() for kind in targets[way[0].probe])
            for name, view in views.items()
        }
        self._examiner = Examiner(self._facts, targets)

    def examine(self, check: Check) -> list[Fault]:
        """Give what is wrong with the expressions: names, types, what each comes to."""
        return self._examiner.faults(check)

    def prove(self, check: Check) -> list[Fault]:
        """Give every promise the check breaks. Expects expressions without fault."""
        facts = self._facts[check.source]
        faults = list(_unshown(check))
        question = Question(check)
        for number, case in enumerate(check.cases):
            faults.extend(_tried(check, question, case, number, facts))
        return faults + self._withdrawn(check, question)

    def withdraw(self, check: Check) -> list[Fault]:
        """Take the evidence away; give a fault where the check passes all the same."""
        return self._withdrawn(check, Question(check))

    def _withdrawn(self, check: Check, question: Question) -> list[Fault]:
        facts = hollow(self._facts[check.source])
        answer = _ask(check, question, facts, Case(name="", given={}, expect=Outcome.NOT_ASSESSED))
        if answer.outcome is not Outcome.PASS:
            return []
        told = "passes on facts that say nothing: ask in assessable_when for what must have been seen"
        return [Fault(key="assessable_when", message=told, line=1, column=1)]


def _unshown(check: Check) -> Iterable[Fault]:
    shown = {case.expect for case in check.cases}
    for outcome in MUST_SHOW:
        if outcome not in shown:
            told = f"no case shows {outcome}: give at least one each for {', '.join(MUST_SHOW)}"
            yield Fault(key="cases", message=told, line=1, column=1)
    if check.stale_when is not None and Outcome.STALE not in shown:
        yield Fault(key="cases", message="no case shows stale, but stale_when is given", line=1, column=1)


def _tried(check: Check, question: Question, case: Case, number: int, facts: type) -> Iterable[Fault]:
    if unknown := case.parameters.keys() - check.parameters.keys():
        told = f"the check has no parameter {', '.join(sorted(unknown))}"
        yield Fault(key=f"cases.{number}.parameters", message=told, line=1, column=1)
        return
    try:
        given = complete(facts, case.given)
        answer = _ask(check, question, given, case)
    except (ValueError, ExpressionError) as error:
        yield Fault(key=f"cases.{number}.given", message=str(error), line=1, column=1)
        return
    if answer.outcome is not case.expect:
        told = f"the case {case.name!r} comes out as {answer.outcome}, not {case.expect}"
        shown = "; ".join(filter(None, (", ".join(answer.subjects), answer.detail)))
        yield Fault(
            key=f"cases.{number}.expect", message=f"{told} ({shown})" if shown else told, line=1, column=1
        )
    elif case.subjects is not None and case.subjects != answer.subjects:
        told = f"the case {case.name!r} names {', '.join(answer.subjects) or 'nobody'}"
        yield Fault(key=f"cases.{number}.subjects", message=told, line=1, column=1)


def _ask(check: Check, question: Question, facts: Mapping[str, Plain], case: Case) -> Answer:
    tuned = question.tuned({**check.parameters, **case.parameters})
    moment = Moment(now=f"{case.today}T12:00:00Z", today=case.today)
    return tuned.answer(Binder([tuned], moment, None).bind(facts))
