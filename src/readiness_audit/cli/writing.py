"""Write files for people: new ones, or what is theirs with something added; never half of either."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from readiness_audit.content.source import read_source
from readiness_audit.errors import StorageError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_new(files: Mapping[Path, bytes]) -> None:
    """
    Write `files`, making their folders; where one of them is already there, write none.

    Raises `click.UsageError` for one that is there, `StorageError` where one cannot be written.
    """
    there = [path for path in files if os.path.lexists(path)]
    if there:
        names = ", ".join(str(path) for path in there)
        raise click.UsageError(f"already there: {names}; move it away, or name another place")
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _fill(path, os.open(path, _NEW, 0o666), data)
        except FileExistsError:
            raise click.UsageError(f"already there: {path}; move it away, or name another place") from None
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or str(error)
            raise StorageError(f"{path} cannot be written: {told}") from None


def write_over(path: Path, data: bytes) -> None:
    """
    Write `data` to `path`, in place of what is there; a pipe or a device is written to as well.

    Raises `OSError` where that cannot be done; half a file is not left behind.
    """
    _fill(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666), data)


def _fill(path: Path, handle: int, data: bytes) -> None:
    regular = stat.S_ISREG(os.fstat(handle).st_mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except BaseException:
        # Half a report looks like a whole one to whoever finds it.
        if regular:
            path.unlink(missing_ok=True)
        raise


def rewrite(path: Path, change: Callable[[bytes], bytes], limit: int) -> None:
    """
    Replace a file of at most `limit` bytes by what `change` makes of it; what is not there is empty.

    Whoever reads it meanwhile sees the old file or the new one. Raises `StorageError` where it cannot
    be written, and whatever `change` raises; then it is as it was.
    """
    place = Path(os.path.realpath(path))
    try:
        handle = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # Two who write at the same time must not lose one another's entry.
            fcntl.flock(handle, fcntl.LOCK_EX)
            there = place.exists()
            old = read_source(place, limit) if there else b""
            _put(place, change(old), handle, place.stat().st_mode & 0o777 if there else None)
        finally:
            os.close(handle)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from None


def _put(place: Path, data: bytes, folder: int, mode: int | None) -> None:
    beside = place.with_name(f".{place.name}.{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(beside, _NEW, 0o666), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
        os.fsync(folder)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
