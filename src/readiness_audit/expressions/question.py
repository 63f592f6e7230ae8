"""
Ask compiled checks about facts: the inner loop of judging.

An expression has three answers. Only CEL's own `true` is yes and only its own `false` is no;
an error is a value in this engine, and becomes "cannot tell". Facts are bound once per
look, for all checks that are judged from it; parameters are bound with them, each check
seeing its own under the name it knows them by. All expressions are compiled in one
environment: making one costs more than compiling twenty expressions in it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings

from readiness_audit.errors import ExpressionError
from readiness_audit.expressions.functions import FUNCTIONS
from readiness_audit.model.check import Check, Parameter
from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.facts import restorer
from readiness_audit.model.plain import to_plain
from readiness_audit.model.verdict import MOST_SUBJECTS, NOT_TRUE, Outcome

_DYN = cel.Type.DYN
_PARAMETERS = "parameters_of"
"""The parameters of all checks that are judged from one look, by the check's id."""

_VARIABLES = (
    *("facts", "item", "target", "traits", "stage", "protection", "now", "today"),
    *("params", _PARAMETERS),
)
_LONGEST_VALUE = 300
_MOST_KEPT = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When judging happens, as expressions see it."""

    now: str
    """RFC 3339, UTC, ending in Z."""

    today: str
    """ISO date in the policy's time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one check makes of one set of facts."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    subjects: tuple[str, ...] = ()
    count: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


_PLAIN_ANSWERS = {outcome: Answer(outcome=outcome) for outcome in Outcome}


class Question:
    """One check, compiled. Raises `ExpressionError` when made from what is not CEL."""

    def __init__(self, check: Check) -> None:
        """Compile every expression of `check`, untyped: types were checked when it was loaded."""
        self.id = check.id
        self.given: Plain = to_plain(check.parameters)
        self._assessable = self._compiled(check.assessable_when)
        self._assessable_text = check.assessable_when
        self._stale = self._compiled(check.stale_when) if check.stale_when else None
        self._passes = self._compiled(check.passes_when) if check.passes_when else None
        self._observed = {name: self._compiled(text) for name, text in check.observed.items()}
        self._path: tuple[str, ...] = ()
        self._among: cel.Expression | None = None
        if check.each is not None and check.violation_when is not None:
            self._loop(check.each, check.violation_when, check.subject or "item")

    def tuned(self, parameters: Mapping[str, Parameter]) -> Question:
        """Give the same question with these values for its parameters; nothing is compiled again."""
        twin = copy.copy(self)
        twin.given = to_plain(parameters)
        return twin

    def _loop(self, each: str, violation: str, subject: str) -> None:
        if each.startswith("params."):
            # Few items, all facts in sight: one evaluation over the whole list.
            self._among = self._compiled(f"{each}.filter(item, {violation}).map(item, {subject})")
            self._asked = each
            return
        self._path = tuple(each.split(".")[1:])
        self._violation = self._compiled_for_items(violation)
        self._subject = self._compiled_for_items(subject)
        self._item_needs = tuple(name for name in ("now", "today") if name in f"{violation} {subject}")
        self._item_has_params = "params" in f"{violation} {subject}"

    def _compiled(self, text: str) -> cel.Expression:
        if "params" not in text:
            return self._compiled_for_items(text)
        # Read by itself first, so that no text reaches out of the brackets it is put into here.
        self._read(text)
        own = f"cel.bind(params, {_PARAMETERS}['{self.id}'],\n{text}\n)"
        return self._compiled_for_items(own)

    def _read(self, text: str) -> None:
        try:
            _environment().compile(text, disable_check=True)
        except RuntimeError as error:
            raise ExpressionError(f"{self.id}: {str(error).splitlines()[0]}") from None

    def _compiled_for_items(self, text: str) -> cel.Expression:
        try:
            return _compiled(text)
        except RuntimeError as error:
            raise ExpressionError(f"{self.id}: {str(error).splitlines()[0]}") from None

    def answer(self, bound: Bound) -> Answer:
        """Give the one answer: passed, failed, stale, or not assessed with its reason."""
        activation = bound.activation
        assessable = _value(self._assessable, activation)
        if assessable is not True:
            return self._unassessable(assessable)
        stale = _value(self._stale, activation) if self._stale is not None else False
        if stale is not False:
            return self._with_values(Outcome.STALE, bound) if stale is True else _broken(stale)
        if self._passes is None:
            return self._looped(bound)
        passes = _value(self._passes, activation)
        if passes is True or passes is False:
            return self._with_values(Outcome.PASS if passes else Outcome.FAIL, bound)
        return _broken(passes)

    def _unassessable(self, value: object) -> Answer:
        if value is not False:
            return _broken(value)
        detail = f"{NOT_TRUE}{self._assessable_text}"
        return Answer(outcome=Outcome.NOT_ASSESSED, reason=Reason.NOT_ASSESSABLE, detail=detail)

    def _looped(self, bound: Bound) -> Answer:
        if self._among is not None:
            if not self._asks_anything():
                # A policy that empties the list must not be told that all is well.
                detail = f"{self._asked} is empty, so nothing is asked"
                return Answer(outcome=Outcome.NOT_ASSESSED, reason=Reason.NOT_ASSESSABLE, detail=detail)
            named = _plain(self._among, bound.activation)
            if not isinstance(named, list):
                return _broken(named)
            offenders, count, fault = [str(name) for name in named[:MOST_SUBJECTS]], len(named), None
        else:
            items = bound.at(self._path)
            if items is None:
                detail = f"there is no list at facts.{'.'.join(self._path)}"
                return Answer(outcome=Outcome.NOT_ASSESSED, reason=Reason.NOT_ASSESSABLE, detail=detail)
            offenders, count, fault = self._offenders(items, bound)
        if count:
            values = self._values(bound.activation)
            return Answer(outcome=Outcome.FAIL, subjects=tuple(offenders), count=count, values=values)
        if fault is not None:
            return _broken(fault)
        return self._with_values(Outcome.PASS, bound)

    def _asks_anything(self) -> bool:
        asked = self.given
        for step in self._asked.split(".")[1:]:
            asked = asked.get(step) if isinstance(asked, dict) else None
        return bool(asked)

    def _with_values(self, outcome: Outcome, bound: Bound) -> Answer:
        if not self._observed:
            return _PLAIN_ANSWERS[outcome]
        return Answer(outcome=outcome, values=self._values(bound.activation))

    def _offenders(self, items: Sequence[Plain], bound: Bound) -> tuple[list[str], int, object]:
        offenders: list[str] = []
        count = 0
        fault: object = None
        violation, subject = self._violation, self._subject
        data: dict[str, object] = {name: bound.times[name] for name in self._item_needs}
        if self._item_has_params:
            data["params"] = self.given
        for item in items:
            data["item"] = item
            offends = _value(violation, data=data)
            if offends is True:
                count += 1
                if count <= MOST_SUBJECTS:
                    offenders.append(_told(_plain(subject, data=data)))
            elif offends is not False and fault is None:
                fault = offends
        return offenders, count, fault

    def _values(self, activation: cel.Activation) -> dict[str, str]:
        return {name: _told(_plain(expression, activation)) for name, expression in self._observed.items()}


