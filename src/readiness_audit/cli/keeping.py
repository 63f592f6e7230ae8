"""Keep a record, and tell what it came to: the end that `run` and `judge` share."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readiness_audit.cli.signing import Signing, is_signed, sealing
from readiness_audit.cli.stamping import stamp
from readiness_audit.cli.writing import write_over
from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger.canonical import record_bytes, whole_as_int
from readiness_audit.ledger.folder import Seal, keep, open_record
from readiness_audit.ledger.home import records_home, runs_of
from readiness_audit.ledger.index import add
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.texts import Language
from readiness_audit.rendering import FORMATS, render

if TYPE_CHECKING:
    from readiness_audit.audit import Audited


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A report somebody wants in a file."""

    format_: str
    path: Path


def _wishes(_ctx: click.Context, _param: click.Parameter, given: Sequence[str]) -> tuple[Wish, ...]:
    wishes: list[Wish] = []
    for text in given:
        format_, colon, path = text.partition(":")
        if format_ not in FORMATS or not colon or not path:
            told = f"{text!r}: write FORMAT:PATH, with one of {', '.join(FORMATS)}"
            raise click.BadParameter(told)
        wishes.append(Wish(format_=format_, path=Path(path)))
    return tuple(wishes)


format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(sorted(FORMATS)),
    default="terminal",
    show_default=True,
    help="What is printed.",
)

report_option = click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT:PATH",
    callback=_wishes,
    help="Write a report to a file as well. May be repeated.",
)


def keep_and_tell(
    done: Audited,
    *,
    out: Path | None,
    home: Path | None,
    format_: str,
    reports: Sequence[Wish],
    language: Language,
    signing: Signing | None = None,
    system_file: Path | None = None,
) -> None:
    """
    Keep the record, signed where that was asked, enter it into the history, and print and write the reports.

    Where it is a new look at the system of `system_file`, they say how its release stands, too.
    Raises `StorageError` where the record cannot be kept; then nothing is told either, since
    nobody could prove it.
    """
    record = done.record
    base = home or records_home(os.environ)
    # The checks are written twice, for the record and for what is signed of it.
    plain = whole_as_int(to_plain(record))
    written = record_bytes(record, plain)
    sha256 = hashlib.sha256(written).hexdigest()
    kept = _kept(
        done, out or runs_of(base, record.system.system), written, sha256, signing, sealing(signing, plain)
    )
    if signing is not None:
        _note_head(kept)
        if signing.authority is not None:
            stamp(kept, signing.authority)
    if out is None:
        add(base, record)
    release = None
    if system_file is not None and out is None:
        from readiness_audit.cli.releases import release_after

        release = release_after(record, sha256, base, system_file)
    try:
        tell(record, format_=format_, reports=reports, language=language, sha256=sha256, release=release)
    finally:
        # Whatever becomes of the reports, they can be made again from here.
        click.echo(f"record: {kept}", err=True)


def _kept(
    done: Audited, folder: Path, written: bytes, sha256: str, signing: Signing | None, seal: Seal | None
) -> Path:
    there = folder / done.record.origin.run
    # Judging again gives the same record for the same question, which may have been kept before.
    if there.is_dir() and open_record(there).sha256 == sha256:
        if signing is not None and not is_signed(there, signing):
            told = f"{there} was kept before, and not signed with this key: name another folder with --out"
            raise StorageError(told)
        return there
    try:
        return keep(done.record, done.excerpts, folder, written=written, seal=seal)
    except RecordError as error:
        raise StorageError(str(error)) from None


def _note_head(kept: Path) -> None:
    """Say what to note elsewhere, so that nobody can take this record away unnoticed."""
    from readiness_audit.ledger.folder import read_files
    from readiness_audit.ledger.manifest import NAME, manifest_from

    data = read_files(kept)[NAME]
    sha256 = hashlib.sha256(data).hexdigest()
    click.echo(f"signed: number {manifest_from(data).sequence} of its chain, manifest {sha256}", err=True)


def tell(
    record: Record,
    *,
    format_: str,
    reports: Sequence[Wish],
    language: Language,
    sha256: str | None,
    release: Release | None = None,
) -> None:
    """Print a record in one format and write it in others. Raises `StorageError`."""
    for wish in reports:
        made = render(record, wish.format_, language, sha256=sha256, release=release)
        try:
            write_over(wish.path, made.encode())
        except OSError as error:
            raise StorageError(f"{wish.path} cannot be written: {error.strerror or error}") from None
        click.echo(f"report: {wish.path}", err=True)
    show(record, format_, language, sha256, release)


def show(
    record: Record, format_: str, language: Language, sha256: str | None, release: Release | None = None
) -> None:
    """Print a record on standard output; as text, in the width and colours of the terminal."""
    if format_ == "terminal":
        from readiness_audit.rendering.terminal import screen_of, terminal_report

        screen = screen_of(sys.stdout, os.environ)
        made = terminal_report(record, language, screen=screen, sha256=sha256, release=release)
    else:
        made = render(record, format_, language, sha256=sha256, release=release)
    click.echo(made, nl=not made.endswith("\n"))
