"""
A quick list of all runs, in sqlite, which may be deleted at any time.

The folders are the truth. Whoever asks first compares names: a run the index does not know
is read from its folder, and one whose folder is gone is forgotten. A damaged index is thrown
away, and one that cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from readiness_audit.errors import RecordError
from readiness_audit.ledger.history import Entry, Unreadable, entry_in, entry_of, kept_runs
from readiness_audit.model.plain import from_plain, to_plain
from readiness_audit.model.record import Record

T = TypeVar("T")

NAME = "index.sqlite3"
LOCK = "index.lock"
SHAPE = 1
"""Grows by one with every change of the tables; an index of another shape is made again."""

PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""

_PAUSE = 0.05
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_FIELDS = tuple(field.name for field in fields(Entry))
_TABLES = (
    """
    CREATE TABLE entry (
        system, run, started, finished, complete, result, policy, edition, coverage,
        planned, passed, failed, not_assessed, stale, not_applicable, valid_until, judged_from,
        PRIMARY KEY (system, run)
    )
    """,
    "CREATE INDEX newest ON entry (finished DESC, run DESC)",
    f"PRAGMA user_version = {SHAPE}",
)
_PUT = """
    INSERT OR REPLACE INTO entry VALUES (
        :system, :run, :started, :finished, :complete, :result, :policy, :edition, :coverage,
        :planned, :passed, :failed, :not_assessed, :stale, :not_applicable, :valid_until, :judged_from
    )
"""
_NEWEST = "SELECT * FROM entry WHERE ? IN ('', system) ORDER BY finished DESC, run DESC LIMIT ?"
_LAST_FINISHED = """
    SELECT * FROM entry WHERE (system, finished || run) IN (
        SELECT system, max(finished || run) FROM entry WHERE complete AND judged_from IS NULL GROUP BY system
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of past runs."""

    entries: tuple[Entry, ...]
    """Newest first."""

    unreadable: tuple[Unreadable, ...]


def history(home: Path, system: str | None = None, limit: int = 100) -> History:
    """
    List the newest `limit` runs under `home`, of one system or of all.

    Raises `RecordError` only where the folders themselves cannot be listed.
    """
    entries, unreadable = _asked(home, lambda index: _entries(index, _NEWEST, (system or "", limit)))
    shown = tuple(entry for entry in unreadable if system in {None, entry.system})
    return History(entries=entries, unreadable=shown)


def last_finished(home: Path) -> dict[str, Entry]:
    """
    Give the newest run of each system that was finished, by system.

    Interrupted runs and records that judge old evidence again never take its place.
    """
    entries, _ = _asked(home, lambda index: _entries(index, _LAST_FINISHED))
    return {entry.system: entry for entry in entries}


def add(home: Path, record: Record) -> None:
    """
    Note a run that has just been kept.

    Nothing is lost where that fails: the next one who asks finds the run in its folder.
    """
    with contextlib.suppress(sqlite3.Error, OSError), _open(home) as index, _writing(index):
        _put(index, entry_of(record))


def rebuild(home: Path) -> History:
    """Throw the index away, read every kept record again, and give all that was found."""
    with contextlib.suppress(OSError):
        _discard(home)
    return history(home, limit=-1)


def _asked(home: Path, ask: Callable[[sqlite3.Connection], T]) -> tuple[T, list[Unreadable]]:
    """Ask the index once it knows every usable folder; without a usable index, ask one in memory."""
    for _ in range(2):
        try:
            with _open(home) as index:
                if index.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise sqlite3.DatabaseError("damaged")
                unreadable = _catch_up(index, home)
                return ask(index), unreadable
        except sqlite3.Error:
            with contextlib.suppress(OSError):
                _discard(home)
        except OSError:
            break
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as index:
        _create(index)
        unreadable = _catch_up(index, home)
        return ask(index), unreadable


def _entries(index: sqlite3.Connection, query: str, values: tuple[str | int, ...] = ()) -> tuple[Entry, ...]:
    try:
        return tuple(_entry(row) for row in index.execute(query, values))
    except (RecordError, ValueError) as error:
        # Somebody wrote into it: as bad as a damaged page.
        raise sqlite3.DatabaseError(str(error)) from None


def _catch_up(index: sqlite3.Connection, home: Path) -> list[Unreadable]:
    # In this order: a run that is noted in between must not look as if its folder were gone.
    known = set(index.execute("SELECT system, run FROM entry"))
    kept = set(kept_runs(home))
    # Reading takes long, so it is done before the others are made to wait.
    found = [entry_in(home, system, run) for system, run in sorted(kept - known)]
    entries = [entry for entry in found if isinstance(entry, Entry)]
    if entries or known - kept:
        with _writing(index):
            for entry in entries:
                _put(index, entry)
            index.executemany("DELETE FROM entry WHERE system = ? AND run = ?", known - kept)
    return [entry for entry in found if isinstance(entry, Unreadable)]


def _put(index: sqlite3.Connection, entry: Entry) -> None:
    plain = {name: to_plain(getattr(entry, name)) for name in _FIELDS}
    for name in ("started", "finished"):
        # With a fixed number of digits, text sorts as time.
        plain[name] = f"{getattr(entry, name):%Y-%m-%dT%H:%M:%S.%fZ}"
    index.execute(_PUT, plain)


def _entry(row: tuple[str | int | float | None, ...]) -> Entry:
    plain = dict(zip(_FIELDS, row, strict=True))
    return from_plain(Entry, {**plain, "complete": plain["complete"] == 1})


@contextmanager
def _open(home: Path) -> Iterator[sqlite3.Connection]:
    """Open the index, made first where it is missing; nobody throws it away meanwhile."""
    with _locked(home, fcntl.LOCK_SH):
        # Made by us first, since sqlite would let others read it.
        os.close(os.open(home / NAME, _OPEN, 0o600))
        with closing(sqlite3.connect(home / NAME, timeout=PATIENCE, isolation_level=None)) as index:
            _prepare(index)
            yield index


def _prepare(index: sqlite3.Connection) -> None:
    index.execute("PRAGMA journal_mode = WAL")
    index.execute("PRAGMA synchronous = NORMAL")
    if _shape(index) == 0:
        with _writing(index):
            # Another process may have made the tables while this one waited.
            if _shape(index) == 0:
                _create(index)
    if _shape(index) != SHAPE:
        raise sqlite3.DatabaseError("an index of another version")


def _shape(index: sqlite3.Connection) -> int:
    shape: int = index.execute("PRAGMA user_version").fetchone()[0]
    return shape


def _create(index: sqlite3.Connection) -> None:
    for statement in _TABLES:
        index.execute(statement)


@contextmanager
def _writing(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _discard(home: Path) -> None:
    """Delete the index while nobody has it open: a new one beside an old journal would be damaged too."""
    with _locked(home, fcntl.LOCK_EX):
        for suffix in ("-wal", "-shm", ""):
            (home / f"{NAME}{suffix}").unlink(missing_ok=True)


@contextmanager
def _locked(home: Path, how: int) -> Iterator[None]:
    handle = os.open(home / LOCK, _OPEN, 0o600)
    try:
        _lock(handle, how)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> None:
    for _ in range(int(PATIENCE / _PAUSE)):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)
    raise TimeoutError("another process has the index for itself")
