"""What we say to the shell. The README quotes this table."""

from __future__ import annotations

from enum import IntEnum

from readiness_audit.model.decision import Result


class Exit(IntEnum):
    """Every status we end with."""

    RELEASED = 0
    """GO or GO WITH CONDITIONS; or the command did what it was asked."""

    TOOL_FAILED = 1
    USED_WRONGLY = 2
    """Flags, a system, policy, check or record file."""

    NO_GO = 3
    """NO-GO, or `verify` did not find proved what it was asked about."""

    INCONCLUSIVE = 4
    INTERRUPTED = 130


def exit_for(result: Result, *, strict: bool, complete: bool) -> Exit:
    """Turn the answer into a status; the one place where this is done."""
    if not complete:
        return Exit.INTERRUPTED
    match result:
        case Result.GO:
            return Exit.RELEASED
        case Result.CONDITIONAL:
            return Exit.NO_GO if strict else Exit.RELEASED
        case Result.NO_GO:
            return Exit.NO_GO
        case Result.INCONCLUSIVE:
            return Exit.INCONCLUSIVE
