"""The register of certificates (Krypto-Kataster): what is in use, who answers for it, how it is renewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

METHOD = {
    "automatic": (
        "ACME",
        "auto",
        "autoenrollment",
        "automated",
        "automatisch",
        "automatisiert",
        "cert-manager",
        "certbot",
        "EST",
        "Let's Encrypt",
        "SCEP",
    ),
    "manual": ("by hand", "händisch", "manuell", "per Hand", "von Hand"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCertificate:
    """One entry of the register."""

    row: int
    """Line in the file, counted from 1."""

    certificate: Annotated[
        str | None,
        column(
            "Certificate",
            "Zertifikat",
            "Name",
            "Common name",
            "CN",
            "Bezeichnung",
            "Servername",
            "Domain",
            required=True,
            means=(
                "What it is called; best the first of its names.",
                "Wie es heißt; am besten der erste seiner Namen.",
            ),
        ),
    ]
    names: Annotated[
        tuple[str, ...],
        column(
            "Names",
            "Namen",
            "SAN",
            "Alternative names",
            "Weitere Namen",
            "DNS-Namen",
            kind=Kind.WORDS,
            means=("Its other DNS names and addresses.", "Seine weiteren DNS-Namen und Adressen."),
        ),
    ]
    owner: Annotated[
        str | None,
        column(
            "Owner",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Verantwortliche Person",
            "Zuständig",
            "Responsible",
            required=True,
            means=("One person, by name or person ID.", "Eine Person, mit Name oder Personalnummer."),
        ),
    ]
    issuer: Annotated[
        str | None,
        column(
            "Authority",
            "Zertifizierungsstelle",
            "CA",
            "Issuer",
            "Aussteller",
            "Ausgestellt von",
            "Issued by",
            required=True,
            means=("Who issued it.", "Wer es ausgestellt hat."),
        ),
    ]
    method: Annotated[
        str | None,
        column(
            "Renewal",
            "Erneuerung",
            "Renewal method",
            "Method",
            "Verlängerung",
            "Art der Erneuerung",
            required=True,
            choices=METHOD,
            means=(
                "How it is renewed: automatic or manual.",
                "Wie es erneuert wird: automatisch oder manuell.",
            ),
        ),
    ]
    """`automatic` (ACME and its kin) or `manual`."""

    reminder_days: Annotated[
        float | None,
        column(
            "Reminder (days)",
            "Erinnerung (Tage)",
            "Reminder days",
            "Alarm days",
            "Erinnerung Tage",
            "Vorlauf",
            "Vorlauf Tage",
            "Alarm",
            kind=Kind.NUMBER,
            means=(
                "How many days before the end somebody is reminded.",
                "Wie viele Tage vor Ablauf jemand erinnert wird.",
            ),
        ),
    ]
    """Days before it expires on which somebody is reminded."""

    expires_on: Annotated[
        str | None,
        column(
            "Valid until",
            "Gültig bis",
            "Expires on",
            "Expires",
            "Ablauf",
            "Ablaufdatum",
            "Läuft ab am",
            kind=Kind.DATE,
            means=("Its last day.", "Sein letzter Tag."),
        ),
    ]
    serial: Annotated[
        str | None,
        column(
            "Serial number",
            "Seriennummer",
            "Serial",
            means=("As hexadecimal digits.", "In hexadezimalen Ziffern."),
        ),
    ]
    sha256: Annotated[
        str | None,
        column(
            "SHA-256",
            "SHA-256",
            "Fingerprint",
            "Fingerabdruck",
            "SHA-256 fingerprint",
            "Thumbprint",
            means=("Its fingerprint.", "Sein Fingerabdruck."),
        ),
    ]
    used_on: Annotated[
        tuple[str, ...],
        column(
            "Used on",
            "Verwendet auf",
            "Einsatzort",
            "Server",
            "Systems",
            "Systeme",
            kind=Kind.WORDS,
            means=("Where it is installed.", "Wo es eingebaut ist."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCertificateFacts(RegisterFacts):
    """What the register of certificates holds."""

    rows: tuple[KeptCertificate, ...]
