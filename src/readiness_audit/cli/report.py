"""`readiness-audit report`: make a report from a kept record."""

from __future__ import annotations

from pathlib import Path

import click

from readiness_audit.cli import keeping, options, records
from readiness_audit.model.texts import Language


@click.command()
@records.argument
@options.lang
@keeping.format_option
@keeping.report_option
@options.home
def command(
    record: Path, language: Language, format_: str, reports: tuple[keeping.Wish, ...], home: Path | None
) -> None:
    """
    Make a report from a kept record.

    RECORD is the folder of a run, or the id of a kept one. Every file of it is checked against
    its hash first. The system is not looked at, and nothing is judged or decided.
    """
    kept = records.opened(record, home)
    keeping.tell(kept.record, format_=format_, reports=reports, language=language, sha256=kept.sha256)
