"""The requirements catalogue: what was asked for, and how it was tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

PRIORITIES = {
    "must": (
        "M",
        "Muss",
        "Muss-Anforderung",
        "Pflicht",
        "mandatory",
        "obligatorisch",
        "required",
        "zwingend",
    ),
    "should": ("S", "Soll", "Soll-Anforderung", "recommended"),
    "may": ("C", "K", "Kann", "Kann-Anforderung", "could", "nice to have", "optional", "wünschenswert"),
    "later": ("W", "nicht jetzt", "später", "wont", "won't"),
}
STATUS = {
    "open": (
        "geplant",
        "in Arbeit",
        "in Bearbeitung",
        "in progress",
        "neu",
        "new",
        "nicht erfüllt",
        "offen",
        "planned",
        "not met",
        "abgelehnt",
    ),
    "partly": ("partial", "partially", "teilerfüllt", "teils", "teilweise", "teilweise erfüllt"),
    "done": (
        "abgenommen",
        "accepted",
        "completed",
        "erfüllt",
        "erledigt",
        "fulfilled",
        "getestet",
        "implemented",
        "met",
        "ok",
        "tested",
        "umgesetzt",
        "verified",
    ),
    "cancelled": ("canceled", "dropped", "entfallen", "entfällt", "gestrichen", "zurückgezogen"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement."""

    row: int
    """Line in the file, counted from 1."""

    id: Annotated[
        str | None,
        column(
            "ID",
            "Nr.",
            "Nummer",
            "Anforderungs-ID",
            "Anforderungsnummer",
            "Anf.-Nr.",
            "Lfd. Nr.",
            "Number",
            required=True,
            means=("A short name, such as A-17.", "Ein kurzer Name, etwa A-17."),
        ),
    ]
    text: Annotated[
        str | None,
        column(
            "Text",
            "Anforderung",
            "Beschreibung",
            "Requirement",
            "Description",
            "Bezeichnung",
            required=True,
            means=("What is asked for.", "Was gefordert ist."),
        ),
    ]
    priority: Annotated[
        str | None,
        column(
            "Priority",
            "Priorität",
            "Prio",
            "Verbindlichkeit",
            "Muss/Soll",
            "MoSCoW",
            required=True,
            choices=PRIORITIES,
            means=("must, should, may or later.", "muss, soll, kann oder später."),
        ),
    ]
    """`must`, `should`, `may` or `later`."""

    status: Annotated[
        str | None,
        column(
            "Status",
            "Status",
            "Stand",
            "Erfüllung",
            "Umsetzungsstand",
            "State",
            required=True,
            choices=STATUS,
            means=("open, partly, done or cancelled.", "offen, teilweise, erfüllt oder entfallen."),
        ),
    ]
    """`open`, `partly`, `done` or `cancelled`."""

    area: Annotated[
        str | None,
        column(
            "Area",
            "Bereich",
            "Kategorie",
            "Themenbereich",
            "Category",
            means=("security, data protection, operation, ...", "Sicherheit, Datenschutz, Betrieb, ..."),
        ),
    ]
    source: Annotated[
        str | None,
        column(
            "Source",
            "Quelle",
            "Herkunft",
            "Gefordert von",
            means=("Who or what asks for it.", "Wer oder was es fordert."),
        ),
    ]
    test_id: Annotated[
        tuple[str, ...],
        column(
            "Test ID",
            "Testfall",
            "Test",
            "Testfall-ID",
            "Testfälle",
            "Nachweis",
            "Testnachweis",
            "Test case",
            kind=Kind.WORDS,
            means=("Tests that show it; several between commas.", "Tests, die es zeigen; mehrere mit Komma."),
        ),
    ]
    """Tests that show it; none where the cell is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFacts(RegisterFacts):
    """What the requirements catalogue holds."""

    rows: tuple[Requirement, ...]
