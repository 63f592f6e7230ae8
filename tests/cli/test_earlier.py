"""From where a run looks, what it is joined with and what it goes on from: nothing is taken on trust."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.ledger.canonical import canonical
from tests.cli.asking import Said
from tests.doors import open_doors

Tool = Callable[..., Said]
HOST = "127.0.42.1"
MANAGEMENT = "net.management.restricted"
SYSTEM = """\
system: shop
title: Shop
owner: Erika Mustermann, sales
stage: rollout
pace: fast
authorisation:
  targets: [127.0.42.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: Max Mustermann, head of IT
  contact: Max Mustermann
vantage_points:
  - {{name: desk, network: office}}
  - {{name: outside, network: internet}}
targets:
  - kind: host
    id: app-1
    host: 127.0.42.1
    open_ports: [443/tcp]
    ports: declared
    restricted: [{{service: management, ports: [22/tcp], open_from: [desk]}}]
"""
POLICY = """\
policy: own
edition: "2026-11"
title: {en: Our own, de: Unsere eigene}
why: {en: To try things out., de: Zum Ausprobieren.}
checks:
  - use: net.management.restricted
  - use: net.ports.expected
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Give the system file of a shop that is looked at from two places, and a policy beside it."""
    now, day = datetime.now(UTC), timedelta(days=1)
    (tmp_path / "own" / "policies").mkdir(parents=True)
    (tmp_path / "own" / "policies" / "own.yaml").write_text(POLICY)
    path = tmp_path / "system.yaml"
    path.write_text(SYSTEM.format(begins=(now - day).isoformat(), ends=(now + day).isoformat()))
    return path


@pytest.fixture
def run(tool: Tool, shop: Path) -> Tool:
    """Run an audit of the shop while its web server listens."""

    def ask(*words: str | Path) -> Said:
        with open_doors(HOST, 443):
            own = ("--policy", "own", "--content", shop.parent / "own", "--format", "json", "--lang", "en")
            return tool("run", shop, *own, *words)

    return ask


def record(said: Said) -> Path:
    (line,) = [line for line in said.err.splitlines() if line.startswith("record: ")]
    return Path(line.removeprefix("record: "))


def cut_short(kept: Path) -> None:
    """Make a finished record look as one that was interrupted, as whoever can write it could."""
    record, manifest = kept / "record.json", kept / "manifest.json"
    listed = json.loads(manifest.read_bytes())
    raw = record.read_bytes().replace(b'"complete":true', b'"complete":false')
    (entry,) = (one for one in listed["files"] if one["name"] == "record.json")
    entry.update(sha256=hashlib.sha256(raw).hexdigest(), size=len(raw))
    record.write_bytes(raw)
    manifest.write_bytes(canonical(listed))


def management(said: Said) -> tuple[str, str, str]:
    (found,) = [one for one in json.loads(said.out)["verdicts"] if one["check"] == MANAGEMENT]
    return found["outcome"], found["reason"] or "", found["detail"]


def test_a_run_has_to_say_from_where_it_looks_once_places_are_declared(run: Tool) -> None:
    said = run()
    assert said.status == 2
    assert "say from where this run looks" in said.err
    assert "desk (office), outside (internet)" in said.err
    assert "there is no vantage point called 'moon'" in run("--from", "moon").err


def test_the_system_file_may_say_it_and_the_command_line_says_it_again(run: Tool, shop: Path) -> None:
    shop.write_text(shop.read_text().replace("vantage_points:", "vantage: outside\nvantage_points:"))
    told: dict[str, Any] = json.loads((record(run()) / "record.json").read_bytes())
    assert told["system"]["vantage"] == "outside"
    told = json.loads((record(run("--from", "desk")) / "record.json").read_bytes())
    assert told["system"]["vantage"] == "desk"


@pytest.mark.parametrize("option", ["--with", "--resume"])
def test_a_record_that_is_not_there_or_was_altered_stops_the_run(
    run: Tool, tmp_path: Path, option: str
) -> None:
    said = run("--from", "desk", option, tmp_path / "nowhere")
    assert (said.status, "cannot be read" in said.err) == (2, True), said.err
    said = run("--from", "desk", option, "20270101T000000Z-000000")
    assert (said.status, "there is no run" in said.err) == (2, True), said.err
    kept = record(run("--from", "outside")) / "record.json"
    kept.write_bytes(kept.read_bytes().replace(b'"closed"', b'"opened"'))
    said = run("--from", "desk", option, kept.parent)
    assert (said.status, "changed after the record was kept" in said.err) == (2, True), said.err


def test_a_record_is_joined_once(run: Tool) -> None:
    outside = record(run("--from", "outside"))
    said = run("--from", "desk", "--with", outside, "--with", outside.name)
    assert (said.status, "named twice" in said.err) == (2, True), said.err


def test_only_a_record_from_the_other_place_lets_it_pass(run: Tool) -> None:
    alone = run("--from", "desk")
    lacking = "not looked at from outside (internet)"
    assert management(alone) == ("not_assessed", "other-vantage", lacking)
    twice = run("--from", "desk", "--with", record(alone))
    assert management(twice) == ("not_assessed", "other-vantage", lacking)
    outside = record(run("--from", "outside"))
    assert management(run("--from", "desk", "--with", outside)) == ("pass", "", "")


def test_a_record_judged_again_says_the_same_without_any_other(run: Tool, tool: Tool) -> None:
    outside = record(run("--from", "outside"))
    joined = record(run("--from", "desk", "--with", outside))
    for path in (outside / "record.json", outside / "manifest.json"):
        path.unlink()
    assert management(tool("judge", joined, "--format", "json")) == ("pass", "", "")
    later = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    assert management(tool("judge", joined, "--format", "json", "--at", later))[0] == "stale"


def test_reports_say_in_both_languages_what_is_missing(run: Tool, tool: Tool) -> None:
    alone = record(run("--from", "desk"))
    assert "not looked at from outside (internet)" in tool("report", alone, "--lang", "en").out
    told = tool("report", alone, "--lang", "de").out
    assert "nicht geprüft von outside (internet) aus" in told
    assert "run --with" in told


@pytest.mark.parametrize("format_", ["terminal", "markdown", "html"])
def test_every_report_names_the_runs_that_are_joined_and_those_without_effect(
    run: Tool, tool: Tool, format_: str
) -> None:
    outside, desk = record(run("--from", "outside")), record(run("--from", "desk"))
    # A run that judges another one again looked at nothing itself.
    again = record(tool("judge", outside, "--out", outside.parents[3] / "again"))
    both = record(run("--from", "desk", "--with", outside, "--with", desk, "--with", again))
    looked_from = json.loads((outside / "record.json").read_bytes())["origin"]["looked_from"]
    alone = tool("report", desk, "--format", format_, "--lang", "en").out
    assert "joined" not in alone.lower()
    for language, first, place, idle in (
        ("en", "Other runs are joined to this one: run", "outside, the internet", "since it judges run"),
        (
            "de",
            "In diesen Lauf einbezogen sind andere: Lauf",
            "outside, aus dem Internet",
            "er bewertet Lauf",
        ),
    ):
        text = " ".join(tool("report", both, "--format", format_, "--lang", language).out.split())
        head = text[: text.index(first) + 700]
        year = str(datetime.now(UTC).year)
        assert f"{first} {outside.name}" in head
        assert f"{looked_from} ({place})" in head
        assert desk.name in head
        assert year in head[head.index(place) :]
        assert idle in head


def test_a_run_that_goes_on_from_another_place_or_another_system_is_refused(run: Tool, shop: Path) -> None:
    outside = record(run("--from", "outside"))
    said = run("--from", "desk", "--resume", outside)
    assert (said.status, "looked from outside (internet)" in said.err) == (2, True), said.err
    shop.write_text(shop.read_text().replace("system: shop", "system: stock"))
    said = run("--from", "outside", "--resume", outside)
    assert (said.status, "another system, shop" in said.err) == (2, True), said.err


def test_what_was_finished_is_not_looked_at_again_and_keeps_its_time(run: Tool) -> None:
    first = record(run("--from", "desk"))
    said = run("--from", "desk", "--resume", first)
    assert (said.status, "was finished" in said.err) == (2, True), said.err
    cut_short(first)
    before: dict[str, Any] = json.loads((first / "record.json").read_bytes())
    again: dict[str, Any] = json.loads(
        (record(run("--from", "desk", "--resume", first)) / "record.json").read_bytes()
    )
    (old,), (new,) = (
        [one for one in made["evidence"] if one["look"]["probe"] == "ports"] for made in (before, again)
    )
    assert new == old
    assert again["contacts"] == before["contacts"]
    assert again["origin"]["resumes"] == before["origin"]["run"]


def test_what_is_signed_does_not_go_on_from_what_anybody_could_have_written(run: Tool, tool: Tool) -> None:
    assert tool("keys", "new", "audit", "--no-passphrase").status == 0
    first = record(run("--from", "desk", "--key", "audit"))
    cut_short(first)
    said = run("--from", "desk", "--resume", first, "--key", "audit")
    assert (said.status, "not the one that was signed" in said.err) == (2, True), said.err
    (first / "record.dsse.json").unlink()
    said = run("--from", "desk", "--resume", first, "--key", "audit")
    assert (said.status, "it is not signed" in said.err) == (2, True), said.err
    # Without a key, nobody vouches for either.
    assert record(run("--from", "desk", "--resume", first)).is_dir()
