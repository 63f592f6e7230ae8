"""
The keys of one user, under `keys/` in their home.

    keys/<name>.key      a private key of their own, 0600
    keys/<name>.pub      its public half, to give away
    keys/trusted.json    whose public keys they trust, and which keys were revoked

Nothing in here comes from a record: whom somebody trusts they say themselves.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from readiness_audit.errors import RecordError, SigningKeyError
from readiness_audit.ledger import disk
from readiness_audit.ledger.canonical import canonical, check_schema, strict
from readiness_audit.ledger.keys import (
    PublicKey,
    is_locked,
    new_key,
    public_key,
    read_key_file,
)
from readiness_audit.model.plain import from_plain, to_plain

SCHEMA = 1
STORE = "trusted.json"
LARGEST = 2**22
KEYID = re.compile("[0-9a-f]{64}", re.ASCII)
_NAME = re.compile("[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A public key that this user trusts."""

    keyid: str
    name: str
    """Whose it is."""

    public: str
    """SubjectPublicKeyInfo, as base64."""

    since: datetime

    @property
    def key(self) -> PublicKey:
        """Give the key."""
        return PublicKey(der=base64.b64decode(self.public), name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A key that nothing is accepted from any more, whenever it is said to have signed."""

    keyid: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Whom a user trusts; also the form in which a list of revoked keys is handed on."""

    schema: int = SCHEMA
    trusted: tuple[Trusted, ...] = ()
    revoked: tuple[Revoked, ...] = ()

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """Every trusted key that was not revoked."""
        gone = {revoked.keyid for revoked in self.revoked}
        return tuple(trusted.key for trusted in self.trusted if trusted.keyid not in gone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A key of this user's own."""

    name: str
    public: PublicKey
    locked: bool
    """Whether it needs a passphrase."""


def folder_of(home: Path) -> Path:
    """Give the folder of the keys."""
    return home / "keys"


def make(home: Path, name: str, passphrase: bytes | None) -> Own:
    """
    Make a key of one's own and keep it.

    Raises `SigningKeyError` where there is one of that name, `StorageError` where it cannot be kept.
    """
    if not _NAME.fullmatch(name):
        raise SigningKeyError(f"{name!r} is not a name for a key: use a-z, 0-9, '.', '_' and '-'")
    key, folder = new_key(), folder_of(home)
    try:
        disk.make_folders(folder)
        handle = disk.open_parent(folder)
        try:
            # The private half first: a public one alone would look as if the other were lost.
            disk.write_new(handle, f"{name}.key", key.pem(passphrase))
            disk.write_new(handle, f"{name}.pub", key.public.pem)
            disk.sync_files([(handle, f"{name}.key"), (handle, f"{name}.pub")])
            os.fsync(handle)
        finally:
            os.close(handle)
    except FileExistsError:
        raise SigningKeyError(f"there is a key {name} in {folder} already; choose another name") from None
    except OSError as error:
        raise disk.told(error, f"the key {name} could not be kept in {folder}") from None
    return Own(name=name, public=replace(key.public, name=name), locked=bool(passphrase))


def own_keys(home: Path) -> tuple[Own, ...]:
    """List the keys of one's own, by name. Raises `SigningKeyError` where one is open to others."""
    folder = folder_of(home)
    found = sorted(folder.glob("*.key")) if folder.is_dir() else []
    return tuple(
        Own(
            name=path.stem,
            public=public_key(read_key_file(path.with_suffix(".pub"), private=False), path.stem),
            locked=is_locked(read_key_file(path, private=True)),
        )
        for path in found
    )


def store_of(home: Path) -> Store:
    """Read whom this user trusts; nobody where they never said. Raises `SigningKeyError`."""
    path = folder_of(home) / STORE
    return read_store(path) if os.path.lexists(path) else Store()


def read_store(path: Path) -> Store:
    """Read a list of trusted and revoked keys. Raises `SigningKeyError` where it cannot be relied on."""
    try:
        handle = disk.open_parent(path.parent)
        try:
            plain = strict(disk.read_whole(handle, path.name, LARGEST), LARGEST)
        finally:
            os.close(handle)
        check_schema(plain, SCHEMA, "list of keys")
        store = from_plain(Store, plain)
        wrong = [one.name for one in store.trusted if one.key.keyid != one.keyid]
    except (OSError, RecordError, ValueError, SigningKeyError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise SigningKeyError(f"the list of keys {path} cannot be used: {told}") from None
    if wrong:
        raise SigningKeyError(f"the list of keys {path} cannot be used: the id of {wrong[0]!r} is wrong")
    return store


def trust(home: Path, key: PublicKey, at: datetime) -> Trusted:
    """Trust a key from now on. Raises `SigningKeyError` for one that was revoked."""
    added = Trusted(keyid=key.keyid, name=key.name, public=base64.b64encode(key.der).decode(), since=at)
    with _changing(home) as (store, write):
        if any(revoked.keyid == key.keyid for revoked in store.revoked):
            raise SigningKeyError(
                f"the key {key.keyid} was revoked and cannot be trusted again; make a new one"
            )
        rest = tuple(one for one in store.trusted if one.keyid != key.keyid)
        write.append(replace(store, trusted=tuple(sorted((*rest, added), key=lambda one: one.keyid))))
    return added


def revoke(home: Path, keyid: str, at: datetime, reason: str) -> Revoked:
    """Accept nothing from a key any more. What was said first about a revoked key stands."""
    if not KEYID.fullmatch(keyid):
        raise SigningKeyError(f"{keyid!r:.80} is not the id of a key: that is 64 hexadecimal digits")
    added = Revoked(keyid=keyid, at=at, reason=reason)
    with _changing(home) as (store, write):
        for known in store.revoked:
            if known.keyid == keyid:
                return known
        revoked = tuple(sorted((*store.revoked, added), key=lambda one: one.keyid))
        write.append(replace(store, revoked=revoked))
    return added


def store_bytes(store: Store) -> bytes:
    """Write a list of keys."""
    return canonical(to_plain(store))


@contextmanager
def _changing(home: Path) -> Iterator[tuple[Store, list[Store]]]:
    """Give the store, and a list to put the new one into; nobody else changes it meanwhile."""
    folder, written = folder_of(home), list[Store]()
    try:
        disk.make_folders(folder)
        handle = disk.open_parent(folder)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield store_of(home), written
            for store in written:
                _replace(handle, store_bytes(store))
        finally:
            os.close(handle)
    except OSError as error:
        raise disk.told(error, f"the list of trusted keys in {folder} could not be changed") from None


def _replace(folder: int, data: bytes) -> None:
    new = f".{STORE}.new"
    with contextlib.suppress(FileNotFoundError):
        # Of somebody who was killed: the lock is ours, so nobody is writing it.
        os.unlink(new, dir_fd=folder)
    disk.write_new(folder, new, data)
    disk.sync_files([(folder, new)])
    os.rename(new, STORE, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)
