"""The part of a story that tells what people agreed about open points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal["pass", "partial", "none"]
"""Which mark of a report stands beside an agreement: in force, ending soon, or without effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """An exception in force."""

    number: str
    check: str
    title: str
    target: str
    """A target, or a pattern."""

    reason: str
    risk: str
    compensation: str
    requested_by: str
    approved_by: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A condition or exception, whether or not it has an effect."""

    name: str
    """What it is, with its number; a condition has one only where it is in force."""

    check: str
    """Empty where the entry could not be read."""

    target: str
    mark: Sign
    state: str
    why: str
    """Why it has no effect; empty where its state says all."""

    detail: str
    """What is wrong with its form, in the words of whoever read it."""

    until: str
    approved_by: str
    signed: str = ""
    """With whose keys it is signed; empty where it is not."""
