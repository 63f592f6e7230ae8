"""`readiness-audit keys`: the keys records are signed with, and whose signatures are trusted."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.clock import now
from readiness_audit.cli.signing import passphrase_option, secret_at
from readiness_audit.errors import SigningKeyError
from readiness_audit.ledger import keyring
from readiness_audit.ledger.home import records_home
from readiness_audit.ledger.keys import PublicKey, public_key, read_key_file
from readiness_audit.rendering.safe import visible


@click.group()
def command() -> None:
    """Make, list, export, trust and revoke keys for signatures."""


@command.command(name="new")
@click.argument("name")
@passphrase_option
@click.option("--no-passphrase", "bare", is_flag=True, help="Protect the key by its file's mode alone.")
@options.home
def new_key(name: str, passphrase: str | None, bare: bool, home: Path | None) -> None:
    """
    Make an Ed25519 key called NAME, for this user alone.

    Its passphrase is asked for on a terminal, or read from where --passphrase says it is kept.
    """
    made = keyring.make(_base(home), name, _passphrase(passphrase, bare=bare))
    click.echo(made.public.keyid)
    place = keyring.folder_of(_base(home)) / f"{name}.pub"
    click.echo(
        visible(f"give others {place}, and this id by another way, so that they can compare"), err=True
    )


@command.command(name="list")
@options.home
def list_keys(home: Path | None) -> None:
    """List one's own keys, those that are trusted, and those that were revoked, by id."""
    base = _base(home)
    store = keyring.store_of(base)
    gone = {revoked.keyid: revoked for revoked in store.revoked}
    for own in keyring.own_keys(base):
        note = "own" if own.locked else "own, without passphrase"
        click.echo(visible(f"{own.public.keyid}  {own.name:<24} {_note(own.public.keyid, note, gone)}"))
    for trusted in store.trusted:
        note = f"trusted since {trusted.since:%Y-%m-%d}"
        click.echo(visible(f"{trusted.keyid}  {trusted.name:<24} {_note(trusted.keyid, note, gone)}"))
    named = {trusted.keyid for trusted in store.trusted} | {
        own.public.keyid for own in keyring.own_keys(base)
    }
    for keyid in sorted(gone.keys() - named):
        click.echo(visible(f"{keyid}  {'':<24} {_note(keyid, '', gone)}"))


@command.command(name="export")
@click.argument("key", required=False)
@click.option("--revoked", is_flag=True, help="The list of revoked keys instead, for `verify --revoked`.")
@options.home
def export_key(key: str | None, revoked: bool, home: Path | None) -> None:
    """Print the public half of KEY (a name or an id) as PEM, to be given away."""
    base = _base(home)
    if revoked:
        store = keyring.store_of(base)
        click.echo(keyring.store_bytes(keyring.Store(revoked=store.revoked)), nl=False)
    elif key is None:
        raise click.UsageError("name a key, or ask for the --revoked ones")
    else:
        click.echo(find_public(key, base).pem, nl=False)


@command.command(name="trust")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Whose key it is.")
@options.home
def trust_key(file: Path, name: str, home: Path | None) -> None:
    """
    Trust the public key in FILE (PEM) from now on.

    Compare its id, which is printed, with the one its owner tells you by another way.
    """
    if not name.strip() or not name.isprintable():
        raise click.UsageError("--name must be one line of printable text")
    key = read_public(file, name)
    keyring.trust(_base(home), key, now())
    click.echo(key.keyid)


@command.command(name="revoke")
@click.argument("key")
@click.option("--reason", required=True, help="Why, in a line: it is told whenever something is refused.")
@options.home
def revoke_key(key: str, reason: str, home: Path | None) -> None:
    """
    Accept nothing from KEY (a name or an id) any more, whenever it is said to have signed.

    Its own date is only the signer's claim, so what was signed before is refused as well. This
    cannot be undone.
    """
    base = _base(home)
    if not reason.strip() or not reason.isprintable():
        raise click.UsageError("--reason must be one line of printable text")
    keyid = key if keyring.KEYID.fullmatch(key) else find_public(key, base).keyid
    keyring.revoke(base, keyid, now(), reason)
    click.echo(keyid)


def find_public(key: str, home: Path) -> PublicKey:
    """Find a public key by a path, or the name or id of a trusted or own one. Raises `SigningKeyError`."""
    if os.path.lexists(key):
        return read_public(Path(key), "")
    found = {known.keyid: known for known in _known(home) if key in {known.keyid, known.name}}
    if len(found) > 1:
        raise SigningKeyError(f"there are several keys called {key!r}: name one by its id, from `keys list`")
    for known in found.values():
        return known
    raise SigningKeyError(f"there is no key {key!r:.100}: neither a file, nor one that `keys list` shows")


def read_public(path: Path, name: str) -> PublicKey:
    """Read a public key from a PEM file. Raises `SigningKeyError`."""
    data = read_key_file(path, private=False)
    try:
        return public_key(data, name)
    except SigningKeyError as error:
        raise SigningKeyError(f"the key {path} cannot be used: {error}") from None


def _known(home: Path) -> list[PublicKey]:
    trusted = [one.key for one in keyring.store_of(home).trusted]
    return [*trusted, *(own.public for own in keyring.own_keys(home))]


def _note(keyid: str, note: str, gone: dict[str, keyring.Revoked]) -> str:
    if keyid not in gone:
        return note
    told = f"REVOKED on {gone[keyid].at:%Y-%m-%d}: {gone[keyid].reason}"
    return f"{note}; {told}" if note else told


def _passphrase(reference: str | None, *, bare: bool) -> bytes | None:
    if bare:
        if reference is not None:
            raise click.UsageError("--passphrase and --no-passphrase contradict each other")
        return None
    if reference is not None:
        return secret_at(reference)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "nobody can be asked here: say where the --passphrase is kept, or --no-passphrase"
        )
    told: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return told.encode()


def _base(home: Path | None) -> Path:
    return home or records_home(os.environ)
