"""Know where records live on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from readiness_audit.errors import RecordError

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
