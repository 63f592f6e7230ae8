"""Choose what leaves the house: which files of a record go into the zip for the auditor, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.model.evidence import Look, Observed
from readiness_audit.model.record import Record
from readiness_audit.model.target import Register, RegisterType
from readiness_audit.model.texts import Language

PERSONAL = frozenset(
    {
        RegisterType.ACCESS_MATRIX,
        RegisterType.ACCOUNTS,
        RegisterType.COMMUNICATION,
        RegisterType.FEEDBACK,
        RegisterType.PERSONS,
        RegisterType.TRAINING,
    }
)
"""Registers whose rows are about people."""

GUIDES = ("VERIFY.md", "PRUEFEN.md", "verify.py")


class HoldBack(StrEnum):
    """Which excerpts do not leave the house at all."""

    NOTHING = "nothing"
    PEOPLE = "people"
    EXCERPTS = "excerpts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes into the zip."""

    open: Mapping[str, bytes]
    protected: Mapping[str, bytes]
    """What only the auditor may read."""

    held_back: tuple[str, ...]


def parcel(
    record: Record,
    files: Mapping[str, bytes],
    reports: Mapping[str, bytes],
    *,
    hold_back: HoldBack,
    protect: bool,
) -> Parcel:
    """
    Sort the files of a record, by their path in its folder, and the reports on it.

    With `protect`, whatever may name people is for the auditor alone: the record itself, its reports, and
    the excerpts of looks at people's registers.
    """
    theirs = _excerpts(record, about_people(record))
    held = {
        HoldBack.NOTHING: frozenset[str](),
        HoldBack.PEOPLE: theirs,
        HoldBack.EXCERPTS: frozenset(name for name in files if name.startswith("excerpts/")),
    }[hold_back]
    secret = theirs | {"record.json"} if protect else frozenset[str]()
    run = record.origin.run
    kept = {name: data for name, data in files.items() if name not in held}
    return Parcel(
        open={
            **{f"{run}/{name}": data for name, data in kept.items() if name not in secret},
            **({} if secret else reports),
        },
        protected={
            **{f"{run}/{name}": data for name, data in kept.items() if name in secret},
            **(reports if secret else {}),
        },
        held_back=tuple(sorted(held)),
    )


def about_people(record: Record) -> tuple[Look, ...]:
    """Give the looks that may have brought home something about people."""
    registers = {
        target.id
        for target in record.system.targets
        if isinstance(target, Register) and target.type in PERSONAL
    }
    named = {target.id for target in record.system.targets if target.kind == "attestations"}
    return tuple(piece.look for piece in record.evidence if piece.look.target in registers | named)


def reports_on(
    record: Record, formats: Sequence[str], languages: Sequence[Language], sha256: str
) -> dict[str, bytes]:
    """Write the reports on a record, by their path in the zip."""
    from readiness_audit.rendering import FORMATS, render

    return {
        f"reports/report.{language}{FORMATS[format_].extension}": render(
            record, format_, language, sha256=sha256
        ).encode()
        for format_ in formats
        for language in languages
    }


def guides() -> dict[str, bytes]:
    """Give the guide to verifying without us, in both languages, and the script it explains."""
    from readiness_audit.shipped import shipped

    return {name: (shipped("reports") / "proof" / name).read_bytes() for name in GUIDES}


def _excerpts(record: Record, looks: Sequence[Look]) -> frozenset[str]:
    """Name the excerpts of these looks; one that another look has as well is still theirs."""
    return frozenset(
        f"excerpts/{excerpt.sha256}"
        for piece in record.evidence
        if isinstance(piece, Observed) and piece.look in looks
        for excerpt in piece.excerpts
    )
