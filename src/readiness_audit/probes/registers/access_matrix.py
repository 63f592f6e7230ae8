"""The access matrix: who may have which role, approved by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One approved right."""

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
            required=True,
            means=(
                "Who holds the right, by the ID in the list of persons.",
                "Wer das Recht hat, mit der Nummer aus der Personenliste.",
            ),
        ),
    ]
    account: Annotated[
        str | None,
        column(
            "Account",
            "Konto",
            "Benutzer",
            "Benutzername",
            "Benutzerkonto",
            "Anmeldename",
            "Login",
            "Username",
            "User",
            required=True,
            means=("Account it is used with.", "Konto, mit dem es genutzt wird."),
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
            means=("The system it is for.", "Das System, für das es gilt."),
        ),
    ]
    role: Annotated[
        str | None,
        column(
            "Role",
            "Rolle",
            "Berechtigungsrolle",
            "Gruppe",
            "Group",
            "Profil",
            required=True,
            means=("The role or group that is approved.", "Die genehmigte Rolle oder Gruppe."),
        ),
    ]
    resource: Annotated[
        str | None,
        column(
            "Resource",
            "Ressource",
            "Objekt",
            "Bereich",
            "Ordner",
            means=("What the right is about.", "Worauf sich das Recht bezieht."),
        ),
    ]
    right: Annotated[
        str | None,
        column(
            "Right",
            "Recht",
            "Berechtigung",
            "Zugriff",
            "Permission",
            "Zugriffsart",
            means=("read, write, approve, ...", "lesen, schreiben, freigeben, ..."),
        ),
    ]
    approved_by: Annotated[
        str | None,
        column(
            "Approved by",
            "Genehmigt von",
            "Genehmigt durch",
            "Freigegeben von",
            "Freigabe durch",
            "Genehmiger",
            required=True,
            means=(
                "Who approved it: name or person ID; not the holder.",
                "Wer es genehmigt hat: Name oder Personalnummer; nicht die Person selbst.",
            ),
        ),
    ]
    approved_on: Annotated[
        str | None,
        column(
            "Approved on",
            "Genehmigt am",
            "Freigegeben am",
            "Genehmigungsdatum",
            "Freigabe am",
            kind=Kind.DATE,
            required=True,
            means=("Day of approval.", "Tag der Genehmigung."),
        ),
    ]
    valid_until: Annotated[
        str | None,
        column(
            "Valid until",
            "Gültig bis",
            "Befristet bis",
            "Ablauf",
            "Ablaufdatum",
            "Expires",
            kind=Kind.DATE,
            means=("Last day it may be used; empty if without end.", "Letzter Tag; leer, wenn unbefristet."),
        ),
    ]
    """Last day of the approval; None where it has no end."""

    reviewed_on: Annotated[
        str | None,
        column(
            "Reviewed on",
            "Geprüft am",
            "Überprüft am",
            "Letzte Prüfung",
            "Rezertifiziert am",
            "Review",
            kind=Kind.DATE,
            means=(
                "Day somebody last checked that it is still needed.",
                "Tag, an dem zuletzt geprüft wurde, ob es noch nötig ist.",
            ),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFacts(RegisterFacts):
    """What the access matrix holds."""

    rows: tuple[Grant, ...]
