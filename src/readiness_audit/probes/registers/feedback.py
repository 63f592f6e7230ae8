"""The feedback list: what people said, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

DECISIONS = {
    "open": ("in Arbeit", "in Bearbeitung", "in Prüfung", "neu", "new", "offen", "unentschieden", "pending"),
    "accepted": (
        "akzeptiert",
        "angenommen",
        "genehmigt",
        "ja",
        "übernommen",
        "umgesetzt",
        "wird umgesetzt",
        "yes",
    ),
    "rejected": (
        "abgelehnt",
        "declined",
        "nein",
        "nicht umgesetzt",
        "no",
        "verworfen",
        "wird nicht umgesetzt",
    ),
    "postponed": ("deferred", "später", "verschoben", "vertagt", "zurückgestellt"),
    "answered": ("beantwortet", "erledigt", "erklärt", "geklärt", "zur Kenntnis genommen", "done", "closed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One piece of feedback."""

    row: int
    """Line in the file, counted from 1."""

    date: Annotated[
        str | None,
        column(
            "Date",
            "Datum",
            "Eingang",
            "Eingegangen am",
            "Erfasst am",
            "Tag",
            "Received on",
            kind=Kind.DATE,
            required=True,
            means=("Day it came in.", "Tag des Eingangs."),
        ),
    ]
    source: Annotated[
        str | None,
        column(
            "Source",
            "Quelle",
            "Von",
            "Herkunft",
            "Absender",
            "Kanal",
            "From",
            required=True,
            means=("Who said it, or where it came in.", "Von wem oder woher es kommt."),
        ),
    ]
    group: Annotated[
        str | None,
        column(
            "Group",
            "Gruppe",
            "Zielgruppe",
            "Personengruppe",
            means=("Such as staff or customers.", "Etwa Mitarbeitende oder Kundschaft."),
        ),
    ]
    text: Annotated[
        str | None,
        column(
            "Text",
            "Rückmeldung",
            "Feedback",
            "Inhalt",
            "Beschreibung",
            "Anliegen",
            "Kommentar",
            "Comment",
            required=True,
            means=("What was said.", "Was gesagt wurde."),
        ),
    ]
    decision: Annotated[
        str | None,
        column(
            "Decision",
            "Entscheidung",
            "Beschluss",
            "Entscheid",
            "Status",
            choices=DECISIONS,
            means=(
                "open, accepted, rejected, postponed or answered.",
                "offen, angenommen, abgelehnt, zurückgestellt oder beantwortet.",
            ),
        ),
    ]
    """`open`, `accepted`, `rejected`, `postponed` or `answered`."""

    answered_on: Annotated[
        str | None,
        column(
            "Answered on",
            "Beantwortet am",
            "Erste Antwort",
            "Antwort am",
            "First answer",
            kind=Kind.DATE,
            means=("Day of the first answer.", "Tag der ersten Antwort."),
        ),
    ]
    owner: Annotated[
        str | None,
        column(
            "Owner",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Zuständig",
            "Responsible",
            means=("Who sees to it.", "Wer sich kümmert."),
        ),
    ]
    action_id: Annotated[
        str | None,
        column(
            "Action ID",
            "Maßnahme",
            "Maßnahmen-ID",
            "Massnahme",
            "Massnahmen-ID",
            "Maßnahmen-Nr.",
            "Ticket",
            "Action",
            means=("The action it led to.", "Die Maßnahme, die daraus folgt."),
        ),
    ]
    closed_on: Annotated[
        str | None,
        column(
            "Closed on",
            "Erledigt am",
            "Geschlossen am",
            "Abgeschlossen am",
            "Closed",
            kind=Kind.DATE,
            means=("Day it was settled.", "Tag der Erledigung."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFacts(RegisterFacts):
    """What the feedback list holds."""

    rows: tuple[Feedback, ...]
