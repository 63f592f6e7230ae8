"""Accounts beside the list of persons."""

from __future__ import annotations

from pathlib import Path

from readiness_audit.model.evidence import Plain
from readiness_audit.model.facts import hollow
from readiness_audit.views import VIEWS
from readiness_audit.views.accounts import OwnedAccounts
from tests.views.joining import joined, recorded

PERSONS = """\
Personalnummer;Name;Status;Austritt;Konten
P1;Anna Arendt;aktiv;;anna, anna-adm
P2;Bert Brandt;ausgeschieden;30.09.2026;
P3;Cem Çelik;aktiv;31.12.2026;
P4;Eva Müller;aktiv;;
P5;Eva Müller;aktiv;;
"""
EXPORT = """\
Konto;Aktiv;Art;Personalnummer;Gruppen;Admin;MFA;Letzte Anmeldung
anna;ja;Person;;Users;;ja;01.11.2026
ANNA-ADM;ja;Person;;CN=Domain Admins,CN=Users,DC=corp,DC=test;;nein;
bert;ja;Person;P2;Users;;ja;29.09.2026
cem;ja;Person;Çelik, Cem;Users;ja;ja;
eva;ja;Person;Eva Müller;;;;
p3;nein;Person;;;;;
scanner;ja;Sammelkonto;;;;;
backup;ja;Dienst;P9;sudo;nein;;
notfall;ja;Notfallkonto;P1;Administratoren;;;
"""


def test_nothing_joined_is_nothing_seen(tmp_path: Path) -> None:
    header = "Konto;Aktiv\n"
    facts = joined("accounts", tmp_path, accounts=header, persons=PERSONS)
    assert (facts.row_count, facts.rows, facts.obstacles) == (0, (), ())
    facts = joined("accounts", tmp_path, accounts=EXPORT, persons="Personalnummer;Name;Status\n")
    assert (facts.row_count, facts.rows) == (0, ())
    assert facts.obstacles == ("the list of persons has no rows",)


def test_a_person_listed_twice_keeps_anything_from_being_told(tmp_path: Path) -> None:
    facts = joined("accounts", tmp_path, accounts=EXPORT, persons=PERSONS + "p2;Bert B.;aktiv;;\n")
    assert (facts.row_count, facts.obstacles) == (0, ("person p2 is in the list 2 times",))


def test_every_account_gets_its_owner_and_how_that_was_found(tmp_path: Path) -> None:
    facts = joined("accounts", tmp_path, accounts=EXPORT, persons=PERSONS)
    told = {row.account: (row.owner_id, row.owner_status, row.owner_found_by) for row in facts.rows}
    assert told == {
        "anna": ("P1", "active", "persons-accounts"),
        "ANNA-ADM": ("P1", "active", "persons-accounts"),
        "bert": ("P2", "left", "person-id"),
        "cem": ("P3", "active", "name"),
        "eva": ("Eva Müller", "unknown", None),
        "p3": ("P3", "active", "same-name"),
        "scanner": (None, "none", None),
        "backup": ("P9", "unknown", None),
        "notfall": ("P1", "active", "person-id"),
    }
    assert [row.owner_left_on for row in facts.rows[2:4]] == ["2026-09-30", "2026-12-31"]
    assert facts.rows[2].owner_name == "Bert Brandt"
    assert facts.rows[2].row == 4


def test_administrators_are_known_by_column_and_by_group(tmp_path: Path) -> None:
    facts = joined("accounts", tmp_path, accounts=EXPORT, persons=PERSONS)
    assert {row.account: row.admin_by for row in facts.rows if row.is_admin} == {
        "ANNA-ADM": "Domain Admins",
        "cem": "column",
        "backup": "sudo",
        "notfall": "Administratoren",
    }
    assert (facts.admin_count, facts.admins_known) == (3, True)
    # ANNA-ADM and cem; nobody on the list answers for backup, and notfall is for emergencies.
    assert facts.admin_persons == 2
    assert (facts.row_count, facts.enabled_count, facts.person_accounts) == (9, 8, 5)


def test_two_accounts_of_one_person_are_one_administrator(tmp_path: Path) -> None:
    rows = "anna;ja;p1;ja\nadm;ja;Anna Arendt;ja\nbert;ja;P2;ja\ncem;nein;P3;ja\n"
    export = "Konto;Aktiv;Personalnummer;Admin\n" + rows
    facts = joined("accounts", tmp_path, accounts=export, persons=PERSONS)
    assert (facts.admin_count, facts.admin_persons) == (3, 1)


def test_an_unreadable_word_about_administration_counts_as_administration(tmp_path: Path) -> None:
    export = "Konto;Aktiv;Admin\nanna;ja;teils\n"
    facts = joined("accounts", tmp_path, accounts=export, persons=PERSONS)
    assert (facts.rows[0].is_admin, facts.unreadable_count) == (True, 1)


def test_what_the_export_does_not_have_is_said(tmp_path: Path) -> None:
    facts = joined("accounts", tmp_path, accounts="Konto;Aktiv\nanna;\nbert;kaputt\n", persons=PERSONS)
    assert {"mfa", "last_login", "admin"} <= set(facts.missing_columns)
    assert facts.admins_known is False
    assert [row.enabled for row in facts.rows] == [None, None]
    assert (facts.enabled_count, facts.incomplete_count, facts.unreadable_count) == (2, 1, 1)


def test_more_unreadable_cells_than_are_listed_keep_anything_from_being_told(tmp_path: Path) -> None:
    export = "Konto;Aktiv\n" + "a;kaputt\n" * 1_001
    facts = joined("accounts", tmp_path, accounts=export, persons=PERSONS)
    assert (facts.row_count, len(facts.obstacles)) == (0, 1)


def test_views_are_listed_under_their_names_with_usable_contracts() -> None:
    assert list(VIEWS) == ["accounts", "exposed.databases", "exposed.management", "rights", "training"]
    for name, view in VIEWS.items():
        assert view.name == name
        if name.startswith("exposed."):
            continue
        assert {"obstacles", "row_count", "rows"} <= set(hollow(view.sees))
        assert hollow(view.sees)["row_count"] == 0
    assert VIEWS["accounts"].sees is OwnedAccounts


def test_two_lists_are_as_old_as_the_older_one(tmp_path: Path) -> None:
    lists = {
        "accounts": recorded(tmp_path, "accounts", EXPORT) | {"modified_at": "2026-05-01T06:00:00Z"},
        "persons": recorded(tmp_path, "persons", PERSONS) | {"modified_at": "2026-06-01T06:00:00Z"},
    }
    assert VIEWS["accounts"].join(lists).changed_at == "2026-05-01T06:00:00Z"
    older: dict[str, Plain] = {key: value for key, value in lists["persons"].items() if key != "modified_at"}
    assert VIEWS["accounts"].join({**lists, "persons": older}).changed_at is None
