"""RESOLVE: work a policy out into the very checks it asks, with everything filled in."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
from collections.abc import Mapping

from readiness_audit.errors import PlanError
from readiness_audit.model.check import Catalogue, Check, Parameter
from readiness_audit.model.plain import to_plain
from readiness_audit.model.policy import Changed, InForce, LeaveOut, Policies, Policy, Rule, Use

_LONGEST = 6
"""Entries of a table that are told one by one."""


def resolve(policy: str, policies: Policies, catalogue: Catalogue) -> InForce:
    """
    Work out `policy`, with all it extends, over the checks of `catalogue`.

    Raises `PlanError`: unknown policy, a circle of extensions, a pattern that matches
    nothing, a parameter the check does not have, or a policy without any check.
    """
    line = _line(policy, policies)
    checks: dict[str, Check] = {}
    changed: dict[tuple[str, str], Changed] = {}
    left_out: list[LeaveOut] = []
    for each in line:
        for use in each.checks:
            for check in _matching(use.use, catalogue, each, "checks"):
                current = checks.get(check.id, check)
                checks[check.id] = _apply(use, current, check, changed, each)
        for leave in each.leave_out:
            for check in _matching(leave.check, checks, each, "leave_out"):
                del checks[check.id]
                left_out.append(LeaveOut(check=check.id, because=leave.because))
    if not checks:
        raise PlanError(f"the policy {policy} asks no check at all, so it can decide nothing")
    return InForce(
        policy=policy,
        edition=line[-1].edition,
        title=line[-1].title,
        checks=tuple(checks[name] for name in sorted(checks)),
        left_out=tuple(leave for leave in left_out if leave.check not in checks),
        changed=tuple(change for (name, _), change in sorted(changed.items()) if name in checks),
        rule=next((each.rule for each in reversed(line) if each.rule is not None), Rule()),
    )


def _line(policy: str, policies: Policies) -> list[Policy]:
    """Give the policy and those it extends, the most basic first."""
    line: list[Policy] = []
    name: str | None = policy
    while name is not None:
        if name not in policies:
            known = ", ".join(sorted(policies))
            asked = f", which {line[-1].policy} extends" if line else ""
            raise PlanError(f"there is no policy called {name!r}{asked}; known: {known}")
        if any(each.policy == name for each in line):
            raise PlanError(f"the policy {name} extends itself, by way of {line[-1].policy}")
        line.append(policies[name])
        name = policies[name].extends
    return line[::-1]


def _matching(pattern: str, catalogue: Catalogue, policy: Policy, where: str) -> list[Check]:
    found = [
        check
        for check in catalogue.values()
        if fnmatch.fnmatchcase(check.id, pattern) or pattern in check.aliases
    ]
    if not found:
        raise PlanError(f"policy {policy.policy}, {where}: {pattern!r} matches no check")
    return found


def _apply(
    use: Use, check: Check, default: Check, changed: dict[tuple[str, str], Changed], policy: Policy
) -> Check:
    because = use.because or ""
    _check_parameters(use, default, policy)

    def note(what: str, was: object, now: object) -> None:
        if was == now:
            changed.pop((check.id, what), None)
            return
        changed[check.id, what] = Changed(
            check=check.id, what=what, default=_told(was), now=_told(now), because=because
        )

    if use.severity is not None:
        note("severity", default.severity, use.severity)
        check = dataclasses.replace(check, severity=use.severity)
    if use.stage is not None:
        note("stage", default.stage, use.stage)
        check = dataclasses.replace(check, stage=use.stage)
    for name, value in use.parameters.items():
        note(name, default.parameters[name], value)
    merged: Mapping[str, Parameter] = {**check.parameters, **use.parameters}
    return dataclasses.replace(check, parameters=merged)


def _check_parameters(use: Use, check: Check, policy: Policy) -> None:
    for name, value in use.parameters.items():
        place = f"policy {policy.policy}, {use.use}"
        if name not in check.parameters:
            known = ", ".join(check.parameters) or "none"
            raise PlanError(f"{place}: {check.id} has no parameter {name!r}; known: {known}")
        default = check.parameters[name]
        both_numbers = _is_number(default) and _is_number(value)
        if type(value) is not type(default) and not both_numbers:
            raise PlanError(
                f"{place}: the parameter {name} must be like {_told(default)}, not {_told(value)}"
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _told(value: object) -> str:
    if isinstance(value, tuple) and len(value) > _LONGEST and isinstance(value[0], Mapping):
        return f"[{len(value)} entries from {_told(value[0])} to {_told(value[-1])}]"
    plain = to_plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
