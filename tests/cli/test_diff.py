"""What changed between two records, as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from readiness_audit.model.evidence import Reason
from readiness_audit.model.record import Record
from readiness_audit.model.target import Host
from readiness_audit.model.verdict import Outcome
from tests.cli.asking import Said
from tests.records import a_record
from tests.stages.a_week_later import PORTS, TLS, a_week_later, failing, passing

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]


def test_two_records_alike_say_that_nothing_moved(tool: Tool, kept: Keep) -> None:
    said = tool("diff", kept(a_record()), kept(a_week_later(a_record())), "--lang", "en")
    assert said.status == 0
    assert said.lines[0] == "customer-portal: still NO-GO"


def test_what_was_mended_and_what_is_new_stand_under_their_own_heads(tool: Tool, kept: Keep) -> None:
    later = a_week_later(failing(passing(a_record(), TLS), PORTS, "8080/tcp (nginx)", "9200/tcp (elastic)"))
    said = tool("diff", kept(a_record()), kept(later), "--lang", "en")
    text = said.out
    assert text.index("Newly not met: 1") < text.index("9200/tcp (elastic)") < text.index("Fixed: 2")
    assert text.index("Fixed: 2") < text.index(TLS, text.index("Fixed: 2"))
    assert "the world changed" in text or "time went by" in text


def test_german_readers_get_german_words(tool: Tool, kept: Keep) -> None:
    said = tool("diff", kept(a_record()), kept(a_week_later(passing(a_record(), TLS))), "--lang", "de")
    assert "Behoben: 2" in said.out
    assert "Abweichung" in said.out


def test_json_is_the_difference_itself(tool: Tool, kept: Keep) -> None:
    said = tool("diff", kept(a_record()), kept(a_week_later(passing(a_record(), TLS))), "--format", "json")
    told = json.loads(said.out)
    assert told["system"] == "customer-portal"
    assert {each["change"] for each in told["transitions"] if each["check"] == TLS} == {"fixed"}


def test_records_of_two_systems_cannot_be_compared(tool: Tool, kept: Keep) -> None:
    one = a_record()
    other = replace(a_week_later(one), system=replace(one.system, system="shop"))
    said = tool("diff", kept(one), kept(other))
    assert said.status == 2
    assert "customer-portal and shop" in said.err


def test_a_record_that_is_not_there_is_named(tool: Tool, kept: Keep, tmp_path: Path) -> None:
    said = tool("diff", kept(a_record()), tmp_path / "gone")
    assert said.status == 2
    assert "gone" in said.err


def test_what_is_open_for_the_whole_system_is_not_called_a_cause(tool: Tool, kept: Keep) -> None:
    one = a_record()
    verdicts = [
        replace(verdict, target="", reason=Reason.NO_TARGET)
        if verdict.outcome is Outcome.NOT_ASSESSED
        else verdict
        for verdict in one.verdicts
    ]
    one = replace(one, verdicts=tuple(verdicts))
    said = tool("diff", kept(one), kept(a_week_later(one)), "--lang", "de")
    assert "  risk.register.current  das ganze System  (Geringfügige Abweichung)" in said.lines


def test_a_new_target_is_told_without_what_it_leaves_empty(tool: Tool, kept: Keep) -> None:
    one = a_record()
    later = a_week_later(one)
    box = Host(kind="host", id="box", host="192.0.2.99")
    later = replace(later, system=replace(later.system, targets=(*later.system.targets, box)))
    said = tool("diff", kept(one), kept(later), "--lang", "en")
    assert "  system file box host: (not there) -> 192.0.2.99" in said.lines
    assert "-> []" not in said.out
