"""Read the files people hand us: regular ones only, up to a limit, never waiting for a pipe."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from readiness_audit.errors import ContentError, Place, Problem

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_ADVICE = {
    errno.ENOENT: "there is no such file; check the path",
    errno.ENOTDIR: "a part of the path is not a folder; check the path",
    errno.EACCES: "permission denied; make it readable for the account that runs this",
    errno.EPERM: "permission denied; make it readable for the account that runs this",
    errno.ELOOP: "its links lead in a circle; name the file itself",
    errno.ENAMETOOLONG: "the path is too long; check it",
    errno.ENXIO: "it is not a regular file; name a file",
}


def read_source(path: Path, limit: int) -> bytes:
    """
    Read a regular file of at most `limit` bytes; links are followed, since the user named them.

    Raises `ContentError`: not there, not readable, not a regular file, or larger.
    """
    try:
        handle = os.open(path, _OPEN)
    except OSError as error:
        told = _ADVICE.get(error.errno or 0, error.strerror or str(error))
        raise refused(path, f"cannot be read: {told}") from None
    except ValueError:
        raise refused(path, "cannot be read: this is not a file name") from None
    try:
        # What is in a pipe or device may never end, and may never begin.
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise refused(path, "is a folder; name the file in it")
        if not stat.S_ISREG(mode):
            raise refused(path, "is not a regular file (a pipe, socket or device); name a file")
        data = _up_to(handle, limit + 1)
    except OSError as error:
        raise refused(path, f"cannot be read: {error.strerror or error}") from None
    finally:
        os.close(handle)
    if len(data) > limit:
        raise refused(path, f"is larger than {limit} bytes; no file of ours needs to be")
    return data


def refused(path: Path, message: str, line: int = 1) -> ContentError:
    """Say what is wrong with a file as a whole, or at the beginning of one of its lines."""
    return ContentError([Problem(message=message, place=Place(path=path, line=line, column=1))])


def _up_to(handle: int, count: int) -> bytes:
    pieces: list[bytes] = []
    while count > 0 and (piece := os.read(handle, min(count, 2**20))):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
