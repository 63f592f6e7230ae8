from pathlib import Path

import pytest

from readiness_audit.content.dated import load_tables
from readiness_audit.content.files import load_checks, load_policies
from readiness_audit.errors import ContentError
from readiness_audit.probes.tls.groups import GROUPS
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13
from readiness_audit.shipped import shipped

LIST = """\
list: mine
edition: "2026"
title: {en: Mine, de: Meine}
source: our own rules
tables:
  suites: [{name: TLS_AES_128_GCM_SHA256, use_until: "2030-12-31"}]
"""
POLICY = """\
policy: acme
edition: "1"
title: {en: ACME, de: ACME}
why: {en: Because, de: Darum}
checks:
  - use: tls.ciphers.expired
    parameters: {listed: "list:tls/mine@2026#suites"}
    because: we say so
"""


def write(folder: Path, listed: str = LIST, policy: str = POLICY, name: str = "mine@2026.yaml") -> Path:
    (folder / "tls").mkdir()
    (folder / "tls" / name).write_text(listed)
    (folder / "acme.yaml").write_text(policy)
    return folder


def test_a_policy_gets_the_table_it_names(tmp_path: Path) -> None:
    policy = load_policies([write(tmp_path)])["acme"]
    assert policy.checks[0].parameters == {
        "listed": ({"name": "TLS_AES_128_GCM_SHA256", "use_until": "2030-12-31"},)
    }


def test_a_list_that_is_not_there_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as error:
        load_policies([write(tmp_path, policy=POLICY.replace("@2026", "@2027"))])
    (problem,) = error.value.problems
    assert "there is no dated list 'tls/mine@2027#suites'; known: " in problem.message
    assert "tls/mine@2026#suites" in problem.message
    assert problem.place is not None
    assert problem.place.line == 7


def test_a_file_is_called_after_its_list_and_edition(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"must be called mine@2026\.yaml"):
        load_policies([write(tmp_path, name="mine.yaml")])


def test_shipped_lists_name_only_what_there_is() -> None:
    tables = load_tables([])
    known = {*ALL_SUITES.values(), *ALL_SUITES_13.values(), *(group.name for group in GROUPS.values())}
    assert len(tables) == 8
    for rows in tables.values():
        assert isinstance(rows, tuple)
        names = [row["name"] for row in rows if not isinstance(row, str | int | float)]
        assert len(names) == len(set(names)) == len(rows) > 0
        assert set(names) <= known


def test_a_check_holds_the_whole_table_and_not_its_name() -> None:
    check = load_checks([shipped("checks")])["tls.ciphers.expired"].check
    listed = check.parameters["listed"]
    assert isinstance(listed, tuple)
    assert {"name": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "use_until": "2029-12-31"} in listed
    assert {"name": "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "use_until": "2026-12-31"} in listed
    assert len(listed) == 54
