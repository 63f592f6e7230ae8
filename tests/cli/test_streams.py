"""Result on standard output, all else on standard error; and what happens when nobody listens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.model.record import Record
from tests.cli.asking import Said, started
from tests.records import a_record

Tool = Callable[..., Said]
Keep = Callable[[Record], Path]
ASK = f"{sys.executable} -m readiness_audit"


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, timeout=20, check=False
    )


def test_the_report_is_all_that_is_on_standard_output(
    tool: Tool,
    portal: Path,
    own: Path,
) -> None:
    said = tool("run", portal, "--content", own, "--policy", "mine", "--format", "json")
    assert said.status == 0
    assert json.loads(said.out)
    assert "record: " in said.err


def test_root_is_called_needless_unless_a_host_asks_for_what_takes_it(
    tool: Tool, portal: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    words = ("run", portal, "--content", own, "--policy", "mine")
    assert "running as root is not needed" in tool(*words).err
    host = "  - {kind: host, id: box, host: 127.0.0.1, udp_ports: common}\n"
    portal.write_text(portal.read_text(encoding="utf-8") + host, encoding="utf-8")
    assert "running as root" not in tool(*words).err


def test_a_reader_who_has_seen_enough_hears_no_complaint() -> None:
    done = shell(f"{ASK} --help | head -c 1; {ASK} probes show tls | head -1; {ASK} schema check | head -1")
    assert done.stderr == ""
    assert done.stdout.startswith("U## tls\n{")


def test_a_full_disk_behind_standard_output_is_one_sentence_and_a_failure() -> None:
    done = shell(f"{ASK} schema check > /dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["the result could not be written: No space left on device"]


def test_a_closed_standard_output_is_no_crash() -> None:
    done = shell(f"{ASK} probes list >&-")
    assert "Traceback" not in done.stderr


def test_a_report_goes_to_a_file_and_to_the_screen_at_once(tool: Tool, kept: Keep, tmp_path: Path) -> None:
    folder = kept(a_record())
    page = tmp_path / "report.html"
    said = tool("report", folder, "--format", "markdown", "--report", f"html:{page}", "--lang", "de")
    assert said.status == 0
    assert "keine Freigabe" in said.out
    assert page.read_bytes().lstrip().startswith(b"<!")
    assert str(page) in said.err


def test_a_report_that_cannot_be_written_is_a_failure_of_the_tool(tool: Tool, kept: Keep) -> None:
    said = tool("report", kept(a_record()), "--report", "html:/proc/1/nowhere/report.html")
    assert said.status == 1
    assert "cannot be written" in said.err


@pytest.mark.parametrize("format_", ["html", "json", "markdown", "terminal"])
def test_the_same_record_gives_the_same_report(tool: Tool, kept: Keep, format_: str) -> None:
    folder = kept(a_record())
    told = {tool("report", folder, "--format", format_, "--lang", "en").raw for _ in range(2)}
    assert len(told) == 1


def test_nothing_is_coloured_where_nobody_sees_it(kept: Keep) -> None:
    said = started(["report", str(kept(a_record()))])
    assert said.status == 0
    assert "\x1b" not in said.out


def test_the_record_of_an_interrupted_run_ends_with_130(tool: Tool, portal: Path, own: Path) -> None:
    done = tool("run", portal, "--content", own, "--policy", "mine", "--seconds", "0.0000001")
    assert done.status == 130
