"""`readiness-audit history`: list the runs that were kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.ledger.history import Entry
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.index import History
from readiness_audit.ledger.index import history as runs_kept
from readiness_audit.model.plain import to_plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible
from readiness_audit.rendering.words import Words, fill, words_in

_WORDS = {
    "interrupted": ("interrupted", "abgebrochen"),
    "again": ("judges {run} again", "bewertet {run} neu"),
    "none": ("no run is kept in {home}", "in {home} ist kein Lauf aufbewahrt"),
    "unreadable": ("cannot be used: {run}: {problem}", "nicht verwendbar: {run}: {problem}"),
    "until": ("valid until", "gültig bis"),
}
_ALL = -1


@click.command()
@click.argument("system", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Runs to list.")
@click.option("--all", "everything", is_flag=True, help="List every run, however many.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.lang
@options.home
def command(
    system: str | None,
    limit: int,
    everything: bool,
    format_: str,
    language: Language,
    home: Path | None,
) -> None:
    """
    List the runs that were kept.

    The newest comes first, of SYSTEM (its id) or of all systems. Records that cannot be used are
    named on standard error, and in JSON.
    """
    base = home or records_home(os.environ)
    found = runs_kept(base, system, _ALL if everything else limit)
    if format_ == "json":
        click.echo(json_text(json.dumps(to_plain(found), ensure_ascii=False, indent=2, sort_keys=True)))
        return
    _tell(found, base, language)


def _tell(found: History, base: Path, language: Language) -> None:
    words = words_in(language, "UTC")

    def say(key: str, **values: str) -> str:
        return fill(_WORDS[key][language is Language.DE], values)

    for bad in found.unreadable:
        click.echo(visible(say("unreadable", run=f"{bad.system}/{bad.run}", problem=bad.problem)), err=True)
    if not found.entries:
        click.echo(visible(say("none", home=str(base))), err=True)
    columns = [_columns(entry, words) for entry in found.entries]
    widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
    for entry, cells in zip(found.entries, columns, strict=True):
        notes = [] if entry.valid_until is None else [f"{say('until')} {words.day(entry.valid_until)}"]
        if not entry.complete:
            notes.append(say("interrupted"))
        if entry.judged_from:
            notes.append(say("again", run=entry.judged_from))
        # The last column is a number.
        aligned = [f"{cell:<{width}}" for cell, width in zip(cells[:-1], widths[:-1], strict=True)]
        aligned.append(f"{cells[-1]:>{widths[-1]}}")
        click.echo(visible("  ".join([*aligned, ", ".join(notes)]).rstrip()))


def _columns(entry: Entry, words: Words) -> list[str]:
    answered = words.percent(entry.passed + entry.failed, entry.planned - entry.not_applicable)
    return [
        entry.run,
        f"{entry.finished:%Y-%m-%d %H:%M}Z",
        entry.system,
        words.say(f"result.{entry.result}"),
        f"{entry.policy}@{entry.edition}",
        answered,
    ]
