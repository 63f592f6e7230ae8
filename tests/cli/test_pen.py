"""Entries signed by who wrote them, from the commands to the reports, and checked with openssl alone."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.cli.asking import Said
from tests.cli.test_waive import ask, asked_for

__all__ = ["ask"]
Tool = Callable[..., Said]
TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
"""Where the policies count their days."""
SOON = str(TODAY + timedelta(days=20))
REQUIRED = "rule:\n  signatures: required\n"


@pytest.fixture
def people(tool: Tool, tmp_path: Path) -> Mapping[str, Path]:
    """Make keys for two people and trust them; gives the public halves."""
    found = {}
    for name, person in (("jana", "Jana Beispiel"), ("max", "Max Muster")):
        assert tool("keys", "new", name, "--no-passphrase").status == 0
        found[name] = tmp_path / f"{name}.pem"
        found[name].write_bytes(tool("keys", "export", name).raw)
        assert tool("keys", "trust", found[name], "--name", person).status == 0
    return found


@pytest.fixture
def run(tool: Tool, portal: Path, own: Path) -> Callable[[], dict[str, Any]]:
    """Run the audit of the portal; gives its report."""

    def once() -> dict[str, Any]:
        said = tool("run", portal, "--content", own, "--policy", "strict", "--format", "json")
        report: dict[str, Any] = json.loads(said.out)
        return report

    return once


def signed_waiver(ask: Tool) -> None:
    said = asked_for(ask, key="jana", reason="Es brennt: höchst selten")
    assert said.status == 0, said.err
    said = approved_with(ask, "--key", "max")
    assert said.status == 0, said.err


def approved_with(ask: Tool, *words: str, by: str = "Max Muster") -> Said:
    return ask("approve", "W-1", "--by", by, "--role", "management", "--until", SOON, *words)


def standing(report: dict[str, Any]) -> tuple[str, str | None]:
    (found,) = report["decision"]["standings"]
    return found["state"], found["refusal"]


def of_yaml(value: object) -> object:
    """Give what a YAML file holds as JSON can: days are text."""
    if isinstance(value, dict):
        return {key: of_yaml(item) for key, item in value.items()}
    return value if isinstance(value, str) else str(value)


def fields(entry: Mapping[str, object]) -> object:
    return of_yaml({k: v for k, v in entry.items() if k not in {"signature", "approvals", "revoked"}})


def openssl_says(folder: Path, key: Path, kind: str, said: Mapping[str, object], sig: str) -> bool:
    """Put together what was signed without any of our code, and ask openssl."""
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    of_type = f"application/vnd.readiness-audit.{kind}+json".encode()
    (folder / "in").write_bytes(b"DSSEv1 %d %b %d %b" % (len(of_type), of_type, len(body), body))
    (folder / "sig").write_bytes(base64.b64decode(sig))
    words: list[str | Path] = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        key,
        "-rawin",
        "-in",
        "in",
        "-sigfile",
        "sig",
    ]
    return subprocess.run(words, cwd=folder, check=False, capture_output=True).returncode == 0


def test_a_signed_exception_counts_and_is_told_and_openssl_agrees(
    ask: Tool, people: Mapping[str, Path], portal: Path, run: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    signed_waiver(ask)
    report = run()
    assert (report["decision"]["result"], standing(report)) == ("conditional", ("expiring", None))
    (told,) = report["decision"]["standings"]
    assert [(seal["name"], seal["fault"]) for seal in told["seals"]] == [
        ("Jana Beispiel", None),
        ("Max Muster", None),
    ]
    (entry,) = yaml.safe_load((portal.parent / "waivers.yaml").read_text(encoding="utf-8"))
    (approval,) = entry["approvals"]
    request = {"system": "portal", "waiver": fields(entry)}
    both = {**request, "approval": fields(approval)}
    first, second = entry["signature"]["sig"], approval["signature"]["sig"]
    jana, boss = people["jana"], people["max"]
    assert openssl_says(tmp_path, jana, "waiver", request, first)
    assert openssl_says(tmp_path, boss, "approval", both, second)
    for key, kind, said, sig in (
        (boss, "waiver", request, first),
        (jana, "approval", request, first),
        (jana, "waiver", {**request, "system": "shop"}, first),
        (boss, "approval", request, second),
        (boss, "waiver", both, second),
    ):
        assert not openssl_says(tmp_path, key, kind, said, sig)


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        ("It burns", "It hardly burns"),
        ("A bucket", "No bucket"),
        ("impact: high", "impact: low"),
        ("target: risks", 'target: "*"'),
        (SOON, str(TODAY + timedelta(days=60))),
        ("role: management", "role: it-operations"),
        ("requested_by: Jana Beispiel", "requested_by: Erika Beispiel"),
        ("approved_by: Max Muster", "approved_by: Max Meier"),
    ],
)
def test_what_is_changed_in_the_file_has_no_effect_and_the_report_says_why(
    ask: Tool,
    people: Mapping[str, Path],
    portal: Path,
    run: Callable[[], dict[str, Any]],
    was: str,
    is_: str,
) -> None:
    assert people
    assert asked_for(ask, key="jana").status == 0
    assert approved_with(ask, "--key", "max").status == 0
    file = portal.parent / "waivers.yaml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, is_, 1), encoding="utf-8")
    report = run()
    assert (report["decision"]["result"], standing(report)) == ("no-go", ("refused", "bad-signature"))
    assert "was not made of this entry" in report["decision"]["standings"][0]["refusal_title"]


def test_a_revoked_key_ends_it_and_what_was_proved_then_is_judged_as_it_was(
    tool: Tool, ask: Tool, people: Mapping[str, Path], run: Callable[[], dict[str, Any]], home: Path
) -> None:
    assert people
    signed_waiver(ask)
    before = run()
    (folder,) = (path for path in (home / "systems" / "portal").iterdir() if path.is_dir())
    first = tool("judge", folder, "--format", "json")
    assert tool("keys", "revoke", "max", "--reason", "lost").status == 0
    report = run()
    assert (report["decision"]["result"], standing(report)) == ("no-go", ("refused", "revoked-key"))
    again = tool("judge", folder, "--format", "json")
    assert again.raw == first.raw
    assert json.loads(again.out)["decision"] == before["decision"]


def test_a_key_that_would_take_the_effect_away_signs_nothing(
    tool: Tool, ask: Tool, people: Mapping[str, Path], portal: Path
) -> None:
    assert people
    file = portal.parent / "waivers.yaml"
    assert tool("keys", "new", "mine", "--no-passphrase").status == 0
    for words, told in (
        ({"key": "max"}, "is trusted as that of Max Muster"),
        ({"key": "mine"}, "nobody here trusts the key"),
        ({"key": "nobody"}, "there is no key 'nobody'"),
        ({"passphrase": "env:X"}, "name it with --key"),
    ):
        said = asked_for(ask, **words)
        assert (said.status, told in said.err) == (2, True), said.err
        assert not file.exists()
    assert "vertraut hier niemand" in asked_for(ask, key="mine", lang="de").err
    asked_for(ask)
    before = file.read_bytes()
    for key in ("jana", "mine"):
        assert approved_with(ask, "--key", key).status == 2
    assert file.read_bytes() == before


def test_where_the_policy_demands_signatures_nothing_else_has_an_effect(
    ask: Tool, people: Mapping[str, Path], portal: Path, own: Path, run: Callable[[], dict[str, Any]]
) -> None:
    assert people
    asked_for(ask)
    approved_with(ask)
    file = portal.parent / "waivers.yaml"
    unsigned = file.read_text(encoding="utf-8")
    with (own / "policies" / "strict.yaml").open("a", encoding="utf-8") as policy:
        policy.write(REQUIRED)
    assert standing(run()) == ("refused", "unsigned")
    file.unlink()
    said = asked_for(ask)
    assert (said.status, "it is not signed" in said.err, file.exists()) == (2, True, False)
    assert asked_for(ask, key="jana").status == 0
    assert approved_with(ask).status == 2
    assert approved_with(ask, "--key", "max").status == 0
    assert run()["decision"]["result"] == "conditional"
    assert "signature" not in unsigned


def test_a_signed_condition_counts_and_a_changed_one_does_not(
    tool: Tool,
    people: Mapping[str, Path],
    portal: Path,
    own: Path,
    tmp_path: Path,
    run: Callable[[], dict[str, Any]],
) -> None:
    check = own / "checks" / "own" / "bearable.yaml"
    check.write_text(check.read_text(encoding="utf-8").replace("blocker", "major"), encoding="utf-8")
    with (own / "policies" / "strict.yaml").open("a", encoding="utf-8") as policy:
        policy.write(REQUIRED)
    out = tmp_path / "out"
    assert tool("run", portal, "--content", own, "--policy", "strict", "--out", out).status == 3
    (folder,) = out.iterdir()
    words = ("--system", portal, "--owner", "Jana Beispiel", "--due", SOON, "--approved-by", "Max Muster")
    said = tool("accept", folder, *words)
    assert (said.status, "it is not signed" in said.err) == (2, True)
    assert tool("accept", folder, *words, "--key", "jana").status == 2
    said = tool("accept", folder, *words, "--key", "max")
    assert said.status == 0, said.err
    file = portal.parent / "conditions.yaml"
    (entry,) = yaml.safe_load(file.read_text(encoding="utf-8"))
    condition = {"system": "portal", "condition": fields(entry)}
    assert openssl_says(tmp_path, people["max"], "condition", condition, entry["signature"]["sig"])
    report = run()
    assert (report["decision"]["result"], standing(report)) == ("conditional", ("expiring", None))
    file.write_text(file.read_text(encoding="utf-8").replace("owner: Jana", "owner: Erika"), encoding="utf-8")
    report = run()
    assert (report["decision"]["result"], standing(report)) == ("no-go", ("refused", "bad-signature"))


def test_a_list_of_keys_that_cannot_be_read_is_one_sentence_and_no_run(
    ask: Tool, tool: Tool, people: Mapping[str, Path], portal: Path, own: Path, home: Path
) -> None:
    assert people
    signed_waiver(ask)
    (home / "keys" / "trusted.json").write_text("{}", encoding="utf-8")
    said = tool("run", portal, "--content", own, "--policy", "strict")
    assert (said.status, "the list of keys" in said.err, "Traceback" in said.err) == (2, True, False)
    assert not (home / "systems" / "portal").exists()


def test_people_read_in_every_form_who_signed(
    ask: Tool, tool: Tool, people: Mapping[str, Path], portal: Path, own: Path, home: Path
) -> None:
    assert people
    signed_waiver(ask)
    assert tool("run", portal, "--content", own, "--policy", "strict").status == 0
    (folder,) = (path for path in (home / "systems" / "portal").iterdir() if path.is_dir())
    keyid = json.loads(
        tool(
            "waive", "list", "--format", "json", "--system", portal, "--policy", "strict", "--content", own
        ).out
    )[0]["seals"][1]["key"]
    for said in (
        *(
            tool("report", folder, "--format", name, "--lang", "en")
            for name in ("terminal", "markdown", "html")
        ),
        tool("explain", folder, "--lang", "en"),
        ask("list", "--lang", "en"),
    ):
        text = " ".join(said.out.replace("\\", "").split())
        assert f"Signed with key {keyid[:16]} (Max Muster)." in text, said.out
    german = tool("report", folder, "--format", "markdown", "--lang", "de").out
    assert f"Signiert mit Schlüssel {keyid[:16]} (Max Muster)." in german.replace("\\", "")
