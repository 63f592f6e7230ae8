"""Find the key a record is signed with, before anything is looked at, and seal the record with it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from readiness_audit.cli.stamping import check_address
from readiness_audit.errors import FieldError, RecordError, SigningKeyError
from readiness_audit.model.evidence import Plain

if TYPE_CHECKING:
    from readiness_audit.ledger.folder import Seal
    from readiness_audit.ledger.keys import PrivateKey
    from readiness_audit.ledger.manifest import Manifest

F = TypeVar("F", bound=Callable[..., object])

SECONDS = 30.0
"""How long a command may take to tell the passphrase."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.ASCII)

passphrase_option = click.option(
    "--passphrase",
    metavar="REFERENCE",
    help="Where the key's passphrase is kept: env:NAME, file:/PATH or command:PROGRAM; never itself.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What a record is to be signed with."""

    key: PrivateKey
    authority: str | None
    """Address of a time-stamping authority."""


def key_options(command: F) -> F:
    """Add the options that say with which key a record is signed."""
    for option in (
        click.option(
            "--timestamp",
            "authority",
            metavar="URL",
            help="Have the signature stamped by this authority (RFC 3161); nothing else is sent there.",
        ),
        passphrase_option,
        click.option(
            "--key",
            metavar="KEY",
            help="Sign the record with this key: a name from `keys list`, a path, or env:NAME.",
        ),
    ):
        command = option(command)
    return command


def signing_with(
    key: str | None, passphrase: str | None, authority: str | None, home: Path
) -> Signing | None:
    """
    Give what to sign with; none where nobody asked.

    Raises `SigningKeyError` where the key cannot be used: a run that could not be signed is not begun.
    """
    if key is None:
        if passphrase is not None or authority is not None:
            raise click.UsageError("--passphrase and --timestamp are about a key: name it with --key")
        return None
    if authority is not None:
        check_address(authority)
    return Signing(key=find_key(key, passphrase, home), authority=authority)


def find_key(key: str, passphrase: str | None, home: Path) -> PrivateKey:
    """Read a private key by name, path or `env:NAME`. Raises `SigningKeyError`."""
    from readiness_audit.ledger.envelope import prepare
    from readiness_audit.ledger.keys import is_locked, private_key

    prepare()
    data, place = _data(key, home)
    secret = secret_at(passphrase) if passphrase is not None else None
    if secret is None and is_locked(data) and sys.stdin.isatty() and sys.stderr.isatty():
        secret = click.prompt(f"Passphrase of {place}", hide_input=True, err=True).encode()
    try:
        return private_key(data, secret)
    except SigningKeyError as error:
        raise SigningKeyError(f"the key {place} cannot be used: {error}") from None


def secret_at(reference: str) -> bytes:
    """Fetch a passphrase from where it is kept. Raises `SigningKeyError`."""
    import asyncio

    from readiness_audit.model.grammar import check_secret
    from readiness_audit.probes.reach.blind import CannotSee
    from readiness_audit.probes.reach.deadline import Deadline
    from readiness_audit.probes.reach.secret import fetch_secret

    async def fetched() -> bytes:
        return await fetch_secret(reference, Deadline(SECONDS))

    try:
        check_secret("--passphrase", reference)
        return asyncio.run(fetched())
    except FieldError as error:
        raise SigningKeyError(f"--passphrase {error.problem}") from None
    except CannotSee as blind:
        raise SigningKeyError(f"the passphrase cannot be had: {blind.detail}") from None


def sealing(signing: Signing | None, record: Plain) -> Seal | None:
    """Give what signs the manifest of a record, as plain data; none where nothing is to be signed."""
    if signing is None or not isinstance(record, dict):
        return None
    from readiness_audit.ledger.envelope import envelope_bytes, sign
    from readiness_audit.ledger.statement import PAYLOAD_TYPE, statement

    def seal(manifest: Manifest, sha256: str) -> bytes:
        payload = statement(record, manifest, sha256)
        return envelope_bytes(PAYLOAD_TYPE, payload, sign(PAYLOAD_TYPE, payload, signing.key))

    return seal


def is_signed(folder: Path, signing: Signing) -> bool:
    """Say whether the record in `folder` is signed with the very key."""
    from readiness_audit.ledger.proof import signed_by
    from readiness_audit.ledger.sources import folder_source

    try:
        with folder_source(folder) as source:
            signed_by(source, [signing.key.public])
    except (OSError, RecordError):
        return False
    return True


def _data(key: str, home: Path) -> tuple[bytes, str]:
    from readiness_audit.ledger.keyring import folder_of
    from readiness_audit.ledger.keys import read_key_file

    scheme = _SCHEME.match(key)
    if scheme and scheme[1] == "env":
        name = key.partition(":")[2]
        data = os.environb.get(name.encode(), b"")
        if not data:
            raise SigningKeyError(f"there is no key in the environment variable {name}")
        return data, key
    if scheme and not os.path.lexists(key):
        raise SigningKeyError(
            f"keys at {scheme[1]}: cannot be used by this version: it signs with a key in a file, by name or "
            "path, or in the environment (env:NAME)"
        )
    path = Path(key)
    if "/" not in key and not os.path.lexists(path):
        path = folder_of(home) / f"{key}.key"
        if not path.exists():
            raise SigningKeyError(
                f"there is no key {key!r} in {path.parent}; `readiness-audit keys new` makes one"
            )
    return read_key_file(path, private=True), str(path)
