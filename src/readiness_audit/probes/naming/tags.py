"""Records made of tags, `v=DMARC1; p=reject`: DKIM, DMARC, MTA-STS and TLS-RPT (RFC 6376, 3.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.probes.naming.asking import Resolvers

_TAG = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*?)[ \t]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The TXT records of one kind at one name."""

    state: str
    """`found`, `absent`, `several`, `differs` or `not-seen`."""

    text: str | None
    """The record, where there is exactly one."""

    problem: str | None


def tags_of(text: str) -> dict[str, str] | None:
    """Read `name=value` pairs, names in small letters; None where a part is none or a name comes twice."""
    found: dict[str, str] = {}
    parts = text.split(";")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        match = _TAG.fullmatch(part)
        if match is None or match[1].lower() in found:
            return None
        found[match[1].lower()] = match[2]
    return found


async def one_text(resolvers: Resolvers, name: str, version: str) -> Texts:
    """Ask for TXT records that begin with `v=version`; there must be one, and other texts do not count."""
    told = await resolvers.ask(name, "TXT")
    if told.state in {"differs", "not-seen"}:
        problem = told.problem or f"the resolvers do not agree on the TXT records of {name}"
        return Texts(state=told.state, text=None, problem=problem)
    texts = [value for value in told.values if _begins(value, version)] if version else list(told.values)
    return one_of(texts)


def one_of(texts: Sequence[str]) -> Texts:
    """Say whether there is exactly one."""
    state = "found" if len(texts) == 1 else "several" if texts else "absent"
    return Texts(state=state, text=texts[0] if len(texts) == 1 else None, problem=None)


def _begins(text: str, version: str) -> bool:
    match = _TAG.fullmatch(text.partition(";")[0])
    return match is not None and match[1].lower() == "v" and match[2] == version
