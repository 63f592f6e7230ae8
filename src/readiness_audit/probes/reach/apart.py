"""
Parse hostile files in a process of their own.

PDF, DOCX and XLSX readers are large and meet files made to hurt them. They run in a
child with a memory limit and the look's deadline, so that the worst file costs its own
look and nothing else. Plain text formats are read in-process, with their own bounds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import run

CHILD = "readiness_audit.probes.reach.reader"
"""What runs there; it imports little, since each file costs a start."""

MOST_MEMORY = 400 * 2**20
"""Bytes, the most an audit promises to need; a spreadsheet of a million filled cells is read with 384 MiB."""

MOST_OUTPUT = 64 * 2**20


async def read_apart(reader: Callable[[bytes], Plain], data: bytes, deadline: Deadline) -> Plain:
    """
    Call `reader(data)` in a child process and give what it returns.

    `reader` is a function at the top of one of our modules. Raises the `CannotSee` it raised,
    and `CannotSee` where it crashed, hung, or ran out of memory.
    """
    name = f"{reader.__module__}:{reader.__qualname__}"
    try:
        done = await run(
            [sys.executable, "-I", "-m", CHILD, name],
            deadline,
            stdin=data,
            most_output=MOST_OUTPUT,
            most_memory=MOST_MEMORY,
        )
    except CannotSee as blind:
        reason = Reason.UNREADABLE if blind.reason is Reason.TOOL_FAILED else blind.reason
        raise CannotSee(reason, f"the file could not be read: its reader {_fate(blind)}") from None
    if done.status != 0:
        raise CannotSee(Reason.UNREADABLE, f"the file could not be read: {done.complaint()}")
    return _answer(done.stdout)


def _fate(blind: CannotSee) -> str:
    return blind.detail.removeprefix(Path(sys.executable).name).strip()


def _answer(said: bytes) -> Plain:
    try:
        answer = json.loads(said)
        if "blind" in answer:
            reason, detail = answer["blind"]
            raise CannotSee(Reason(reason), str(detail))
        seen: Plain = answer["seen"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise CannotSee(Reason.UNREADABLE, "the file could not be read: its reader was garbled") from None
    return seen
