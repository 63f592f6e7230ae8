"""The export of a system's accounts: who could log in, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

TYPES = {
    "person": (
        "Benutzer",
        "Benutzerkonto",
        "Mitarbeiter",
        "Nutzer",
        "individual",
        "intern",
        "named",
        "natürliche Person",
        "normal",
        "personal",
        "personenbezogen",
        "persönlich",
        "standard",
        "user",
    ),
    "service": (
        "Dienst",
        "Dienstkonto",
        "Maschine",
        "Service-Account",
        "Servicekonto",
        "System",
        "Systemkonto",
        "machine",
        "technical",
        "technisch",
        "technischer Benutzer",
        "technisches Konto",
    ),
    "shared": (
        "Funktionskonto",
        "Gruppe",
        "Gruppenkonto",
        "Sammelkonto",
        "Standardkonto",
        "default",
        "gemeinsam",
        "generic",
        "generisch",
        "geteilt",
        "group",
    ),
    "external": ("Dienstleister", "Externe", "Externer", "Gast", "Gastkonto", "Partner", "extern", "guest"),
    "break-glass": ("Notfall", "Notfallkonto", "Notfallzugang", "emergency"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account, or one of its lines where the export writes several."""

    row: int
    """Line in the file, counted from 1."""

    account: Annotated[
        str | None,
        column(
            "Account",
            "Konto",
            "Benutzer",
            "Benutzername",
            "Benutzerkonto",
            "Kontoname",
            "Anmeldename",
            "Kennung",
            "Login",
            "Username",
            "User",
            "User name",
            "sAMAccountName",
            "uid",
            required=True,
            means=("Name the account logs in with.", "Name, mit dem sich das Konto anmeldet."),
        ),
    ]
    enabled: Annotated[
        bool | None,
        column(
            "Enabled",
            "Aktiv",
            "Aktiviert",
            "Status",
            "Active",
            "Freigeschaltet",
            "Konto aktiv",
            "Kontostatus",
            kind=Kind.YES_NO,
            required=True,
            means=("Whether it can log in.", "Ob die Anmeldung möglich ist."),
        ),
    ]
    type: Annotated[
        str | None,
        column(
            "Type",
            "Art",
            "Typ",
            "Kontoart",
            "Kontotyp",
            "Account type",
            choices=TYPES,
            means=(
                "person, service, shared, external or break-glass.",
                "Person, Dienst, Sammelkonto, extern oder Notfall.",
            ),
        ),
    ]
    """`person`, `service`, `shared`, `external` or `break-glass`."""

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
            "employeeID",
            "Employee number",
            means=(
                "Who answers for it, by the ID in the list of persons.",
                "Wer dafür einsteht, mit der Nummer aus der Personenliste.",
            ),
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
            means=(
                "The system it is an account of, where the export covers several.",
                "Das System des Kontos, falls der Export mehrere umfasst.",
            ),
        ),
    ]
    roles: Annotated[
        tuple[str, ...],
        column(
            "Roles",
            "Rollen",
            "Rolle",
            "Role",
            "Berechtigungsrolle",
            "Profil",
            kind=Kind.WORDS,
            means=("Roles it holds in the application.", "Rollen in der Anwendung."),
        ),
    ]
    groups: Annotated[
        tuple[str, ...],
        column(
            "Groups",
            "Gruppen",
            "Gruppe",
            "Group",
            "Mitglied von",
            "Gruppenmitgliedschaft",
            "memberOf",
            kind=Kind.WORDS,
            means=("Groups it is a member of.", "Gruppen, denen es angehört."),
        ),
    ]
    admin: Annotated[
        bool | None,
        column(
            "Admin",
            "Administrativ",
            "Administrator",
            "Adminrechte",
            "Admin-Rechte",
            "Administrationsrechte",
            "Is admin",
            kind=Kind.YES_NO,
            means=("Whether it has administrative rights.", "Ob es administrative Rechte hat."),
        ),
    ]
    mfa: Annotated[
        bool | None,
        column(
            "MFA",
            "MFA",
            "2FA",
            "Zwei-Faktor",
            "Zweiter Faktor",
            "Zwei-Faktor-Authentisierung",
            "Zwei-Faktor-Authentifizierung",
            "Mehr-Faktor",
            "Mehrfaktor",
            "MFA enabled",
            "MFA aktiv",
            kind=Kind.YES_NO,
            means=(
                "Whether a second factor is demanded at log-in.",
                "Ob bei der Anmeldung ein zweiter Faktor verlangt wird.",
            ),
        ),
    ]
    remote: Annotated[
        bool | None,
        column(
            "Remote",
            "Fernzugriff",
            "Remote access",
            "Fernzugang",
            "Von außen",
            "Extern erreichbar",
            "VPN",
            kind=Kind.YES_NO,
            means=("Whether it can log in from outside.", "Ob die Anmeldung von außen möglich ist."),
        ),
    ]
    last_login: Annotated[
        str | None,
        column(
            "Last login",
            "Letzte Anmeldung",
            "Letzter Login",
            "Zuletzt angemeldet",
            "Last logon",
            "lastLogonTimestamp",
            "LastLogonDate",
            "Letzte Nutzung",
            kind=Kind.DATE,
            means=("Day of the last log-in; empty if never.", "Tag der letzten Anmeldung; leer, wenn nie."),
        ),
    ]
    """Day of the last log-in; None also where there never was one."""

    created_on: Annotated[
        str | None,
        column(
            "Created on",
            "Angelegt am",
            "Erstellt am",
            "Anlagedatum",
            "Erstellungsdatum",
            "Created",
            "whenCreated",
            kind=Kind.DATE,
            means=("Day it was made.", "Tag der Einrichtung."),
        ),
    ]
    expires_on: Annotated[
        str | None,
        column(
            "Expires on",
            "Läuft ab am",
            "Ablaufdatum",
            "Gültig bis",
            "Befristet bis",
            "Valid until",
            "Account expires",
            kind=Kind.DATE,
            means=("Day it stops working by itself.", "Tag, an dem es von selbst endet."),
        ),
    ]
    disabled_on: Annotated[
        str | None,
        column(
            "Disabled on",
            "Gesperrt am",
            "Deaktiviert am",
            "Sperrdatum",
            kind=Kind.DATE,
            means=("Day it was disabled.", "Tag der Sperrung."),
        ),
    ]
    purpose: Annotated[
        str | None,
        column(
            "Purpose",
            "Zweck",
            "Verwendungszweck",
            "Beschreibung",
            "Description",
            "Bemerkung",
            means=("What it is for.", "Wofür es da ist."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts(RegisterFacts):
    """What the export of accounts holds."""

    rows: tuple[Account, ...]
