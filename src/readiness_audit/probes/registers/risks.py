"""The risk register: what may go wrong, how bad it is, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

STATUS = {
    "open": (
        "begonnen",
        "geplant",
        "in Arbeit",
        "in Bearbeitung",
        "in progress",
        "laufend",
        "neu",
        "new",
        "offen",
        "planned",
        "todo",
    ),
    "done": (
        "abgeschlossen",
        "behandelt",
        "closed",
        "completed",
        "erledigt",
        "fertig",
        "umgesetzt",
        "wirksam",
    ),
    "cancelled": ("canceled", "dropped", "entfallen", "entfällt", "gestrichen"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One risk."""

    row: int
    """Line in the file, counted from 1."""

    id: Annotated[
        str | None,
        column(
            "ID",
            "Nr.",
            "Nummer",
            "Risiko-Nr.",
            "Risiko-ID",
            "Lfd. Nr.",
            "Number",
            required=True,
            means=("A short name, such as R1.", "Ein kurzer Name, etwa R1."),
        ),
    ]
    risk: Annotated[
        str | None,
        column(
            "Risk",
            "Risiko",
            "Beschreibung",
            "Risikobeschreibung",
            "Bezeichnung",
            "Description",
            required=True,
            means=("What may happen, and what follows.", "Was eintreten kann und was daraus folgt."),
        ),
    ]
    likelihood: Annotated[
        float | None,
        column(
            "Likelihood",
            "Eintrittswahrscheinlichkeit",
            "Wahrscheinlichkeit",
            "Häufigkeit",
            "Probability",
            "EW",
            kind=Kind.NUMBER,
            required=True,
            means=("1 (hardly ever) to 5 (almost surely).", "1 (sehr selten) bis 5 (fast sicher)."),
        ),
    ]
    """As written; the usual scale is 1 to 5."""

    impact: Annotated[
        float | None,
        column(
            "Impact",
            "Auswirkung",
            "Schadenshöhe",
            "Schaden",
            "Schadensausmaß",
            "Auswirkungen",
            "Severity",
            kind=Kind.NUMBER,
            required=True,
            means=("1 (slight) to 5 (threatens the organisation).", "1 (gering) bis 5 (existenzbedrohend)."),
        ),
    ]
    """As written; the usual scale is 1 to 5."""

    owner: Annotated[
        str | None,
        column(
            "Owner",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Verantwortliche Person",
            "Risikoeigner",
            "Risikoeigentümer",
            "Zuständig",
            "Responsible",
            required=True,
            means=("One named person.", "Eine namentlich genannte Person."),
        ),
    ]
    measure: Annotated[
        str | None,
        column(
            "Measure",
            "Maßnahme",
            "Massnahme",
            "Maßnahmen",
            "Massnahmen",
            "Gegenmaßnahme",
            "Behandlung",
            "Treatment",
            means=("What is done about it.", "Was dagegen getan wird."),
        ),
    ]
    measure_status: Annotated[
        str | None,
        column(
            "Measure status",
            "Status der Maßnahme",
            "Maßnahmenstatus",
            "Umsetzungsstand",
            "Umsetzung",
            "Status",
            "Stand",
            choices=STATUS,
            means=("open, done or cancelled.", "offen, erledigt oder entfallen."),
        ),
    ]
    """`open`, `done` or `cancelled`."""

    due: Annotated[
        str | None,
        column(
            "Due",
            "Frist",
            "Termin",
            "Fällig",
            "Fällig am",
            "Fälligkeit",
            "Due date",
            kind=Kind.DATE,
            means=("Day by which the measure is done.", "Tag, bis zu dem die Maßnahme umgesetzt ist."),
        ),
    ]
    residual: Annotated[
        float | None,
        column(
            "Residual risk",
            "Restrisiko",
            "Residual",
            "Restrisikowert",
            kind=Kind.NUMBER,
            means=(
                "Likelihood times impact once the measure is done.",
                "Wahrscheinlichkeit mal Auswirkung nach der Maßnahme.",
            ),
        ),
    ]
    accepted_by: Annotated[
        str | None,
        column(
            "Accepted by",
            "Akzeptiert von",
            "Akzeptiert durch",
            "Angenommen von",
            "Risikoakzeptanz",
            "Getragen von",
            means=("Who in management bears the risk as it is.", "Wer in der Leitung das Risiko trägt."),
        ),
    ]
    reviewed_on: Annotated[
        str | None,
        column(
            "Reviewed on",
            "Geprüft am",
            "Überprüft am",
            "Bewertet am",
            "Letzte Prüfung",
            "Letzte Bewertung",
            kind=Kind.DATE,
            means=("Day of the last assessment.", "Tag der letzten Bewertung."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFacts(RegisterFacts):
    """What the risk register holds."""

    rows: tuple[Risk, ...]
