"""Take registers as people write them, look at them, record what is seen, and join it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from readiness_audit.model.evidence import Plain
from readiness_audit.model.plain import to_plain
from readiness_audit.views import VIEWS
from tests.probes.registers.reading import seen


class Strict(dict[str, Plain]):
    """Recorded data that does not forgive asking for what the probe never sees."""

    def get(self, name: str, *_: object) -> Plain:
        return self[name]


def recorded(folder: Path, kind: str, content: str) -> dict[str, Plain]:
    """Give what a record keeps of a register with this content."""
    plain = json.dumps(to_plain(seen(folder, kind, content)))
    facts: dict[str, Plain] = json.loads(plain, object_hook=Strict)
    return facts


def joined(view: str, folder: Path, **registers: str) -> Any:  # noqa: ANN401 - facts of any view; the tests say which
    """Join registers by the roles of a view."""
    kinds = {need.role: need.probe.removeprefix("register.") for need in VIEWS[view].needs}
    return VIEWS[view].join(
        {role: recorded(folder, kinds[role], content) for role, content in registers.items()}
    )
