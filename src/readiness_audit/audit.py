"""
The audit, end to end. Read this file first.

    plan -> collect -> judge -> decide -> record

Only `collect` looks at the world. Everything after it can be repeated, years later and
under another policy, from the evidence alone; that is what `judge_again` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from readiness_audit.model.evidence import Evidence, Observed
from readiness_audit.model.governance import NOTHING_AGREED, Governance
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import SCHEMA, Clock, Earlier, Origin, Record
from readiness_audit.model.system import System
from readiness_audit.probes.probe import AnyProbe
from readiness_audit.stages.collect import Before, collect, nobody_watches
from readiness_audit.stages.decide import decide
from readiness_audit.stages.join import join
from readiness_audit.stages.judge import judge
from readiness_audit.stages.plan import plan
from readiness_audit.stages.take_over import NOTHING, take_over
from readiness_audit.stages.tell_apart import tell_apart
from readiness_audit.views.view import AnyView


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """Every way of looking, and every way of joining what was seen."""

    probes: Mapping[str, AnyProbe]
    views: Mapping[str, AnyView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a run is carried out."""

    seconds: float | None = None
    """Bounds the whole run, besides each look's own budget."""

    watch: Callable[[Evidence], None] = nobody_watches
    others: Sequence[Earlier] = ()
    """Runs from other vantage points, whose view is put beside this one's."""

    resumed: Earlier | None = None
    """An interrupted run whose finished looks are not taken again."""

    try_passwords: bool = False
    """Whether to try the passwords that makers ship, where the authorisation names it."""


PLAINLY = Manner()


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
    manner: Manner = PLAINLY,
) -> Audited:
    """
    Take a system from its description to a decision.

    `folder` is the evidence folder; `origin` says who made the record, given its end and
    whether it is complete. Raises `PlanError` where there is nothing to decide from.
    """
    planned = plan(system, policy, senses.probes, senses.views)
    began, earlier = now(), manner.resumed
    taken = take_over(planned.looks, system, earlier.record, began) if earlier else NOTHING
    before = Before(
        done={**taken.done, **join(planned.looks, system, manner.others, began)}, begun=taken.begun
    )
    seen = await collect(
        planned.looks,
        system,
        senses.probes,
        folder,
        now,
        before=before,
        seconds=manner.seconds,
        watch=manner.watch,
        try_passwords=manner.try_passwords,
    )
    at = now()
    contacts = (*taken.contacts, *seen.contacts)
    certain = tell_apart(seen.evidence, system, contacts)
    verdicts = judge(planned, certain, policy, senses.probes, senses.views, at)
    decision = decide(verdicts, policy, system.stage, governance, at, never_waivable=planned.never_waivable)
    record = Record(
        schema=SCHEMA,
        origin=origin(at, seen.complete),
        system=system,
        policy=policy,
        plan=planned,
        evidence=seen.evidence,
        contacts=contacts,
        verdicts=verdicts,
        governance=governance,
        decision=decision,
    )
    kept = {**(earlier.excerpts if earlier else {}), **seen.excerpts}
    named = (excerpt for piece in seen.evidence if isinstance(piece, Observed) for excerpt in piece.excerpts)
    return Audited(record=record, excerpts={excerpt.sha256: kept[excerpt.sha256] for excerpt in named})


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
    certain = tell_apart(record.evidence, record.system, record.contacts)
    verdicts = judge(planned, certain, policy, senses.probes, senses.views, at)
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