class Binder:
    """Binds the facts of one probe or view for all the checks that ask it."""

    def __init__(self, questions: Iterable[Question], moment: Moment, facts: type | None) -> None:
        """Take the checks of one source, when it is, and the facts type, where it is known."""
        parameters = {question.id: question.given for question in questions}
        self._around: dict[str, object] = {"now": moment.now, "today": moment.today, _PARAMETERS: parameters}
        self._restore = restorer(facts) if facts is not None else None

    def bind(self, facts: Mapping[str, Plain]) -> Bound:
        """Bind one look's facts."""
        restored = self._restore(facts) if self._restore is not None else facts
        return Bound(_environment().Activation({"facts": restored, **self._around}), restored, self._around)


class Bound:
    """Facts ready to be asked about."""

    __slots__ = ("_facts", "activation", "times")

    def __init__(
        self, activation: cel.Activation, facts: Mapping[str, Plain], times: Mapping[str, object]
    ) -> None:
        """Keep the engine's view of the facts and the facts themselves, for loops over them."""
        self.activation = activation
        self.times = times
        self._facts = facts

    def at(self, path: tuple[str, ...]) -> Sequence[Plain] | None:
        """Give the list at `path`, or none where there is no list."""
        here: object = self._facts
        for step in path:
            here = here.get(step) if isinstance(here, Mapping) else None
        return here if isinstance(here, list) else None


class Condition:
    """A yes-or-no expression over what a system declares: `applies_to`, `selects`."""

    def __init__(self, text: str) -> None:
        """Compile it. Raises `ExpressionError`."""
        self.text = text
        self._always = text.strip() == "true"
        try:
            self._expression = _compiled(text)
        except RuntimeError as error:
            raise ExpressionError(f"{text}: {str(error).splitlines()[0]}") from None

    def holds(self, declared: Mapping[str, Plain]) -> bool:
        """Say whether it is true. Raises `ExpressionError` where it cannot be told."""
        if self._always:
            return True
        value = self._expression.eval(data=declared).value()
        if value is True or value is False:
            return value
        raise ExpressionError(str(value))


@cache
def _environment() -> cel.Env:
    return cel.NewEnv(
        variables=dict.fromkeys(_VARIABLES, _DYN),
        extensions=[ext_bindings.ExtBindings()],
        functions=list(FUNCTIONS),
    )


@lru_cache(_MOST_KEPT)
def _compiled(text: str) -> cel.Expression:
    return _environment().compile(text)


def _broken(value: object) -> Answer:
    detail = f"the expression gave neither yes nor no: {value}"[:_LONGEST_VALUE]
    return Answer(outcome=Outcome.NOT_ASSESSED, reason=Reason.BROKEN_EXPRESSION, detail=detail)


def _value(
    expression: cel.Expression,
    activation: cel.Activation | None = None,
    data: Mapping[str, object] | None = None,
) -> object:
    """Evaluate; what is neither True nor False is an error, whatever it looks like."""
    try:
        return expression.eval(activation, data).value()
    except RuntimeError as error:
        # The engine's budget of steps ran out; every other error comes as a value.
        return str(error)


def _plain(
    expression: cel.Expression,
    activation: cel.Activation | None = None,
    data: Mapping[str, object] | None = None,
) -> object:
    """Evaluate to plain data; None where it cannot be told."""
    try:
        value = expression.eval(activation, data)
    except RuntimeError:
        return None
    return None if value.type().name() == "ERROR" else value.plain_value()


def _told(value: object) -> str:
    match value:
        case None:
            told = "-"
        case bool():
            told = "true" if value else "false"
        case float():
            told = f"{value:.1f}".removesuffix(".0")
        case list():
            told = ", ".join(str(item) for item in value)
        case _:
            told = str(value)
    return told[:_LONGEST_VALUE]
