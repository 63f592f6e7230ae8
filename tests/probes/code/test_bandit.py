"""bandit itself, over small pieces of code that a test writes."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Code
from readiness_audit.probes.code.bandit import PROBE
from readiness_audit.probes.code.bandit_report import BanditFacts, Skipped
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at

BAD = """import subprocess

password = "hunter2"
subprocess.call("ls " + password, shell=True)
subprocess.call("ls -l", shell=True)  # nosec
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    return folder


def seen(code: Path, seconds: float = 30.0) -> Seen[BanditFacts]:
    return look_at(PROBE, Code(kind="code", id="code", path=str(code)), seconds=seconds)


def blind(code: Path, seconds: float = 30.0) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        seen(code, seconds)
    return caught.value


def test_it_says_so_when_there_is_no_folder(code: Path) -> None:
    assert blind(code / "nothing").reason is Reason.NOT_FOUND


def test_a_file_is_not_a_folder_of_code(code: Path) -> None:
    (code / "a.py").write_text("x = 1\n")
    assert blind(code / "a.py").reason is Reason.NOT_FOUND


def test_no_python_is_not_clean_python(code: Path) -> None:
    (code / "main.go").write_text("package main\n")
    assert blind(code).reason is Reason.EMPTY


def test_python_that_nobody_could_read_is_not_clean_python(code: Path) -> None:
    (code / "broken.py").write_text("def (\n")
    found = blind(code)
    assert found.reason is Reason.EMPTY
    assert "1 skipped: syntax error" in found.detail


def test_it_says_so_when_bandit_is_not_installed(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "bandit" else real(name))
    found = blind(code)
    assert found.reason is Reason.TOOL_MISSING
    assert "readiness-audit[code]" in found.detail


def test_findings_are_told_with_their_place_and_without_the_password(code: Path) -> None:
    (code / "sub").mkdir()
    (code / "sub" / "run.py").write_text(BAD)
    (code / "broken.py").write_text("def (\n")
    found = seen(code)
    facts = found.facts
    assert found.tool.startswith("bandit 1.")
    assert (facts.files, facts.lines, facts.skipped_count) == (1, 4, 1)
    assert facts.skipped == (Skipped(file="broken.py", reason="syntax error while parsing AST from file"),)
    assert [(one.test_id, one.severity, one.file, one.line) for one in facts.findings] == [
        ("B602", "HIGH", "sub/run.py", 4),
        ("B404", "LOW", "sub/run.py", 1),
        ("B105", "LOW", "sub/run.py", 3),
    ]
    assert facts.nosec > 0
    assert "hunter2" not in repr(found)


def test_clean_code_is_clean_because_it_was_looked_at(code: Path) -> None:
    (code / "a.py").write_text("def add(a, b):\n    return a + b\n")
    facts = seen(code).facts
    assert (facts.files, facts.lines, facts.findings_count, facts.findings) == (1, 2, 0, ())
    assert facts.age_days == 0


@pytest.mark.parametrize(
    "orders",
    [
        "[bandit]\nskips: B602,B404,B105\n",
        "[bandit]\nexclude: /\n",
        "[bandit]\nlevel: 3\nconfidence: 3\n",
        "[bandit]\ntests: B999\n",
        "[bandit]\noutput: {folder}/written\n",
        "[bandit]\nbaseline: {folder}/run.py\n",
        "[bandit]\nformat: txt\ndebug: 1\n",
        "no section\n",
    ],
)
def test_the_code_gives_no_orders(code: Path, orders: str) -> None:
    (code / "run.py").write_text(BAD)
    (code / ".bandit").write_text(orders.format(folder=code))
    (code / "pyproject.toml").write_text('[tool.bandit]\nskips = ["B602"]\n')
    (code / "bandit.py").write_text("raise SystemExit(0)\n")
    facts = seen(code).facts
    assert (facts.findings_count, facts.files) == (3, 2)
    assert not (code / "written").exists()


def test_a_pipe_among_the_code_costs_no_more_than_the_deadline(code: Path) -> None:

    os.mkfifo(code / "pipe.py")
    assert blind(code, 1.5).reason is Reason.TIMED_OUT


def test_a_folder_that_looks_like_an_option_is_a_folder(code: Path) -> None:
    odd = code / "--help"
    odd.mkdir()
    (odd / "a.py").write_text("x = 1\n")
    assert seen(odd).facts.files == 1
