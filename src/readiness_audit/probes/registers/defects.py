"""The list of defects: what is known to be wrong, and what is decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

CLASSES = {
    "blocking": (
        "1",
        "A",
        "Klasse 1",
        "Klasse A",
        "betriebsverhindernd",
        "blocker",
        "critical",
        "kritisch",
        "verhindernd",
        "showstopper",
    ),
    "hindering": (
        "2",
        "B",
        "Klasse 2",
        "Klasse B",
        "behindernd",
        "betriebsbehindernd",
        "erheblich",
        "high",
        "hoch",
        "major",
        "medium",
        "mittel",
        "schwer",
    ),
    "minor": (
        "3",
        "4",
        "C",
        "Klasse 3",
        "Klasse C",
        "cosmetic",
        "gering",
        "leicht",
        "leichter Fehler",
        "low",
        "niedrig",
        "kosmetisch",
        "trivial",
        "unerheblich",
    ),
}
STATUS = {
    "open": (
        "bestätigt",
        "confirmed",
        "erneut geöffnet",
        "in Arbeit",
        "in Bearbeitung",
        "in progress",
        "in Prüfung",
        "neu",
        "new",
        "offen",
        "reopened",
        "to do",
        "wieder geöffnet",
        "zugewiesen",
        "assigned",
        "im Test",
    ),
    "accepted": ("akzeptiert", "bekannt", "known issue", "toleriert", "wird nicht behoben", "won't fix"),
    "done": (
        "abgeschlossen",
        "behoben",
        "closed",
        "erledigt",
        "fixed",
        "gelöst",
        "geschlossen",
        "resolved",
        "verified",
    ),
    "cancelled": (
        "abgelehnt",
        "canceled",
        "duplicate",
        "Duplikat",
        "invalid",
        "kein Fehler",
        "not a bug",
        "rejected",
        "verworfen",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One defect."""

    row: int
    """Line in the file, counted from 1."""

    id: Annotated[
        str | None,
        column(
            "ID",
            "Nr.",
            "Nummer",
            "Fehlernummer",
            "Fehler-Nr.",
            "Ticket",
            "Ticketnummer",
            "Key",
            "Issue",
            "Lfd. Nr.",
            "Number",
            required=True,
            means=("Number in the tracker.", "Nummer im Ticketsystem."),
        ),
    ]
    title: Annotated[
        str | None,
        column(
            "Title",
            "Titel",
            "Fehler",
            "Beschreibung",
            "Zusammenfassung",
            "Summary",
            "Description",
            "Bezeichnung",
            means=("What is wrong.", "Was nicht stimmt."),
        ),
    ]
    defect_class: Annotated[
        str | None,
        column(
            "Class",
            "Fehlerklasse",
            "Klasse",
            "Mangelklasse",
            "Kategorie",
            "Schweregrad",
            "Severity",
            "Defect class",
            required=True,
            choices=CLASSES,
            means=("blocking, hindering or minor.", "betriebsverhindernd, betriebsbehindernd oder leicht."),
        ),
    ]
    """`blocking`, `hindering` or `minor` (German: betriebsverhindernd, betriebsbehindernd, leicht)."""

    status: Annotated[
        str | None,
        column(
            "Status",
            "Status",
            "Zustand",
            "Stand",
            "State",
            required=True,
            choices=STATUS,
            means=("open, accepted, done or cancelled.", "offen, akzeptiert, behoben oder verworfen."),
        ),
    ]
    """`open`, `accepted` (known and left as it is), `done` or `cancelled`."""

    opened: Annotated[
        str | None,
        column(
            "Opened",
            "Gemeldet am",
            "Erfasst am",
            "Eröffnet",
            "Eröffnet am",
            "Erstellt",
            "Erstellt am",
            "Entdeckt am",
            "Datum",
            "Created",
            "Opened on",
            kind=Kind.DATE,
            required=True,
            means=("Day it was reported.", "Tag der Meldung."),
        ),
    ]
    workaround: Annotated[
        str | None,
        column(
            "Workaround",
            "Umgehung",
            "Umgehungslösung",
            "Übergangslösung",
            "Behelf",
            means=("How people get by until it is mended.", "Wie bis zur Behebung gearbeitet wird."),
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
            "Behebung bis",
            "Zu beheben bis",
            "Due date",
            kind=Kind.DATE,
            means=("Day by which it is mended.", "Tag, bis zu dem er behoben ist."),
        ),
    ]
    decision: Annotated[
        str | None,
        column(
            "Decision",
            "Entscheidung",
            "Beschluss",
            "Entscheid",
            means=("What was decided about it, and by whom.", "Was darüber entschieden wurde und von wem."),
        ),
    ]
    closed_on: Annotated[
        str | None,
        column(
            "Closed on",
            "Behoben am",
            "Geschlossen am",
            "Erledigt am",
            "Closed",
            "Resolved",
            kind=Kind.DATE,
            means=("Day it was mended.", "Tag der Behebung."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectFacts(RegisterFacts):
    """What the list of defects holds."""

    rows: tuple[Defect, ...]
