"""`readiness-audit status`: say how each system stands, and what lapses next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from readiness_audit.cli import options, releases
from readiness_audit.cli.clock import now, read_when
from readiness_audit.cli.exits import Exit
from readiness_audit.cli.releases import is_decided
from readiness_audit.cli.standing import Asked, Standing, standing
from readiness_audit.errors import RecordError
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.index import history as runs_kept
from readiness_audit.ledger.index import last_finished
from readiness_audit.model.plain import to_plain
from readiness_audit.model.release import End, Ends, State
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible
from readiness_audit.rendering.words import Words, fill, words_in

_WORDS = {
    State.IN_FORCE: ("IN FORCE", "WIRKSAM"),
    State.NOT_YET: ("NOT IN FORCE", "NICHT WIRKSAM"),
    State.REFUSED: ("REFUSED", "ABGELEHNT"),
    State.LAPSED: ("LAPSED: the release is not in force any more", "ERLOSCHEN: Die Freigabe gilt nicht mehr"),
    "finished": (
        "last finished run {run}, {days}: {result} by rule",
        "letzter beendeter Lauf {run}, {days}: Regelergebnis {result}",
    ),
    "today": ("today", "heute"),
    "ago.one": ("1 day ago", "vor 1 Tag"),
    "ago.many": ("{n} days ago", "vor {n} Tagen"),
    "overdue": (
        "no run has finished for longer than allowed: is the timer still running?",
        "seit längerem als erlaubt ist kein Lauf beendet: Läuft der Zeitgeber noch?",
    ),
    "rests": ("the release rests on run {run}", "die Freigabe beruht auf Lauf {run}"),
    "problem": ("sign-offs could not be read: {problem}", "Unterschriften nicht lesbar: {problem}"),
    "never": ("no run was finished", "kein Lauf wurde beendet"),
    "interrupted": ("since then interrupted: {run}", "seither abgebrochen: {run}"),
    "unreadable": ("cannot be used: {run}: {problem}", "nicht verwendbar: {run}: {problem}"),
    "release": ("the release", "die Freigabe"),
    "waiver": ("the waiver {what}", "die Ausnahmegenehmigung {what}"),
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
@click.option(
    "--max-age",
    "oldest",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Be told where the last finished run is older, as when a timer has stopped.",
)
@releases.system_option
@options.lang
@options.home
@click.pass_context
def command(
    ctx: click.Context,
    system: str | None,
    format_: str,
    within: int,
    when: date | datetime | None,
    oldest: int | None,
    system_file: Path | None,
    language: Language,
    home: Path | None,
) -> None:
    """
    Say how each system stands, and what lapses next.

    Tells of SYSTEM (its id), or of every system, what its last finished run decided by rule, and
    whether a release is in force: signed by everybody who has to, and not lapsed. Ends with 0 where
    one is in force everywhere; with 3 where a system is NO-GO, or its release lapsed or was refused;
    else with 4 where sign-offs are missing, or a system is INCONCLUSIVE, has no finished run or none
    within --max-age, or has a newer record that cannot be used.
    """
    base = home or records_home(os.environ)
    asked = Asked(base=base, when=when or now(), system_file=system_file, language=language, oldest=oldest)
    standings = _standings(asked, system)
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


def _standings(asked: Asked, system: str | None) -> tuple[Standing, ...]:
    last = last_finished(asked.base)
    all_runs = runs_kept(asked.base, system, -1)
    names = {entry.system for entry in all_runs.entries} | {bad.system for bad in all_runs.unreadable}
    if system is not None and system not in names:
        known = ", ".join(sorted(last)) or "none"
        raise RecordError(f"no run of {system!r} is kept in {asked.base}; known systems: {known}")
    if asked.system_file is not None and len(names) > 1:
        raise click.UsageError("--system is one system's file: name that system, too")
    return tuple(
        standing(asked, name, last[name].run if name in last else None, all_runs) for name in sorted(names)
    )


def _say(language: Language, key: str, **values: str) -> str:
    return fill(_WORDS[key][language is Language.DE], values)


def _counted(language: Language, key: str, count: int) -> str:
    return _say(language, f"{key}.one" if count == 1 else f"{key}.many", n=str(count))


def _told(standings: Iterable[Standing], within: int, language: Language) -> list[str]:
    words = words_in(language, "UTC")
    lines: list[str] = []
    for each in standings:
        lines += _told_of(each, within, words)
    return lines


def _told_of(standing: Standing, within: int, words: Words) -> list[str]:
    language = words.language
    lines = [f"{standing.system}: {_head(standing, words)}"]
    if standing.title:
        lines.append("  " + standing.title)
    if standing.run:
        lines.append("  " + _finished(standing, words))
    if standing.overdue:
        lines.append("  " + _say(language, "overdue"))
    if standing.released_run != standing.run and standing.released_run is not None:
        lines.append("  " + _say(language, "rests", run=standing.released_run))
    lines += ["  " + _say(language, "interrupted", run=run) for run in standing.interrupted]
    lines += [
        "  " + _say(language, "unreadable", run=bad.run, problem=bad.problem) for bad in standing.unreadable
    ]
    if standing.problem:
        lines.append("  " + _say(language, "problem", problem=standing.problem))
    if standing.release is not None:
        lines += ["  " + words.say("release.unusable", entry=entry) for entry in standing.release.unusable]
    shown = [end for end in standing.ends if end.days <= within or end.kind is Ends.RELEASE]
    lines += ["  " + _told_end(end, words) for end in shown]
    if standing.run and len(shown) < len(standing.ends):
        lines.append("  " + _say(language, "later", n=str(within)))
    return lines


def _head(standing: Standing, words: Words) -> str:
    release = standing.release
    if release is None or standing.result is None:
        return _say(words.language, "never")
    if release.state is State.REFUSED and not is_decided(release):
        return words.say(f"result.{release.rule_result}")
    return _say(words.language, release.state)


def _finished(standing: Standing, words: Words) -> str:
    language, days = words.language, standing.age_days
    ago = _counted(language, "ago", days) if days > 0 else _say(language, "today")
    result = words.say(f"result.{standing.result}")
    return _say(language, "finished", run=standing.run or "", days=ago, result=result)


def _told_end(end: End, words: Words) -> str:
    left = _counted(words.language, "left" if end.days >= 0 else "over", abs(end.days))
    what = _say(words.language, end.kind, what=end.what)
    return _say(words.language, "ends", day=words.day(end.last_day), left=left, what=what)
