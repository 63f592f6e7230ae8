"""Registers as YAML: a list of mappings, every value as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.table import EmptyCell
from readiness_audit.probes.registers.yaml_lines import read_yaml
from tests.probes.registers.reading import blind, seen

ONE = "- {date: 2026-11-01, system: erp, backup_id: 1.10, result: ok, duration_minutes: 45, tester: no}\n"


def test_a_list_of_mappings_is_a_register(tmp_path: Path) -> None:
    text = "# Protokoll\n" + ONE + "- Datum: 1.10.2026\n  system: ~\n"
    assert "more than one column is date" in blind(tmp_path, "restores", text, "yaml")[1]
    facts = seen(tmp_path, "restores", text.replace("Datum", "date"), "yaml")
    first, second = facts.rows
    assert (first.row, first.backup_id, first.tester, first.result) == (2, "1.10", "no", "passed")
    assert first.duration_minutes == 45.0
    assert (second.row, second.date, second.system) == (3, "2026-10-01", None)
    assert EmptyCell(row=3, column="tester") in facts.incomplete


def test_the_list_may_stand_under_a_key_that_is_named_as_the_sheet(tmp_path: Path) -> None:
    text = "go_live: 2026-12-01\nmilestones:\n  - {title: Pilot, owner: Anna, due: 2026-11-01}\n"
    facts = seen(tmp_path, "milestones", text, "yml", "milestones")
    assert (facts.sheet, facts.rows[0].title, facts.rows[0].row) == ("milestones", "Pilot", 3)
    assert "name its key as the sheet" in blind(tmp_path, "milestones", text, "yml")[1]
    assert blind(tmp_path, "milestones", text, "yml", "risks")[0] is Reason.NOT_FOUND
    assert blind(tmp_path, "milestones", text, "yml", "go_live")[0] is Reason.UNREADABLE


def test_a_list_in_a_cell_is_several_words_and_nothing_else(tmp_path: Path) -> None:
    text = "- {account: anna, enabled: ja, groups: ['a, b', c], type: [person]}\n"
    facts = seen(tmp_path, "accounts", text, "yaml")
    assert facts.rows[0].groups == ("a, b", "c")
    assert facts.rows[0].type is None
    assert [bad.column for bad in facts.unreadable] == ["type"]


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        ("[]", Reason.EMPTY, "the list is empty"),
        ("# nothing\n", Reason.EMPTY, "holds no YAML"),
        ("just words", Reason.UNREADABLE, "list of mappings"),
        ("- a\n- b\n", Reason.UNREADABLE, "line 1: an entry must be a mapping"),
        ("- {a: {b: c}}", Reason.UNREADABLE, "cannot hold a mapping"),
        ("- {a: [[b]]}", Reason.UNREADABLE, "only words"),
        ("- {title: a, title: b}", Reason.UNREADABLE, "the key 'title' is there twice"),
        ("- {[a]: b}", Reason.UNREADABLE, "a key must be text"),
        ("- {~: b}", Reason.UNREADABLE, "a key must be text"),
        ("- &a {title: b}\n- *a\n", Reason.UNREADABLE, "line 2: write it out"),
        ("- {title: !!python/object/apply:os.system [id]}", Reason.UNREADABLE, "tags"),
        (ONE + "---\n" + ONE, Reason.UNREADABLE, "a second YAML document"),
        ("- {title: 'a\n", Reason.UNREADABLE, "not YAML"),
        ("[" * 30_000, Reason.UNREADABLE, "nested more than 6 deep"),
        ("{a: " * 30_000, Reason.UNREADABLE, "nested more than 6 deep"),
        (b"- {title: \xff}", Reason.UNREADABLE, "not UTF-8"),
        ("- {title: \x00}", Reason.UNREADABLE, "not YAML"),
        ("- {title: x}\n".encode("utf-16"), Reason.UNREADABLE, "not UTF-8"),
        (b"- a\n" * (2 * 2**20 + 1), Reason.TOO_LARGE, "8388608 bytes"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_other_yaml_is_refused_with_its_reason(content: str | bytes, reason: Reason, said: str) -> None:
    with pytest.raises(CannotSee) as caught:
        read_yaml(b"null\n" + (content.encode() if isinstance(content, str) else content))
    assert caught.value.reason is reason
    assert said in caught.value.detail


def test_a_refusal_reaches_the_look(tmp_path: Path) -> None:
    reason, detail = blind(tmp_path, "milestones", "[" * 30_000, "yaml")
    assert (reason, detail) == (Reason.UNREADABLE, "line 1: nested more than 6 deep")
