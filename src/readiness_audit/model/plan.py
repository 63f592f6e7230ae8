"""What an audit is going to ask, of what, and by which look."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.model.evidence import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check on one target."""

    check: str
    target: str
    """Id of the target; empty where none is declared, and the check cannot be assessed."""

    looks: tuple[Look, ...]
    """The looks it is judged from; several for a view, in the order of its needs."""

    counts: bool
    """Whether the current stage has reached the check, or it is shown as a preview."""

    lacks: str = ""
    """What is not declared, where the check has no target: `register of type risks`."""


UNDECLARED = "not declared: "
"""What the reason begins with where a check is asked only of targets that are declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A check the system's declaration makes needless."""

    check: str
    because: str
    """The check's own `applies_to`, with what the system declares; or the target it would be asked of."""

    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that will be looked at and asked; nothing has been sent yet."""

    steps: tuple[Step, ...]
    set_aside: tuple[SetAside, ...]
    looks: tuple[Look, ...]
    """Each look once, however many checks are judged from it."""

    never_waivable: tuple[str, ...] = ()
    """Checks that no waiver can cover, given what the system declares."""
