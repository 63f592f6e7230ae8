"""The JSON Schemas of the files people write, and of the report machines read."""

from __future__ import annotations

import json
from collections.abc import Mapping

from readiness_audit.errors import ReportError
from readiness_audit.shipped import shipped

KINDS: Mapping[str, str] = {
    "check": "a check (checks/<family>/<name>.yaml)",
    "conditions": "agreed conditions, beside a system file",
    "policy": "a policy (policies/<name>.yaml)",
    "report": "the report of `--format json`",
    "system": "a system file (system.yaml)",
    "waivers": "exceptions that were asked for, beside a system file",
}
"""Every kind of file with a schema, and which file that is."""


def schema_of(kind: str) -> dict[str, object]:
    """Give the JSON Schema (2020-12) of one of `KINDS`. Raises `ReportError` where ours is not readable."""
    if kind == "report":
        return _of_report()
    # Only here: the others do without the schema library, which takes its time to load.
    from readiness_audit.content.shape import schema
    from readiness_audit.model.check import Check
    from readiness_audit.model.governance import Condition, Waiver
    from readiness_audit.model.policy import Policy
    from readiness_audit.model.system import System

    nouns: dict[str, type] = {"check": Check, "policy": Policy, "system": System}
    entries: dict[str, type] = {"conditions": Condition, "waivers": Waiver}
    return list_of(schema(entries[kind])) if kind in entries else schema(nouns[kind])


def list_of(made: dict[str, object]) -> dict[str, object]:
    """Turn the schema of one entry into that of a file that lists them."""
    head: dict[str, object] = {name: made[name] for name in ("$schema", "$defs") if name in made}
    return {**head, "type": "array", "items": {k: v for k, v in made.items() if k not in head}}


def _of_report() -> dict[str, object]:
    path = shipped("reports") / "json" / "report.schema.json"
    try:
        made: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: {error}") from None
    return made
