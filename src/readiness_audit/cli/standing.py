"""How each system stands: its last finished run, the record its release rests on, and what ends next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from readiness_audit.cli.clock import moment_of
from readiness_audit.cli.exits import Exit
from readiness_audit.cli.releases import (
    HandedOver,
    handed_over,
    is_decided,
    later_runs,
    release_of,
    signed_records,
)
from readiness_audit.errors import ContentError, RecordError
from readiness_audit.ledger.folder import Kept, open_record
from readiness_audit.ledger.history import Unreadable
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.index import History
from readiness_audit.model.decision import Result
from readiness_audit.model.record import Record
from readiness_audit.model.release import End, Release, State, Why
from readiness_audit.model.texts import Language
from readiness_audit.rendering.released import release_line
from readiness_audit.rendering.words import words_in
from readiness_audit.stages.ends import ends_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one system stands."""

    system: str
    run: str | None
    """Its last finished run; none where there is none."""

    finished: datetime | None
    age_days: int
    result: Result | None
    """Rule result of that run."""

    overdue: bool
    """Whether that run is older than whoever asks allows."""

    released_run: str | None
    """The record that `release` is about: the newest one persons have decided about, else that run's."""

    release: Release | None
    title: str
    """How it stands, in one line; empty where there is no run."""

    valid_until: date | None
    lapsed: bool
    ends: tuple[End, ...]
    interrupted: tuple[str, ...]
    """Runs since then that were interrupted."""

    unreadable: tuple[Unreadable, ...]
    """Runs of this system since then that cannot be used: one of them may know better."""

    problem: str
    """Why the sign-offs could not be read; empty where they could."""

    exit: int
    """What `status` says to the shell about this system alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to know."""

    base: Path
    when: date | datetime
    system_file: Path | None
    language: Language
    oldest: int | None
    """Days a last finished run may be old."""


def standing(asked: Asked, name: str, run: str | None, runs: History) -> Standing:
    """Say how the system called `name` stands, whose last finished run is `run`."""
    since = run or ""
    interrupted = tuple(
        entry.run
        for entry in runs.entries
        if entry.system == name and not entry.complete and entry.run > since
    )
    unreadable = [bad for bad in runs.unreadable if bad.system == name and bad.run > since]
    last: Kept | None = None
    if run is not None:
        try:
            last = open_record(runs_of(asked.base, name) / run)
        except RecordError as error:
            # The index knows it, but somebody has been at it since.
            unreadable.append(Unreadable(system=name, run=run, problem=str(error)))
    if last is None:
        return Standing(
            system=name,
            run=None,
            finished=None,
            age_days=0,
            result=None,
            overdue=False,
            released_run=None,
            release=None,
            title="",
            valid_until=None,
            lapsed=False,
            ends=(),
            interrupted=interrupted,
            unreadable=tuple(unreadable),
            problem="",
            exit=int(Exit.INCONCLUSIVE),
        )
    record = last.record
    at = moment_of(asked.when, record.policy.rule.zone)
    handed, problem = _handed(asked, name)
    about, release = _released(asked.base, last, handed, at)
    age = (at - record.origin.finished_at).days
    overdue = asked.oldest is not None and age > asked.oldest
    known = not unreadable and not problem and not overdue
    return Standing(
        system=name,
        run=run,
        finished=record.origin.finished_at,
        age_days=age,
        result=record.decision.result,
        overdue=overdue,
        released_run=about.origin.run,
        release=release,
        title=release_line(about, release, words_in(asked.language, about.policy.rule.zone)),
        valid_until=release.valid_until,
        lapsed=release.state is State.LAPSED,
        ends=ends_of(about, at, release.valid_until),
        interrupted=interrupted,
        unreadable=tuple(unreadable),
        problem=problem,
        exit=int(_exit(release, record.decision.result, known=known)),
    )


def _handed(asked: Asked, name: str) -> tuple[HandedOver, str]:
    nothing = HandedOver(file=asked.base, sign_offs=(), unusable=())
    try:
        return handed_over(asked.base, name, asked.system_file) or nothing, ""
    except (ContentError, RecordError) as error:
        return nothing, str(error).splitlines()[0]


def _released(base: Path, last: Kept, handed: HandedOver, at: datetime) -> tuple[Record, Release]:
    """
    Find the newest record that persons have decided about, and say how its release stands.

    A run that looks again makes a new record, which nobody has signed yet: the release goes on resting
    on the signed one, as long as the new one shows nothing worse.
    """
    system = last.record.system.system
    for kept in signed_records(base, system, handed.sign_offs):
        found = release_of(kept.record, kept.sha256, handed, at, later_runs(base, kept.record))
        if is_decided(found):
            return kept.record, found
    return last.record, release_of(last.record, last.sha256, handed, at)


def _exit(release: Release, newest: Result, *, known: bool) -> Exit:
    # The rules' own answer stays what machines are told, whatever persons release against it.
    results = {newest, release.rule_result}
    says_no = any(cause.why is Why.PERSON_SAYS_NO for cause in release.causes)
    if Result.NO_GO in results or release.state is State.LAPSED or says_no:
        return Exit.NO_GO
    if Result.INCONCLUSIVE in results or release.state is not State.IN_FORCE or not known:
        return Exit.INCONCLUSIVE
    return Exit.RELEASED
