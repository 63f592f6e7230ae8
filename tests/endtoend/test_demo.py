"""The demonstration: a newcomer's first command, from real services to both decisions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Plain

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, str(ROOT / "examples" / "demo.py"), "--folder"]
TOOL = [sys.executable, "-m", "readiness_audit"]


@dataclass(frozen=True)
class Shown:
    folder: Path
    status: int
    out: str
    err: str

    @property
    def before(self) -> str:
        return self.out.split("2  The same system, mended")[0]

    @property
    def after(self) -> str:
        return self.out.split("2  The same system, mended")[1]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def runs(self) -> list[str]:
        """Both runs by id, the older one first."""
        return sorted(path.name for path in (self.home / "systems" / "auftragsportal").glob("*Z-*"))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return show(tmp_path_factory.mktemp("demo") / "made", "en")


def show(folder: Path, lang: str) -> Shown:
    command = [*DEMO, str(folder), "--lang", lang]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return Shown(folder, done.returncode, done.stdout, done.stderr)


def ask(shown: Shown, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [*TOOL, *arguments, "--home", str(shown.home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def record_of(shown: Shown, run: str) -> dict[str, Plain]:
    path = shown.home / "systems" / "auftragsportal" / run / "record.json"
    record: dict[str, Plain] = json.loads(path.read_bytes())
    return record


def outcomes(record: dict[str, Plain]) -> dict[str, list[tuple[str, str]]]:
    """Give the verdicts that count at this stage, apply and are not passed, by check."""
    found: dict[str, list[tuple[str, str]]] = {}
    verdicts = record["verdicts"]
    assert isinstance(verdicts, list)
    for verdict in verdicts:
        assert isinstance(verdict, dict)
        if verdict["counts"] and verdict["outcome"] not in {"pass", "not_applicable"}:
            found.setdefault(str(verdict["check"]), []).append(
                (str(verdict["target"]), str(verdict["outcome"]))
            )
    return found


def test_it_ends_well_having_shown_a_no_go_and_a_go(shown: Shown) -> None:
    assert shown.status == 0, shown.out + shown.err
    assert "exit status 3 (NO-GO)" in shown.before
    assert "exit status 0 (GO)" in shown.after
    assert "Before: NO-GO. After: GO." in shown.out


def test_the_transcript_of_the_readme_is_what_it_says(shown: Shown) -> None:
    assert untold(ROOT / "README.md", shown.out) == []


def test_the_german_transcript_is_what_it_says_in_german(tmp_path: Path) -> None:
    assert untold(ROOT / "README.de.md", show(tmp_path / "made", "de").out) == []


def untold(readme: Path, said: str) -> list[str]:
    """Give what the page's transcript shows and the demonstration did not say, piece by piece."""
    (transcript,) = re.findall(
        r"<!-- transcript -->\n```text\n(.*?)```", readme.read_text("utf-8"), re.DOTALL
    )
    pieces = re.split(r"^(?:\.\.\.|\$ .*|exit status .*)\n", transcript, flags=re.MULTILINE)
    told = [piece.strip("\n") for piece in pieces if piece.strip()]
    assert len(told) == 3, "the two decisions and one finding"
    return [piece for piece in told if piece not in said]


def test_the_first_report_opens_with_no_go_and_names_the_reasons(shown: Shown) -> None:
    report = shown.before.partition("╭")[2]
    assert "NO-GO" in report.splitlines()[1]
    assert "Main reasons" in report
    failed = outcomes(record_of(shown, shown.runs[0]))
    for reason in (
        "access.accounts.leavers",
        "access.accounts.shared",
        "access.mfa.enforced",
        "backup.job.recent",
        "cert.expiry.soon",
        "code.sast.results",
        "docs.sections.complete",
        "net.ports.allowlist",
        "net.ports.dangerous",
        "test.coverage.minimum",
        "test.functional.results",
        "tls.protocol.minimum",
        "tls.protocol.modern",
        "web.cookies.flags",
        "web.hsts",
        "web.https.only",
    ):
        assert "fail" in {outcome for _, outcome in failed[reason]}, reason
    assert failed["net.scan.authorised"] == [("erklaerungen", "stale")]
    assert failed["pm.rollback.plan"] == [("rueckfallplan", "not_assessed")]


def test_old_tls_was_really_spoken_and_the_undeclared_ports_were_really_open(shown: Shown) -> None:
    told = json.dumps(record_of(shown, shown.runs[0])["evidence"])
    assert '"name": "TLSv1.0", "offers": 1, "state": "accepted"' in told
    assert '"usual": "redis"' in told


def test_the_second_report_says_go_and_nothing_is_left_open(shown: Shown) -> None:
    assert "GO" in shown.after.partition("╭")[2].splitlines()[1]
    record = record_of(shown, shown.runs[1])
    # What the machine's OpenSSL cannot do or leave: a hint and a minor point, which no release hangs on.
    assert outcomes(record).keys() <= {"tls.ciphers.unlisted", "tls.groups.pqc"}
    decision = record["decision"]
    assert isinstance(decision, dict)
    assert decision["result"] == "go"
    assert decision["conditions"] == []


def test_both_reports_are_written_and_say_what_the_terminal_said(shown: Shown) -> None:
    assert "NO-GO" in (shown.folder / "before.html").read_text(encoding="utf-8")
    assert "NO-GO" not in (shown.folder / "after.html").read_text(encoding="utf-8")


def test_both_runs_are_kept_and_can_be_asked_about(shown: Shown) -> None:
    before, after = shown.runs
    assert "NO-GO" in ask(shown, "report", before, "--format", "markdown", "--lang", "en")
    listed = ask(shown, "history", "auftragsportal", "--lang", "en")
    assert listed.index(after) < listed.index(before)
    # Nobody has signed yet.
    assert "NOT IN FORCE" in ask(shown, "status", "auftragsportal", "--lang", "en", status=4)
    assert "backup.job.recent" in ask(shown, "explain", before, "--lang", "en")


def test_the_difference_between_the_two_is_what_was_mended(shown: Shown) -> None:
    told = ask(shown, "diff", *shown.runs, "--lang", "en")
    assert "was NO-GO" in told
    assert "is GO" in told
    assert "tls.protocol.minimum" in told
    assert "system file" not in told.partition("Fixed")[0]


def test_judging_the_evidence_again_comes_to_the_same_and_twice_to_the_same_bytes(shown: Shown) -> None:
    for run, status in zip(shown.runs, (3, 0), strict=True):
        again = [ask(shown, "judge", run, "--format", "json", status=status) for _ in range(2)]
        assert again[0] == again[1]
        assert run in again[0]


def test_the_same_record_makes_the_same_report(shown: Shown) -> None:
    pages = [ask(shown, "report", shown.runs[0], "--format", "html", "--lang", "de") for _ in range(2)]
    assert pages[0] == pages[1]
    assert "Auftragsportal der Beispiel GmbH" in pages[0]


def test_it_ends_by_saying_where_things_lie_and_what_to_try(shown: Shown) -> None:
    for name in ("before.html", "after.html", "home"):
        assert str(shown.folder / name) in shown.out
    for command in ("report", "explain", "diff"):
        assert f"readiness-audit {command} {shown.runs[0]}" in shown.out


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    done = subprocess.run([*DEMO, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_interrupting_it_ends_every_service(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with subprocess.Popen([*DEMO, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        while b"$ readiness-audit run" not in (line := running.stdout.readline()):
            assert line or running.poll() is None, "it ended before it began"
        time.sleep(0.5)
        os.kill(running.pid, signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"every service of the demonstration is ended" in said
