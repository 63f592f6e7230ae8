"""Read evidence files: from inside their folder, regular files only, once, up to a limit."""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline

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
        with self._opened(name) as (handle, about):
            # A file that says it is too large is believed; one that says it is small is not.
            data = _read_up_to(handle, limit + 1) if about.st_size <= limit else b""
        if len(data) > limit or about.st_size > limit:
            raise CannotSee(Reason.TOO_LARGE, f"{name}: larger than {limit} bytes")
        if not data:
            raise CannotSee(Reason.EMPTY, f"{name}: the file is empty")
        modified = _moment(about.st_mtime)
        return File(name=name, data=data, sha256=hashlib.sha256(data).hexdigest(), modified=modified)

    def beginning(self, name: str, count: int) -> bytes:
        """Give at most the first `count` bytes of a file; raises `CannotSee` where it cannot be opened."""
        with self._opened(name) as (handle, _):
            return _read_up_to(handle, count)

    def sha256(self, name: str, deadline: Deadline, most: int) -> str | None:
        """
        Hash a file of any size as hexadecimal digits, or give None where time or `most` bytes ran out.

        Raises `CannotSee`: not there, not a regular file, behind a link, or not readable.
        """
        digest = hashlib.sha256()
        with self._opened(name) as (handle, _):
            while most >= 0 and deadline.left() > 0:
                piece = os.read(handle, 2**20)
                if not piece:
                    return digest.hexdigest()
                digest.update(piece)
                most -= len(piece)
        return None

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[tuple[int, os.stat_result]]:
        handle = -1
        try:
            handle = self._open(name.split("/"))
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise CannotSee(Reason.DENIED, f"{name}: not a regular file")
            yield handle, about
        except OSError as error:
            raise _told(error, name) from None
        except ValueError:
            raise CannotSee(Reason.NOT_FOUND, f"{name!r}: not a file name") from None
        finally:
            if handle >= 0:
                os.close(handle)

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
        except NotADirectoryError:
            # A link where a folder should be gives this error too; the two are told apart for the reader.
            raise OSError(errno.ELOOP if _a_link(part, here) else errno.ENOTDIR, "not a folder") from None
        finally:
            os.close(here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a listed folder."""

    name: str
    size: int | None
    """Bytes; None for a folder, which `measure_folder` measures."""

    modified: datetime
    """When its content was last changed; for a folder, its list of names. Copying tools set this."""

    changed: datetime
    """When the entry itself was last changed in any way; no tool sets this."""

    is_folder: bool


def list_folder(path: Path, pattern: str = "*", most: int = 100_000) -> tuple[Entry, ...]:
    """
    List the regular files and folders directly in `path` whose name fits `pattern`, sorted by name.

    Links and special files are left out, and so is what vanishes meanwhile. Raises `CannotSee`:
    not there, not a folder, not readable, or more than `most` entries.
    """
    found: list[Entry] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if not fnmatch.fnmatchcase(entry.name, pattern):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    about = entry.stat(follow_symlinks=False)
                    if not stat.S_ISDIR(about.st_mode) and not stat.S_ISREG(about.st_mode):
                        continue
                    if len(found) >= most:
                        raise CannotSee(Reason.TOO_LARGE, f"{path}: more than {most} entries")
                    found.append(_entry(entry.name, about))
    except OSError as error:
        raise _told(error, str(path)) from None
    return tuple(sorted(found, key=lambda entry: entry.name))


def measure_folder(path: Path, deadline: Deadline, enough: int | None = None) -> tuple[int, bool]:
    """
    Add up the bytes of the regular files below `path`, and say whether all of them were seen.

    Stops early where `deadline` runs out or where `enough` bytes are found. Links are not
    followed. Raises `CannotSee` where a folder on the way cannot be read.
    """
    total = 0
    waiting = [str(path)]
    try:
        while waiting:
            with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if deadline.left() <= 0 or (enough is not None and total >= enough):
                        return total, False
                    with contextlib.suppress(FileNotFoundError):
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        elif entry.is_file(follow_symlinks=False):
                            total += entry.stat(follow_symlinks=False).st_size
    except OSError as error:
        raise _told(error, str(path)) from None
    return total, True


def _entry(name: str, about: os.stat_result) -> Entry:
    is_folder = stat.S_ISDIR(about.st_mode)
    return Entry(
        name=name,
        size=None if is_folder else about.st_size,
        modified=_moment(about.st_mtime),
        changed=_moment(about.st_ctime),
        is_folder=is_folder,
    )


def _moment(seconds: float) -> datetime:
    # File systems keep moments that no calendar has; they become its first and last ones.
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return datetime.fromtimestamp(min(max(seconds, first.timestamp()), last.timestamp() - 1), UTC)


def _a_link(part: str, folder: int) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISLNK(os.lstat(part, dir_fd=folder).st_mode)
    return False


def _told(error: OSError, name: str) -> CannotSee:
    reason, said = _REASONS.get(error.errno or 0, (Reason.UNREADABLE, error.strerror or str(error)))
    return CannotSee(reason, f"{name}: {said}")


def _read_up_to(handle: int, count: int) -> bytes:
    pieces: list[bytes] = []
    while count > 0 and (piece := os.read(handle, min(count, 2**20))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
