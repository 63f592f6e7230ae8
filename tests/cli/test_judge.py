"""Judging a kept record again: the same bytes for the same question, and another answer for another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.ledger.canonical import record_bytes
from readiness_audit.ledger.folder import read_record
from tests.cli.asking import Said, started

Tool = Callable[..., Said]


@pytest.fixture
def record(tool: Tool, portal: Path, own: Path, tmp_path: Path, home: Path) -> Path:
    done = tool("run", portal, "--content", own, "--policy", "mine", "--out", tmp_path / "first")
    assert done.status == 0, done.err
    (folder,) = (tmp_path / "first").iterdir()
    assert not home.exists() or not list(home.rglob("record.json"))
    return folder


def test_nothing_there_is_wrong_use(tool: Tool, tmp_path: Path) -> None:
    said = tool("judge", tmp_path / "nowhere")
    assert said.status == 2
    assert "there is no such file or folder" in said.err


def test_a_record_judged_by_its_own_policy_at_its_own_time_says_the_same(
    tool: Tool, record: Path, tmp_path: Path
) -> None:
    said = tool("judge", record, "--out", tmp_path / "again")
    assert said.status == 0
    (folder,) = (tmp_path / "again").iterdir()
    before, after = read_record(record), read_record(folder)
    assert (after.verdicts, after.decision, after.evidence) == (
        before.verdicts,
        before.decision,
        before.evidence,
    )
    assert after.origin.judged_from == before.origin.run


def test_the_same_question_gives_the_same_bytes_anywhere(record: Path, own: Path, tmp_path: Path) -> None:
    words = ["judge", str(record), "--content", str(own), "--policy", "strict", "--at", "2027-02-03"]
    told = set()
    for number, odd in enumerate(
        (
            {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"},
            {"TZ": "UTC", "PYTHONHASHSEED": "2", "LC_ALL": "de_DE.UTF-8"},
        )
    ):
        said = started(
            [*words, "--out", str(tmp_path / str(number)), "--format", "json", "--lang", "en"], env=odd
        )
        (folder,) = (tmp_path / str(number)).iterdir()
        told.add((said.raw, folder.name, (folder / "record.json").read_bytes()))
    assert len(told) == 1


def test_a_stricter_policy_turns_a_go_into_a_no_go_without_looking(
    tool: Tool, record: Path, own: Path, portal: Path
) -> None:
    (portal.parent / "evidence" / "risks.csv").unlink()
    said = tool("judge", record, "--content", own, "--policy", "strict", "--format", "json")
    assert said.status == 3
    assert "Too high: R1" in said.out


def test_without_a_policy_no_content_is_needed(tool: Tool, record: Path, own: Path) -> None:
    (own / "checks" / "own" / "bearable.yaml").unlink()
    assert tool("judge", record).status == 0


def test_a_day_is_that_day_in_the_policys_zone(tool: Tool, record: Path, tmp_path: Path) -> None:
    tool("judge", record, "--at", "2027-01-31", "--out", tmp_path / "again")
    (folder,) = (tmp_path / "again").iterdir()
    assert read_record(folder).decision.judged_at.isoformat() == "2027-01-31T11:00:00+00:00"


def test_before_the_evidence_was_taken_nothing_can_be_assessed(tool: Tool, record: Path) -> None:
    said = tool("judge", record, "--at", "2020-01-01")
    assert said.status == 4


def test_nothing_is_kept_unless_it_is_asked_for(tool: Tool, record: Path, home: Path) -> None:
    tool("judge", record)
    assert not list(home.rglob("record.json"))
    said = tool("judge", record, "--keep")
    (kept,) = home.rglob("record.json")
    assert str(kept.parent) in said.err


def test_a_kept_record_is_found_by_its_run(tool: Tool, portal: Path, own: Path, home: Path) -> None:
    tool("run", portal, "--content", own, "--policy", "mine")
    (kept,) = home.rglob("record.json")
    assert tool("judge", kept.parent.name).status == 0
    assert tool("report", kept.parent.name, "--format", "json").status == 0
    missing = tool("report", "20200101T000000Z-000000")
    assert (missing.status, "history" in missing.err) == (2, True)


def test_an_altered_record_is_refused(tool: Tool, record: Path) -> None:
    path = record / "record.json"
    path.write_bytes(path.read_bytes().replace(b"R1", b"R2", 1))
    said = tool("judge", record)
    assert said.status == 2
    assert "was changed after the record was kept" in said.err


def test_the_record_itself_is_what_json_of_judging_quotes(tool: Tool, record: Path) -> None:
    told = json.loads(tool("judge", record, "--format", "json").out)
    assert record.name in json.dumps(told)
    assert record_bytes(read_record(record))


def test_the_same_question_asked_twice_is_kept_once(tool: Tool, record: Path, home: Path) -> None:
    assert tool("judge", record, "--keep").status == 0
    assert tool("judge", record, "--keep").status == 0
    assert len(list(home.rglob("record.json"))) == 1


def test_a_record_that_cannot_be_kept_is_a_failure_of_the_tool(tool: Tool, portal: Path, own: Path) -> None:
    said = tool("run", portal, "--content", own, "--policy", "mine", "--out", "/proc/nowhere")
    assert (said.status, said.out) == (1, "")
    assert "could not be kept" in said.err
