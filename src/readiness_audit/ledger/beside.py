"""Add to a file of the user's, one process at a time, so that it is changed whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from readiness_audit.errors import StorageError
from readiness_audit.ledger import disk


def change(path: Path, longer: Callable[[bytes], bytes], largest: int) -> None:
    """
    Put what `longer` makes of a file's bytes in their place; a file that is not there has none.

    Whoever else changes the same folder's files this way waits for its turn. Raises `StorageError`
    where the file cannot be read or written, and then it is as it was.
    """
    try:
        folder = disk.open_parent(path.resolve().parent)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            disk.write_over(path, longer(_read(path, largest)))
        finally:
            os.close(folder)
    except OSError as error:
        raise StorageError(str(disk.told(error, f"{path} could not be changed"))) from None


def _read(path: Path, largest: int) -> bytes:
    real = path.resolve()
    folder = disk.open_parent(real.parent)
    try:
        return disk.read_whole(folder, real.name, largest)
    except FileNotFoundError:
        return b""
    finally:
        os.close(folder)
