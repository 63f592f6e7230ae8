"""Wrong input of every kind: exit 2, a message with place and advice, nothing printed, no traceback."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.asking import Said, started
from tests.cli.conftest import CHECK, POLICY, SYSTEM

Tool = Callable[..., Said]

TARGET = "  - {kind: register, id: risks, type: risks, file: risks.csv}\n"


def assert_refused(said: Said, *told: str) -> None:
    assert said.status == 2, said
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "\x1b" not in said.err
    for words in told:
        assert words in said.err


def with_target(text: str) -> str:
    return SYSTEM.replace(TARGET, f"  - {text}\n")


SYSTEMS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "blank": ("\n\n", "is empty"),
    "a list": ("[]", "system.yaml:1:1"),
    "a word": ("portal", "system.yaml:1:1"),
    "not UTF-8": (b"system: \xff\xfe", "is not UTF-8"),
    "binary": (bytes(range(256)), "system.yaml:"),
    "NUL": (b"system: a\x00b", "is not YAML"),
    "oversized": (b"#" * (2 * 2**20 + 1), "is larger than"),
    "an open bracket": ("[", "is not YAML"),
    "30,000 brackets": ("[" * 30_000, "nested more than"),
    "a billion laughs": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "comes to more than",
    ),
    "an alias of itself": ("a: &a [*a]", "stands for nothing, or for itself"),
    "a python object": ("!!python/object/apply:os.system [id]", "the tag"),
    "a key twice": (SYSTEM + "title: another\n", "stands here twice"),
    "two documents": (SYSTEM + "---\na: b\n", "second document"),
    "an unknown key": (SYSTEM.replace("owner:", "onwer:"), "did you mean 'owner'?"),
    "no targets": (SYSTEM.partition("targets:")[0] + "targets: []\n", "audit of nothing"),
    "a stage there is not": (SYSTEM.replace("pilot", "beta"), "allowed: pilot, rollout, operation"),
    "a name with blanks": (SYSTEM.replace("system: portal", "system: a b"), "is not a name"),
    "an empty owner": (SYSTEM.replace("Erika Mustermann, sales", '""'), "printable text"),
    "escape sequences": (SYSTEM.replace("Customer portal", '"\\e[31mred"'), "printable text"),
    "raw escape sequences": (SYSTEM.replace("portal\ntitle", "\x1b[31m\ntitle"), "is not YAML"),
    "a kind there is not": (with_target("{kind: hostt, id: a, host: b}"), "did you mean 'host'?"),
    "a host like an option": (with_target("{kind: host, id: a, host: -oProxyCommand=x}"), "host"),
    "a host with a blank": (with_target('{kind: host, id: a, host: "a b"}'), "is not a host name"),
    "a host with a user": (with_target("{kind: host, id: a, host: 'root:pw@b'}"), "is not a host name"),
    "a host with a line end": (with_target('{kind: host, id: a, host: "a\\nb"}'), "is not a host name"),
    "a URL for a host": (with_target("{kind: host, id: a, host: 'https://b'}"), "is not a host name"),
    "a port too high": (
        with_target("{kind: endpoint, id: a, host: b, port: 65536, protocol: https}"),
        "is not a port",
    ),
    "a port in words": (
        with_target("{kind: endpoint, id: a, host: b, port: https, protocol: https}"),
        "system.yaml:6:",
    ),
    "a port range backwards": (
        with_target("{kind: host, id: a, host: b, open_ports: [90-80/tcp]}"),
        "runs backwards",
    ),
    "evidence above its folder": (
        with_target("{kind: register, id: a, type: risks, file: ../../etc/passwd}"),
        "inside the evidence folder",
    ),
    "evidence by absolute path": (
        with_target("{kind: register, id: a, type: risks, file: /etc/passwd}"),
        "inside the evidence folder",
    ),
    "an evidence folder outside": (SYSTEM + "evidence: ..\n", "inside the folder of this file"),
    "a secret written out": (
        with_target("{kind: backup, id: a, tool: restic, path: /b, password: hunter2}"),
        "not the secret itself",
    ),
    "two targets of one id": (SYSTEM + TARGET, "two targets are called 'risks'"),
    "a moment without zone": (
        SYSTEM
        + "authorisation: {targets: [a], valid_from: 2026-01-01T00:00:00, valid_until: 2026-01-02T00:00:00Z,"
        " approved_by: a, contact: b}\n",
        "zone",
    ),
    "a target twice as wide as the world": (
        SYSTEM + "authorisation: {targets: [0.0.0.0/33], valid_from: 2026-01-01T00:00:00Z,"
        " valid_until: 2026-01-02T00:00:00Z, approved_by: a, contact: b}\n",
        "is not a network",
    ),
    "conditions that are not there": (
        SYSTEM + "conditions: agreed.yaml\n",
        "agreed.yaml:1:1: cannot be read",
    ),
}


@pytest.mark.parametrize(("content", "told"), SYSTEMS.values(), ids=SYSTEMS)
def test_a_wrong_system_file_is_refused_at_its_place(
    tool: Tool, portal: Path, own: Path, home: Path, content: str | bytes, told: str
) -> None:
    portal.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = tool("run", portal, "--content", own, "--policy", "mine")
    assert_refused(said, told, ".yaml:")
    assert "hunter2" not in said.err
    assert not list(home.rglob("*"))


@pytest.mark.parametrize("name", ["pipe", "zero"])
def test_what_never_begins_or_never_ends_is_refused_at_once(own: Path, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    path = tmp_path / f"{name}.yaml"
    said = started(["plan", str(path), "--content", str(own), "--policy", "mine"], seconds=5)
    assert_refused(said, f"{name}.yaml:1:1: is not a regular file")


def test_what_is_no_file_is_refused(tool: Tool, portal: Path, own: Path, tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket.yaml"))
        named = [tmp_path / f"{name}.yaml" for name in ("socket", "loop", "missing")]
        for path in (*named, tmp_path, portal / "below", Path("/dev/null"), tmp_path / ("x" * 300)):
            said = tool("plan", path, "--content", own, "--policy", "mine")
            assert_refused(said)
            assert path.name in said.err


def test_a_pipe_among_the_checks_is_refused_at_once(portal: Path, own: Path) -> None:
    os.mkfifo(own / "checks" / "own" / "pipe.yaml")
    said = started(["plan", str(portal), "--content", str(own), "--policy", "mine"], seconds=5)
    assert_refused(said, "pipe.yaml:1:1: is not a regular file")


def test_a_file_that_may_not_be_read_is_said_so(tool: Tool, own: Path) -> None:
    # The process's own memory cannot be read from its beginning, not even by root.
    said = tool("plan", "/proc/self/mem", "--content", own, "--policy", "mine")
    assert_refused(said, "cannot be read")


FLAGS: dict[str, tuple[list[str], str]] = {
    "no such command": (["audit"], "No such command"),
    "no such option": (["run", "--fast"], "No such option"),
    "a policy there is not": (["plan", "SYSTEM", "--content", "OWN", "--policy", "lax"], "known: "),
    "a format there is not": (["report", "x", "--format", "docx"], "'docx' is not one of"),
    "a report without path": (["run", "SYSTEM", "--report", "html"], "FORMAT:PATH"),
    "a report of no format": (["run", "SYSTEM", "--report", "docx:a"], "FORMAT:PATH"),
    "a language there is not": (["plan", "SYSTEM", "--lang", "fr"], "'fr' is not one of"),
    "seconds below zero": (["run", "SYSTEM", "--seconds", "-1"], "--seconds"),
    "seconds that are none": (["run", "SYSTEM", "--seconds", "soon"], "--seconds"),
    "content that is not there": (["checks", "list", "--content", "/nonexistent"], "does not exist"),
    "content that is a file": (["checks", "list", "--content", "SYSTEM"], "is a file"),
    "a record that is not there": (["judge", "/nonexistent"], "no such file"),
    "a record that is a file": (["judge", "SYSTEM"], "system.yaml"),
    "a folder that is no record": (["report", "OWN"], "cannot be read"),
    "a run that was never kept": (["explain", "20260101T000000Z-abcdef"], "history"),
    "a check there is not": (["checks", "test", "tls.nothing"], "tls.nothing"),
    "a check nobody wrote": (["explain", "tls.nothing"], "tls.nothing"),
    "a day that is none": (["judge", "x", "--at", "2026-02-30"], "2026-02-30"),
    "a day in another order": (["judge", "x", "--at", "02/28/2026"], "neither a day nor a moment"),
    "a German day that is none": (["judge", "x", "--at", "30.02.2026"], "30.02.2026"),
    "a moment without zone": (["judge", "x", "--at", "2026-02-03T10:00:00"], "zone"),
    "a limit of nothing": (["history", "--limit", "0"], "--limit"),
    "days below zero": (["status", "--within", "-1"], "--within"),
    "a schema of nothing": (["schema", "world"], "'world' is not one of"),
    "a shell there is not": (["completion", "ksh"], "'ksh' is not one of"),
    "a register there is not": (["template", "wishes"], "'wishes' is not one of"),
    "a time that is none": (["schedule", "SYSTEM", "--at", "24:00"], "HH:MM"),
    "one record to compare": (["diff", "x"], "Missing argument"),
    "a home that is a file": (["history", "--home", "SYSTEM"], "is a file"),
}


@pytest.mark.parametrize(("words", "told"), FLAGS.values(), ids=FLAGS)
def test_a_wrong_word_is_refused_and_says_what_would_be_right(
    tool: Tool, portal: Path, own: Path, words: list[str], told: str
) -> None:
    given = {"SYSTEM": str(portal), "OWN": str(own)}
    assert_refused(tool(*(given.get(word, word) for word in words)), told)


CHECKS: dict[str, tuple[str, str]] = {
    "a misspelt fact": (CHECK.replace("facts.row_count > 0", "facts.rowcount > 0"), "rowcount"),
    "a probe there is not": (CHECK.replace("probe: register.risks", "probe: crystal.ball"), "crystal.ball"),
    "an open bracket": (CHECK.replace("facts.row_count > 0", "(facts.row_count > 0"), "assessable_when"),
    "a placeholder nothing fills": (CHECK.replace("{{subjects}}", "{{culprits}}"), "culprits"),
    "passing on nothing at all": (
        CHECK.replace("facts.row_count > 0 && facts.unreadable_count == 0", "facts.unreadable_count == 0"),
        "passes on facts that say nothing",
    ),
    "a missing language": (CHECK.replace(", de: Jedes Risiko ist tragbar", ""), "'de' is missing"),
    "a point there is not": (CHECK.replace("point: 1", "point: 11"), "1 to 10"),
}


@pytest.mark.parametrize(("check", "told"), CHECKS.values(), ids=CHECKS)
def test_a_wrong_check_is_refused_at_its_place(
    tool: Tool, portal: Path, own: Path, check: str, told: str
) -> None:
    path = own / "checks" / "own" / "bearable.yaml"
    path.write_text(check.format(severity="blocker", limit=10), encoding="utf-8")
    assert_refused(tool("plan", portal, "--content", own, "--policy", "mine"), told, "bearable.yaml:")


POLICIES: dict[str, tuple[str, str]] = {
    "itself": ("extends: mine\n", "extends itself"),
    "one there is not": ("extends: lax\n", "which mine extends"),
    "going without any evidence": ("rule: {coverage_at_least: 0, coverage_for_go: 0}\n", "more than 0"),
    "a pattern without a match": ("leave_out: [{check: tls.x, because: y}]\n", "matches no check"),
}


@pytest.mark.parametrize(("more", "told"), POLICIES.values(), ids=POLICIES)
def test_a_wrong_policy_is_refused(tool: Tool, portal: Path, own: Path, more: str, told: str) -> None:
    path = own / "policies" / "mine.yaml"
    path.write_text(POLICY.format(name="mine", more="") + more, encoding="utf-8")
    assert_refused(tool("plan", portal, "--content", own, "--policy", "mine"), told)


def test_a_policy_whose_parameters_make_a_check_pass_on_nothing_is_refused(
    tool: Tool, portal: Path, own: Path
) -> None:
    check = CHECK.format(severity="blocker", limit=10).replace(
        "facts.row_count > 0", "facts.row_count >= params.rows"
    )
    check = check.replace("parameters: {limit: 10}", "parameters: {limit: 10, rows: 1}")
    (own / "checks" / "own" / "bearable.yaml").write_text(check, encoding="utf-8")
    more = "    parameters: {rows: 0}\n    because: It is quicker.\n"
    (own / "policies" / "mine.yaml").write_text(POLICY.format(name="mine", more=more), encoding="utf-8")

    told = ("passes on facts that say nothing", "bearable.yaml:")
    assert_refused(tool("plan", portal, "--content", own, "--policy", "mine"), *told)


def test_a_relative_home_in_the_environment_is_refused(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READINESS_AUDIT_HOME", "records")
    assert_refused(tool("history"), "write an absolute path")


def test_what_is_shown_of_a_hostile_file_cannot_colour_the_screen(tool: Tool, portal: Path) -> None:
    portal.write_bytes(b"system: \x1b]8;;http://x\x07 [\n\x9b31m\xe2\x80\xae")
    assert_refused(tool("plan", portal))
    portal.write_text('system: "\u202e\\u202e"\n\u2028x: y\n', encoding="utf-8")
    said = tool("plan", portal)
    assert_refused(said)
    assert "\u202e" not in said.err


@pytest.mark.parametrize("name", ["checks/stray.yaml", "checks/own/late.yml", "policies/late.yml"])
def test_content_that_nothing_would_look_at_is_not_passed_over(tool: Tool, own: Path, name: str) -> None:
    (own / name).write_text("id: own.late\n", encoding="utf-8")
    assert_refused(tool("checks", "list", "--content", own), name)


def test_a_folder_without_content_is_not_taken_for_one(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(tool("policies", "list", "--content", tmp_path / "empty"), "neither checks/")
