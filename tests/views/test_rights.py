"""Rights as they are beside rights as approved."""

from __future__ import annotations

from pathlib import Path

from tests.views.joining import joined

PERSONS = """\
person_id,name,status
P1,Anna Arendt,active
P2,Bert Brandt,left
P3,Cem Celik,active
"""
MATRIX = """\
person_id,account,system,role,approved_by,approved_on,valid_until
P1,anna,ERP,Buchhaltung,Cem Celik,2026-01-10,
P1,anna,ERP,Einkauf,"Arendt, Anna",2026-01-10,2026-06-30
P2,bert,ERP,Einkauf,P3,2026-01-10,
P3,cem,ERP,Admin,p3,2026-01-10,
P9,gast,ERP,Lesen,P1,2026-01-10,
"""
EXPORT = """\
account,enabled,person_id,roles
Anna,yes,P1,buchhaltung
Anna,yes,P1,Lager
bert,no,P2,Lager
cem,yes,P3,"Admin,Einkauf"
neu,yes,,
alt,no,,
"""


def test_lists_that_cannot_be_compared_say_why(tmp_path: Path) -> None:
    no_roles = joined("rights", tmp_path, accounts="account,enabled\na,yes\n", matrix=MATRIX, persons=PERSONS)
    assert no_roles.obstacles == ("the export of accounts has neither a column of roles nor one of groups",)
    header = MATRIX.partition("\n")[0] + "\n"
    empty = joined("rights", tmp_path, accounts="account,enabled,roles\n", matrix=header, persons=PERSONS)
    assert empty.obstacles == ("the export of accounts has no rows", "the access matrix has no rows")
    two = joined(
        "rights",
        tmp_path,
        accounts=EXPORT,
        matrix=MATRIX + "P1,anna,CRM,Admin,P3,2026-01-10,\n",
        persons=PERSONS,
    )
    assert "several systems" in two.obstacles[0]
    for facts in (no_roles, empty, two):
        assert (facts.row_count, facts.rows, facts.extra_count) == (0, (), 0)


def test_rights_are_approved_extra_or_missing(tmp_path: Path) -> None:
    facts = joined("rights", tmp_path, accounts=EXPORT, matrix=MATRIX, persons=PERSONS)
    assert [(right.state, right.account, right.role, right.enabled) for right in facts.rows] == [
        ("extra", "Anna", "Lager", True),
        ("approved", "anna", "Buchhaltung", True),
        ("missing", "anna", "Einkauf", True),
        ("extra", "bert", "Lager", False),
        ("missing", "bert", "Einkauf", False),
        ("extra", "cem", "Einkauf", True),
        ("approved", "cem", "Admin", True),
        ("extra", "neu", None, True),
        ("extra", "alt", None, False),
        ("missing", "gast", "Lesen", None),
    ]
    assert (facts.row_count, facts.approved_count, facts.extra_count, facts.missing_count) == (10, 2, 3, 3)
    assert facts.compared == "roles"


def test_approvals_keep_who_when_until_and_whose(tmp_path: Path) -> None:
    facts = joined("rights", tmp_path, accounts=EXPORT, matrix=MATRIX, persons=PERSONS)
    rights = {(right.account, right.role): right for right in facts.rows if right.matrix_row}
    assert {key for key, right in rights.items() if right.approver_is_holder} == {
        ("anna", "Einkauf"),
        ("cem", "Admin"),
    }
    buying = rights["anna", "Einkauf"]
    assert (buying.approved_on, buying.valid_until, buying.matrix_row) == ("2026-01-10", "2026-06-30", 3)
    assert (buying.holder_name, buying.account_row) == ("Anna Arendt", None)
    assert rights["bert", "Einkauf"].holder_status == "left"
    assert rights["gast", "Lesen"].holder_status == "unknown"
    assert rights["anna", "Buchhaltung"].account_row == 2


def test_groups_are_compared_where_the_export_has_no_roles(tmp_path: Path) -> None:
    export = "account,enabled,groups\nanna,yes,Buchhaltung;Einkauf\n"
    facts = joined("rights", tmp_path, accounts=export, matrix=MATRIX, persons=PERSONS)
    assert facts.compared == "groups"
    assert (facts.approved_count, facts.extra_count, facts.missing_count) == (2, 0, 3)


def test_only_systems_the_export_covers_are_compared(tmp_path: Path) -> None:
    matrix = MATRIX + "P1,anna,CRM,Admin,P3,2026-01-10,\nP1,anna,DMS,Admin,P3,2026-01-10,\n"
    export = "account,enabled,roles,system\nanna,yes,Admin,crm\nanna,yes,Einkauf,DMS\n"
    facts = joined("rights", tmp_path, accounts=export, matrix=matrix, persons=PERSONS)
    assert [(right.state, right.system, right.role) for right in facts.rows] == [
        ("approved", "CRM", "Admin"),
        ("extra", "DMS", "Einkauf"),
        ("missing", "DMS", "Admin"),
    ]
    assert facts.elsewhere_count == 5


def test_accounts_that_differ_only_in_case_are_two_where_the_system_has_both(tmp_path: Path) -> None:
    export = "account,enabled,roles\nanna,yes,Buchhaltung\nANNA,yes,Buchhaltung\n"
    facts = joined("rights", tmp_path, accounts=export, matrix=MATRIX, persons=PERSONS)
    extra = [(right.account, right.role) for right in facts.rows if right.state == "extra"]
    assert extra == [("ANNA", "Buchhaltung")]


def test_one_open_line_of_an_account_makes_it_open(tmp_path: Path) -> None:
    export = "account,enabled,roles\nanna,no,Lager\nanna,yes,Lager\n"
    facts = joined("rights", tmp_path, accounts=export, matrix=MATRIX, persons=PERSONS)
    assert facts.rows[0].enabled is True
    assert facts.extra_count == 1


def test_who_approved_is_looked_up(tmp_path: Path) -> None:
    matrix = (
        "person_id,account,system,role,approved_by,approved_on\n"
        "P1,anna,ERP,a,Dr. Cem Celik,2026-01-10\n"
        "P1,anna,ERP,b,P2,2026-01-10\n"
        "P1,anna,ERP,c,Nobody Known,2026-01-10\n"
        "P1,anna,ERP,d,,2026-01-10\n"
    )
    persons = (
        "person_id,name,status,left_on\nP1,Anna,active,\nP2,Bert,left,2025-12-31\nP3,Cem Celik,active,\n"
    )
    export = 'account,enabled,person_id,roles\nanna,yes,P1,"a,b,c,d,e"\n'
    facts = joined("rights", tmp_path, accounts=export, matrix=matrix, persons=persons)
    assert {row.role: (row.approver_status, row.approver_left_on) for row in facts.rows} == {
        "a": ("active", None),
        "b": ("left", "2025-12-31"),
        "c": ("unknown", None),
        "d": ("none", None),
        "e": ("none", None),
    }
