"""`waive` and `accept`: from NO-GO to a release with conditions, and what is refused at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from readiness_audit.content.governance import load_conditions, load_waivers
from tests.cli.asking import Said

Tool = Callable[..., Said]

TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
"""Where the policies count their days."""
"""Of the commands; near midnight in Berlin it may be yesterday there, and so no test is that close."""

SOON = str(TODAY + timedelta(days=20))


@pytest.fixture
def ask(tool: Tool, own: Path, portal: Path) -> Tool:
    """Say `waive` about the portal, by the stricter policy."""

    def said(verb: str, *words: str) -> Said:
        about = ["--system", str(portal), "--policy", "strict", "--content", str(own)]
        return tool("waive", verb, *words, *about)

    return said


def asked_for(ask: Tool, **different: str) -> Said:
    words = {
        "check": "own.risks.bearable",
        "target": "risks",
        "reason": "It burns: rarely",
        "likelihood": "low",
        "impact": "high",
        "compensation": "A bucket stands ready",
        "by": "Jana Beispiel",
        **different,
    }
    return ask("request", *(part for name, value in words.items() for part in (f"--{name}", value)))


def approved(
    ask: Tool, verb: str = "approve", *, by: str = "Max Muster", until: str = SOON, **more: str
) -> Said:
    role = more.get("role", "management")
    return ask(verb, more.get("name", "W-1"), "--by", by, "--role", role, "--until", until)


def test_from_no_go_to_a_release_with_an_exception_and_back(
    tool: Tool, ask: Tool, portal: Path, own: Path
) -> None:
    def run() -> tuple[str, int]:
        said = tool("run", portal, "--content", own, "--policy", "strict", "--format", "json")
        report = json.loads(said.out)
        [verdict] = report["verdicts"]
        assert verdict["outcome"] == "fail"
        assert bool(verdict["waived"]) is (report["decision"]["result"] == "conditional")
        return report["decision"]["result"], said.status

    file = portal.parent / "waivers.yaml"
    file.write_text("# Ours; ask Max first.\n", encoding="utf-8")
    assert run() == ("no-go", 3)
    assert asked_for(ask).status == 0
    assert run() == ("no-go", 3)
    assert approved(ask).status == 0
    assert run() == ("conditional", 0)
    assert approved(ask, "extend", until=str(TODAY + timedelta(days=40))).status == 0
    assert run() == ("conditional", 0)
    assert ask("revoke", "W-1", "--by", "Max Muster", "--reason", "It burnt").status == 0
    assert run() == ("no-go", 3)
    assert file.read_text(encoding="utf-8").startswith("# Ours; ask Max first.\n")
    (waiver,), unreadable = load_waivers(file)
    assert (len(waiver.approvals), bool(waiver.revoked), unreadable) == (2, True, ())


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_would_have_no_effect_is_refused_and_nothing_is_written(
    ask: Tool, portal: Path, language: str
) -> None:
    asked_for(ask)
    file = portal.parent / "waivers.yaml"
    before = file.read_bytes()
    far, past = str(TODAY + timedelta(days=91)), str(TODAY - timedelta(days=2))
    for said in (
        approved(ask, by="beispiel, JANA"),
        approved(ask, role="it-operations"),
        approved(ask, until=far),
        approved(ask, until=past),
        approved(ask, name="W-2"),
        approved(ask, "extend"),
        approved(ask, by="\u202eMax"),
        asked_for(ask, target="elsewhere*"),
        asked_for(ask, check="own.risks.bareable"),
        asked_for(ask, id="W-1"),
        asked_for(ask, on=str(TODAY + timedelta(days=2))),
        ask("revoke", "W-7", "--by", "Max Muster", "--reason", "x", "--lang", language),
    ):
        assert (said.status, said.out) == (2, "")
        assert said.err.strip()
    assert file.read_bytes() == before


def test_it_says_what_is_wrong_in_the_users_language(ask: Tool) -> None:
    asked_for(ask)
    words = ("W-1", "--by", "Jana Beispiel", "--role", "management", "--until", SOON)
    assert "approved by the person who asked for it" in ask("approve", *words, "--lang", "en").err
    assert "genehmigt durch dieselbe Person" in ask("approve", *words, "--lang", "de").err
    assert "did you mean own.risks.bearable?" in asked_for(ask, check="own.risks.bareable").err


def test_a_new_id_does_not_start_anew(ask: Tool, portal: Path) -> None:
    for number in (1, 2, 3):
        assert asked_for(ask).status == 0
        assert approved(ask, name=f"W-{number}").status == 0
    assert asked_for(ask).status == 0
    before = (portal.parent / "waivers.yaml").read_bytes()
    said = approved(ask, name="W-4")
    assert said.status == 2
    assert "together extended more often than the policy allows (W-1, W-2, W-3)" in said.err
    assert (portal.parent / "waivers.yaml").read_bytes() == before


def test_what_can_never_be_waived_is_refused(ask: Tool, own: Path) -> None:
    check = own / "checks" / "own" / "bearable.yaml"
    text = check.read_text(encoding="utf-8")
    check.write_text(text.replace("cases:", "never_waivable: \"stage == 'pilot'\"\ncases:"), encoding="utf-8")
    said = asked_for(ask)
    assert (said.status, "there is no exception from this check" in said.err) == (2, True)


def test_a_condition_that_cannot_be_told_is_an_error_with_its_place(ask: Tool, own: Path) -> None:
    check = own / "checks" / "own" / "bearable.yaml"
    text = check.read_text(encoding="utf-8")
    check.write_text(text.replace("cases:", 'never_waivable: "trait.size() > 0"\ncases:'), encoding="utf-8")
    said = asked_for(ask)
    assert (said.status, "never_waivable" in said.err, "bearable.yaml:" in said.err) == (2, True, True)


def test_the_list_tells_how_each_stands_unreadable_ones_too(ask: Tool, portal: Path) -> None:
    asked_for(ask)
    approved(ask)
    asked_for(ask)
    with (portal.parent / "waivers.yaml").open("a", encoding="utf-8") as file:
        file.write("- id: W-3\n  reasn: x\n")
    states = [
        (each["id"], each["state"], each["refusal"])
        for each in json.loads(ask("list", "--format", "json").out)
    ]
    assert states == [
        ("W-1", "expiring", None),
        ("W-2", "refused", "not-approved"),
        ("W-3", "refused", "unreadable"),
    ]
    assert len(ask("list", "--lang", "de").lines) == 3


def test_a_file_in_another_form_is_left_alone(ask: Tool, portal: Path) -> None:
    file = portal.parent / "waivers.yaml"
    file.write_text("[{id: W-8}]\n", encoding="utf-8")
    said = asked_for(ask)
    assert (said.status, "- id: W-9" in said.err) == (2, True)
    assert file.read_text(encoding="utf-8") == "[{id: W-8}]\n"


def a_run(tool: Tool, portal: Path, own: Path, out: Path) -> Path:
    check = own / "checks" / "own" / "bearable.yaml"
    check.write_text(check.read_text(encoding="utf-8").replace("blocker", "major"), encoding="utf-8")
    said = tool("run", portal, "--content", own, "--policy", "strict", "--out", out)
    assert said.status == 3
    (folder,) = out.iterdir()
    return folder


def test_open_majors_of_a_run_become_conditions(tool: Tool, portal: Path, own: Path, tmp_path: Path) -> None:
    folder = a_run(tool, portal, own, tmp_path / "out")
    words = ("--owner", "Jana Beispiel", "--due", SOON, "--approved-by", "Max Muster")
    said = tool("accept", folder, "--system", portal, *words)
    assert said.status == 0
    assert "Lower the risk." in said.out
    (condition,), unreadable = load_conditions(portal.parent / "conditions.yaml")
    assert (condition.check, condition.target, unreadable) == ("own.risks.bearable", "risks", ())
    assert condition.due == date.fromisoformat(SOON)
    again = tool("run", portal, "--content", own, "--policy", "strict", "--format", "json")
    decision = json.loads(again.out)["decision"]
    assert (decision["result"], len(decision["conditions"])) == ("conditional", 1)
    twice = tool("accept", folder, "--system", portal, *words)
    assert (twice.status, len(load_conditions(portal.parent / "conditions.yaml")[0])) == (2, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("--owner", "Jana Beispiel", "--due", SOON, "--approved-by", "Beispiel, Jana"),
        ("--owner", "A", "--due", str(TODAY + timedelta(days=33)), "--approved-by", "B"),
        ("--owner", "A", "--due", str(TODAY - timedelta(days=2)), "--approved-by", "B"),
        ("--owner", "A", "--due", SOON, "--approved-by", "B", "--check", "another.check"),
        ("--owner", " ", "--due", SOON, "--approved-by", "B"),
        ("--owner", "A", "--due", "soon", "--approved-by", "B"),
    ],
)
def test_a_condition_without_effect_is_refused(
    tool: Tool, portal: Path, own: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    folder = a_run(tool, portal, own, tmp_path / "out")
    said = tool("accept", folder, "--system", portal, *words)
    assert said.status == 2
    assert not (portal.parent / "conditions.yaml").exists()


def test_more_open_majors_than_the_policy_allows_conditions_are_named(
    tool: Tool, portal: Path, own: Path, tmp_path: Path
) -> None:
    policy = own / "policies" / "strict.yaml"
    policy.write_text(
        policy.read_text(encoding="utf-8") + "rule: {conditions_at_most: 0}\n", encoding="utf-8"
    )
    folder = a_run(tool, portal, own, tmp_path / "out")
    words = ("--owner", "A", "--due", SOON, "--approved-by", "B", "--lang", "en")
    said = tool("accept", folder, "--system", portal, *words)
    assert said.status == 2
    assert said.err.endswith("mend some of these: own.risks.bearable (risks)\n")


def test_the_system_file_of_the_run_is_known(
    tool: Tool,
    portal: Path,
    own: Path,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_run(tool, portal, own, tmp_path / "out")
    assert tool("run", portal, "--content", own, "--policy", "strict").status == 3
    remembered = home / "systems" / "portal" / "system-file"
    (run,) = (each.name for each in remembered.parent.iterdir() if each.is_dir())
    # Another system's file lies where the command is said, and is none of its business.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    text = portal.read_text(encoding="utf-8")
    (elsewhere / "system.yaml").write_text(text.replace("system: portal", "system: shop"), encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    words = ("--owner", "Jana Beispiel", "--due", SOON, "--approved-by", "Max Muster")
    before = remembered.read_bytes()
    remembered.unlink()
    for language, told in (("en", "name it with --system"), ("de", "mit --system angeben")):
        said = tool("accept", run, *words, "--lang", language)
        assert (said.status, told in said.err) == (2, True)
    remembered.write_bytes(before)
    assert tool("accept", run, *words).status == 0
    assert len(load_conditions(portal.parent / "conditions.yaml")[0]) == 1
    assert [each.name for each in elsewhere.iterdir()] == ["system.yaml"]


def test_a_record_of_another_system_is_refused(tool: Tool, portal: Path, own: Path, tmp_path: Path) -> None:
    folder = a_run(tool, portal, own, tmp_path / "out")
    text = portal.read_text(encoding="utf-8")
    portal.write_text(text.replace("system: portal", "system: shop"), encoding="utf-8")
    words = ("--owner", "A", "--due", SOON, "--approved-by", "B")
    assert tool("accept", folder, "--system", portal, *words).status == 2
