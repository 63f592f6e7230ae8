"""One line for each kept run, as history and status show it; read from the run's own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from readiness_audit.errors import RecordError
from readiness_audit.ledger.disk import told
from readiness_audit.ledger.folder import RUN, read_parts
from readiness_audit.ledger.home import runs_of
from readiness_audit.model.decision import Decision, Result
from readiness_audit.model.evidence import Plain
from readiness_audit.model.plain import from_plain
from readiness_audit.model.record import SCHEMA, Origin, Record

_PARTS = frozenset({"origin", "system.system", "policy", "decision"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run, as far as a list of runs needs it."""

    system: str
    run: str
    started: datetime
    finished: datetime
    complete: bool
    result: Result
    policy: str
    edition: str
    coverage: float
    """Assessed out of applicable, 0 to 1."""

    planned: int
    passed: int
    failed: int
    not_assessed: int
    stale: int
    not_applicable: int
    valid_until: date | None
    """Last day of the release, inclusive; none where nothing was released."""

    judged_from: str | None
    """Run whose evidence was judged again; none where it looked for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A run whose folder is there and cannot be used."""

    system: str
    run: str
    problem: str


def entry_of(record: Record) -> Entry:
    """Give the line of one record."""
    policy = record.policy
    return _entry(record.system.system, policy.policy, policy.edition, record.origin, record.decision)


def _entry(system: str, policy: str, edition: str, origin: Origin, decision: Decision) -> Entry:
    tally = decision.tally
    return Entry(
        system=system,
        run=origin.run,
        started=origin.started_at.astimezone(UTC),
        finished=origin.finished_at.astimezone(UTC),
        complete=origin.complete,
        result=decision.result,
        policy=policy,
        edition=edition,
        coverage=tally.coverage,
        planned=tally.planned,
        passed=tally.passed,
        failed=tally.failed,
        not_assessed=tally.not_assessed,
        stale=tally.stale,
        not_applicable=tally.not_applicable,
        valid_until=decision.valid_until,
        judged_from=origin.judged_from,
    )


def kept_runs(home: Path) -> Iterator[tuple[str, str]]:
    """Name every run kept under `home`, as system and run. Raises `RecordError` where it cannot be listed."""
    try:
        for system in _folders(home / "systems"):
            for run in _folders(runs_of(home, system)):
                if RUN.fullmatch(run):
                    yield system, run
    except OSError as error:
        raise told(error, f"the records in {home} cannot be listed") from None


def entry_in(home: Path, system: str, run: str) -> Entry | Unreadable:
    """Read the line of one kept run from its folder, whose files are checked like those of any record."""
    try:
        entry = _line(read_parts(runs_of(home, system) / run, _PARTS))
    except RecordError as error:
        return Unreadable(system=system, run=run, problem=str(error))
    if (entry.system, entry.run) != (system, run):
        problem = f"the folder holds run {entry.run} of {entry.system}"
        return Unreadable(system=system, run=run, problem=problem)
    return entry


def _line(parts: Mapping[str, Plain]) -> Entry:
    match parts:
        case {
            "schema": schema,
            "system.system": str(system),
            "policy": {"policy": str(policy), "edition": str(edition)},
            "origin": origin,
            "decision": decision,
        }:
            whole = schema == SCHEMA
            return _entry(
                system,
                policy,
                edition,
                from_plain(Origin, origin, whole=whole),
                from_plain(Decision, decision, whole=whole),
            )
    raise RecordError("record.json is not a record: it lacks its origin, system, policy or decision")


def _folders(path: Path) -> list[str]:
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []
