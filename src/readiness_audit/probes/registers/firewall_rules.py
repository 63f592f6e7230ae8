"""The list of firewall rules: who may reach what, why, and who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts

ACTION = {
    "allow": (
        "accept",
        "allowed",
        "Annehmen",
        "erlauben",
        "erlaubt",
        "freigegeben",
        "pass",
        "permit",
        "zulassen",
    ),
    "deny": (
        "ablehnen",
        "block",
        "blockieren",
        "denied",
        "drop",
        "gesperrt",
        "reject",
        "sperren",
        "verbieten",
        "verboten",
        "verwerfen",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRule:
    """One rule."""

    row: int
    """Line in the file, counted from 1."""

    rule: Annotated[
        str | None,
        column(
            "Rule",
            "Regel",
            "ID",
            "Nr.",
            "Nummer",
            "Regel-Nr.",
            "Rule ID",
            "Rule name",
            "Regelname",
            required=True,
            means=("Number or name in the firewall.", "Nummer oder Name in der Firewall."),
        ),
    ]
    zone: Annotated[
        str | None,
        column(
            "Zone",
            "Zone",
            "Netzzone",
            "Netzsegment",
            "Segment",
            "Network zone",
            "VLAN",
            required=True,
            means=(
                "The network zone it leads into.",
                "Die Netzzone, in die sie führt.",
            ),
        ),
    ]
    sources: Annotated[
        tuple[str, ...],
        column(
            "Source",
            "Quelle",
            "Sources",
            "Quellen",
            "Von",
            "From",
            "Source address",
            "Quelladresse",
            "src",
            kind=Kind.WORDS,
            required=True,
            means=(
                "Networks, addresses or groups; any where it is open to all.",
                "Netze, Adressen oder Gruppen; any, wenn für alle offen.",
            ),
        ),
    ]
    destinations: Annotated[
        tuple[str, ...],
        column(
            "Destination",
            "Ziel",
            "Destinations",
            "Ziele",
            "Nach",
            "To",
            "Destination address",
            "Zieladresse",
            "dst",
            kind=Kind.WORDS,
            required=True,
            means=("Networks, addresses or groups.", "Netze, Adressen oder Gruppen."),
        ),
    ]
    services: Annotated[
        tuple[str, ...],
        column(
            "Service",
            "Dienst",
            "Services",
            "Dienste",
            "Port",
            "Ports",
            "Protokoll",
            "Protocol",
            kind=Kind.WORDS,
            required=True,
            means=("Such as 443/tcp.", "Etwa 443/tcp."),
        ),
    ]
    action: Annotated[
        str | None,
        column(
            "Action",
            "Aktion",
            "Wirkung",
            choices=ACTION,
            means=("allow or deny.", "erlauben oder sperren."),
        ),
    ]
    """`allow` or `deny`; a rule that does not say counts as one that allows."""

    owner: Annotated[
        str | None,
        column(
            "Owner",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Verantwortliche Person",
            "Zuständig",
            "Beantragt von",
            "Requested by",
            "Responsible",
            means=("Who needs it and answers for it.", "Wer sie braucht und verantwortet."),
        ),
    ]
    reason: Annotated[
        str | None,
        column(
            "Reason",
            "Begründung",
            "Grund",
            "Zweck",
            "Purpose",
            "Justification",
            means=("What it is needed for.", "Wofür sie gebraucht wird."),
        ),
    ]
    reviewed_on: Annotated[
        str | None,
        column(
            "Reviewed on",
            "Geprüft am",
            "Überprüft am",
            "Letzte Prüfung",
            "Last review",
            kind=Kind.DATE,
            means=(
                "Day it was last found to be needed.",
                "Tag der letzten Prüfung, ob sie noch gebraucht wird.",
            ),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRuleFacts(RegisterFacts):
    """What the list of firewall rules holds."""

    rows: tuple[FirewallRule, ...]
