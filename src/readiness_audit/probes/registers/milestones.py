"""The plan's milestones: who reaches what, by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

STATUS = {
    "open": (
        "begonnen",
        "geplant",
        "gestartet",
        "in Arbeit",
        "in Bearbeitung",
        "in progress",
        "laufend",
        "läuft",
        "neu",
        "new",
        "offen",
        "planned",
        "started",
        "verzögert",
        "delayed",
        "todo",
    ),
    "done": ("abgeschlossen", "beendet", "closed", "completed", "erledigt", "erreicht", "fertig", "finished"),
    "cancelled": ("abgebrochen", "canceled", "dropped", "entfallen", "entfällt", "gestrichen", "storniert"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One milestone."""

    row: int
    """Line in the file, counted from 1."""

    id: Annotated[
        str | None,
        column(
            "ID",
            "Nr.",
            "Nummer",
            "Lfd. Nr.",
            "Number",
            means=("A short name, such as M1.", "Ein kurzer Name, etwa M1."),
        ),
    ]
    title: Annotated[
        str | None,
        column(
            "Title",
            "Meilenstein",
            "Titel",
            "Bezeichnung",
            "Milestone",
            "Name",
            "Ergebnis",
            "Vorgang",
            required=True,
            means=("What is reached.", "Was erreicht wird."),
        ),
    ]
    owner: Annotated[
        str | None,
        column(
            "Owner",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Verantwortliche Person",
            "Zuständig",
            "Responsible",
            required=True,
            means=("One named person.", "Eine namentlich genannte Person."),
        ),
    ]
    due: Annotated[
        str | None,
        column(
            "Due",
            "Frist",
            "Termin",
            "Fällig",
            "Fällig am",
            "Fälligkeit",
            "Zieltermin",
            "Zieldatum",
            "Plantermin",
            "Geplant am",
            "Soll-Termin",
            "Ende",
            "Due date",
            "Deadline",
            kind=Kind.DATE,
            required=True,
            means=("Day by which it is to be reached.", "Tag, bis zu dem es erreicht sein soll."),
        ),
    ]
    status: Annotated[
        str | None,
        column(
            "Status",
            "Status",
            "Stand",
            "State",
            choices=STATUS,
            means=("open, done or cancelled.", "offen, erledigt oder entfallen."),
        ),
    ]
    """`open`, `done` or `cancelled`."""

    done_on: Annotated[
        str | None,
        column(
            "Done on",
            "Erledigt am",
            "Done",
            "Erreicht am",
            "Ist-Termin",
            "Abgeschlossen am",
            "Erledigt",
            "Completed on",
            kind=Kind.DATE,
            means=(
                "Day it was reached; empty while it is open.",
                "Tag, an dem es erreicht wurde; leer, solange offen.",
            ),
        ),
    ]
    """Day it was reached; None while it is open."""

    acceptance: Annotated[
        str | None,
        column(
            "Acceptance",
            "Abnahmekriterium",
            "Abnahme",
            "Akzeptanzkriterium",
            "Kriterium",
            "Acceptance criterion",
            "Nachweis",
            means=("How one can see that it is reached.", "Woran man erkennt, dass es erreicht ist."),
        ),
    ]
    replanned_by: Annotated[
        str | None,
        column(
            "Replanned by",
            "Neu geplant von",
            "Umplanung genehmigt von",
            "Verschiebung genehmigt von",
            "Umplanung",
            means=("Who approved that it comes later.", "Wer die Verschiebung genehmigt hat."),
        ),
    ]
    replanned_to: Annotated[
        str | None,
        column(
            "Replanned to",
            "Neuer Termin",
            "Verschoben auf",
            "Neue Frist",
            "New date",
            kind=Kind.DATE,
            means=("The new day, if it was put off.", "Der neue Tag, falls verschoben."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneFacts(RegisterFacts):
    """What the list of milestones holds."""

    rows: tuple[Milestone, ...]
