"""`readiness-audit status`: say how each system stands, and what lapses next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.clock import moment_of, now, read_when
from readiness_audit.cli.exits import Exit
from readiness_audit.errors import RecordError
from readiness_audit.ledger.folder import read_record
from readiness_audit.ledger.history import Unreadable
from readiness_audit.ledger.home import records_home, runs_of
from readiness_audit.ledger.index import History, last_finished
from readiness_audit.ledger.index import history as runs_kept
from readiness_audit.model.decision import Result
from readiness_audit.model.plain import to_plain
from readiness_audit.model.release import End, Ends
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible
from readiness_audit.rendering.words import Words, fill, words_in
from readiness_audit.stages.ends import ends_of

_WORDS = {
    "lapsed": ("LAPSED: the release is not in force any more", "ERLOSCHEN: Die Freigabe gilt nicht mehr"),
    "finished": ("last finished run {run}, {days}", "letzter beendeter Lauf {run}, {days}"),
    "today": ("today", "heute"),
    "ago.one": ("1 day ago", "vor 1 Tag"),
    "ago.many": ("{n} days ago", "vor {n} Tagen"),
    "never": ("no run was finished", "kein Lauf wurde beendet"),
    "interrupted": ("since then interrupted: {run}", "seither abgebrochen: {run}"),
    "unreadable": ("cannot be used: {run}: {problem}", "nicht verwendbar: {run}: {problem}"),
    "release": ("the release", "die Freigabe"),
    "condition": ("the condition for {what}", "die Auflage zu {what}"),
    "evidence": ("in the evidence: {what}", "im Nachweis: {what}"),
    "ends": ("until {day} ({left}): {what}", "bis {day} ({left}): {what}"),
    "left.one": ("1 day left", "noch 1 Tag"),
    "left.many": ("{n} days left", "noch {n} Tage"),
    "over.one": ("over for 1 day", "seit 1 Tag vorbei"),
    "over.many": ("over for {n} days", "seit {n} Tagen vorbei"),
    "later": ("nothing else ends within {n} days", "sonst endet nichts in den nächsten {n} Tagen"),
    "none": (
        "no run is kept in {home}: nothing is released",
        "in {home} ist kein Lauf aufbewahrt: Nichts ist freigegeben",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one system stands."""

    system: str
    run: str | None
    """Its last finished run; none where there is none."""

    finished: datetime | None
    age_days: int
    result: Result | None
    valid_until: date | None
    lapsed: bool
    ends: tuple[End, ...]
    interrupted: tuple[str, ...]
    """Runs since then that were interrupted."""

    unreadable: tuple[Unreadable, ...]
    """Runs of this system since then that cannot be used: one of them may know better."""

    exit: int
    """What `status` says to the shell about this system alone."""


@click.command()
@click.argument("system", required=False)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--within",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="DAYS",
    help="Show what ends within so many days.",
)
@click.option(
    "--at", "when", callback=read_when, metavar="TIME", help="As of this day or moment instead of now."
)
@options.lang
@options.home
@click.pass_context
def command(
    ctx: click.Context,
    system: str | None,
    format_: str,
    within: int,
    when: date | datetime | None,
    language: Language,
    home: Path | None,
) -> None:
    """
    Say how each system stands, and what lapses next.

    Tells of SYSTEM (its id), or of every system, what its last finished run decided. Ends with 0
    where every one is released; with 3 where one is NO-GO or its release has lapsed; else with 4
    where one is INCONCLUSIVE, has no finished run, or has a newer record that cannot be used.
    """
    base = home or records_home(os.environ)
    standings = _standings(base, system, when or now())
    if format_ == "json":
        plain = to_plain(standings)
        click.echo(json_text(json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True)))
    else:
        for line in _told(standings, within, language):
            click.echo(visible(line))
    if not standings:
        click.echo(visible(_say(language, "none", home=str(base))), err=True)
    ctx.exit(_worst(standing.exit for standing in standings))


def _worst(exits: Iterable[int]) -> Exit:
    found = set(exits) or {int(Exit.INCONCLUSIVE)}
    return next((each for each in (Exit.NO_GO, Exit.INCONCLUSIVE) if each in found), Exit.RELEASED)


