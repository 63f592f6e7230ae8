"""Find the record a command is about: by its folder, or by its run among those that were kept."""

from __future__ import annotations

import os
from pathlib import Path

import click

from readiness_audit.errors import RecordError
from readiness_audit.ledger.folder import Kept, open_record
from readiness_audit.ledger.history import kept_runs
from readiness_audit.ledger.home import records_home, runs_of

argument = click.argument("record", type=click.Path(path_type=Path))


def opened(record: Path, home: Path | None) -> Kept:
    """
    Open a record: a run's folder, its `record.json`, or the id of a run under `home`.

    Raises `RecordError` with what to do where there is none, or it cannot be used.
    """
    return open_record(found(record, home))


def found(record: Path, home: Path | None) -> Path:
    """Give the place of a record that is named by its path, or by its run's id; see `opened`."""
    name = str(record)
    if os.path.lexists(record) or len(record.parts) > 1:
        return record
    base = home or records_home(os.environ)
    for system, run in kept_runs(base):
        if run == name:
            return runs_of(base, system) / run
    raise RecordError(
        f"there is no run {name} in {base} and no such folder here; `readiness-audit history` lists them"
    )
