"""Fetch a secret from where the system file says it is kept; only the program that needs it sees it."""

from __future__ import annotations

import os
import shlex
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
            done = await run(shlex.split(where), deadline, most_output=LONGEST_SECRET + 1)
            secret = done.stdout if done.status == 0 else b""
    secret = secret.rstrip(b"\r\n")
    if not secret or len(secret) > LONGEST_SECRET:
        raise CannotSee(
            Reason.DENIED, f"there is no usable secret at {kind}:{where if kind != 'command' else '...'}"
        )
    return secret


def _in_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_SECRET + 1)
    except OSError as error:
        raise CannotSee(Reason.DENIED, f"the secret in {path} cannot be read: {error.strerror}") from None
