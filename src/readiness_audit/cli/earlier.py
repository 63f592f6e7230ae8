"""Say from where a run looks, and which earlier runs it is to be joined with or goes on from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_audit.cli import records
from readiness_audit.errors import PlanError, RecordError
from readiness_audit.ledger.folder import read_excerpts
from readiness_audit.ledger.home import records_home
from readiness_audit.model.record import Earlier
from readiness_audit.model.system import System

if TYPE_CHECKING:
    from readiness_audit.cli.signing import Signing

from_option = click.option(
    "--from",
    "vantage",
    metavar="NAME",
    help="The vantage point this run looks from, one of those the system file declares.",
)

with_option = click.option(
    "--with",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="RECORD",
    help="Put what this run saw of ports and paths from another vantage point beside ours. May be repeated.",
)

resume_option = click.option(
    "--resume",
    "resumed",
    type=click.Path(path_type=Path),
    metavar="RECORD",
    help="Go on where this run was interrupted: looks it finished in the last 12 hours are taken over.",
)


def looked_at_from(system: System, vantage: str | None) -> System:
    """Give the system as this run looks at it. Raises `PlanError` where it does not say from where."""
    known = ", ".join(map(str, system.vantage_points)) or "none"
    name = vantage or system.vantage
    if name is None and system.vantage_points:
        raise PlanError(f"say from where this run looks: --from NAME; declared vantage points: {known}")
    if name is not None and name not in {point.name for point in system.vantage_points}:
        raise PlanError(f"there is no vantage point called {name!r}; declared vantage points: {known}")
    return replace(system, vantage=name)


def joined(others: Iterable[Path], home: Path | None) -> tuple[Earlier, ...]:
    """Open the records to join, each once, with their hashes verified. Raises `RecordError`."""
    opened = tuple(earlier(path, home) for path in others)
    runs = [other.record.origin.run for other in opened]
    for number, run in enumerate(runs):
        if run in runs[:number]:
            raise RecordError(f"run {run} is named twice: join each record once")
    return opened


def interrupted(path: Path, home: Path | None, signing: Signing | None) -> Earlier:
    """
    Open the record to go on from. Raises `RecordError` as `earlier` does.

    Where the new one is to be signed, the old one must be, by the same key or one that is trusted: its
    evidence becomes the new record's own, and nobody vouches for what anybody could have written.
    """
    found = earlier(path, home)
    if signing is not None:
        from readiness_audit.ledger import keyring
        from readiness_audit.ledger.proof import signed_by
        from readiness_audit.ledger.sources import folder_source

        store = keyring.store_of(home or records_home(os.environ))
        try:
            with folder_source(records.opened(path, home).folder) as source:
                signed_by(source, [signing.key.public, *store.keys], store.revoked)
        except (OSError, RecordError) as error:
            told = f"run {found.record.origin.run} cannot be gone on with in a signed record: {error}"
            raise RecordError(told) from None
    return found


def earlier(path: Path, home: Path | None) -> Earlier:
    """Open one record with what it keeps. Raises `RecordError`: missing, altered, of a newer schema."""
    kept = records.opened(path, home)
    return Earlier(record=kept.record, sha256=kept.sha256, excerpts=read_excerpts(kept.folder))
