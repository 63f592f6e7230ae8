"""Know where records live on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from readiness_audit.errors import RecordError
from readiness_audit.ledger import disk

SYSTEM_FILE = "system-file"
"""Beside the runs of a system: where its system file lay when it was last run. Of this machine alone."""

VARIABLE = "READINESS_AUDIT_HOME"


def records_home(environment: Mapping[str, str]) -> Path:
    """
    Give the folder all records of this user live under; it need not exist yet.

    That is `READINESS_AUDIT_HOME` where it is set, and else the platform's place for a user's data
    (`~/.local/share/readiness-audit` by the XDG base directory specification). Raises `RecordError`
    where the variable names no absolute path: a timer would look elsewhere than a person.
    """
    told = environment.get(VARIABLE, "")
    if not told:
        import platformdirs  # noqa: PLC0415 - only asked where nothing is set

        return platformdirs.user_data_path("readiness-audit", appauthor=False)
    home = Path(told)
    if not home.is_absolute() or "\0" in told:
        raise RecordError(f"{VARIABLE} is {told!r}: write an absolute path")
    return home


def runs_of(home: Path, system: str) -> Path:
    """Give the folder that holds the runs of one system, one folder each."""
    return home / "systems" / system


def remember_system_file(home: Path, system: str, path: Path) -> None:
    """Note where the system file of `system` lies. Raises `RecordError` where that cannot be written."""
    folder = runs_of(home, system)
    try:
        disk.make_folders(folder)
        disk.write_over(folder / SYSTEM_FILE, os.fsencode(f"{path.resolve()}\n"))
    except OSError as error:
        raise disk.told(error, f"the place of the system file could not be noted in {folder}") from None


def remembered_system_file(home: Path, system: str) -> Path | None:
    """Give where the system file lay when the system was last run; none where nobody knows."""
    try:
        folder = disk.open_parent(runs_of(home, system))
    except OSError:
        return None
    try:
        text = os.fsdecode(disk.read_whole(folder, SYSTEM_FILE, 2**14)).rstrip("\n")
    except (OSError, RecordError):
        return None
    finally:
        os.close(folder)
    path = Path(text)
    return path if path.is_absolute() and "\0" not in text else None
