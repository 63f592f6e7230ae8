"""`readiness-audit explain`: explain a check, or how a record came to its decision."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import click

from readiness_audit.cli import options, records, releases
from readiness_audit.cli.clock import now
from readiness_audit.cli.loading import Content, load_content
from readiness_audit.cli.references import used_by
from readiness_audit.errors import PlanError
from readiness_audit.ledger.folder import RUN
from readiness_audit.ledger.home import records_home
from readiness_audit.model.check import Check
from readiness_audit.model.texts import Language
from readiness_audit.rendering.reasons import reasons
from readiness_audit.rendering.reference import check_page
from readiness_audit.rendering.safe import visible_block


@click.command()
@click.argument("what", metavar="CHECK_OR_RECORD")
@options.content
@options.lang
@options.home
@releases.system_option
def command(
    what: str,
    content: tuple[Path, ...],
    language: Language,
    home: Path | None,
    system_file: Path | None,
) -> None:
    """
    Explain a check, or how a record came to its decision.

    A check by its id: what it asks, why, how to see for yourself, how to fix it, and its worked
    cases. A record by its folder or run id: the deciding rule, everything behind it, and whether
    the release is in force.
    """
    if RUN.fullmatch(what) or os.path.lexists(what):
        kept = records.opened(Path(what), home)
        release = releases.release_for(kept, home or records_home(os.environ), system_file, now())
        text = reasons(kept.record, language, release)
    else:
        text = explained(what, load_content(content), language)
    click.echo(visible_block(text), nl=False)


def explained(name: str, content: Content, language: Language) -> str:
    """Give the page of the check called `name`, now or once. Raises `PlanError` where there is none."""
    check = _called(name, content)
    return check_page(check, used_by(content)[check.id], language)


def _called(name: str, content: Content) -> Check:
    for check in content.catalogue.values():
        if name in {check.id, *check.aliases}:
            return check
    close = difflib.get_close_matches(name, content.catalogue, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ";"
    raise PlanError(
        f"there is no check and no record called {name!r}{meant} `readiness-audit checks list` and "
        "`readiness-audit history` list them"
    )
