"""Read evidence files: from inside their folder, regular files only, once, up to a limit."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee

LARGEST_FILE = 32 * 2**20
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_REASONS = {
    errno.ENOENT: (Reason.NOT_FOUND, "there is no such file"),
    errno.ENOTDIR: (Reason.NOT_FOUND, "a part of the path is not a folder"),
    errno.ELOOP: (Reason.DENIED, "links are not followed"),
    errno.EACCES: (Reason.DENIED, "permission denied"),
    errno.EPERM: (Reason.DENIED, "permission denied"),
    errno.ENXIO: (Reason.DENIED, "not a regular file"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file as it was when it was read: what is judged is what is hashed."""

    name: str
    data: bytes
    sha256: str
    modified: datetime


class Folder:
    """A folder nothing is read outside of: no links, devices, pipes or `..` on the way."""

    def __init__(self, root: Path) -> None:
        """Look under `root`, which need not exist yet."""
        self.root = root

    def read(self, name: str, limit: int = LARGEST_FILE) -> File:
        """
        Read the file `name`, a path relative to the folder with '/' between its parts.

        `limit` is in bytes. Raises `CannotSee`: not there, not a regular file, behind a link,
        not readable, larger than `limit`, or empty.
        """
        handle = -1
        try:
            handle = self._open(name.split("/"))
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise CannotSee(Reason.DENIED, f"{name}: not a regular file")
            data = _read_up_to(handle, limit + 1)
        except OSError as error:
            reason, said = _REASONS.get(error.errno or 0, (Reason.UNREADABLE, error.strerror or str(error)))
            raise CannotSee(reason, f"{name}: {said}") from None
        finally:
            if handle >= 0:
                os.close(handle)
        if len(data) > limit:
            raise CannotSee(Reason.TOO_LARGE, f"{name}: larger than {limit} bytes")
        if not data:
            raise CannotSee(Reason.EMPTY, f"{name}: the file is empty")
        modified = datetime.fromtimestamp(about.st_mtime, UTC)
        return File(name=name, data=data, sha256=hashlib.sha256(data).hexdigest(), modified=modified)

    def _open(self, parts: list[str]) -> int:
        if not parts or {"", ".", ".."} & set(parts):
            raise OSError(errno.ENOENT, "not a path inside the folder")
        here = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts[:-1]:
                below = os.open(part, _OPEN | os.O_DIRECTORY, dir_fd=here)
                os.close(here)
                here = below
            return os.open(parts[-1], _OPEN, dir_fd=here)
        finally:
            os.close(here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a listed folder."""

    name: str
    size: int
    """Bytes; for a folder, of the regular files in it."""

    modified: datetime
    is_folder: bool


def list_folder(path: Path, pattern: str = "*", most: int = 100_000) -> tuple[Entry, ...]:
    """
    List the regular files and folders directly in `path` whose name fits `pattern`, sorted by name.

    Links and special files are left out; a folder's size counts the regular files below it.
    Raises `CannotSee`: not there, not readable, or more than `most` entries.
    """
    found: list[Entry] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if not fnmatch.fnmatchcase(entry.name, pattern) or entry.is_symlink():
                    continue
                if len(found) >= most:
                    raise CannotSee(Reason.TOO_LARGE, f"{path}: more than {most} entries")
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder and not entry.is_file(follow_symlinks=False):
                    continue
                about = entry.stat(follow_symlinks=False)
                size = _size_below(entry.path, most) if is_folder else about.st_size
                modified = datetime.fromtimestamp(about.st_mtime, UTC)
                found.append(Entry(name=entry.name, size=size, modified=modified, is_folder=is_folder))
    except OSError as error:
        reason, said = _REASONS.get(error.errno or 0, (Reason.UNREADABLE, error.strerror or str(error)))
        raise CannotSee(reason, f"{path}: {said}") from None
    return tuple(sorted(found, key=lambda entry: entry.name))


def _size_below(path: str, most: int) -> int:
    total = seen = 0
    for folder, _, files in os.walk(path, followlinks=False):
        for name in files:
            seen += 1
            if seen > most:
                raise CannotSee(Reason.TOO_LARGE, f"{path}: more than {most} files")
            about = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - a Path for each of 100,000 files is slow
            if stat.S_ISREG(about.st_mode):
                total += about.st_size
    return total


def _read_up_to(handle: int, count: int) -> bytes:
    pieces: list[bytes] = []
    while count > 0 and (piece := os.read(handle, min(count, 2**20))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
