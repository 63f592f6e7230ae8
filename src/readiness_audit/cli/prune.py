"""`readiness-audit prune`: delete old records; what proves that they existed stays."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from readiness_audit.cli import options
from readiness_audit.cli.clock import now
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.index import history
from readiness_audit.ledger.pruning import prunable, prune
from readiness_audit.model.policy import Rule
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import fill

_WORDS = {
    "would": ("would delete {run} of {system}, {day}", "würde löschen: {run} von {system}, {day}"),
    "deleted": ("deleted {run} of {system}, {day}", "gelöscht: {run} von {system}, {day}"),
    "nothing": ("nothing is that old and may go", "nichts ist so alt und darf weg"),
    "how": (
        "nothing was deleted; --yes deletes what is listed",
        "nichts wurde gelöscht; --yes löscht, was aufgeführt ist",
    ),
}
_ALL = -1


@click.command()
@click.argument("system", required=False)
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1, max=36_500),
    required=True,
    metavar="DAYS",
    help="Delete records that were finished so many days ago or earlier.",
)
@click.option(
    "--keep",
    "keeping",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Records of each system that stay, however old.",
)
@click.option("--yes", is_flag=True, help="Delete them; without it they are only listed.")
@options.lang
@options.home
def command(
    system: str | None, days: int, keeping: int, yes: bool, language: Language, home: Path | None
) -> None:
    """
    Delete old records; what proves that they existed stays.

    Of SYSTEM (its id) or of all systems. The newest records stay, so does the last finished run, and
    so does every record whose release is still valid. Of a deleted one the list of its files with
    their hashes is left, and its signature: `verify --chain` still follows the chain through it.
    """
    base = home or records_home(os.environ)
    at = now()
    chosen = prunable(
        history(base, system, _ALL).entries,
        finished_before=at - timedelta(days=days),
        keeping=keeping,
        # Releases end by their policies' zones; a day more than needed does no harm.
        today=at.astimezone(ZoneInfo(Rule().zone)).date() - timedelta(days=1),
    )

    def say(key: str, **values: str) -> str:
        return visible(fill(_WORDS[key][language is Language.DE], values))

    for entry in chosen:
        if yes:
            prune(base, entry.system, entry.run)
        told = {"run": entry.run, "system": entry.system, "day": f"{entry.finished:%Y-%m-%d}"}
        click.echo(say("deleted" if yes else "would", **told))
    if not chosen:
        click.echo(say("nothing"), err=True)
    elif not yes:
        click.echo(say("how"), err=True)
