"""The communication plan and its log: who is told what, how, and when that was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One planned message."""

    row: int
    """Line in the file, counted from 1."""

    audience: Annotated[
        str | None,
        column(
            "Audience",
            "Zielgruppe",
            "Empfänger",
            "Empfängerkreis",
            "Adressaten",
            "An",
            "Stakeholder",
            "Recipients",
            required=True,
            means=("Who is told.", "Wer informiert wird."),
        ),
    ]
    topic: Annotated[
        str | None,
        column(
            "Topic",
            "Thema",
            "Inhalt",
            "Botschaft",
            "Betreff",
            "Nachricht",
            "Message",
            "Subject",
            required=True,
            means=("What they are told.", "Worüber informiert wird."),
        ),
    ]
    channel: Annotated[
        str | None,
        column(
            "Channel",
            "Kanal",
            "Medium",
            "Weg",
            "Kommunikationsweg",
            required=True,
            means=("How: mail, intranet, meeting, ...", "Wie: E-Mail, Intranet, Versammlung, ..."),
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
            "Geplant am",
            "Geplant",
            "Zu senden am",
            "Datum",
            "Due date",
            kind=Kind.DATE,
            required=True,
            means=("Day by which they are told.", "Tag, bis zu dem informiert wird."),
        ),
    ]
    sent_on: Annotated[
        str | None,
        column(
            "Sent on",
            "Gesendet am",
            "Versendet am",
            "Verschickt am",
            "Erledigt am",
            "Durchgeführt am",
            "Sent",
            kind=Kind.DATE,
            means=(
                "Day they were told; empty while it is open.",
                "Tag, an dem informiert wurde; leer, solange offen.",
            ),
        ),
    ]
    """Day they were told; None while it is open."""

    sender: Annotated[
        str | None,
        column(
            "Sender",
            "Absender",
            "Verantwortlich",
            "Verantwortliche",
            "Verantwortlicher",
            "Gesendet von",
            "Zuständig",
            "Owner",
            means=("Who tells them.", "Wer informiert."),
        ),
    ]
    ref: Annotated[
        str | None,
        column(
            "Reference",
            "Nachweis",
            "Ref",
            "Referenz",
            "Fundstelle",
            "Ablage",
            "Link",
            means=("Where the message is kept.", "Wo die Nachricht abgelegt ist."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunicationFacts(RegisterFacts):
    """What the communication plan holds."""

    rows: tuple[Message, ...]
