"""What a view is: a pure join of several looks' facts into facts of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from readiness_audit.model.evidence import Plain

F = TypeVar("F")

Inputs: TypeAlias = Mapping[str, Mapping[str, Plain]]
"""Recorded facts by role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One input of a view."""

    role: str
    """What the join calls it."""

    probe: str
    """The probe whose facts it is."""

    every: bool = False
    """
    Whether it is the facts of every target of that probe, by the target's id, with None where a
    look is missing. Only the last need of a view may be so.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[F]):
    """
    A join of several looks.

    Every target of the first need's probe gets a verdict of its own. Of every other need, but
    one for every target, the system declares exactly one target; otherwise, and where any of
    these looks is missing, the checks of this view are not assessed, and `join` is not asked.
    """

    name: str
    sees: type[F]
    """The facts type; the same rules as for probes."""

    needs: tuple[Need, ...]
    join: Callable[[Inputs], F]
    """Pure: recorded facts in, facts out, whatever the time, order or machine."""


AnyView = View[Any]
