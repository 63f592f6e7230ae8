"""
Read recorded facts in a join: plain data, whose types are those of the probe that saw them.

What a record does not have reads as nothing; since every check over a view insists on
something having been seen, that never passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from readiness_audit.model.evidence import Plain

Facts: TypeAlias = Mapping[str, Plain]


def rows(facts: Facts) -> list[dict[str, Plain]]:
    """Give the rows of a register."""
    return listed(facts, "rows")


def listed(facts: Facts, name: str) -> list[dict[str, Plain]]:
    """Give a list of things that have fields of their own."""
    found = facts.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list | tuple) else []


def text(row: Facts, name: str) -> str | None:
    """Give a cell of text, a date or a choice."""
    value = row.get(name)
    return value if isinstance(value, str) else None


def flag(row: Facts, name: str) -> bool | None:
    """Give a cell of yes or no."""
    value = row.get(name)
    return value if isinstance(value, bool) else None


def number(row: Facts, name: str) -> float | None:
    """Give a cell that holds a number."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(row: Facts, name: str) -> int:
    """Give a count or a line number; 0 where there is none."""
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def words(row: Facts, name: str) -> tuple[str, ...]:
    """Give a cell of several words."""
    value = row.get(name)
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list | tuple) else ()


def total(name: str, *inputs: Facts) -> int:
    """Add up a count over several inputs."""
    return sum(whole(facts, name) for facts in inputs)


def oldest(*inputs: Facts) -> str | None:
    """Give the moment the oldest of several registers was last changed; None where one does not tell."""
    told = [text(facts, "modified_at") for facts in inputs]
    known = [moment for moment in told if moment is not None]
    return min(known) if len(known) == len(told) else None


def unread(facts: Facts, column: str) -> frozenset[int]:
    """Give the lines in which the cell of this column could not be read."""
    return frozenset(
        whole(cell, "row") for cell in listed(facts, "unreadable") if cell.get("column") == column
    )


def too_many_unread(*inputs: Facts) -> tuple[str, ...]:
    """Say so where more cells could not be read than are listed one by one: nobody knows which, then."""
    if any(whole(facts, "unreadable_count") > len(listed(facts, "unreadable")) for facts in inputs):
        return ("so many cells could not be read that not all of them are listed",)
    return ()


def alike(said: str | None) -> str:
    """Reduce a name to what counts when accounts, roles, persons and systems are compared."""
    return " ".join((said or "").split()).casefold()
