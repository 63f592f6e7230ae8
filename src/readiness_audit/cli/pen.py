"""Sign what somebody agrees to or decides with their own key; what would then have no effect is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from readiness_audit.cli.signing import find_key, passphrase_option
from readiness_audit.errors import PlanError
from readiness_audit.model.governance import Signature
from readiness_audit.model.seal import Seal, SealFault
from readiness_audit.model.signed import Signed, author_of
from readiness_audit.model.texts import Language
from readiness_audit.rendering.words import fill

if TYPE_CHECKING:
    from readiness_audit.ledger.keyring import Store
    from readiness_audit.ledger.keys import PrivateKey

F = TypeVar("F", bound=Callable[..., object])

_WORDS = {
    SealFault.UNKNOWN_KEY: (
        "nobody here trusts the key {key}; first: readiness-audit keys trust FILE --name {person}",
        "dem Schlüssel {key} vertraut hier niemand; zuerst: readiness-audit keys trust DATEI --name {person}",
    ),
    SealFault.REVOKED_KEY: (
        "the key {key} was revoked: what it signs has no effect",
        "der Schlüssel {key} ist widerrufen: Was er signiert, ist ohne Wirkung",
    ),
    SealFault.ANOTHERS_KEY: (
        "the key {key} is trusted as that of {name}, and this would be the word of {person}",
        "der Schlüssel {key} gilt hier als der von {name}, und dies wäre die Erklärung von {person}",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Somebody's key, and whose keys are trusted here."""

    key: PrivateKey
    store: Store
    system: str
    language: Language

    def sign(self, of: Signed, make: Callable[[Signature], Signed]) -> tuple[Signature, Seal]:
        """
        Sign an entry; `make` gives it with its signature.

        Raises `PlanError` where that signature would take the entry's effect away.
        """
        from readiness_audit.ledger.entries import seal_of, sign_entry

        signature = sign_entry(of, self.system, self.key)
        seal = seal_of(make(signature), self.system, self.store)
        if seal is None or seal.fault is not None:
            told = _WORDS[(seal and seal.fault) or SealFault.UNKNOWN_KEY][self.language is Language.DE]
            values = {"key": signature.key, "name": seal.name if seal else "", "person": repr(author_of(of))}
            raise PlanError(fill(told, values))
        return signature, seal


def options(command: F) -> F:
    """Add the options that say with which key an entry is signed."""
    key = click.option(
        "--key",
        metavar="KEY",
        help="Sign the entry with your key: a name from `keys list`, a path, or env:NAME.",
    )
    return key(passphrase_option(command))


def pen(
    key: str | None, passphrase: str | None, home: Path | None, system: str, language: Language
) -> Pen | None:
    """Give what to sign with; none where nobody asked. Raises `SigningKeyError`."""
    if key is None:
        if passphrase is not None:
            raise click.UsageError("--passphrase is about a key: name it with --key")
        return None
    from readiness_audit.ledger.home import records_home
    from readiness_audit.ledger.keyring import store_of

    base = home or records_home(os.environ)
    return Pen(key=find_key(key, passphrase, base), store=store_of(base), system=system, language=language)
