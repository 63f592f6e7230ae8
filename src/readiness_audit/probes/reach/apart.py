"""
Parse hostile files in a process of their own.

PDF, DOCX and XLSX readers are large and meet files made to hurt them. They run in a
child with a memory limit and the look's deadline, so that the worst file costs its own
look and nothing else. Plain text formats are read in-process, with their own bounds.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import run

MOST_MEMORY = 1 * 2**30
MOST_OUTPUT = 64 * 2**20


async def read_apart(reader: Callable[[bytes], Plain], data: bytes, deadline: Deadline) -> Plain:
    """
    Call `reader(data)` in a child process and give what it returns.

    `reader` is a function at the top of one of our modules. Raises the `CannotSee` it raised,
    and `CannotSee` where it crashed, hung, or ran out of memory.
    """
    name = f"{reader.__module__}:{reader.__qualname__}"
    done = await run(
        [sys.executable, "-I", "-m", __name__, name],
        deadline,
        stdin=data,
        most_output=MOST_OUTPUT,
        most_memory=MOST_MEMORY,
    )
    if done.status != 0:
        raise CannotSee(Reason.UNREADABLE, f"the file could not be read: {done.complaint()}")
    answer = json.loads(done.stdout)
    if "blind" in answer:
        reason, detail = answer["blind"]
        raise CannotSee(Reason(reason), detail)
    seen: Plain = answer["seen"]
    return seen


def _main(name: str) -> None:
    module, _, function = name.partition(":")
    if not module.startswith("readiness_audit.probes."):
        sys.exit(2)
    reader = getattr(importlib.import_module(module), function)
    try:
        answer = {"seen": reader(sys.stdin.buffer.read())}
    except CannotSee as blind:
        answer = {"blind": [blind.reason, blind.detail]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1])
