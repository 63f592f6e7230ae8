"""The list of persons: who belongs to the organisation, and who has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

STATUS = {
    "active": ("aktiv", "beschäftigt", "angestellt", "current", "employed", "im Dienst", "ja"),
    "left": (
        "ausgeschieden",
        "ausgetreten",
        "ehemalig",
        "ehemals",
        "former",
        "gegangen",
        "inactive",
        "inaktiv",
        "nicht mehr beschäftigt",
        "terminated",
        "verlassen",
        "nein",
    ),
}
TRAINED_AS = {
    "users": ("Anwendende", "Anwender", "Benutzer", "Endanwender", "Key-User", "Nutzende", "Nutzer", "user"),
    "admins": (
        "Admin",
        "Administration",
        "Administrator",
        "Administratoren",
        "Administrierende",
        "IT",
        "IT-Betrieb",
    ),
    "none": ("kein", "keine", "nicht nötig", "not needed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person."""

    row: int
    """Line in the file, counted from 1."""

    person_id: Annotated[
        str | None,
        column(
            "Person ID",
            "Personalnummer",
            "Personen-ID",
            "PersonenID",
            "Pers.-Nr.",
            "Personal-Nr.",
            "Personalnr",
            "Mitarbeiternummer",
            "Mitarbeiter-ID",
            "Kennung",
            "ID",
            required=True,
            means=(
                "What the person is called by in all registers; no one else's.",
                "Woran die Person in allen Listen erkannt wird; nur einmal vergeben.",
            ),
        ),
    ]
    name: Annotated[
        str | None,
        column(
            "Name",
            "Name",
            "Full name",
            "Vor- und Nachname",
            "Vollständiger Name",
            "Mitarbeiter",
            "Mitarbeiterin",
            "Mitarbeitende",
            "Person",
            required=True,
            means=("First and last name.", "Vor- und Nachname."),
        ),
    ]
    role: Annotated[
        str | None,
        column(
            "Role",
            "Rolle",
            "Funktion",
            "Position",
            "Aufgabe",
            "Stelle",
            "Tätigkeit",
            "Job title",
            means=("What the person does.", "Was die Person tut."),
        ),
    ]
    department: Annotated[
        str | None,
        column(
            "Department",
            "Abteilung",
            "Bereich",
            "Team",
            "Organisationseinheit",
            "OE",
            "Fachbereich",
            means=("Where the person works.", "Wo die Person arbeitet."),
        ),
    ]
    status: Annotated[
        str | None,
        column(
            "Status",
            "Status",
            "Zustand",
            "State",
            required=True,
            choices=STATUS,
            means=("active or left.", "aktiv oder ausgeschieden."),
        ),
    ]
    """`active` or `left`."""

    joined_on: Annotated[
        str | None,
        column(
            "Joined on",
            "Eintritt",
            "Eintrittsdatum",
            "Eingetreten am",
            "Beschäftigt seit",
            "Start date",
            kind=Kind.DATE,
            means=("First day of work.", "Erster Arbeitstag."),
        ),
    ]
    left_on: Annotated[
        str | None,
        column(
            "Left on",
            "Austritt",
            "Austrittsdatum",
            "Ausgetreten am",
            "Ausgeschieden am",
            "Ausscheiden",
            "Letzter Arbeitstag",
            "End date",
            kind=Kind.DATE,
            means=("Last day of work, once it is known.", "Letzter Arbeitstag, sobald er feststeht."),
        ),
    ]
    deputy_of: Annotated[
        str | None,
        column(
            "Deputy of",
            "Vertretung von",
            "Vertritt",
            "Stellvertretung von",
            "Vertretung für",
            means=(
                "Person ID of whom this person stands in for.",
                "Personalnummer der Person, die vertreten wird.",
            ),
        ),
    ]
    accounts: Annotated[
        tuple[str, ...],
        column(
            "Accounts",
            "Konten",
            "Konto",
            "Account",
            "Benutzerkonto",
            "Benutzerkonten",
            "Benutzername",
            "Anmeldename",
            "Login",
            kind=Kind.WORDS,
            means=("Names of the person's accounts.", "Namen der Konten dieser Person."),
        ),
    ]
    trained_as: Annotated[
        str | None,
        column(
            "Trained as",
            "Schulungsgruppe",
            "Zielgruppe Schulung",
            "Training group",
            choices=TRAINED_AS,
            means=(
                "Which training the person needs: users, admins or none.",
                "Welche Schulung die Person braucht: Anwendende, Administration oder keine.",
            ),
        ),
    ]
    """`users`, `admins` or `none`: which training the person needs before the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts(RegisterFacts):
    """What the list of persons holds."""

    rows: tuple[Person, ...]
