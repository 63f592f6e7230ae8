"""Explaining checks, records, policies, probes and files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from readiness_audit.cli import COMMANDS, command
from readiness_audit.cli.explain import explained
from readiness_audit.cli.loading import load_content, senses
from readiness_audit.model.decision import Hit, Result, RuleName
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.shipped import shipped
from tests.cli.asking import Said, started
from tests.records import RUN, a_record

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]


def test_something_unknown_is_neither_a_check_nor_a_record(tool: Tool) -> None:
    said = tool("explain", "tls.protocol.minimal")
    assert said.status == 2
    assert "no check and no record" in said.err
    assert "did you mean 'tls.protocol.minimum'?" in said.err


def test_a_check_is_told_in_the_order_of_every_page(tool: Tool) -> None:
    said = tool("explain", "tls.protocol.minimum", "--lang", "en")
    assert [line[3:] for line in said.lines if line.startswith("## ")] == [
        "What it asks",
        "Why it matters",
        "See for yourself",
        "How to fix it",
        "Passes when",
        "Worked cases",
        "Used by",
        "Maps to",
    ]
    assert "openssl s_client" in said.out
    assert "item.state == 'accepted' && item.name in params.too_old" in said.out
    assert "- `kmu-standard`" in said.out


def test_a_check_of_ones_own_is_told_in_german(tool: Tool, own: Path) -> None:
    said = tool("explain", "own.risks.bearable", "--content", own, "--lang", "de")
    assert said.lines[0] == "# Jedes Risiko ist tragbar"
    assert "## So wird es behoben" in said.lines
    assert "- `mine`" in said.lines
    assert tool("checks", "show", "own.risks.bearable", "--content", own, "--lang", "de").out == said.out


def test_a_record_is_told_as_the_way_to_its_decision(tool: Tool, kept: Keep) -> None:
    folder = kept(a_record())
    said = tool("explain", folder, "--lang", "en")
    assert said.lines[0] == "NO-GO"
    assert "1. A blocker is not met: applies, and decides." in said.lines
    assert any("portal: not met: 2 found: TLSv1.0, TLSv1.1" in line for line in said.lines)
    assert "4. Major deviations are not settled by conditions: applies as well." in said.lines
    assert "3. Coverage is too low: does not apply." in said.lines
    assert said.lines[-1] == "Nothing is released."
    assert tool("explain", RUN, "--lang", "en").out == said.out


def test_a_record_is_told_in_german(tool: Tool, kept: Keep) -> None:
    said = tool("explain", kept(a_record()), "--lang", "de")
    assert said.lines[0] == "keine Freigabe"
    assert "1. Schwerwiegende Abweichung: trifft zu und entscheidet." in said.lines


def test_what_a_target_says_cannot_colour_the_screen(tool: Tool, kept: Keep) -> None:
    said = tool("explain", kept(a_record(saying="\x1b[31m\u202e")))
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out


def test_policies_are_listed_and_worked_out(tool: Tool, own: Path) -> None:
    listed = tool("policies", "list", "--content", own, "--lang", "en")
    assert {"kmu-standard", "mine", "strict"} <= {line.split()[0] for line in listed.lines}
    shown = tool("policies", "show", "strict", "--content", own, "--lang", "en")
    assert "own.risks.bearable: limit 10 -> 5: We want to see what would change." in shown.out
    assert "conditions" in shown.out.casefold()
    assert tool("policies", "show", "lax").status == 2


def test_every_probe_and_view_is_listed_and_can_be_shown(tool: Tool) -> None:
    names = [line.split()[0] for line in tool("probes", "list").lines]
    assert names == [*sorted(senses().probes), *sorted(senses().views)]
    shown = tool("probes", "show", "register.risks").out
    assert "| `likelihood` | `number?` |" in shown
    assert tool("probes", "show", "crystal-ball").status == 2


@pytest.mark.parametrize("kind", ["system", "check", "policy", "conditions", "waivers", "report"])
def test_every_schema_is_one(tool: Tool, kind: str) -> None:
    schema = json.loads(tool("schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_our_own_files_are_what_the_schemas_describe(tool: Tool, portal: Path) -> None:
    for kind, paths in {
        "check": sorted(shipped("checks").glob("*/*.yaml"))[:10],
        "policy": sorted(shipped("policies").glob("*.yaml")),
        "system": [portal],
    }.items():
        assert paths
        validator = jsonschema.Draft202012Validator(json.loads(tool("schema", kind).out))
        for path in paths:
            # A base loader leaves dates as text, as an editor does.
            data = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
            assert [error.message for error in validator.iter_errors(data)] == [], path


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_a_completion_script_is_printed_for_each_shell(tool: Tool, shell: str) -> None:
    said = tool("completion", shell)
    assert "_READINESS_AUDIT_COMPLETE" in said.out
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=said.raw, check=True)
    assert tool("completion", "tcsh").status == 2


def test_a_shell_gets_the_commands_with_their_lines() -> None:
    env = {"COMP_WORDS": "readiness-audit s", "COMP_CWORD": "1", "_READINESS_AUDIT_COMPLETE": "bash_complete"}
    said = started([], env=env)
    assert [line.partition(",")[2] for line in said.lines] == ["schedule", "schema", "sign", "status"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_one_line_of_each_command_is_its_own_first_sentence(tool: Tool, name: str) -> None:
    found = command.get_command(
        command.make_context("readiness-audit", ["--help"], resilient_parsing=True), name
    )
    assert found is not None
    assert (found.help or "").strip().split("\n\n")[0].replace("\n", " ") == COMMANDS[name]
    assert tool(name, "--help").status == 0


@pytest.mark.parametrize("language", Language)
def test_every_page_of_ours_can_be_told_in_both_languages(language: Language) -> None:
    content = load_content(())
    for name, read in content.checks.items():
        assert read.check.title.said(language) in explained(name, content, language)


def test_a_policy_is_shown_in_words_for_people(tool: Tool) -> None:
    said = tool("policies", "show", "kmu-standard", "--lang", "de")
    assert said.status == 0
    assert "IT-Betrieb; Informationssicherheitsbeauftragte (ISB)" in said.lines[-3]
    assert "Role(" not in said.out


@pytest.mark.parametrize(("language", "never"), [("en", "Nothing blocks"), ("de", "Nichts verhindert")])
def test_beside_a_no_go_nothing_says_that_nothing_blocks_the_release(
    tool: Tool, kept: Keep, language: str, never: str
) -> None:
    record = a_record()
    hit = Hit(rule=RuleName.CONDITIONS_OR_COVERAGE, result=Result.CONDITIONAL, behind=())
    agreeing = (*record.decision.agreeing, hit)
    said = tool(
        "explain",
        kept(replace(record, decision=replace(record.decision, agreeing=agreeing))),
        "--lang",
        language,
    )
    assert said.status == 0
    assert "95" in said.out
    assert never not in said.out
