"""See what a folder of backups holds: one file or one folder for each backup."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness_audit.model.target import Backup
from readiness_audit.probes.backup.content import ENOUGH, is_encrypted
from readiness_audit.probes.backup.facts import (
    COMPARED,
    GOOD,
    BackupFacts,
    Snapshot,
    Verification,
    see,
    state_of,
)
from readiness_audit.probes.backup.manifest import verify
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Entry, Folder, list_folder, measure_folder
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach

_PARTIAL = re.compile(
    r".*\.(part|partial|tmp|temp|crdownload|download|incomplete|inprogress|filepart|swp)|.*~",
    re.IGNORECASE,
)
_COMPANION = re.compile(
    r"\..*|lost\+found|(sha|md5|b2)[0-9]*sums?.*|.*\.(sha[0-9]*|md5|b2|asc|sig|log)|(readme|index)(\..*)?",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<![0-9])(20[0-9]{2})([-_.]?)(0[1-9]|1[0-2])\2([0-3][0-9])(?:[0-9]{4}|[0-9]{6})?(?![0-9])"
)
_EARLIEST_BEGINNING, _LATEST_END = timedelta(hours=14), timedelta(days=1, hours=12)
"""How long before and after midnight UTC a day begins and ends somewhere."""

_OTHER_WORK = 0.4
"""Part of the budget that is kept back from measuring, for the comparison with the manifest."""


async def look(target: Backup, reach: Reach) -> Seen[BackupFacts]:
    """List the folder, measure the newest backups, and compare the newest one with `SHA256SUMS`."""
    # The folder may be on a slow disk, and the other looks should not wait for it.
    return await in_thread(lambda: _look(target, reach))


def _look(target: Backup, reach: Reach) -> Seen[BackupFacts]:
    path = Path(target.path)
    entries = list_folder(path, target.pattern)
    partial = [entry for entry in entries if _PARTIAL.fullmatch(entry.name)]
    kept = [
        (entry, _taken(entry, reach.started))
        for entry in entries
        if not _PARTIAL.fullmatch(entry.name) and not _COMPANION.fullmatch(entry.name)
    ]
    kept.sort(key=lambda one: one[1], reverse=True)
    measuring = reach.deadline.part(reach.deadline.left() * (1 - _OTHER_WORK))
    snapshots: list[tuple[Snapshot, datetime]] = []
    good = 0
    for entry, taken in kept:
        snapshot = _snapshot(path, entry, taken, measuring, whole=good <= COMPARED, started=reach.started)
        good += snapshot.state == GOOD
        snapshots.append((snapshot, taken))
    newest = next((one for one, _ in snapshots if one.state == GOOD), None)
    facts = see(
        snapshots,
        reach.started,
        verification=_verification(path, newest, reach),
        encrypted=_encrypted(path, newest),
        partial=len(partial),
    )
    return Seen(facts=facts)


def _snapshot(
    path: Path, entry: Entry, taken: datetime, deadline: Deadline, *, whole: bool, started: datetime
) -> Snapshot:
    size, content = entry.size, entry.size
    if entry.is_folder:
        found, complete = measure_folder(path / entry.name, deadline, None if whole else 1)
        size = found if complete else None
        content = found if complete or found > 0 else None
    return Snapshot(
        name=entry.name,
        series="all",
        taken_at=written(taken),
        size=size,
        state=state_of(taken, content, started),
    )


def _taken(entry: Entry, started: datetime) -> datetime:
    """
    Give the earlier of what the name and the file system say.

    A file's time is that of its content. A folder's is often copied from its source, so a dated
    folder is as old as its name says, but not younger than its last change of any kind.
    """
    named = _named(entry.name)
    if named is None:
        return entry.modified
    if named - _EARLIEST_BEGINNING > started:
        return named
    if entry.is_folder:
        return min(named + _LATEST_END, entry.changed, started)
    return min(named + _LATEST_END, entry.modified)


def _named(name: str) -> datetime | None:
    for match in _DATE.finditer(name):
        try:
            return datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=UTC)
        except ValueError:
            continue
    return None


def _verification(path: Path, newest: Snapshot | None, reach: Reach) -> Verification:
    if newest is None:
        return Verification(state="no manifest", by=None, verified_at=None, complaint=None)
    return verify(Folder(path), newest.name, reach.deadline, reach.started)


def _encrypted(path: Path, newest: Snapshot | None) -> bool | None:
    if newest is None or (path / newest.name).is_dir():
        return None
    return is_encrypted(Folder(path).beginning(newest.name, ENOUGH))
