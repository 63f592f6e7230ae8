"""The training register: who took which course, when, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

TOPICS = {
    "product": (
        "Anwendung",
        "Anwenderschulung",
        "Fachanwendung",
        "Produkt",
        "Produktschulung",
        "System",
        "user",
    ),
    "administration": (
        "Admin",
        "Administratorenschulung",
        "Adminschulung",
        "Betrieb",
        "Technik",
        "operation",
    ),
    "awareness": (
        "Awareness-Training",
        "Datenschutz",
        "Informationssicherheit",
        "IT-Sicherheit",
        "Phishing",
        "Security Awareness",
        "Sensibilisierung",
        "Sicherheit",
        "security",
    ),
}
RESULTS = {
    "passed": ("bestanden", "erfolgreich", "ok", "pass"),
    "attended": (
        "absolviert",
        "abgeschlossen",
        "anwesend",
        "completed",
        "done",
        "erledigt",
        "ja",
        "teilgenommen",
        "yes",
    ),
    "failed": ("durchgefallen", "fail", "nicht bestanden", "nicht erfolgreich"),
    "absent": (
        "abgesagt",
        "abwesend",
        "cancelled",
        "gefehlt",
        "nein",
        "nicht erschienen",
        "nicht teilgenommen",
        "no show",
    ),
    "planned": (
        "angemeldet",
        "ausstehend",
        "eingeladen",
        "geplant",
        "invited",
        "offen",
        "open",
        "registered",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One person at one course."""

    row: int
    """Line in the file, counted from 1."""

    person_id: Annotated[
        str | None,
        column(
            "Person ID",
            "Personalnummer",
            "Personen-ID",
            "Personal-Nr.",
            "Personalnr",
            "Pers.-Nr.",
            "Mitarbeiternummer",
            "Mitarbeiter-ID",
            "Person",
            "Teilnehmer",
            "Teilnehmerin",
            "Teilnehmende",
            required=True,
            means=(
                "Who took part, by the ID in the list of persons.",
                "Wer teilnahm, mit der Nummer aus der Personenliste.",
            ),
        ),
    ]
    group: Annotated[
        str | None,
        column(
            "Group",
            "Gruppe",
            "Zielgruppe",
            "Nutzergruppe",
            "Audience",
            required=True,
            means=(
                "For whom the course is, such as users or admins.",
                "Für wen die Schulung ist, etwa Anwendende oder Administration.",
            ),
        ),
    ]
    course: Annotated[
        str | None,
        column(
            "Course",
            "Schulung",
            "Kurs",
            "Kursname",
            "Thema",
            "Titel",
            "Veranstaltung",
            "Training",
            required=True,
            means=("Name of the course.", "Name der Schulung."),
        ),
    ]
    topic: Annotated[
        str | None,
        column(
            "Topic",
            "Schulungsart",
            "Art",
            "Inhalt",
            "Kategorie",
            "Category",
            choices=TOPICS,
            means=("product, administration or awareness.", "Produkt, Administration oder Sensibilisierung."),
        ),
    ]
    """`product`, `administration` or `awareness`."""

    date: Annotated[
        str | None,
        column(
            "Date",
            "Datum",
            "Tag",
            "Teilgenommen am",
            "Absolviert am",
            "Schulungsdatum",
            "Termin",
            "Completed on",
            kind=Kind.DATE,
            required=True,
            means=("Day of the course.", "Tag der Schulung."),
        ),
    ]
    result: Annotated[
        str | None,
        column(
            "Result",
            "Ergebnis",
            "Resultat",
            "Status",
            "Teilnahme",
            choices=RESULTS,
            means=(
                "passed, attended, failed, absent or planned.",
                "bestanden, teilgenommen, nicht bestanden, abwesend oder geplant.",
            ),
        ),
    ]
    """`passed`, `attended`, `failed`, `absent` or `planned`."""

    score: Annotated[
        float | None,
        column(
            "Score (%)",
            "Punkte (%)",
            "Punktzahl",
            "Testergebnis",
            "Prozent",
            "Score",
            "Punkte",
            "Percent",
            kind=Kind.NUMBER,
            means=("Share of right answers, 0 to 100.", "Anteil richtiger Antworten, 0 bis 100."),
        ),
    ]
    """Of 100, as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFacts(RegisterFacts):
    """What the training register holds."""

    rows: tuple[Training, ...]
