"""Make a folder of backups: one file a day, week and month, or a job that stopped unnoticed."""

from __future__ import annotations

import gzip
import hashlib
import os
from datetime import datetime, timedelta
from pathlib import Path

_EACH = 48 * 1024
_KEPT = (*range(8), 14, 21, 28, *range(35, 360, 30))
"""Days back: a week of daily ones, a month of weekly ones, a year of monthly ones."""


def well_kept_backups(folder: Path, now: datetime) -> None:
    """Write encrypted backups up to last night, with a list of their hashes."""
    folder.mkdir(parents=True)
    sums = []
    for days in _KEPT:
        taken = now - timedelta(days=days, hours=5)
        # What `age` writes begins like this; what follows looks like noise, as it should.
        data = b"age-encryption.org/v1\n" + _noise(f"{taken:%Y%m%d}", _EACH + 100 * (400 - days))
        path = _write(folder, f"auftragsportal-{taken:%Y-%m-%d}.tar.age", data, taken)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="ascii")


def forgotten_backups(folder: Path, now: datetime) -> None:
    """Write plain backups of a job that stopped nine days ago."""
    folder.mkdir(parents=True)
    for days in range(9, 16):
        taken = now - timedelta(days=days, hours=5)
        data = gzip.compress(_noise(f"{taken:%Y%m%d}", _EACH), mtime=0)
        _write(folder, f"auftragsportal-{taken:%Y-%m-%d}.tar.gz", data, taken)


def _noise(seed: str, size: int) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(size)


def _write(folder: Path, name: str, data: bytes, taken: datetime) -> Path:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (taken.timestamp(), taken.timestamp()))
    return path
