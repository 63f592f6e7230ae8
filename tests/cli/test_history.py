"""Listing the runs that were kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from readiness_audit.model.decision import Result
from readiness_audit.model.record import Record
from tests.cli.asking import Said
from tests.records import RUN, a_record
from tests.stages.a_week_later import a_week_later

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]


def test_where_nothing_is_kept_the_list_is_empty_and_says_where_it_looked(tool: Tool, home: Path) -> None:
    said = tool("history")
    assert (said.status, said.out) == (0, "")
    assert str(home) in said.err


def test_the_newest_run_comes_first(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    kept(a_week_later(a_record()))
    said = tool("history", "--lang", "en")
    assert [line.split()[0] for line in said.lines] == ["20261130T084500Z-111111", RUN]
    assert "NO-GO" in said.lines[0]
    assert "kmu-basis@2026-11" in said.lines[0]


def test_german_readers_get_german_words(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    assert "keine Freigabe" in tool("history", "--lang", "de").out


def test_json_has_every_field_and_nothing_else_on_standard_output(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    (entry,) = json.loads(tool("history", "--format", "json").out)["entries"]
    assert (entry["run"], entry["system"], entry["result"]) == (RUN, "customer-portal", "no-go")


def test_only_the_asked_system_and_number_are_listed(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    kept(a_week_later(a_record()))
    assert len(tool("history", "--limit", "1").lines) == 1
    assert tool("history", "somebody-else").lines == []
    assert len(tool("history", "customer-portal", "--all").lines) == 2


def test_a_damaged_record_is_named_and_the_others_are_listed(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    broken = kept(a_week_later(a_record()))
    (broken / "record.json").write_bytes(b"{}")
    said = tool("history")
    assert [line.split()[0] for line in said.lines] == [RUN]
    assert broken.name in said.err


def test_interrupted_and_judged_again_are_said(tool: Tool, kept: Keep) -> None:
    first = a_record()
    origin = replace(first.origin, complete=False, judged_from="20261101T000000Z-aaaaaa")
    kept(replace(first, origin=origin))
    (line,) = tool("history", "--lang", "en").lines
    assert "interrupted" in line
    assert "judges 20261101T000000Z-aaaaaa again" in line


def test_columns_stand_below_one_another_however_long_an_answer_is(tool: Tool, kept: Keep) -> None:
    kept(a_record())
    unsure = a_week_later(a_record())
    kept(replace(unsure, decision=replace(unsure.decision, result=Result.INCONCLUSIVE)))
    said = tool("history", "--lang", "de")
    assert len({line.index("kmu-basis@") for line in said.lines}) == 1
