"""The list of data flows: who sends what to whom, and how it is protected on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

DATA = {
    "personal": (
        "besondere Kategorien",
        "Personendaten",
        "personal data",
        "personenbezogen",
        "personenbezogene Daten",
        "special categories",
    ),
    "secret": (
        "confidential",
        "credentials",
        "geheim",
        "Geschäftsgeheimnis",
        "secrets",
        "streng vertraulich",
        "vertraulich",
        "Zugangsdaten",
    ),
    "internal": ("intern", "interne Daten"),
    "public": ("öffentlich", "öffentliche Daten"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFlow:
    """One flow of data, between two parts of the system or across its border."""

    row: int
    """Line in the file, counted from 1."""

    client: Annotated[
        str | None,
        column(
            "From",
            "Von",
            "Source",
            "Quelle",
            "Sender",
            "Client",
            required=True,
            means=("Which part begins the connection.", "Welcher Teil die Verbindung aufbaut."),
        ),
    ]
    server: Annotated[
        str | None,
        column(
            "To",
            "Nach",
            "Destination",
            "Ziel",
            "Empfänger",
            "Server",
            required=True,
            means=(
                "Which part is connected to; best the id of its endpoint in the system file, or name:port.",
                "Wohin sie führt; am besten die id des Endpunkts aus der Systemdatei oder Name:Port.",
            ),
        ),
    ]
    protocol: Annotated[
        str | None,
        column(
            "Protocol",
            "Protokoll",
            "Dienst",
            "Service",
            required=True,
            means=("Such as https or postgresql.", "Etwa https oder postgresql."),
        ),
    ]
    data: Annotated[
        str | None,
        column(
            "Data",
            "Daten",
            "Datenart",
            "Datenklasse",
            "Data class",
            "Schutzklasse",
            "Classification",
            "Klassifizierung",
            required=True,
            choices=DATA,
            means=(
                "The most sensitive of it: personal, secret, internal or public.",
                "Die heikelsten darunter: personenbezogen, geheim, intern oder öffentlich.",
            ),
        ),
    ]
    """The most sensitive kind that flows there: `personal`, `secret`, `internal` or `public`."""

    tls: Annotated[
        bool | None,
        column(
            "TLS",
            "TLS",
            "Encrypted",
            "Verschlüsselt",
            "Transportverschlüsselung",
            kind=Kind.YES_NO,
            required=True,
            means=("Whether it is encrypted with TLS.", "Ob sie mit TLS verschlüsselt ist."),
        ),
    ]
    verify: Annotated[
        bool | None,
        column(
            "Verified",
            "Zertifikat geprüft",
            "Verify",
            "Zertifikatsprüfung",
            "Certificate verified",
            "Prüft Zertifikat",
            kind=Kind.YES_NO,
            required=True,
            means=(
                "Whether the client verifies the server's certificate and name.",
                "Ob der Client Zertifikat und Namen des Servers prüft.",
            ),
        ),
    ]
    exception: Annotated[
        str | None,
        column(
            "Exception",
            "Ausnahme",
            "Waiver",
            "Ausnahmegenehmigung",
            means=(
                "Which waiver allows it, where it is not so protected.",
                "Welche Ausnahmegenehmigung gilt, wenn sie nicht so geschützt ist.",
            ),
        ),
    ]
    """What is written there lifts nothing by itself; only a waiver of the check does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFlowFacts(RegisterFacts):
    """What the list of data flows holds."""

    rows: tuple[DataFlow, ...]
