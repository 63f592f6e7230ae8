"""Situations and what clients make of them, by rule; the expected facts are written down by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def vectors(name: str, part: str = "vectors") -> list[Any]:
    """Give one list of a file, each with the defaults of the file beside what it says itself."""
    read = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"))
    otherwise = read.get("otherwise", {})
    if not otherwise:
        return list(read[part])
    return [{**one, "expected": _expected(otherwise, one["sees"])} for one in read[part]]


def rule(vector: dict[str, Any]) -> str:
    """Name a vector in the test's report."""
    return str(vector["rule"])


def _expected(otherwise: dict[str, Any], sees: object) -> object:
    if not isinstance(sees, dict):
        return sees
    # A long text is written as [beginning, letter, how many].
    long = {key: value[0] + value[1] * value[2] for key, value in sees.items() if isinstance(value, list)}
    return {**otherwise, **sees, **long}
