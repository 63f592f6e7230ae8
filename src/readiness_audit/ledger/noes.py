"""
Remember who said no, so that taking the entry out of its file does not unsay it.

The file of sign-offs is the user's, and this one is of this machine alone: it shows what was seen
here, and whoever may write to the folder of records can take it away as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from readiness_audit.errors import RecordError
from readiness_audit.ledger import disk
from readiness_audit.ledger.beside import change
from readiness_audit.ledger.canonical import canonical, strict
from readiness_audit.ledger.home import runs_of
from readiness_audit.model.plain import from_plain, to_plain
from readiness_audit.model.sign_off import Choice, SignOff

NAME = "said-no"
"""Beside the runs of a system: a line of canonical JSON for each."""

LARGEST = 2**20


def said_no(home: Path, system: str) -> tuple[SignOff, ...]:
    """
    Give every no that was seen here about records of `system`, in the order they were seen.

    Raises `RecordError` where what is remembered cannot be read: nobody can tell what was said, then.
    """
    path = runs_of(home, system) / NAME
    try:
        folder = disk.open_parent(path.parent)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise disk.told(error, f"{path} could not be read") from None
    try:
        return _read(disk.read_whole(folder, NAME, LARGEST), path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise disk.told(error, f"{path} could not be read") from None
    finally:
        os.close(folder)


def remember(home: Path, system: str, sign_offs: Iterable[SignOff]) -> None:
    """
    Note each no among `sign_offs` that is not noted yet.

    Raises `RecordError` where that cannot be done.
    """
    noes = [each for each in sign_offs if each.decision is Choice.NO]
    if not noes:
        return
    path = runs_of(home, system) / NAME
    try:
        disk.make_folders(path.parent)
    except OSError as error:
        raise disk.told(error, f"{path} could not be changed") from None

    def longer(raw: bytes) -> bytes:
        known = {*_read(raw, path)}
        lines = [canonical(to_plain(each)) + b"\n" for each in dict.fromkeys(noes) if each not in known]
        return raw + b"".join(lines)

    change(path, longer, LARGEST)


def _read(raw: bytes, path: Path) -> tuple[SignOff, ...]:
    try:
        return tuple(from_plain(SignOff, strict(line, LARGEST), whole=False) for line in raw.splitlines())
    except RecordError as error:
        raise RecordError(f"{path} is not what was written there: {error}") from None
