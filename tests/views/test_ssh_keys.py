"""Authorised keys beside the lists of keys and persons; fingerprints come from ssh-keygen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Plain
from readiness_audit.model.facts import hollow
from readiness_audit.model.host import Access
from readiness_audit.model.plain import to_plain
from readiness_audit.model.target import Host
from readiness_audit.probes.host.authorized_keys import PROBE, AuthorizedKeysFacts
from readiness_audit.views import VIEWS
from readiness_audit.views.ssh_keys import OwnedKeys
from tests.looking import look_at
from tests.servers.inside import fingerprint, key_pair
from tests.views.joining import Strict, recorded

PERSONS = """\
Personalnummer;Name;Status;Austritt
P1;Anna Arendt;aktiv;
P2;Bert Brandt;ausgeschieden;31.03.2026
P3;Cem Çelik;aktiv;31.12.2026
"""
HEAD = "Fingerabdruck;Personalnummer;Dienst\n"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("anna", "bert", "cem", "backup", "stranger", "two"):
        key_pair(folder, name)
    return folder


def joined(folder: Path, pairs: Path, listed: str, *names: str, persons: str = PERSONS) -> Any:  # noqa: ANN401 - facts of the view
    text = "==> /home/deploy/.ssh/authorized_keys <==\n"
    text += "".join((pairs / f"{name}.pub").read_text() for name in names)
    (folder / "keys.txt").write_text(text)
    (folder / "public.txt").write_text((pairs / "anna.pub").read_text())
    access = Access(by="files", authorized_keys="keys.txt", public_keys="public.txt")
    seen = look_at(PROBE, Host(kind="host", id="h", host="192.0.2.1", access=access), evidence=folder)
    host: dict[str, Plain] = json.loads(json.dumps(to_plain(seen.facts)), object_hook=Strict)
    return VIEWS["ssh-keys"].join(
        {
            "host": host,
            "keys": recorded(folder, "ssh-keys", HEAD + listed),
            "persons": recorded(folder, "persons", persons),
        }
    )


def test_nothing_joined_is_nothing_seen(tmp_path: Path, pairs: Path) -> None:
    facts = VIEWS["ssh-keys"].join(
        {
            "host": hollow(AuthorizedKeysFacts),
            "keys": recorded(tmp_path, "ssh-keys", HEAD),
            "persons": recorded(tmp_path, "persons", PERSONS),
        }
    )
    assert isinstance(facts, OwnedKeys)
    assert (facts.key_count, facts.all_seen, facts.looked_through) == (0, False, 0)
    facts = joined(tmp_path, pairs, "", "anna", persons="Personalnummer;Name;Status\n")
    assert (facts.key_count, facts.obstacles) == (0, ("the list of persons has no rows",))


def test_every_key_gets_its_owner(tmp_path: Path, pairs: Path) -> None:
    prints = {name: fingerprint(pairs / f"{name}.pub") for name in ("anna", "bert", "cem", "backup", "two")}
    public = (pairs / "anna.pub").read_text().strip()
    listed = (
        f"{public};P1;\n"
        f"256 {prints['bert']} bert@laptop (ED25519);Brandt, Bert;\n"
        f"{prints['cem']};P3;\n"
        f"{prints['backup']};;Sicherung\n"
        f"{prints['two']};P1;\n"
        f"{prints['two']};P9;\n"
    )
    facts = joined(tmp_path, pairs, listed, "anna", "bert", "cem", "backup", "stranger", "two")
    told = [(k.comment, k.listed, k.owner_id, k.owner_status, k.owner_left_on, k.service) for k in facts.keys]
    assert told == [
        ("anna@laptop", True, "P1", "active", None, None),
        ("bert@laptop", True, "P2", "left", "2026-03-31", None),
        ("cem@laptop", True, "P3", "active", "2026-12-31", None),
        ("backup@laptop", True, None, "service", None, "Sicherung"),
        ("stranger@laptop", False, None, "none", None, None),
        ("two@laptop", True, "P1", "disputed", None, None),
    ]
    assert (facts.key_count, facts.listed_count, facts.unreadable_count) == (6, 6, 0)
    assert {key.account for key in facts.keys} == {"deploy"}


def test_a_service_whose_owner_has_left_has_no_owner_any_more(tmp_path: Path, pairs: Path) -> None:
    facts = joined(tmp_path, pairs, f"{fingerprint(pairs / 'backup.pub')};P2;Sicherung\n", "backup")
    assert [(key.owner_status, key.service) for key in facts.keys] == [("left", "Sicherung")]


def test_what_is_no_fingerprint_is_told_with_its_line(tmp_path: Path) -> None:
    md5 = "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"
    facts = recorded(
        tmp_path, "ssh-keys", f"{HEAD}{md5};P1;\nSHA256:short;P1;\nssh-ed25519 AAAA*;P1;\n;P1;\n"
    )
    unreadable = facts["unreadable"]
    assert isinstance(unreadable, list)
    assert [cell["row"] for cell in unreadable if isinstance(cell, dict)] == [2, 3, 4]
    assert (facts["unreadable_count"], facts["incomplete_count"]) == (3, 1)


def test_it_is_as_old_as_the_oldest_of_its_files(tmp_path: Path, pairs: Path) -> None:
    facts = joined(tmp_path, pairs, "", "anna")
    assert facts.changed_at is not None
    live = VIEWS["ssh-keys"].join(
        {
            "host": {"modified_at": None},
            "keys": {"modified_at": "2026-05-01T00:00:00Z"},
            "persons": {"modified_at": "2026-04-01T00:00:00Z"},
        }
    )
    assert live.changed_at == "2026-04-01T00:00:00Z"
    assert VIEWS["ssh-keys"].join({"host": {}, "keys": {}, "persons": {}}).changed_at is None


@pytest.mark.parametrize(
    ("host", "all_seen"),
    [
        ({"places_known": True, "seen_by": "ssh"}, True),
        ({"places_known": False, "seen_by": "ssh"}, False),
        ({"places_known": False, "seen_by": "files"}, True),
        ({"places_known": True, "files_unread": 1}, False),
        ({"places_known": True, "lines_unread": 1}, False),
        ({"places_known": True, "other_ways": ["trustedusercakeys"]}, False),
    ],
)
def test_what_was_not_read_to_the_end_is_not_all(host: dict[str, Plain], all_seen: bool) -> None:  # noqa: FBT001 - the case says which
    assert VIEWS["ssh-keys"].join({"host": host, "keys": {}, "persons": {}}).all_seen is all_seen