def _standings(base: Path, system: str | None, when: date | datetime) -> tuple[Standing, ...]:
    last = last_finished(base)
    all_runs = runs_kept(base, system, -1)
    names = {entry.system for entry in all_runs.entries} | {bad.system for bad in all_runs.unreadable}
    if system is not None and system not in names:
        known = ", ".join(sorted(last)) or "none"
        raise RecordError(f"no run of {system!r} is kept in {base}; known systems: {known}")
    return tuple(
        _standing(base, name, last[name].run if name in last else None, all_runs, when)
        for name in sorted(names)
    )


def _standing(base: Path, name: str, run: str | None, runs: History, when: date | datetime) -> Standing:
    since = run or ""
    interrupted = tuple(
        entry.run
        for entry in runs.entries
        if entry.system == name and not entry.complete and entry.run > since
    )
    unreadable = [bad for bad in runs.unreadable if bad.system == name and bad.run > since]
    if run is not None:
        try:
            record = read_record(runs_of(base, name) / run)
        except RecordError as error:
            # The index knows it, but somebody has been at it since.
            unreadable.append(Unreadable(system=name, run=run, problem=str(error)))
            run = None
    if run is None:
        return Standing(
            system=name,
            run=None,
            finished=None,
            age_days=0,
            result=None,
            valid_until=None,
            lapsed=False,
            ends=(),
            interrupted=interrupted,
            unreadable=tuple(unreadable),
            exit=int(Exit.INCONCLUSIVE),
        )
    at = moment_of(when, record.policy.rule.zone)
    ends = ends_of(record, at, record.decision.valid_until)
    result, lapsed = (
        record.decision.result,
        any(end.days < 0 for end in ends if end.kind is not Ends.EVIDENCE),
    )
    status = Exit.RELEASED
    if result is Result.INCONCLUSIVE or unreadable:
        status = Exit.INCONCLUSIVE
    if result is Result.NO_GO or lapsed:
        status = Exit.NO_GO
    return Standing(
        system=name,
        run=run,
        finished=record.origin.finished_at,
        age_days=(at - record.origin.finished_at).days,
        result=result,
        valid_until=record.decision.valid_until,
        lapsed=lapsed,
        ends=ends,
        interrupted=interrupted,
        unreadable=tuple(unreadable),
        exit=int(status),
    )


def _say(language: Language, key: str, **values: str) -> str:
    return fill(_WORDS[key][language is Language.DE], values)


def _counted(language: Language, key: str, count: int) -> str:
    return _say(language, f"{key}.one" if count == 1 else f"{key}.many", n=str(count))


def _told(standings: Iterable[Standing], within: int, language: Language) -> list[str]:
    words = words_in(language, "UTC")
    lines: list[str] = []
    for standing in standings:
        lines += _told_of(standing, within, words)
    return lines


def _told_of(standing: Standing, within: int, words: Words) -> list[str]:
    language = words.language
    answer = words.say(f"result.{standing.result}") if standing.result else _say(language, "never")
    lines = [f"{standing.system}: {_say(language, 'lapsed') if standing.lapsed else answer}"]
    if standing.run:
        days = (
            _counted(language, "ago", standing.age_days) if standing.age_days > 0 else _say(language, "today")
        )
        lines.append("  " + _say(language, "finished", run=standing.run, days=days))
    lines += ["  " + _say(language, "interrupted", run=run) for run in standing.interrupted]
    lines += [
        "  " + _say(language, "unreadable", run=bad.run, problem=bad.problem) for bad in standing.unreadable
    ]
    shown = [end for end in standing.ends if end.days <= within or end.kind is Ends.RELEASE]
    lines += ["  " + _told_end(end, words) for end in shown]
    if standing.run and len(shown) < len(standing.ends):
        lines.append("  " + _say(language, "later", n=str(within)))
    return lines


def _told_end(end: End, words: Words) -> str:
    left = _counted(words.language, "left" if end.days >= 0 else "over", abs(end.days))
    what = _say(words.language, end.kind, what=end.what)
    return _say(words.language, "ends", day=words.day(end.last_day), left=left, what=what)
