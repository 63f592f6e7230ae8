"""Fetch a secret from where the system file says it is kept; only the program that needs it sees it."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import run

LONGEST_SECRET = 4096


async def fetch_secret(reference: str, deadline: Deadline) -> bytes:
    """
    Give the secret behind `env:NAME`, `file:/PATH` or `command:PROGRAM ARGUMENTS`, without its line end.

    Raises `CannotSee` where there is none, it is empty or longer than 4096 bytes.
    """
    kind, _, where = reference.partition(":")
    match kind:
        case "env":
            secret = os.environb.get(where.encode(), b"")
        case "file":
            secret = _in_file(Path(where))
        case _:
            done = await run(_words(where), deadline, most_output=2 * LONGEST_SECRET)
            secret = done.stdout if done.status == 0 else b""
    secret = secret.rstrip(b"\r\n")
    if not secret or len(secret) > LONGEST_SECRET or b"\0" in secret:
        # A command's arguments may be secrets themselves, so they are not repeated.
        place = f"{kind}:{where}" if kind in {"env", "file"} else "command:..."
        raise CannotSee(Reason.DENIED, f"there is no usable secret at {place}")
    return secret


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        raise CannotSee(Reason.DENIED, "the command for the secret has an unclosed quotation mark") from None


def _in_file(path: Path) -> bytes:
    # Pipes and devices could make the look wait for ever; a link is allowed, as secret stores use them.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:  # noqa: PTH123 - it is open already
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise CannotSee(Reason.DENIED, f"the secret in {path} cannot be read: not a regular file")
            return file.read(LONGEST_SECRET + 3)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "not a file name"
        raise CannotSee(Reason.DENIED, f"the secret in {path} cannot be read: {said}") from None
