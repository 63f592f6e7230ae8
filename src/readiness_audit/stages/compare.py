"""Say what changed between two records, and keep the world's part apart from everybody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from readiness_audit.errors import RecordError
from readiness_audit.model.check import Check
from readiness_audit.model.decision import Behind
from readiness_audit.model.difference import Cause, Change, Difference, Edit, Side, Transition
from readiness_audit.model.evidence import Look, Observed, Reason
from readiness_audit.model.plain import to_plain
from readiness_audit.model.plan import Step
from readiness_audit.model.record import Record
from readiness_audit.model.verdict import Outcome, Verdict
from readiness_audit.stages.edits import edits_between

_UNSEEN = frozenset({Outcome.NOT_ASSESSED, Outcome.STALE})
_AREAS = (Cause.CHECK, Cause.SYSTEM)


def compare(old: Record, new: Record) -> Difference:
    """
    Compare two records of one system.

    Points are the same where check, target and offender are; a check keeps its identity through
    its aliases. Raises `RecordError` for records of different systems.
    """
    if old.system.system != new.system.system:
        raise RecordError(
            f"these are records of two systems, {old.system.system} and {new.system.system}: "
            "compare two records of one"
        )
    old = _renamed(old, _names(old, new))
    edits = edits_between(old, new)
    before, after = _Side(old), _Side(new)
    why = _Why(before, after, edits)
    transitions = [
        transition
        for key in sorted(before.verdicts.keys() | after.verdicts.keys())
        for transition in _transitions(key, before, after, why)
    ]
    came = _behind(new, but=_behind(old, rule_of=new))
    went = _behind(old, but=_behind(new, rule_of=old))
    touched = {behind.check for behind in (*came, *went)}
    return Difference(
        system=new.system.system,
        before=_told(old),
        after=_told(new),
        transitions=tuple(transitions),
        edits=edits,
        came=came,
        went=went,
        deciding_edits=tuple(
            edit for edit in edits if edit.of in touched or (not edit.of and edit.area is not Cause.TOOL)
        ),
    )
