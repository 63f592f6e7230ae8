"""Write files for people: new ones only, nothing of theirs is ever replaced."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

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
            with os.fdopen(os.open(path, _NEW, 0o666), "wb") as file:
                file.write(data)
        except FileExistsError:
            raise click.UsageError(f"already there: {path}; move it away, or name another place") from None
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or str(error)
            raise StorageError(f"{path} cannot be written: {told}") from None
