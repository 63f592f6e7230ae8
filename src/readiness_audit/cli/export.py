"""`readiness-audit export`: make one zip of a record for an auditor."""

from __future__ import annotations

import os
from pathlib import Path

import click

from readiness_audit.cli import handing_over, options, records
from readiness_audit.errors import SigningKeyError
from readiness_audit.ledger.bundle import ANNEX, SIGN_OFFS, bundle_bytes, write_bundle
from readiness_audit.ledger.folder import Kept, read_files
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.keys import LARGEST
from readiness_audit.ledger.manifest import SIGNATURE
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible

_FORMATS = ("html", "json", "markdown", "terminal")


@click.command()
@records.argument
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The zip to write; never over another."
)
@click.option(
    "--report",
    "formats",
    multiple=True,
    type=click.Choice(_FORMATS),
    help="A report to put in; by default html, json and markdown. May be repeated.",
)
@click.option(
    "--lang",
    "languages",
    multiple=True,
    type=click.Choice([language.value for language in Language]),
    help="Language of the reports; by default both. May be repeated.",
)
@click.option(
    "--hold-back",
    type=click.Choice([kind.value for kind in handing_over.HoldBack]),
    default=handing_over.HoldBack.NOTHING.value,
    show_default=True,
    help="Excerpts that stay here: those of registers, documents and statements, which name people, or all.",
)
@click.option(
    "--annex-for",
    "certificate",
    type=click.Path(path_type=Path),
    help="Certificate (PEM, RSA) of the auditor: the record and its reports are encrypted to them.",
)
@click.option(
    "--sign-offs", "sign_offs", type=click.Path(path_type=Path), help="File with the sign-offs to put in."
)
@options.home
def command(
    record: Path,
    out: Path,
    formats: tuple[str, ...],
    languages: tuple[str, ...],
    hold_back: str,
    certificate: Path | None,
    sign_offs: Path | None,
    home: Path | None,
) -> None:
    """
    Make one zip of a record for an auditor.

    RECORD is the folder of a run, or the id of a kept one. The zip holds the record with its
    signature, reports, and how to verify all that with openssl alone. The same record gives the
    same bytes, unless a part of it is encrypted.
    """
    if os.path.lexists(out):
        raise click.UsageError(f"already there: {out}; move it away, or name another place")
    kept = records.opened(record, home or records_home(os.environ))
    chosen = tuple(Language(language) for language in dict.fromkeys(languages)) or tuple(Language)
    wanted = tuple(dict.fromkeys(formats)) or _FORMATS[:3]
    reports = handing_over.reports_on(kept.record, wanted, chosen, kept.sha256)
    parcel = handing_over.parcel(
        kept.record,
        read_files(kept.folder),
        reports,
        hold_back=handing_over.HoldBack(hold_back),
        protect=certificate is not None,
    )
    files = {**parcel.open, **handing_over.guides()}
    if sign_offs is not None:
        files[SIGN_OFFS] = _content(sign_offs)
    if certificate is not None:
        files[ANNEX] = _annex(parcel, certificate)
    data = bundle_bytes(files)
    write_bundle(out, data)
    _tell(kept, parcel, files, out)


def _annex(parcel: handing_over.Parcel, certificate: Path) -> bytes:
    from readiness_audit.ledger.annex import encrypt

    try:
        return encrypt(bundle_bytes(parcel.protected), _content(certificate, LARGEST))
    except SigningKeyError as error:
        raise SigningKeyError(f"{certificate}: {error}") from None


def _tell(kept: Kept, parcel: handing_over.Parcel, files: dict[str, bytes], out: Path) -> None:
    def note(text: str) -> None:
        click.echo(visible(text), err=True)

    note(f"export: {out}")
    if f"{kept.record.origin.run}/{SIGNATURE}" not in files:
        note("note: the record is not signed; nobody can prove that it is yours")
    if parcel.held_back:
        note(f"held back: {len(parcel.held_back)} excerpts; the auditor verifies with --held-back")
    people = handing_over.about_people(kept.record)
    if people and not parcel.protected:
        told = f"{people[0].id}{' and others' if len(people) > 1 else ''}"
        note(f"note: may name people ({told}); --annex-for encrypts all that to the auditor")


def _content(path: Path, limit: int = 2**22) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > limit:
        raise click.UsageError(f"{path} is larger than {limit} bytes")
    return data
