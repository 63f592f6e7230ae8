"""Files that are really there: written through to the disk, read without following links."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from readiness_audit.errors import RecordError

FEW = 8
"""Files that are synced one by one, and threads that sync more than that."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_FULL = "free some space, or choose another place with --out or READINESS_AUDIT_HOME, and run again"
_ELSEWHERE = "choose another place with --out or READINESS_AUDIT_HOME"
_WHAT_TO_DO = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("the disk quota is used up", _FULL),
    errno.EFBIG: ("files may not become that large here", "raise the limit (ulimit -f) and run again"),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EACCES: ("permission denied", f"change the folder's owner or mode, or {_ELSEWHERE}"),
    errno.EPERM: ("permission denied", f"change the folder's owner or mode, or {_ELSEWHERE}"),
    errno.EIO: ("the disk reports an error", "check the disk (dmesg), and run again"),
    errno.ENOENT: ("there is no such file or folder", "check the path"),
    errno.ENOTDIR: ("a part of the path is not a folder", "check the path"),
    errno.ELOOP: ("it is a link", "name the thing itself: links are not followed"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n) and run again"),
}


def told(error: OSError, doing: str) -> RecordError:
    """Make one sentence of an error of the operating system: what failed, why, what to do."""
    said, advice = _WHAT_TO_DO.get(
        error.errno or 0, (error.strerror or str(error), "see to it and try again")
    )
    return RecordError(f"{doing}: {said}; {advice}")


def make_folders(path: Path) -> None:
    """Make a folder and what is missing above it, for this user alone, so that it outlives a power cut."""
    missing: list[Path] = []
    here = path
    while not here.is_dir():
        missing.append(here)
        here = here.parent
    for folder in reversed(missing):
        # Another run may make the same folder at the same moment.
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Write a folder's list of names through to the disk."""
    handle = open_parent(path)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_parent(path: Path) -> int:
    """Open the folder records lie in, wherever the user's links lead. The caller closes it."""
    return os.open(path, _FOLDER)


def open_folder(name: str | Path, beside: int | None = None) -> int:
    """Open a folder that is no link; `beside` is the open folder it lies in. The caller closes it."""
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=beside)


def write_new(folder: int, name: str, data: bytes) -> None:
    """Write a file that is not there yet, for this user alone; it is safe only after `sync_files`."""
    handle = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def write_over(path: Path, data: bytes) -> None:
    """
    Put `data` in place of what a file holds, or make it: a reader sees all of it, or none.

    An old file's mode stays; a link is followed, so that it is still a link. Raises `OSError`.
    """
    real = path.resolve()
    mode = stat.S_IMODE(real.stat().st_mode) if real.exists() else None
    folder = open_parent(real.parent)
    new = f".{real.name}.{os.getpid()}.{os.urandom(4).hex()}.new"
    try:
        try:
            write_new(folder, new, data)
            if mode is not None:
                os.chmod(new, mode, dir_fd=folder)
            _sync((folder, new))
            os.rename(new, real.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new, dir_fd=folder)
            raise
        os.fsync(folder)
    finally:
        os.close(folder)


def sync_files(places: Sequence[tuple[int, str]]) -> None:
    """
    Write files, given by their open folder and name, through to the disk.

    Many are synced side by side: the disk then commits them together, thirty times as fast.
    """
    if len(places) <= FEW:
        for place in places:
            _sync(place)
        return
    with ThreadPoolExecutor(FEW) as threads:
        # Going through the results raises what any of them raised.
        for _ in threads.map(_sync, places):
            pass


def _sync(place: tuple[int, str]) -> None:
    handle = os.open(place[1], _READ, dir_fd=place[0])
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_whole(folder: int, name: str, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes. Raises `RecordError` for one that is larger or none."""
    handle = os.open(name, _READ, dir_fd=folder)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise RecordError(f"{name} is not a regular file")
        # In one piece where its size is true: putting pieces together takes their size twice.
        pieces, left = [], limit + 1
        while left > 0 and (piece := os.read(handle, min(left, max(about.st_size + 1, 2**16)))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(handle)
    if left <= 0:
        raise RecordError(f"{name} is larger than {limit} bytes")
    return b"".join(pieces)


def place_new(path: Path, data: bytes, *, by_way_of: Path) -> None:
    """
    Put a file where there is none, whole or not at all; a kill leaves at most a hidden file in `by_way_of`.

    That is a folder on the same file system. Raises `FileExistsError` where something is there already.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    way, there = open_parent(by_way_of), open_parent(path.parent)
    name = f".{path.parent.name}-{path.name}.part-{os.urandom(4).hex()}"[-200:]
    name = name if name.startswith(".") else f".{name}"
    try:
        write_new(way, name, data)
        sync_files([(way, name)])
        os.rename(name, path.name, src_dir_fd=way, dst_dir_fd=there)
        os.fsync(there)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=way)
        raise
    finally:
        os.close(way)
        os.close(there)
