"""Deleting old records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from readiness_audit.model.record import Record
from tests.cli.asking import Said
from tests.records import a_record

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]


def three_old_ones(kept: Keep) -> list[Path]:
    record = a_record()
    folders = []
    for number, years in enumerate((3, 2, 1)):
        back = timedelta(days=years * 365)
        origin = replace(
            record.origin,
            run=f"202{3 + number}1123T084500Z-3f9a1c",
            started_at=record.origin.started_at - back,
            finished_at=record.origin.finished_at - back,
        )
        folders.append(kept(replace(record, origin=origin)))
    return folders


def test_nothing_kept_is_nothing_to_do(tool: Tool) -> None:
    said = tool("prune", "--older-than", "30", "--lang", "en")
    assert (said.status, said.out) == (0, "")
    assert "nothing is that old" in said.err


def test_without_yes_it_only_says_what_would_go(tool: Tool, kept: Keep) -> None:
    folders = three_old_ones(kept)
    said = tool("prune", "--older-than", "30", "--keep", "1", "--lang", "de")
    assert said.status == 0
    assert [line.split()[2] for line in said.lines] == [folder.name for folder in folders[:2]]
    assert "nichts wurde gelöscht" in said.err
    assert all(folder.exists() for folder in folders)


def test_with_yes_they_go_and_the_newest_stays(tool: Tool, kept: Keep) -> None:
    folders = three_old_ones(kept)
    said = tool("prune", "customer-portal", "--older-than", "30", "--keep", "1", "--yes")
    assert said.status == 0
    assert [folder.exists() for folder in folders] == [False, False, True]
    assert [line.split()[0] for line in tool("history").lines] == [folders[2].name]


def test_other_systems_stay(tool: Tool, kept: Keep) -> None:
    folders = three_old_ones(kept)
    tool("prune", "payroll", "--older-than", "30", "--keep", "1", "--yes")
    assert all(folder.exists() for folder in folders)


def test_an_age_must_be_given(tool: Tool) -> None:
    assert tool("prune").status == 2
    assert tool("prune", "--older-than", "0").status == 2
