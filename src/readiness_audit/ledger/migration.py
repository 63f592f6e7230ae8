"""Bring records that earlier versions kept to what this one reads: one step for each schema."""

from __future__ import annotations

from dataclasses import replace

from readiness_audit.model.governance import Governance
from readiness_audit.model.record import Record

KEEPS_GOVERNANCE = 2
"""The schema since which a record keeps everything people had agreed, and how each entry stood."""


def migrated(record: Record) -> Record:
    """Give a record of any schema we know as one of today; fields that came later have their defaults."""
    if record.schema < KEEPS_GOVERNANCE:
        decision = record.decision
        agreed = Governance(conditions=(*decision.conditions, *decision.idle_conditions))
        record = replace(record, governance=agreed)
    return record
