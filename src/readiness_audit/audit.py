"""
The audit, end to end. Read this file first.

    plan -> collect -> judge -> decide -> record

Only `collect` looks at the world. Everything after it can be repeated, years later and
under another policy, from the evidence alone; that is what `judge_again` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from readiness_audit.model.evidence import Evidence
from readiness_audit.model.governance import NOTHING_AGREED, Governance
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import SCHEMA, Clock, Origin, Record
from readiness_audit.model.system import System
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.stages.collect import collect, nobody_watches
from readiness_audit.stages.decide import decide
from readiness_audit.stages.judge import judge
from readiness_audit.stages.plan import plan
from readiness_audit.views.view import AnyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """Every way of looking, and every way of joining what was seen."""

    probes: Mapping[str, AnyProbe]
    views: Mapping[str, AnyView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A record, and the raw excerpts that are kept beside it."""

    record: Record
    excerpts: Mapping[str, bytes]


async def audit(
    system: System,
    policy: InForce,
    senses: Senses,
    folder: Path,
    now: Clock,
    origin: Callable[[datetime, bool], Origin],
    *,
    governance: Governance = NOTHING_AGREED,
    seconds: float | None = None,
    watch: Callable[[Evidence], None] = nobody_watches,
) -> Audited:
    """
    Take a system from its description to a decision.

    `folder` is the evidence folder; `origin` says who made the record, given its end and
    whether it is complete. Raises `PlanError` where there is nothing to decide from.
    """
    planned = plan(system, policy, senses.probes, senses.views)
    seen = await collect(planned.looks, system, senses.probes, folder, now, seconds=seconds, watch=watch)
    at = now()
    verdicts = judge(planned, seen.evidence, policy, senses.probes, senses.views, at)
    decision = decide(verdicts, policy, system.stage, governance, at, never_waivable=planned.never_waivable)
    record = Record(
        schema=SCHEMA,
        origin=origin(at, seen.complete),
        system=system,
        policy=policy,
        plan=planned,
        evidence=seen.evidence,
        contacts=seen.contacts,
        verdicts=verdicts,
        governance=governance,
        decision=decision,
    )
    return Audited(record=record, excerpts=seen.excerpts)


def judge_again(
    record: Record,
    policy: InForce,
    senses: Senses,
    at: datetime,
    origin: Origin,
) -> Record:
    """
    Judge a kept record's evidence anew, under this policy, as of `at`. Nothing is looked at.

    What people had agreed is the record's own, as it was read then. What the policy asks and the
    record's run did not look at cannot be assessed.
    """
    planned = plan(record.system, policy, senses.probes, senses.views)
    verdicts = judge(planned, record.evidence, policy, senses.probes, senses.views, at)
    kept = {item.look: item for item in record.evidence}
    return Record(
        schema=SCHEMA,
        origin=origin,
        system=record.system,
        policy=policy,
        plan=planned,
        evidence=tuple(kept[look] for look in planned.looks if look in kept),
        contacts=record.contacts,
        verdicts=verdicts,
        governance=record.governance,
        decision=decide(
            verdicts,
            policy,
            record.system.stage,
            record.governance,
            at,
            never_waivable=planned.never_waivable,
        ),
    )
