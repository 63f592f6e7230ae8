"""TAKE OVER: go on where a run was interrupted, without taking its finished looks again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from readiness_audit.errors import PlanError
from readiness_audit.model.evidence import Contact, Evidence, Look, Observed, Plain
from readiness_audit.model.record import Record
from readiness_audit.model.system import System

STILL_GOOD = timedelta(hours=12)
"""How old a finished look may be for another run to take it over; what is older is done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What an interrupted run leaves to the one that goes on."""

    done: Mapping[Look, Evidence]
    """Finished looks: each keeps the time it was taken at."""

    begun: Mapping[Look, Observed]
    """Looks that were cut short and saw something; their probes may go on from there."""

    contacts: tuple[Contact, ...]
    """What was touched for both."""


NOTHING = TakenOver(done={}, begun={}, contacts=())


def take_over(looks: Sequence[Look], system: System, record: Record, at: datetime) -> TakenOver:
    """
    Give what `record`'s run has finished of `looks`, and not longer ago than half a day.

    Only what brought facts counts, of a target that is declared as it was then; all else is done
    again. `at` is the time of going on, with a zone. Raises `PlanError` where the record is of
    another system, was looked at from elsewhere, judges another record again, or was finished.
    """
    _check(system, record)
    then = {target.id: target for target in record.system.targets}
    now = {target.id: target for target in system.targets}
    same = {name for name, target in now.items() if then.get(name) == target}
    kept = {
        piece.look: piece
        for piece in record.evidence
        if isinstance(piece, Observed) and piece.look.target in same and _is_young(piece, at)
    }
    wanted = [look for look in looks if look in kept]
    begun = {look: kept[look] for look in wanted if kept[look].facts.get("finished") is False}
    done: dict[Look, Evidence] = {look: kept[look] for look in wanted if look not in begun}
    names = {look.id for look in wanted}
    return TakenOver(
        done=done,
        begun=begun,
        contacts=tuple(contact for contact in record.contacts if contact.look in names),
    )


def _check(system: System, record: Record) -> None:
    origin, theirs = record.origin, record.system
    if theirs.system != system.system:
        raise PlanError(
            f"run {origin.run} is about another system, {theirs.system}: it cannot be gone on with"
        )
    if theirs.here != system.here:
        said = "nowhere it names" if theirs.here is None else str(theirs.here)
        raise PlanError(f"run {origin.run} looked from {said}: go on from the same vantage point")
    if origin.judged_from is not None:
        raise PlanError(f"run {origin.run} judges {origin.judged_from} again: go on with that one")
    if origin.complete:
        # Else what was in order this morning could be shown again whatever it is like now.
        raise PlanError(f"run {origin.run} was finished, and there is nothing to go on with: run anew")


def _is_young(piece: Observed, at: datetime) -> bool:
    """Say whether it counts by its oldest part, and is not from the future."""
    oldest = min(piece.taken_at, _moment(piece.facts.get("begun_at")) or piece.taken_at)
    return at - STILL_GOOD <= oldest and piece.taken_at <= at + timedelta(minutes=5)


def _moment(said: Plain) -> datetime | None:
    try:
        told = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return told if told is not None and told.tzinfo is not None else None
