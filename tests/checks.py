"""Make small checks for tests of the engine."""

from __future__ import annotations

import dataclasses
from typing import Any

from readiness_audit.model.check import Check, Severity
from readiness_audit.model.system import Stage
from readiness_audit.model.texts import Texts

SAID = Texts(en="It is so.", de="So ist es.")

PLAIN = Check(
    id="test.plain",
    title=SAID,
    point=8,
    severity=Severity.BLOCKER,
    stage=Stage.PILOT,
    probe="door",
    why=SAID,
    see_for_yourself=SAID,
    fix=SAID,
    assessable_when="facts.count > 0",
    passes_when="facts.closed",
    finding=SAID,
    cases=(),
)


def a_check(**different: Any) -> Check:  # noqa: ANN401 - fields of Check
    """Give the plain check with some fields different; a loop replaces `passes_when`."""
    if "each" in different:
        different.setdefault("passes_when", None)
    return dataclasses.replace(PLAIN, **different)
