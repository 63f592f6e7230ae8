"""`readiness-audit verify`: prove offline that a record is what somebody you trust has signed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from readiness_audit.cli import keeping, options, proofs, records
from readiness_audit.cli.exits import Exit
from readiness_audit.cli.keys import find_public
from readiness_audit.cli.proving import Report, Wanted, proved
from readiness_audit.errors import RecordError
from readiness_audit.ledger import keyring
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.keys import PublicKey
from readiness_audit.ledger.manifest import RECORD
from readiness_audit.model.evidence import Plain
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import json_text, visible, visible_block


@click.command()
@records.argument
@click.option(
    "--key",
    "named",
    multiple=True,
    metavar="PUB",
    help="Public key whose signature you accept: a PEM file, or a name or id from `keys list`. "
    "Without it, every key you trust.",
)
@click.option(
    "--revoked",
    "lists",
    multiple=True,
    type=click.Path(path_type=Path),
    help="List of revoked keys, as `keys export --revoked` prints it.",
)
@click.option("--chain", is_flag=True, help="Prove the whole history that the record is part of.")
@click.option(
    "--head", metavar="SHA256", help="Hash of a manifest that you noted: it has to be in the history."
)
@click.option(
    "--rebuild", is_flag=True, help="Judge the evidence again, and make the reports again, and compare."
)
@keeping.report_option
@click.option("--held-back", is_flag=True, help="Excerpts may be missing, as they were not handed over.")
@click.option(
    "--authority",
    type=click.Path(path_type=Path),
    help="Certificate (PEM) of the time-stamping authority that you trust.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.lang
@options.home
@click.pass_context
def command(
    ctx: click.Context,
    record: Path,
    named: tuple[str, ...],
    lists: tuple[Path, ...],
    chain: bool,
    head: str | None,
    rebuild: bool,
    reports: tuple[keeping.Wish, ...],
    held_back: bool,
    authority: Path | None,
    format_: str,
    language: Language,
    home: Path | None,
) -> None:
    """
    Prove offline that a record is what somebody you trust has signed.

    RECORD is the folder of a run, the id of a kept one, or a zip from `export`. No key is ever
    taken from the record. With --rebuild, each --report FORMAT:PATH is a report that you were
    handed, and is compared. The exit status is 0 where everything asked for was proved, else 3.
    """
    base = home or records_home(os.environ)
    place = records.found(record, base)
    if not os.path.lexists(place):
        raise click.UsageError(f"there is no record {place}")
    if (head is not None and not chain) or (reports and not rebuild):
        raise click.UsageError("--head needs --chain, and --report needs --rebuild")
    if chain and not place.is_dir() and place.name != RECORD:
        raise click.UsageError("a zip holds one record: --chain needs the folder that holds them all")
    wanted = Wanted(
        keys=_keys(named, base),
        revoked=_revoked(lists, base),
        listed=bool(lists),
        held_back=held_back,
        chain=chain,
        head=head,
        rebuild=rebuild,
        reports=tuple(_report(wish) for wish in reports),
        authority=_content(authority) if authority else None,
    )
    try:
        found = proved(place, wanted)
    except RecordError as error:
        _refuse(str(error), format_, language)
        ctx.exit(Exit.NO_GO)
    _tell(found, format_, language)


def _keys(named: Sequence[str], home: Path) -> tuple[PublicKey, ...]:
    if named:
        return tuple(find_public(name, home) for name in named)
    if keys := keyring.store_of(home).keys:
        return keys
    raise click.UsageError(
        "say whose signature you accept: --key with the public key, from its owner's own hand"
    )


def _revoked(lists: Sequence[Path], home: Path) -> tuple[keyring.Revoked, ...]:
    stores = [keyring.store_of(home), *(keyring.read_store(path) for path in lists)]
    return tuple(revoked for store in stores for revoked in store.revoked)


def _report(wish: keeping.Wish) -> Report:
    return Report(
        name=str(wish.path), format_=wish.format_, languages=tuple(Language), data=_content(wish.path)
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _refuse(reason: str, format_: str, language: Language) -> None:
    if format_ == "json":
        _print({"proved": False, "reason": reason})
    else:
        click.echo(visible(proofs.refused(reason, language).rstrip("\n")))


def _tell(found: proofs.Findings, format_: str, language: Language) -> None:
    if format_ == "json":
        _print(proofs.machine(found))
    else:
        click.echo(visible_block(proofs.told(found, language)).rstrip("\n"))


def _print(plain: Plain) -> None:
    click.echo(json_text(json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True)))
