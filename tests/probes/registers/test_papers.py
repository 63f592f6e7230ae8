"""Firewall rules, data flows and certificates, as people keep them in German and English."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from tests.probes.registers.reading import blind, seen, xlsx

RULES = """\
Regel;Netzzone;Quelle;Ziel;Dienst;Aktion;Zuständig;Begründung;Geprüft am
F-1;DMZ;any;192.0.2.10;443/tcp;erlauben;A. Demir;Portal;01.06.2026
F-2;Server;"10.0.1.0/24; 10.0.2.0/24";DB-Server;5432/tcp, 6432/tcp;Zulassen;A. Demir;Datenbank;2026-05-01
F-9;alle;any;any;any;Verwerfen;;;
"""
FLOWS = """\
Von;Nach;Protokoll;Datenart;TLS;Zertifikat geprüft;Ausnahme
Portal;datenbank;postgresql;personenbezogen;ja;ja;
Portal;cache:6379;redis;Zugangsdaten;nein;nein;W-3
Portal;Spiegel;http;öffentlich;nein;nein;
"""
CERTIFICATES = """\
Zertifikat;Namen;Zuständig;CA;Erneuerung;Vorlauf (Tage);Gültig bis;Seriennummer;Fingerabdruck
portal.example;www.portal.example, 192.0.2.10;P1;Let's Encrypt;ACME;;;;
mail.example;;Anna Arendt;Firmen-CA;von Hand;30;31.12.2026;0A:FF;
"""


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("firewall-rules", "Regel;Quelle;Ziel;Dienst\nF-1;a;b;c\n"),
        ("data-flows", "Von;Nach;Protokoll;Daten;TLS\na;b;c;intern;ja\n"),
        ("certificates", "Zertifikat;CA;Erneuerung\na;b;manuell\n"),
    ],
)
def test_without_rows_or_a_required_column_nothing_is_there(tmp_path: Path, kind: str, missing: str) -> None:
    header = {"firewall-rules": RULES, "data-flows": FLOWS, "certificates": CERTIFICATES}[kind]
    assert blind(tmp_path, kind, b"")[0] is Reason.EMPTY
    assert seen(tmp_path, kind, header.partition("\n")[0] + "\n").row_count == 0
    reason, detail = blind(tmp_path, kind, missing)
    assert reason is Reason.UNREADABLE
    assert "required column" in detail


def test_firewall_rules_are_read(tmp_path: Path) -> None:
    facts = seen(tmp_path, "firewall-rules", RULES)
    assert (facts.row_count, facts.unreadable, facts.incomplete, facts.unknown_columns) == (3, (), (), ())
    one, two, last = facts.rows
    assert (one.rule, one.zone, one.sources, one.destinations) == ("F-1", "DMZ", ("any",), ("192.0.2.10",))
    assert (one.owner, one.reason, one.reviewed_on) == ("A. Demir", "Portal", "2026-06-01")
    assert (two.sources, two.services) == (("10.0.1.0/24", "10.0.2.0/24"), ("5432/tcp", "6432/tcp"))
    assert [rule.action for rule in facts.rows] == ["allow", "allow", "deny"]
    assert (last.owner, last.reviewed_on) == (None, None)


def test_an_action_nobody_knows_is_no_denial(tmp_path: Path) -> None:
    facts = seen(tmp_path, "firewall-rules", "rule;zone;source;destination;service;action\nF;z;a;b;c;log\n")
    assert (facts.rows[0].action, facts.unreadable_count) == (None, 1)


def test_data_flows_are_read(tmp_path: Path) -> None:
    facts = seen(tmp_path, "data-flows", FLOWS)
    assert (facts.row_count, facts.unreadable, facts.incomplete, facts.unknown_columns) == (3, (), (), ())
    told = [(flow.client, flow.server, flow.data, flow.tls, flow.verify) for flow in facts.rows]
    assert told == [
        ("Portal", "datenbank", "personal", True, True),
        ("Portal", "cache:6379", "secret", False, False),
        ("Portal", "Spiegel", "public", False, False),
    ]
    assert facts.rows[1].exception == "W-3"


def test_a_flow_whose_protection_is_open_is_neither_protected_nor_not(tmp_path: Path) -> None:
    text = "From,To,Protocol,Data,TLS,Verified\napp,db,postgresql,personal,,partly\n"
    facts = seen(tmp_path, "data-flows", text)
    assert (facts.rows[0].tls, facts.rows[0].verify) == (None, None)
    assert (facts.incomplete_count, facts.unreadable_count) == (1, 1)


def test_certificates_are_read(tmp_path: Path) -> None:
    facts = seen(tmp_path, "certificates", CERTIFICATES)
    assert (facts.row_count, facts.unreadable, facts.incomplete, facts.unknown_columns) == (2, (), (), ())
    one, two = facts.rows
    assert (one.certificate, one.names) == ("portal.example", ("www.portal.example", "192.0.2.10"))
    assert (one.method, one.reminder_days) == ("automatic", None)
    assert (two.method, two.reminder_days, two.expires_on) == ("manual", 30.0, "2026-12-31")
    assert (two.owner, two.issuer, two.serial) == ("Anna Arendt", "Firmen-CA", "0A:FF")


def test_the_same_in_spreadsheets_and_yaml(tmp_path: Path) -> None:
    rows = [line.split(";") for line in CERTIFICATES.splitlines()]
    rows[1][5] = rows[2][5] = ""
    from_sheet = seen(tmp_path, "certificates", xlsx(*rows), "xlsx")
    assert [one.method for one in from_sheet.rows] == ["automatic", "manual"]
    yaml = "- {from: app, to: db, protocol: postgresql, data: personal, tls: true, verified: false}\n"
    from_yaml = seen(tmp_path, "data-flows", yaml, "yaml")
    assert [(flow.client, flow.tls, flow.verify) for flow in from_yaml.rows] == [("app", True, False)]
    yaml = "- {rule: F-1, zone: DMZ, source: [any], destination: [web], service: [443/tcp], action: allow}\n"
    assert seen(tmp_path, "firewall-rules", yaml, "yaml").rows[0].sources == ("any",)
