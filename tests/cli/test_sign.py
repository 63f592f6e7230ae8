"""Deciding about exactly one record, in one role."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from readiness_audit.cli.clock import now
from readiness_audit.ledger.home import remember_system_file
from readiness_audit.model.record import Record
from tests.cli.asking import Said
from tests.records import a_record, released

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]

ERIKA = ("--role", "system-owner", "--person", "Erika Beispiel", "--decision", "yes")
MAX = ("--role", "it-operations", "--person", "Max Muster", "--decision", "yes")
IDA = ("--role", "isb", "--person", "Ida Sicher", "--decision", "yes")


def keep_now(kept: Keep, home: Path, portal: Path, record: Record) -> Path:
    """Keep a record of the portal as if it had been judged just now, by a run of its system file."""
    system = replace(record.system, system="portal", traits=(), go_live=None)
    decision = replace(record.decision, judged_at=now())
    if decision.valid_until is not None:
        decision = replace(decision, valid_until=date(2998, 12, 31))
    remember_system_file(home, "portal", portal)
    return kept(replace(record, system=system, decision=decision))


@pytest.fixture
def run(kept: Keep, home: Path, portal: Path) -> Path:
    """Give a record that says go."""
    return keep_now(kept, home, portal, released(a_record()))


@pytest.fixture
def refused(kept: Keep, home: Path, portal: Path) -> Path:
    """Give a record that says no."""
    return keep_now(kept, home, portal, a_record())


def sha256(run: Path) -> str:
    return hashlib.sha256((run / "record.json").read_bytes()).hexdigest()


def test_three_people_bring_a_release_into_force(tool: Tool, run: Path, portal: Path) -> None:
    assert tool("status").status == 4
    for words in (ERIKA, MAX):
        assert tool("sign", run.name, *words, "--lang", "en").status == 0
    said = tool("status", "--lang", "en")
    assert (said.status, said.lines[0]) == (4, "portal: NOT IN FORCE")
    said = tool("sign", run.name, *IDA, "--lang", "en")
    assert said.lines[:3] == [
        "signed: Ida Sicher, Information security officer (isb): release",
        f"record: run {run.name}, GO, SHA-256 {sha256(run)}",
        f"written to: {portal.with_name('sign-offs.yaml')}",
    ]
    assert said.lines[3].startswith("GO, and in force since ")
    said = tool("status", "--lang", "en")
    assert (said.status, said.lines[0]) == (0, "portal: IN FORCE")


def test_the_entry_names_the_record_by_its_hash_and_others_stay_as_they_are(
    tool: Tool, run: Path, portal: Path
) -> None:
    path = portal.with_name("sign-offs.yaml")
    before = "# ours, \u00e4lter\n- role: works-council\n  person: 'No Body'\n"
    path.write_text(before, encoding="utf-8")
    path.chmod(0o640)
    said = tool("sign", run, *ERIKA, "--comment", 'Read: "all" of it')
    assert said.status == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert path.stat().st_mode & 0o777 == 0o640
    # An independent reader sees the same.
    entry = yaml.safe_load(text)[1]
    assert entry["record_sha256"] == sha256(run)
    assert (entry["role"], entry["person"], entry["run"]) == ("system-owner", "Erika Beispiel", run.name)
    assert entry["comment"] == 'Read: "all" of it'


def test_a_link_to_the_file_stays_a_link(tool: Tool, run: Path, portal: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.yaml"
    real.write_text("# kept in git\n", encoding="utf-8")
    path = portal.with_name("sign-offs.yaml")
    path.symlink_to(real)
    assert tool("sign", run, *ERIKA).status == 0
    assert path.is_symlink()
    assert "Erika Beispiel" in real.read_text(encoding="utf-8")


def test_the_system_file_may_name_another_place(tool: Tool, run: Path, portal: Path) -> None:
    text = portal.read_text(encoding="utf-8").replace(
        "stage: pilot\n", "stage: pilot\nsign_offs: decided.yaml\n"
    )
    portal.write_text(text, encoding="utf-8")
    assert tool("sign", run, *ERIKA).status == 0
    assert "Erika Beispiel" in portal.with_name("decided.yaml").read_text(encoding="utf-8")
    assert not portal.with_name("sign-offs.yaml").exists()


class TestRefused:
    def refused(self, tool: Tool, portal: Path, *words: str | Path) -> str:
        path = portal.with_name("sign-offs.yaml")
        before = path.read_bytes() if path.exists() else None
        said = tool("sign", *words, "--lang", "en")
        assert (said.status, said.out) == (2, "")
        assert (path.read_bytes() if path.exists() else None) == before
        return said.err

    def test_another_hash_than_was_read(self, tool: Tool, run: Path, portal: Path) -> None:
        assert "what was read is another record" in self.refused(
            tool, portal, run, *ERIKA, "--sha256", "ab" * 32
        )
        assert tool("sign", run, *ERIKA, "--sha256", f"SHA256:{sha256(run)}".lower()).status == 0

    def test_a_record_that_was_changed(self, tool: Tool, run: Path, portal: Path) -> None:
        record = run / "record.json"
        record.write_bytes(record.read_bytes().replace(b'"go"', b'"Go"'))
        assert "was changed after the record was kept" in self.refused(tool, portal, run, *ERIKA)

    @pytest.mark.parametrize("person", ["Erika Beispiel", "Beispiel, Erika", "Dr. ERIKA BEISPIEL"])
    def test_a_second_role(self, tool: Tool, run: Path, portal: Path, person: str) -> None:
        assert tool("sign", run, *ERIKA).status == 0
        told = self.refused(tool, portal, run, "--role", "isb", "--person", person, "--decision", "yes")
        assert "no person signs in two roles" in told

    def test_a_role_nobody_knows(self, tool: Tool, run: Path, portal: Path) -> None:
        told = self.refused(tool, portal, run, "--role", "boss", "--person", "Gerd", "--decision", "yes")
        assert "system-owner, it-operations, isb, dsb, management" in told

    @pytest.mark.parametrize("decision", ["yes", "conditional"])
    def test_a_release_against_the_rules_without_a_reason(
        self, tool: Tool, refused: Path, portal: Path, decision: str
    ) -> None:
        words = (*ERIKA[:-1], decision)
        assert "the rule result is NO-GO" in self.refused(tool, portal, refused, *words)
        assert "--reason: must be" in self.refused(tool, portal, refused, *words, "--reason", " ")
        said = tool("sign", refused, *words, "--reason", "The old system stops on Monday.", "--lang", "en")
        assert said.status == 0
        assert said.lines[3] == "NO-GO by rule: The rules of the policy give no release."

    def test_too_long_before_going_live(self, tool: Tool, kept: Keep, home: Path, portal: Path) -> None:
        record = released(a_record())
        late = replace(record.system, system="portal", go_live=date(2999, 12, 31))
        remember_system_file(home, "portal", portal)
        run = kept(replace(record, system=late, decision=replace(record.decision, judged_at=now())))
        told = self.refused(tool, portal, run, *ERIKA)
        assert "goes live on 31 December 2999" in told
        assert "sign from 17 December 2999 on" in told
        assert tool("sign", run, *ERIKA[:-1], "no").status == 0

    @pytest.mark.parametrize("text", ["role: isb\n", "- [\n", "[]\n", "- {role: x}\n  - y\n"])
    def test_a_file_nothing_can_be_added_to(self, tool: Tool, run: Path, portal: Path, text: str) -> None:
        portal.with_name("sign-offs.yaml").write_text(text, encoding="utf-8")
        assert "sign-offs.yaml" in self.refused(tool, portal, run, *ERIKA)

    def test_a_name_of_two_lines(self, tool: Tool, run: Path, portal: Path) -> None:
        told = self.refused(
            tool, portal, run, "--role", "isb", "--person", "Ida\nSicher", "--decision", "yes"
        )
        assert "--person: must be one line" in told

    def test_where_nobody_knows_the_system_file(
        self, tool: Tool, run: Path, portal: Path, home: Path
    ) -> None:
        (home / "systems" / "portal" / "system-file").unlink()
        assert "name it with --system" in self.refused(tool, portal, run, *ERIKA)
        assert tool("sign", run, *ERIKA, "--system", portal).status == 0


def test_a_full_disk_leaves_the_file_as_it_was(tool: Tool, run: Path, portal: Path) -> None:
    assert tool("sign", run, *ERIKA).status == 0
    path = portal.with_name("sign-offs.yaml")
    before = path.read_bytes()
    limited = f"ulimit -f 0; exec {sys.executable} -m readiness_audit sign {run} " + " ".join(
        f"'{word}'" for word in MAX
    )
    done = subprocess.run(
        ["/bin/bash", "-c", limited], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "could not be changed" in done.stderr
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in portal.parent.iterdir()) == [
        "evidence",
        "sign-offs.yaml",
        "system.yaml",
    ]


def test_many_who_sign_at_once_are_all_heard(run: Path, portal: Path) -> None:
    words = [sys.executable, "-m", "readiness_audit", "sign", str(run), *IDA[:2], "--decision", "yes"]
    names = [f"{name} Muster" for name in ("Anton", "Berta", "Cilly", "Dora", "Emil", "Frieda")]
    everyone = [
        subprocess.Popen([*words, "--person", name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for name in names
    ]
    for each in everyone:
        _, told = each.communicate(timeout=60)
        assert each.returncode == 0, told
    entries = yaml.safe_load(portal.with_name("sign-offs.yaml").read_bytes())
    assert sorted(entry["person"] for entry in entries) == names


class TestANoThatIsTakenOut:
    NO = ("--role", "isb", "--person", "Ida Sicher", "--decision", "no")

    def signed(self, tool: Tool, run: Path, portal: Path) -> Path:
        for words in (ERIKA, MAX, self.NO):
            assert tool("sign", run, *words).status == 0
        return portal.with_name("sign-offs.yaml")

    def without_ida(self, path: Path) -> None:
        head, *entries = path.read_text(encoding="utf-8").split("- role:")
        left = [f"- role:{each}" for each in entries if "Ida Sicher" not in each]
        assert len(left) == len(entries) - 1
        path.write_text(head + "".join(left), encoding="utf-8")

    def test_it_is_heard_all_the_same_and_said(self, tool: Tool, run: Path, portal: Path) -> None:
        path = self.signed(tool, run, portal)
        assert "no longer among" not in tool("status", "--lang", "en").out
        self.without_ida(path)
        said = tool("status", "--lang", "en")
        assert (said.status, said.lines[0]) == (3, "portal: REFUSED")
        told = " ".join(said.out.split())
        assert "Ida Sicher (Information security officer) decided against the release" in told
        assert "The entry is no longer among the sign-offs; it was seen there, and counts" in told
        report = tool("report", run, "--format", "markdown", "--lang", "de").out
        assert "steht nicht mehr bei den Unterschriften" in report
        path.unlink()
        assert tool("status").status == 3

    def test_one_written_by_hand_is_seen_by_whoever_reads_it(
        self, tool: Tool, run: Path, portal: Path, home: Path
    ) -> None:
        path = self.signed(tool, run, portal)
        (home / "systems" / "portal" / "said-no").unlink()
        assert tool("status").status == 3
        self.without_ida(path)
        assert tool("status").status == 3
        # On a machine that never saw it, nobody knows.
        (home / "systems" / "portal" / "said-no").unlink()
        assert tool("status").status == 4

    def test_a_correction_of_it_is_none_taken_out(self, tool: Tool, run: Path, portal: Path) -> None:
        path = self.signed(tool, run, portal)
        text = path.read_text(encoding="utf-8").replace('"Ida Sicher"', '"Dr. Sicher, Ida"')
        path.write_text(text + '  comment: "Not before the exercise"\n', encoding="utf-8")
        said = tool("status", "--lang", "en")
        assert (said.status, "no longer among" in said.out) == (3, False)

    def test_a_new_record_is_none_of_its_business(
        self, tool: Tool, run: Path, kept: Keep, home: Path, portal: Path
    ) -> None:
        self.without_ida(self.signed(tool, run, portal))
        newer = replace(
            released(a_record()), origin=replace(a_record().origin, run="20991123T084500Z-000001")
        )
        again = keep_now(kept, home, portal, newer)
        for words in (ERIKA, MAX, IDA):
            assert tool("sign", again, *words).status == 0
        assert tool("status", "--lang", "en").lines[0] == "portal: IN FORCE"

    def test_what_is_remembered_and_cannot_be_read_leaves_it_open(
        self, tool: Tool, run: Path, home: Path
    ) -> None:
        for words in (ERIKA, MAX, IDA):
            assert tool("sign", run, *words).status == 0
        assert tool("status").status == 0
        (home / "systems" / "portal" / "said-no").write_text("?", encoding="utf-8")
        said = tool("status")
        assert said.status == 4
        assert "said-no is not what was written there" in said.out + said.err


class TestReports:
    def test_a_run_and_its_report_say_who_is_missing(self, tool: Tool, own: Path, portal: Path) -> None:
        said = tool("run", portal, "--content", own, "--policy", "mine", "--lang", "en")
        assert "3 sign-offs missing" in " ".join(said.out.replace("│", " ").split())
        assert tool("status").status == 4

    def test_a_report_says_how_it_stands_on_a_day(self, tool: Tool, run: Path) -> None:
        for words in (ERIKA, MAX, IDA):
            assert tool("sign", run, *words).status == 0
        report = json.loads(tool("report", run, "--format", "json").out)
        assert report["release"]["state"] == "in-force"
        report = json.loads(tool("report", run, "--format", "json", "--at", "2999-01-02").out)
        assert report["release"]["state"] == "lapsed"
        assert "in force since" in tool("explain", run, "--lang", "en").out

    def test_without_a_system_file_it_says_nothing_of_it(self, tool: Tool, run: Path, home: Path) -> None:
        (home / "systems" / "portal" / "system-file").unlink()
        assert json.loads(tool("report", run, "--format", "json").out)["release"] is None

    def test_sign_offs_that_cannot_be_read_are_told_beside_it(
        self, tool: Tool, run: Path, portal: Path
    ) -> None:
        portal.with_name("sign-offs.yaml").write_text("- [\n", encoding="utf-8")
        said = tool("report", run, "--format", "json")
        assert said.status == 0
        assert "note: sign-offs could not be read" in said.err
        assert tool("report", run, "--system", portal).status == 2
