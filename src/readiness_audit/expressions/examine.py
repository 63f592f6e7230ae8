"""Check a check's expressions when it is loaded: every name, every type, before anything is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cel_expr_python import cel

from readiness_audit.errors import ExpressionError
from readiness_audit.expressions.functions import FUNCTIONS
from readiness_audit.expressions.typed import Types, parameter_types
from readiness_audit.model.check import Check
from readiness_audit.model.system import Protection

_T = cel.Type
_PATH = re.compile(r"(facts|params)(\.[a-z_][a-z0-9_]*)+", re.ASCII)
_LOCATED = re.compile(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)")
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_HAS = re.compile(r"\bhas\s*\(")
_STRUCT = re.compile(r"struct 'readiness_audit\.(\w+)_\d+'")
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")
_LIST_OF = re.compile(r"(?:LIST<|list\()(.*)[>)]")

_TIMES = {"now": _T.STRING, "today": _T.STRING}
_DECLARED = {"traits": _T.List(_T.STRING), "stage": _T.STRING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in one expression."""

    key: str
    """The check's field, with dots: `observed.days`."""

    message: str
    line: int
    column: int


class Examiner:
    """Examines checks against the facts types of the probes and views, and the kinds of targets."""

    def __init__(self, facts: Mapping[str, type], targets: Mapping[str, tuple[type, ...]]) -> None:
        """Take, by name of probe or view, the facts type and the kinds of targets it looks at."""
        self._facts = facts
        self._targets = targets
        self._scopes: dict[type, _Scope] = {}
        about = self._scope(Protection)
        self._declared = _Sight(about, {**_DECLARED, "protection": about.whole})

    def faults(self, check: Check) -> list[Fault]:
        """Give everything that is wrong with the expressions of `check`."""
        if check.source not in self._facts:
            known = ", ".join(sorted(self._facts))
            key = "probe" if check.probe else "view"
            told = f"there is no {key} called {check.source!r}; known: {known}"
            return [Fault(key=key, message=told, line=1, column=1)]
        scope = self._scope(self._facts[check.source])
        env = _Sight(scope, {**_TIMES, **parameter_types(check.parameters), "facts": scope.whole})
        found: list[Fault] = []
        if check.applies_to != "true":
            _ask(found, "applies_to", check.applies_to, self._declared, "BOOL")
        if check.never_waivable not in {"true", "false"}:
            _ask(found, "never_waivable", check.never_waivable, self._declared, "BOOL")
        if check.selects != "true":
            for kind in self._targets[check.source]:
                target = self._scope(kind)
                _ask(found, "selects", check.selects, _Sight(target, {"target": target.whole}), "BOOL")
        _ask(found, "assessable_when", check.assessable_when, env, "BOOL")
        if check.stale_when is not None:
            _ask(found, "stale_when", check.stale_when, env, "BOOL")
        if check.passes_when is not None:
            _ask(found, "passes_when", check.passes_when, env, "BOOL")
        if check.each is not None:
            self._loop(found, check, env)
        for name, expression in check.observed.items():
            _ask(found, f"observed.{name}", expression, env, "")
        return found

    def _scope(self, kind: type) -> _Scope:
        if kind not in self._scopes:
            self._scopes[kind] = _Scope(kind)
        return self._scopes[kind]

    def _loop(self, found: list[Fault], check: Check, env: _Sight) -> None:
        path = check.each or ""
        if not _PATH.fullmatch(path):
            told = "must be the way to a list, such as facts.versions or params.sections"
            found.append(Fault(key="each", message=told, line=1, column=1))
            return
        kind = _ask(found, "each", path, env, "")
        if kind is None:
            return
        inner = _LIST_OF.fullmatch(kind.name())
        if inner is None:
            told = f"{path} is {kind.name()}, not a list"
            found.append(Fault(key="each", message=told, line=1, column=1))
            return
        item = _element(inner[1])
        # Facts are out of sight inside a loop over facts: each item is judged by itself, at a flat price.
        around = env.without(() if path.startswith("params.") else ("facts",))
        seen = _Sight(env.scope, {**around, "item": item})
        _ask(found, "violation_when", check.violation_when or "", seen, "BOOL")
        if check.subject is not None:
            _ask(found, "subject", check.subject, seen, "STRING")
        elif item.name() != "STRING":
            told = f"`subject` must say how an item ({item.name()}) is named in reports"
            found.append(Fault(key="each", message=told, line=1, column=1))


