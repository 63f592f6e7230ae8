"""What every kind of backup store shows: its snapshots, how old, how large, how many, how sound."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from readiness_audit.probes.reach.moment import CLOCKS_DIFFER, written

MOST_SNAPSHOTS = 500
MOST_SERIES = 200
COMPARED = 5
"""How many snapshots before the newest its size is compared with."""

GOOD = "good"
EMPTY = "empty"
FUTURE = "future"
UNSEEN = "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One state of the data that was kept."""

    name: str
    """File or folder name, or the tool's own short id."""

    series: str
    """Which backup job it belongs to: for restic, host and paths; for a folder, always `all`."""

    taken_at: str
    """Moment; where name and time stamps disagree, the earlier one."""

    size: int | None
    """Bytes of the data it would restore; None where it was not measured."""

    state: str
    """
    `good`; `empty`: not one byte in it; `future`: dated after this run; `unseen`: its content
    could not be looked at in time. Only good ones count as backups anywhere below.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one backup job has left behind; one store may be shared by many."""

    name: str
    """For restic, host and paths; for a folder, always `all`."""

    snapshots: int
    """Good ones."""

    newest_at: str | None
    """Moment of the newest good snapshot; None where there is none."""

    newest_age_hours: float | None
    newest_size: int | None
    """Bytes; None where it was not measured or there is none."""

    median_size_of_previous: int | None
    """Median bytes of the at most 5 good snapshots before the newest one; None where none was measured."""

    oldest_age_days: float | None
    days_in_7: int
    """Different days (UTC) with a good snapshot in the last 7 days, and 6 hours for a late job."""

    days_in_30: int
    """Different days (UTC) with a good snapshot in the last 30 days and 6 hours."""

    weeks_in_4: int
    """Different ISO weeks with a good snapshot in the last 29 days."""

    months_in_12: int
    """Different months with a good snapshot in the last 366 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether what is stored was compared with what should be stored, in this run."""

    state: str
    """
    `good`: all that was compared is right; `errors`: something is wrong; `not listed`: the manifest
    does not name the newest snapshot; `no manifest`: there is nothing to compare with;
    `unreadable`: the manifest is there but cannot be used; `not finished`: time or size ran out.
    """

    by: str | None
    """What it was compared by: `restic check`, or the manifest's file name."""

    verified_at: str | None
    """Moment of the comparison; None where there was none, or it did not finish."""

    complaint: str | None
    """What is wrong, in one line; None where nothing is, or nothing was compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """What a place of backups holds: age, size and retention over all jobs, and again for each job."""

    good: int
    """Snapshots that count as backups."""

    empty: int
    """Snapshots without content."""

    future: int
    """Snapshots dated more than five minutes after this run; they never count as the newest."""

    unseen: int
    """Snapshots whose content could not be looked at in time."""

    partial: int
    """Entries whose name says that they are not finished (*.part, *.tmp, ...); they are not snapshots."""

    overall: Series
    """All jobs taken as one."""

    series: tuple[Series, ...]
    """Each job apart, the one that fell silent longest ago first; at most 200."""

    series_count: int
    newest: Snapshot | None
    """The newest good snapshot."""

    snapshots: tuple[Snapshot, ...]
    """Newest last; at most the 500 newest. The counts are over all of them."""

    encrypted: bool | None
    """Whether the newest snapshot is encrypted; None where that could not be told from outside."""

    verification: Verification


def see(
    snapshots: Iterable[tuple[Snapshot, datetime]],
    started: datetime,
    *,
    verification: Verification,
    encrypted: bool | None,
    partial: int = 0,
) -> BackupFacts:
    """Sum up `snapshots`, each with the moment it was taken, as of `started`."""
    dated = sorted(snapshots, key=lambda one: (one[1], one[0].name))
    good = [one for one in dated if one[0].state == GOOD]
    jobs: dict[str, list[tuple[Snapshot, datetime]]] = {}
    for one in dated:
        jobs.setdefault(one[0].series, [])
    for one in good:
        jobs[one[0].series].append(one)
    series = sorted(
        (sum_up(name, job, started) for name, job in jobs.items()),
        key=lambda job: (job.newest_at or "", job.name),
    )
    states = [one.state for one, _ in dated]
    return BackupFacts(
        good=len(good),
        empty=states.count(EMPTY),
        future=states.count(FUTURE),
        unseen=states.count(UNSEEN),
        partial=partial,
        overall=sum_up("all", good, started),
        series=tuple(series[:MOST_SERIES]),
        series_count=len(series),
        newest=good[-1][0] if good else None,
        snapshots=tuple(one for one, _ in dated[-MOST_SNAPSHOTS:]),
        encrypted=encrypted,
        verification=verification,
    )


def sum_up(name: str, good: Sequence[tuple[Snapshot, datetime]], started: datetime) -> Series:
    """Sum up one job's good snapshots, oldest first."""
    moments = [moment for _, moment in good]
    before = [one.size for one, _ in good[-COMPARED - 1 : -1] if one.size is not None]
    late = timedelta(hours=6)
    return Series(
        name=name,
        snapshots=len(good),
        newest_at=written(moments[-1]) if moments else None,
        newest_age_hours=_hours(started - moments[-1]) if moments else None,
        newest_size=good[-1][0].size if good else None,
        median_size_of_previous=int(statistics.median(before)) if before else None,
        oldest_age_days=round(_hours(started - moments[0]) / 24, 2) if moments else None,
        days_in_7=len({m.date() for m in moments if started - m <= timedelta(days=7) + late}),
        days_in_30=len({m.date() for m in moments if started - m <= timedelta(days=30) + late}),
        weeks_in_4=len({m.isocalendar()[:2] for m in moments if started - m <= timedelta(days=29)}),
        months_in_12=len({(m.year, m.month) for m in moments if started - m <= timedelta(days=366)}),
    )


def state_of(taken: datetime, content: int | None, started: datetime) -> str:
    """Say what a snapshot with at least `content` bytes counts as; None where that is not known."""
    if taken - started > CLOCKS_DIFFER:
        return FUTURE
    if content is None:
        return UNSEEN
    return GOOD if content > 0 else EMPTY


def _hours(passed: timedelta) -> float:
    return round(max(0.0, passed.total_seconds() / 3600), 2)
