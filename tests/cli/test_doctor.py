"""Saying what is missing here, and what cannot be assessed because of it."""

from __future__ import annotations

import importlib.metadata
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.cli.parts import PARTS, found
from tests.cli.asking import Said

Tool = Callable[..., Said]

SYSTEM = """\
system: portal
title: Customer portal
owner: Erika Mustermann, sales
stage: pilot
authorisation:
  targets: [127.0.0.1]
  valid_from: 2020-01-01T00:00:00Z
  valid_until: 2020-02-01T00:00:00Z
  approved_by: Max Mustermann
  contact: nobody
targets:
  - {kind: register, id: risks, type: risks, file: risks.csv}
  - {kind: endpoint, id: web, host: 127.0.0.1, port: 443, protocol: https}
  - {kind: backup, id: vault, tool: restic, path: /nonexistent/vault, password: "env:VAULT_PASSWORD"}
"""


@pytest.fixture
def policy(own: Path) -> tuple[str, ...]:
    return ("--content", str(own), "--policy", "mine")


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_machine_without_anything_optional_is_not_broken(
    tool: Tool, home: Path, policy: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    said = tool("doctor", *policy, "--lang", "en")
    assert said.status == 0
    assert any(line.startswith("missing   restic (needed for") for line in said.lines)
    assert str(home) in said.out


def test_every_version_is_the_programs_own(
    tool: Tool, policy: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "restic", "echo 'restic 0.99.1 compiled with go'")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert "ok        restic 0.99.1" in tool("doctor", *policy, "--lang", "en").lines


@pytest.mark.parametrize(
    "script", ["exit 3", "kill -SEGV $$", "echo no version", "yes", "printf '\\033[31m'"]
)
def test_a_program_that_does_not_run_is_broken(
    tool: Tool,
    policy: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    program(tmp_path / "bin", "restic", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    said = tool("doctor", *policy, "--lang", "en")
    assert said.status == 1
    assert any(line.startswith("BROKEN    restic") for line in said.lines)
    assert "\x1b" not in said.out


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "restic", "sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr("readiness_audit.cli.parts.SECONDS", 0.3)
    (restic,) = [part for part in PARTS if part.name == "restic"]
    assert "did not finish" in found(restic).problem


def test_a_folder_for_records_that_cannot_be_written_is_broken(tool: Tool, policy: tuple[str, ...]) -> None:
    said = tool("doctor", *policy, "--home", "/proc/1/records", "--lang", "de")
    assert said.status == 1
    assert any(line.startswith("DEFEKT    /proc/1") for line in said.lines)


def test_a_system_with_everything_in_place_can_be_assessed(
    tool: Tool, portal: Path, policy: tuple[str, ...]
) -> None:
    said = tool("doctor", portal, *policy, "--lang", "en")
    assert said.lines[-1].startswith("Nothing that can be seen without looking")


def test_what_is_in_the_way_of_a_check_stands_beside_it(
    tool: Tool, portal: Path, policy: tuple[str, ...]
) -> None:
    portal.write_text(SYSTEM, encoding="utf-8")
    (portal.parent / "evidence" / "risks.csv").unlink()
    said = tool("doctor", portal, *policy, "--lang", "en")
    assert said.status == 0
    assert "1 of 1 checks" in said.out
    assert (
        "  register.risks:risks: risks.csv: there is no such file\n    1 check: own.risks.bearable"
        in said.out
    )


def test_the_shipped_policy_is_told_why_it_cannot_look(tool: Tool, portal: Path) -> None:
    portal.write_text(SYSTEM, encoding="utf-8")
    said = tool("doctor", portal, "--lang", "en")
    assert "  tls:web: the authorisation ended on 2020-02-01" in said.lines
    assert "  backup:vault: /nonexistent/vault is not there or not readable" in said.lines
    assert "tls.protocol.minimum" in said.out


def test_a_missing_revocation_list_stands_in_the_way_of_its_own_question_only(
    tool: Tool, portal: Path
) -> None:
    text = SYSTEM.replace("protocol: https", "protocol: https, revocation: [old.crl]")
    text = text.replace("stage: pilot", "stage: rollout").replace("2020-02-01T", "2199-02-01T")
    portal.write_text(text, encoding="utf-8")
    said = tool("doctor", portal, "--lang", "en")
    assert "  revocation:web: old.crl: there is no such file" in said.lines
    assert "tls:web: old.crl" not in said.out


@pytest.mark.parametrize("able", [True, False])
def test_whether_nmap_can_try_udp_ports_is_said(
    tool: Tool,
    portal: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    able: bool,  # noqa: FBT001 - what is so
) -> None:
    program(tmp_path / "bin", "nmap", "echo 'Nmap version 7.99'")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for module in ("probes.reach.raw_sockets", "cli.obstacles"):
        monkeypatch.setattr(f"readiness_audit.{module}.may_open_raw_sockets", lambda _: able)
    text = SYSTEM.replace("2020-02-01T", "2199-02-01T")
    host = "  - {kind: host, id: box, host: 127.0.0.1, udp_ports: common}\n"
    portal.write_text(text + host, encoding="utf-8")
    said = tool("doctor", portal, "--lang", "en")
    can = "ok        nmap can try UDP ports from here (udp_ports of a host)"
    assert (can in said.lines) == able
    assert any(line.startswith("missing   raw sockets for nmap (") for line in said.lines) != able
    told = "  udp-ports:box: nmap may not open raw sockets here: run as root, or grant CAP_NET_RAW"
    assert (told in said.lines) != able
    assert not any("  ports:box: nmap" in line for line in said.lines)


def test_without_nmap_udp_ports_cannot_be_tried(
    tool: Tool, portal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    text = SYSTEM.replace("2020-02-01T", "2199-02-01T")
    host = "  - {kind: host, id: box, host: 127.0.0.1, udp_ports: common}\n"
    portal.write_text(text + host, encoding="utf-8")
    assert "  udp-ports:box: nmap fehlt oder läuft nicht" in tool("doctor", portal, "--lang", "de").lines


def test_a_library_that_is_missing_stands_in_the_way_of_those_who_look_with_it_and_no_others(
    tool: Tool, portal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name in {"ssh-audit", "pyopenssl", "asyncssh"}:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    text = SYSTEM.replace("2020-02-01T", "2199-02-01T")
    server = (
        "  - {kind: endpoint, id: box, host: 127.0.0.1, port: 22, protocol: ssh, second_opinion: ssh-audit}\n"
    )
    portal.write_text(text + server, encoding="utf-8")
    said = tool("doctor", portal, "--lang", "en")
    assert any(line.startswith("missing   ssh-audit (needed for a second opinion") for line in said.lines)
    assert {line.strip() for line in said.lines if "is missing or does not run" in line} == {
        "ssh-audit:box: ssh-audit is missing or does not run",
        "tls-sessions:web: pyopenssl is missing or does not run",
    }


def test_what_is_not_declared_is_said_once_with_the_line_to_add(tool: Tool, portal: Path) -> None:
    for command in ("doctor", "plan"):
        said = tool(command, portal, "--lang", "en")
        at = said.lines.index("  Not declared: Register (type: accounts)")
        assert (
            said.lines[at + 1] == "    - {kind: register, id: accounts, type: accounts, file: accounts.csv}"
        )
        assert "access.accounts.leavers" in said.lines[at + 2]
        assert sum("Register (type: accounts)" in line for line in said.lines) == 1


def test_a_target_that_no_check_asks_for_is_named(tool: Tool, portal: Path) -> None:
    text = portal.read_text(encoding="utf-8")
    portal.write_text(text + "  - {kind: document, id: manual, type: runbok, file: a.md}\n", encoding="utf-8")
    for command in ("doctor", "plan"):
        said = tool(command, portal, "--lang", "en").out
        assert "Declared, but no check asks for it: manual." in said


def test_a_statement_on_a_check_that_does_not_exist_is_named(tool: Tool, portal: Path) -> None:
    text = portal.read_text(encoding="utf-8")
    portal.write_text(text + "  - {kind: attestations, id: said, file: said.yaml}\n", encoding="utf-8")
    said = portal.parent / "evidence" / "said.yaml"
    said.write_text("- check: test.uat.signof\n- check: test.uat.signoff\n", encoding="utf-8")
    out = tool("doctor", portal, "--lang", "en").out
    assert "said has a statement on test.uat.signof, which is no check there is" in out
    assert "did you mean test.uat.signoff?" in out
    assert "statement on test.uat.signoff," not in out


def test_a_faulty_check_is_said_as_anywhere_else(tool: Tool, own: Path, policy: tuple[str, ...]) -> None:
    check = own / "checks" / "own" / "bearable.yaml"
    text = check.read_text(encoding="utf-8").replace("item.likelihood", "item.likelyhood")
    check.write_text(text, encoding="utf-8")
    said = tool("doctor", *policy)
    assert said.status == 2
    assert "likelyhood" in said.err


PASSWORDS = "web-credentials:web: no statement on it, and the authorisation does not name it"
VALID = (
    "authorisation: {targets: [127.0.0.1], valid_from: 2020-01-01T00:00:00Z,"
    " valid_until: 2099-01-01T00:00:00Z, approved_by: Max Mustermann, contact: nobody%s}\n"
    "targets:\n"
    "  - {kind: endpoint, id: web, host: 127.0.0.1, port: 443, protocol: https}\n"
)


@pytest.mark.parametrize("way", ["neither", "leave", "statement"])
def test_passwords_that_nobody_lets_be_tried_or_vouches_for_are_told_beforehand(
    tool: Tool, portal: Path, way: str
) -> None:
    text = portal.read_text(encoding="utf-8")
    leave = ", default_credentials: [web]" if way == "leave" else ""
    text = text.replace("targets:\n", VALID % leave)
    if way == "statement":
        text += "  - {kind: attestations, id: said, file: said.yaml}\n"
        said = portal.parent / "evidence" / "said.yaml"
        said.write_text("- check: web.default.credentials\n", encoding="utf-8")
    portal.write_text(text, encoding="utf-8")
    assert (PASSWORDS in tool("doctor", portal, "--lang", "en").out) is (way == "neither")


def test_a_plan_says_what_only_counts_later_and_when_the_rest_would_apply(tool: Tool, portal: Path) -> None:
    said = tool("plan", portal, "--lang", "de")
    assert "  pm.risks.treated  risks (Vorschau)" in said.lines
    assert "  mail.dmarc  mail-domain (angegeben: nichts davon)" in said.lines
    assert "(declared:" not in said.out