class _Scope:
    """
    The types one facts type, or one kind of target, brings with it, and the environments made of them.

    Making an environment costs more than compiling twenty expressions in it, and more the more
    types it knows: so each scope knows its own types only, and checks that need the same share one.
    """

    def __init__(self, kind: type) -> None:
        self._types = Types([kind])
        self.whole = self._types.of(kind)
        self._made: dict[tuple[tuple[str, str], ...], cel.Env] = {}

    def env(self, given: Mapping[str, cel.Type]) -> cel.Env:
        key = tuple(sorted((name, kind.name()) for name, kind in given.items()))
        if key not in self._made:
            self._made[key] = cel.NewEnv(
                descriptor_pool=self._types.pool, variables=dict(given), functions=list(FUNCTIONS)
            )
        return self._made[key]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one check's expressions may speak about."""

    scope: _Scope
    given: Mapping[str, cel.Type]

    def env(self, expression: str) -> cel.Env:
        return self.scope.env(self.given if "params" in expression else self.without(("params",)))

    def without(self, names: tuple[str, ...]) -> dict[str, cel.Type]:
        return {name: kind for name, kind in self.given.items() if name.partition(".")[0] not in names}


def _ask(found: list[Fault], key: str, expression: str, env: _Sight, wanted: str) -> cel.Type | None:
    try:
        kind = compile_typed(expression, env.env(expression))
    except ExpressionError as error:
        found.append(Fault(key=key, message=error.message, line=error.line, column=error.column))
        return None
    open_text = wanted == "STRING" and kind.name() == "DYN"
    if wanted and kind.name() != wanted and not open_text:
        told = f"gives {kind.name()}, but {wanted} is needed"
        found.append(Fault(key=key, message=told, line=1, column=1))
        return None
    return kind


def compile_typed(expression: str, env: cel.Env) -> cel.Type:
    """Give the type `expression` comes to. Raises `ExpressionError` with line and column."""
    bare = _LITERAL.sub(lambda match: " " * len(match[0]), expression)
    if asked := _HAS.search(bare):
        # Recorded facts have every key, so has() would call an absent value present.
        raise ExpressionError("has(...) is not used here; write `x != null`", asked.start() + 1)
    try:
        return env.compile(expression).return_type()
    except RuntimeError as error:
        raise _told(str(error), expression) from None


def _told(text: str, expression: str) -> ExpressionError:
    located = _LOCATED.search(text)
    if located is None:
        return ExpressionError(text.splitlines()[0])
    message = _STRUCT.sub(r"'\1'", located[3])
    if "(double, int)" in message or "(int, double)" in message or "wrapper" in message:
        message += " (write a whole number as 3.0 to compare it with one that need not be whole)"
    line, column = int(located[1]), int(located[2])
    if name := _UNDECLARED.match(message):
        # The engine points behind the name it does not know.
        before = expression.splitlines()[line - 1][: column - 1]
        first = name[1].partition(".")[0]
        column -= len(first) if before.endswith(first) else 0
    return ExpressionError(message, column=column, line=line)


def _element(name: str) -> cel.Type:
    """Give the type of a list's element from its name."""
    if name.startswith("MAP<"):
        return _T.Map(_T.STRING, _T.DYN)
    known: cel.Type | None = getattr(_T, name, None)
    return _T(name) if known is None else known
