"""The list of SSH keys: who answers for each key that may log in, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SshKey:
    """One key, or one of its lines where several write about it."""

    row: int
    """Line in the file, counted from 1."""

    fingerprint: Annotated[
        str | None,
        column(
            "Fingerprint",
            "Fingerabdruck",
            "SHA256",
            "SHA-256",
            "SHA256-Fingerabdruck",
            "Key fingerprint",
            "Schlüssel-Fingerabdruck",
            "Schlüssel",
            "Key",
            "Public key",
            "Öffentlicher Schlüssel",
            kind=Kind.KEY,
            required=True,
            means=(
                "As ssh-keygen -lf prints it, SHA256:...; or the public key itself.",
                "Wie ssh-keygen -lf ihn ausgibt, SHA256:...; oder der öffentliche Schlüssel selbst.",
            ),
        ),
    ]
    """SHA-256, as `ssh-keygen -l` writes it, also where the public key itself is written there."""

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
            "Inhaber",
            "Eigentümer",
            "Verantwortlich",
            "Owner",
            "Person",
            means=(
                "Whose key it is, by the ID in the list of persons; of a service's key, who answers for it.",
                "Wem er gehört, mit der Nummer aus der Personenliste; bei einem Dienst, wer dafür einsteht.",
            ),
        ),
    ]
    service: Annotated[
        str | None,
        column(
            "Service",
            "Dienst",
            "Programm",
            "Automation",
            "System",
            means=(
                "The program that uses it, where no person does: backup, deployment.",
                "Das Programm, das ihn benutzt, wenn es keine Person ist: Sicherung, Auslieferung.",
            ),
        ),
    ]
    purpose: Annotated[
        str | None,
        column(
            "Purpose",
            "Zweck",
            "Verwendung",
            "Wofür",
            "Bemerkung",
            means=("What it is used for.", "Wofür er benutzt wird."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SshKeyFacts(RegisterFacts):
    """What the list of SSH keys holds."""

    rows: tuple[SshKey, ...]
