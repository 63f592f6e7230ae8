"""Choose what leaves the house: which files of a record go into the zip for the auditor, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.ledger.manifest import RECORD
from readiness_audit.model.evidence import Look, Observed
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language

BY_PEOPLE = frozenset({"attestations", "document", "register"})
"""Kinds of targets that people wrote, and in which they name one another: owners, accounts, approvers."""

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

    With `protect`, all that says anything is for the auditor alone: the record, its excerpts and its reports.
    In the open stays what proves them: the manifest and the signature.
    """
    excerpts = frozenset(name for name in files if name.startswith("excerpts/"))
    held = {
        HoldBack.NOTHING: frozenset[str](),
        HoldBack.PEOPLE: _excerpts(record, about_people(record)),
        HoldBack.EXCERPTS: excerpts,
    }[hold_back]
    secret = excerpts | {RECORD} if protect else frozenset[str]()
    run = record.origin.run
    kept = {f"{run}/{name}": data for name, data in files.items() if name not in held}
    theirs = {f"{run}/{name}" for name in secret}
    return Parcel(
        open={
            **{name: data for name, data in kept.items() if name not in theirs},
            **({} if protect else reports),
        },
        protected={
            **{name: data for name, data in kept.items() if name in theirs},
            **(reports if protect else {}),
        },
        held_back=tuple(sorted(held)),
    )


def about_people(record: Record) -> tuple[Look, ...]:
    """Give the looks at what people wrote, which may name people."""
    named = {target.id for target in record.system.targets if target.kind in BY_PEOPLE}
    return tuple(piece.look for piece in record.evidence if piece.look.target in named)


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
