"""Empty registers as people fill them in: made from what the register probes can read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.texts import Language, Texts
from readiness_audit.probes.registers.cells import Unreadable, read_cell
from readiness_audit.probes.registers.column import Column, Kind
from readiness_audit.probes.registers.probes import columns_for
from readiness_audit.rendering.spreadsheet import Field, Form

TITLES: Mapping[RegisterType, Texts] = {
    RegisterType.ACCESS_MATRIX: Texts(en="Access matrix", de="Berechtigungsmatrix"),
    RegisterType.ACCOUNTS: Texts(en="Accounts of the system", de="Konten des Systems"),
    RegisterType.BUDGET: Texts(en="Budget and effort", de="Budget und Aufwand"),
    RegisterType.CERTIFICATES: Texts(en="Register of certificates", de="Krypto-Kataster: Zertifikate"),
    RegisterType.COMMUNICATION: Texts(en="Communication plan", de="Kommunikationsplan"),
    RegisterType.DATA_FLOWS: Texts(en="Data flows", de="Datenflüsse"),
    RegisterType.DEFECTS: Texts(en="Defects", de="Fehlerliste"),
    RegisterType.FEEDBACK: Texts(en="Feedback", de="Rückmeldungen"),
    RegisterType.FIREWALL_RULES: Texts(en="Firewall rules", de="Firewall-Regeln"),
    RegisterType.MILESTONES: Texts(en="Milestones", de="Meilensteinplan"),
    RegisterType.PERSONS: Texts(en="List of persons", de="Personenliste"),
    RegisterType.REQUIREMENTS: Texts(en="Requirements", de="Anforderungen"),
    RegisterType.RESTORES: Texts(en="Restore protocol", de="Wiederherstellungsprotokoll"),
    RegisterType.RISKS: Texts(en="Risk register", de="Risikoregister"),
    RegisterType.SSH_KEYS: Texts(en="SSH keys", de="SSH-Schlüssel"),
    RegisterType.TRAINING: Texts(en="Training records", de="Schulungsnachweise"),
}

_REMARKS = (
    Texts(
        en="Fill in the lines below the header. What stands above it is explanation and counts for nothing.",
        de="Bitte unter der Kopfzeile ausfüllen. Was darüber steht, ist Erläuterung und zählt nicht.",
    ),
    Texts(
        en="Columns with * must be filled in. Days: 2026-12-31. Several words in one cell: between commas.",
        de="Spalten mit * sind auszufüllen. Tage: 31.12.2026. Mehrere Wörter in einer Zelle: mit Komma.",
    ),
)
_EXAMPLE = Texts(en="Example", de="Beispiel")

_SOMEBODY = ("Erika Mustermann", "Erika Mustermann")
_ANOTHER = ("Max Mustermann", "Max Mustermann")
_EXAMPLES: Mapping[str, tuple[str, str]] = {
    "account": ("e.mustermann", "e.mustermann"),
    "accounts": ("e.mustermann", "e.mustermann"),
    "accepted_by": _ANOTHER,
    "acceptance": ("signed acceptance record", "unterschriebenes Abnahmeprotokoll"),
    "action_id": ("A-12", "A-12"),
    "approved_by": _ANOTHER,
    "area": ("security", "Sicherheit"),
    "attachment_sha256": ("", ""),
    "audience": ("all staff", "alle Mitarbeitenden"),
    "backup_id": ("snapshot 4f2a91c0", "Sicherung 4f2a91c0"),
    "certificate": ("portal.example.org", "portal.example.org"),
    "change_approved_by": _ANOTHER,
    "channel": ("mail", "E-Mail"),
    "client": ("app-1", "app-1"),
    "course": ("Portal for users", "Portal für Anwendende"),
    "department": ("sales", "Vertrieb"),
    "deputy_of": ("P-018", "P-018"),
    "destinations": ("192.0.2.10", "192.0.2.10"),
    "exception": ("", ""),
    "fingerprint": ("SHA256:" + 43 * "A", "SHA256:" + 43 * "A"),
    "groups": ("portal-users", "portal-nutzung"),
    "group": ("users", "Anwendende"),
    "issuer": ("Let's Encrypt", "Let's Encrypt"),
    "item": ("licences", "Lizenzen"),
    "measure": ("second disk system", "zweites Plattensystem"),
    "name": _SOMEBODY,
    "names": ("www.example.org", "www.example.org"),
    "owner": _SOMEBODY,
    "person_id": ("P-017", "P-017"),
    "protocol": ("postgresql", "postgresql"),
    "purpose": ("daily work", "tägliche Arbeit"),
    "reason": ("access for customers", "Zugang für die Kundschaft"),
    "ref": ("mail of 2026-05-04", "E-Mail vom 04.05.2026"),
    "replanned_by": ("", ""),
    "resource": ("orders", "Aufträge"),
    "reviewer": _ANOTHER,
    "right": ("read", "lesen"),
    "risk": ("the disk system fails", "Das Plattensystem fällt aus"),
    "role": ("clerk", "Sachbearbeitung"),
    "roles": ("clerk", "Sachbearbeitung"),
    "rule": ("F-12", "F-12"),
    "sample": ("20 files", "20 Dateien"),
    "sender": _SOMEBODY,
    "serial": ("", ""),
    "server": ("database", "datenbank"),
    "services": ("443/tcp", "443/tcp"),
    "service": ("backup", "Sicherung"),
    "sha256": ("", ""),
    "source": ("pilot group", "Pilotgruppe"),
    "sources": ("any", "any"),
    "system": ("customer portal", "Kundenportal"),
    "test_id": ("T-41, T-42", "T-41, T-42"),
    "tester": _SOMEBODY,
    "text": ("The search finds an order by its number.", "Die Suche findet einen Auftrag über seine Nummer."),
    "title": ("Pilot begins", "Beginn des Pilotbetriebs"),
    "topic": ("the new portal", "das neue Portal"),
    "used_on": ("app-1", "app-1"),
    "workaround": ("by telephone", "telefonisch"),
    "zone": ("DMZ", "DMZ"),
    "decision": ("management, 2026-05-04: bearable", "Leitung, 04.05.2026: tragbar"),
}
_NOT_YET = frozenset(
    {"closed_on", "disabled_on", "done_on", "expires_on", "left_on", "replanned_to", "sent_on"}
)
_NUMBERS: Mapping[str, str] = {
    "planned": "12000",
    "committed": "9000",
    "actual": "8500",
    "forecast": "11500",
    "per_year": "2400",
    "duration_minutes": "45",
    "mismatches": "0",
    "residual": "6",
    "reminder_days": "30",
    "score": "92",
}
_IDS: Mapping[RegisterType, str] = {
    RegisterType.DEFECTS: "F-101",
    RegisterType.MILESTONES: "M1",
    RegisterType.REQUIREMENTS: "A-17",
    RegisterType.RISKS: "R1",
}
_DAY = ("2026-12-31", "31.12.2026")
_BETWEEN = re.compile(r", | oder | or ")


def form_of(register: RegisterType, language: Language) -> Form:
    """Make the empty register of a type in one language."""
    return Form(
        title=TITLES[register].said(language),
        remarks=tuple(remark.said(language) for remark in _REMARKS),
        example=_EXAMPLE.said(language),
        fields=tuple(
            _field(name, told, language, _IDS.get(register, "1"))
            for name, told in columns_for(register).items()
        ),
    )


def _field(name: str, told: Column, language: Language, id_: str) -> Field:
    choices = _choices(told, language)
    return Field(
        head=told.head.said(language),
        means=told.means.said(language),
        example=choices[0] if choices else id_ if name == "id" else _example(name, told, language),
        required=told.required,
        is_date=told.kind is Kind.DATE,
        is_number=told.kind is Kind.NUMBER,
        choices=choices,
    )


def _choices(told: Column, language: Language) -> tuple[str, ...]:
    german = language is Language.DE
    if told.kind is Kind.YES_NO:
        return ("ja", "nein") if german else ("yes", "no")
    if told.kind is not Kind.CHOICE:
        return ()
    # Its meaning lists the words of the language; where each of them can be read, they are offered.
    listed = told.means.said(language).rpartition(": ")[2].rstrip(".")
    words = tuple(_BETWEEN.split(listed))
    try:
        if {read_cell(word, told) for word in words} == set(told.choices):
            return words
    except Unreadable:
        pass
    return tuple(told.choices)


def _example(name: str, told: Column, language: Language) -> str:
    place = language is Language.DE
    if told.kind is Kind.DATE:
        return "" if name in _NOT_YET else _DAY[place]
    if told.kind is Kind.NUMBER:
        return _NUMBERS.get(name, "3")
    return _EXAMPLES.get(name, ("...", "..."))[place]
