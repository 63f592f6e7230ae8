"""`readiness-audit report`: make a report from a kept record."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import click

from readiness_audit.cli import keeping, options, records, releases
from readiness_audit.cli.clock import moment_of, now, read_when
from readiness_audit.ledger.home import records_home
from readiness_audit.model.texts import Language


@click.command()
@records.argument
@options.lang
@keeping.format_option
@keeping.report_option
@options.home
@releases.system_option
@click.option(
    "--at",
    "when",
    callback=read_when,
    metavar="TIME",
    help="Say how the release stands on this day or at this moment instead of now.",
)
@click.option(
    "--record-only",
    is_flag=True,
    help="Leave sign-offs out: what `verify --rebuild` compares is made from the record alone.",
)
def command(
    record: Path,
    language: Language,
    format_: str,
    reports: tuple[keeping.Wish, ...],
    home: Path | None,
    system_file: Path | None,
    when: date | datetime | None,
    record_only: bool,
) -> None:
    """
    Make a report from a kept record.

    RECORD is the folder of a run, or the id of a kept one. Every file of it is checked against
    its hash first. The system is not looked at, and nothing is judged or decided. Where the sign-offs
    beside its system file are at hand, it says whether the release is in force.
    """
    kept = records.opened(record, home)
    at = moment_of(when or now(), kept.record.policy.rule.zone)
    base = home or records_home(os.environ)
    release = None if record_only else releases.release_for(kept, base, system_file, at)
    keeping.tell(
        kept.record,
        format_=format_,
        reports=reports,
        language=language,
        sha256=kept.sha256,
        release=release,
    )
