"""PLAN: which check is asked, of which target, by which look; and what is not asked, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from readiness_audit.errors import ExpressionError, PlanError
from readiness_audit.expressions.question import Condition
from readiness_audit.model.check import Check
from readiness_audit.model.evidence import Look, Plain
from readiness_audit.model.plain import to_plain
from readiness_audit.model.plan import UNDECLARED, Plan, SetAside, Step
from readiness_audit.model.policy import InForce
from readiness_audit.model.system import System
from readiness_audit.model.target import Target
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.views.view import AnyView, Takes


def plan(
    system: System,
    policy: InForce,
    probes: Mapping[str, AnyProbe],
    views: Mapping[str, AnyView],
) -> Plan:
    """
    Plan an audit. Nothing is sent, opened or started.

    A check that applies but has no target gets a step all the same: it cannot be assessed,
    and must not be forgotten. Raises `PlanError` where a check asks a probe or view we do
    not have, or its condition cannot be told.
    """
    planner = _Planner(system, probes, views)
    steps: list[Step] = []
    aside: list[SetAside] = []
    for check in policy.checks:
        counts = check.stage.reached_at(system.stage)
        because = planner.set_aside(check)
        made = planner.steps(check, counts=counts) if because is None else []
        if because is None and check.optional and not made[0].target:
            because = f"{UNDECLARED}{made[0].lacks}"
        if because is not None:
            aside.append(SetAside(check=check.id, because=because, counts=counts))
            continue
        steps.extend(made)
    looks = dict.fromkeys(look for step in steps for look in step.looks)
    return Plan(
        steps=tuple(steps),
        set_aside=tuple(aside),
        looks=tuple(looks),
        never_waivable=tuple(check.id for check in policy.checks if planner.never_waivable(check)),
    )


class _Planner:
    """Knows what the system declares, in the form conditions ask about it."""

    def __init__(self, system: System, probes: Mapping[str, AnyProbe], views: Mapping[str, AnyView]) -> None:
        self._system = system
        self._probes = probes
        self._views = views
        self._declared: dict[str, Plain] = {
            "traits": to_plain(system.traits),
            "stage": str(system.stage),
            "protection": to_plain(system.protection),
        }
        self._plain = {target.id: to_plain(target) for target in system.targets}
        self._seen: dict[str, tuple[tuple[Target, Look], ...]] = {}

    def set_aside(self, check: Check) -> str | None:
        """Say why the check does not apply, or that it does."""
        if _holds(check, Condition(check.applies_to), self._declared):
            return None
        traits = ", ".join(self._system.traits) or "none"
        return f"{check.applies_to} (declared: {traits})"

    def never_waivable(self, check: Check) -> bool:
        """Say whether no waiver can cover the check, for what the system declares."""
        return check.never_waivable != "false" and _holds(
            check, Condition(check.never_waivable), self._declared
        )

    def steps(self, check: Check, *, counts: bool) -> list[Step]:
        """Give the check's steps: one for each target, or one that says what is lacking."""
        ways = self._ways(check)
        selects = Condition(check.selects)
        steps: list[Step] = []
        for (_, first), *others in ways:
            found = [
                (target.id, look)
                for target, look in self._looks(first)
                if _holds(check, selects, {"target": self._plain[target.id]})
            ]
            if found:
                steps += self._beside(check, found, others, counts=counts)
        if not steps:
            kind = _kind_of(ways[0][0][1])
            lacks = kind if check.selects == "true" else f"{kind}, {check.selects}"
            return [Step(check=check.id, target="", looks=(), counts=counts, lacks=lacks)]
        return steps

    def _beside(
        self,
        check: Check,
        found: Sequence[tuple[str, Look]],
        others: Iterable[tuple[Takes, AnyProbe]],
        *,
        counts: bool,
    ) -> list[Step]:
        """Put what else is needed beside each target's own look; or say what of it is lacking."""
        beside: list[AnyProbe | Look] = []
        for takes, probe in others:
            looks = [look for _, look in self._looks(probe)]
            if takes is Takes.SAME:
                beside.append(probe)
            elif takes is Takes.EVERY or len(looks) == 1:
                beside += looks
            elif takes is Takes.ONE:
                lacks = _kind_of(probe) if not looks else f"exactly one {_kind_of(probe)}"
                return [
                    Step(check=check.id, target=target, looks=(), counts=counts, lacks=lacks)
                    for target, _ in found
                ]
        return [
            Step(
                check=check.id,
                target=target,
                looks=(look, *(_at(target, other) for other in beside)),
                counts=counts,
            )
            for target, look in found
        ]

    def _ways(self, check: Check) -> list[list[tuple[Takes, AnyProbe]]]:
        """Give the probes whose looks a check needs, for each kind of target, and which of them it takes."""
        if check.view is None:
            return [[(Takes.ONE, self._probe(check, check.probe or ""))]]
        if check.view not in self._views:
            raise PlanError(f"{check.id}: there is no view called {check.view!r}")
        return [
            [(need.takes, self._probe(check, need.probe)) for need in needs]
            for needs in self._views[check.view].ways()
        ]

    def _probe(self, check: Check, name: str) -> AnyProbe:
        if name not in self._probes:
            raise PlanError(f"{check.id}: there is no probe called {name!r}")
        return self._probes[name]

    def _looks(self, probe: AnyProbe) -> tuple[tuple[Target, Look], ...]:
        if probe.name not in self._seen:
            self._seen[probe.name] = tuple(
                (target, Look(probe=probe.name, target=target.id))
                for target in self._system.targets
                if probe.can_see(target)
            )
        return self._seen[probe.name]


def _at(target: str, other: AnyProbe | Look) -> Look:
    return other if isinstance(other, Look) else Look(probe=other.name, target=target)


def _holds(check: Check, condition: Condition, about: Mapping[str, Plain]) -> bool:
    try:
        return condition.holds(about)
    except ExpressionError as error:
        raise PlanError(f"{check.id}: {condition.text} cannot be told: {error}") from None


def _kind_of(probe: AnyProbe) -> str:
    """Say what a target for this probe would be: `register (type: risks)`."""
    kind = probe.looks_at.__name__.lower()
    narrowed = "; ".join(f"{name}: {' or '.join(values)}" for name, values in probe.only.items())
    return f"{kind} ({narrowed})" if narrowed else kind
