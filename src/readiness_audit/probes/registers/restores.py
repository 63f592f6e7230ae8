"""The restore protocol: which backups were really restored, and how that went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

SCOPES = {
    "full": ("Gesamtsystem", "Vollrestore", "complete", "gesamt", "komplett", "vollständig", "full system"),
    "sample": ("Stichprobe", "Teil", "Teilrestore", "einzelne Dateien", "files", "partial", "teilweise"),
}
RESULTS = {
    "passed": (
        "bestanden",
        "erfolg",
        "erfolgreich",
        "fehlerfrei",
        "in Ordnung",
        "io",
        "ok",
        "success",
        "successful",
        "ja",
    ),
    "partly": ("mit Einschränkungen", "partial", "partially", "teilweise", "teilweise erfolgreich"),
    "failed": (
        "Fehler",
        "abgebrochen",
        "aborted",
        "failure",
        "fehlgeschlagen",
        "nicht bestanden",
        "nicht erfolgreich",
        "nicht in Ordnung",
        "nio",
        "nein",
    ),
    "planned": ("ausstehend", "geplant", "offen", "open", "pending"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """One restore, done or planned."""

    row: int
    """Line in the file, counted from 1."""

    date: Annotated[
        str | None,
        column(
            "Date",
            "Datum",
            "Tag",
            "Durchgeführt am",
            "Getestet am",
            "Testdatum",
            "Date of test",
            kind=Kind.DATE,
            required=True,
            means=("Day of the restore.", "Tag der Wiederherstellung."),
        ),
    ]
    system: Annotated[
        str | None,
        column(
            "System",
            "System",
            "Anwendung",
            "Application",
            "Verfahren",
            required=True,
            means=("What was restored.", "Was wiederhergestellt wurde."),
        ),
    ]
    backup_id: Annotated[
        str | None,
        column(
            "Backup ID",
            "Sicherung",
            "Sicherungs-ID",
            "Backup",
            "Snapshot",
            "Snapshot-ID",
            "Sicherungsstand",
            required=True,
            means=("The backup it was restored from.", "Die verwendete Sicherung."),
        ),
    ]
    scope: Annotated[
        str | None,
        column(
            "Scope",
            "Umfang",
            "Art des Tests",
            "Testumfang",
            choices=SCOPES,
            means=("full or sample.", "vollständig oder Stichprobe."),
        ),
    ]
    """`full` or `sample`."""

    result: Annotated[
        str | None,
        column(
            "Result",
            "Ergebnis",
            "Resultat",
            "Status",
            "Outcome",
            required=True,
            choices=RESULTS,
            means=(
                "passed, partly, failed or planned.",
                "erfolgreich, teilweise, fehlgeschlagen oder geplant.",
            ),
        ),
    ]
    """`passed`, `partly`, `failed` or `planned`."""

    duration_minutes: Annotated[
        float | None,
        column(
            "Duration (minutes)",
            "Dauer (Minuten)",
            "Dauer",
            "Dauer in Minuten",
            "Dauer Minuten",
            "Duration",
            "Duration minutes",
            "Wiederherstellungsdauer",
            "Minuten",
            "Minutes",
            kind=Kind.NUMBER,
            required=True,
            means=(
                "Minutes from the start to people working again.",
                "Minuten vom Beginn, bis wieder gearbeitet werden kann.",
            ),
        ),
    ]
    """In minutes."""

    sample: Annotated[
        str | None,
        column(
            "Sample",
            "Stichprobe",
            "Stichprobengröße",
            "Geprüfte Dateien",
            "Sample size",
            means=("What was compared, such as 20 files.", "Was verglichen wurde, etwa 20 Dateien."),
        ),
    ]
    mismatches: Annotated[
        float | None,
        column(
            "Mismatches",
            "Abweichungen",
            "Unterschiede",
            "Fehler",
            "Differenzen",
            kind=Kind.NUMBER,
            means=("How many of them differed.", "Wie viele davon abwichen."),
        ),
    ]
    tester: Annotated[
        str | None,
        column(
            "Tester",
            "Tester",
            "Durchgeführt von",
            "Durchgeführt durch",
            "Getestet von",
            "Prüfer",
            "Prüferin",
            "Verantwortlich",
            required=True,
            means=("Who restored.", "Wer wiederhergestellt hat."),
        ),
    ]
    reviewer: Annotated[
        str | None,
        column(
            "Reviewer",
            "Gegengeprüft von",
            "Geprüft von",
            "Kontrolliert von",
            "Freigegeben von",
            "Vier-Augen-Prüfung",
            "Reviewed by",
            means=("Who checked it; another person.", "Wer gegengeprüft hat; eine andere Person."),
        ),
    ]
    attachment_sha256: Annotated[
        str | None,
        column(
            "Attachment SHA-256",
            "Anlage SHA-256",
            "Nachweis SHA-256",
            "Prüfsumme",
            "SHA-256",
            means=("Hash of the log that is kept.", "Prüfsumme des aufbewahrten Protokolls."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFacts(RegisterFacts):
    """What the restore protocol holds."""

    rows: tuple[Restore, ...]
