"""ssh-audit beside our own reading: real servers, hostile ones, and answers that are not to be believed."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.ssh.second import PROBE
from readiness_audit.probes.ssh.second_report import SshAuditFacts, read_second
from readiness_audit.probes.ssh.wire import Lists
from tests.looking import look_at
from tests.servers.fake_ssh import BANNER, lists, packet, says
from tests.servers.hostile.ssh import LISTS, NOT_SSH
from tests.servers.listener import Handler, free_port, listening, wait_for_the_end
from tests.servers.sshd import make_keys, sshd

WEAK = (
    "KexAlgorithms +diffie-hellman-group1-sha1",
    "Ciphers +3des-cbc",
    "MACs +hmac-md5",
    "HostKeyAlgorithms +ssh-rsa",
)
HARDENED = (
    "KexAlgorithms sntrup761x25519-sha512@openssh.com",
    "Ciphers aes256-gcm@openssh.com",
    "MACs hmac-sha2-512-etm@openssh.com",
)


def look(port: int, host: str = "127.0.0.1", seconds: float = 60.0) -> Seen[SshAuditFacts]:
    target = Endpoint(
        kind="endpoint", id="ssh", host=host, port=port, protocol="ssh", second_opinion="ssh-audit"
    )
    return look_at(PROBE, target, seconds=seconds)


def blind(port: int, seconds: float = 60.0) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        look(port, seconds=seconds)
    assert caught.value.detail.isprintable()
    return caught.value


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, "ed25519", "short-rsa")
    return folder


def on_its_screen(port: int) -> dict[str, set[str]]:
    """Give what ssh-audit's page for people says, which is not what we read: `fail` and `warn` by name."""
    command = [sys.executable, "-m", "ssh_audit", "--no-colors", "--skip-rate-test", f"127.0.0.1:{port}"]
    page = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60).stdout
    told: dict[str, set[str]] = {"fail": set(), "warn": set(), "named": set()}
    name = ""
    for line in page.splitlines():
        if begun := re.match(r"\((?:kex|key|enc|mac)\) (\S+)", line):
            name = begun[1]
            told["named"].add(name)
        if name and (level := re.search(r"(?:--|`-) \[(fail|warn)\]", line)):
            told[level[1]].add(name)
        if line.startswith("# fingerprints"):
            break
    return told


@pytest.mark.parametrize(("lines", "using"), [((), ("ed25519", "short-rsa")), (WEAK, ("short-rsa",))])
def test_its_judgement_is_the_one_on_its_own_screen(
    lines: tuple[str, ...], using: tuple[str, ...], keys: Path, tmp_path: Path
) -> None:
    with sshd(keys, tmp_path, *lines, using=using) as port:
        found = look(port)
        screen = on_its_screen(port)
    facts = found.facts
    failed = {one.name for one in facts.algorithms if one.level == "fail"}
    assert failed == screen["fail"]
    assert {"hmac-sha1"} <= failed
    assert {one.name for one in facts.algorithms if one.level == "warn"} == screen["warn"] - screen["fail"]
    marks = {name for name in screen["named"] if name.startswith(("kex-strict", "ext-info"))}
    assert {one.name for one in facts.algorithms} == screen["named"] - marks
    assert (facts.failed, facts.differing, facts.address) == (len(failed), (), "127.0.0.1")
    assert found.tool == f"ssh-audit {facts.version}"
    assert all(one.reasons for one in facts.algorithms if one.level != "info")
    assert {one.bits for one in facts.algorithms if one.name == "rsa-sha2-512"} == {2048}


def test_a_hardened_server_is_rejected_by_neither(keys: Path, tmp_path: Path) -> None:
    with sshd(keys, tmp_path, *HARDENED) as port:
        facts = look(port).facts
    assert (facts.failed, facts.warned, facts.differing) == (0, 0, ())
    assert [(one.kind, one.name) for one in facts.algorithms] == [
        ("kex", "sntrup761x25519-sha512@openssh.com"),
        ("host-key", "ssh-ed25519"),
        ("cipher", "aes256-gcm@openssh.com"),
        ("mac", "hmac-sha2-512-etm@openssh.com"),
    ]


def test_over_ipv6_it_is_asked_at_the_same_address(keys: Path, tmp_path: Path) -> None:
    with sshd(keys, tmp_path, "ListenAddress ::1", *HARDENED) as port:
        assert look(port, "::1").facts.address == "::1"


def test_the_server_is_not_worn_down(keys: Path, tmp_path: Path) -> None:
    # Left to itself, ssh-audit opens 38 further connections as fast as it can.
    log = tmp_path / "log"
    with sshd(keys, tmp_path, "LogLevel DEBUG", log=log) as port:
        look(port)
    assert 5 < len(re.findall(r"Connection from 127\.0\.0\.1", log.read_text())) <= 35


def test_it_says_so_when_nothing_answers() -> None:
    assert blind(free_port()).reason is Reason.REFUSED


@pytest.mark.parametrize("name", NOT_SSH)
def test_where_we_see_no_lists_it_is_not_started(name: str) -> None:
    with listening(NOT_SSH[name].serve) as server:
        assert blind(server.port, seconds=1.0).reason == NOT_SSH[name].reason
        assert server.connections == 1


def test_a_server_of_version_1_alone_is_not_judged() -> None:
    with listening(says(b"SSH-1.5-1.2.27\r\n")) as server:
        assert blind(server.port).detail == "it speaks SSH 1 alone"
        assert server.connections == 1


def test_without_ssh_audit_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ssh_audit" else real(name))
    with listening(says(LISTS)) as server:
        told = blind(server.port)
        assert server.connections == 0
    assert told.reason is Reason.TOOL_MISSING
    assert "readiness-audit[ssh]" in told.detail


def to_the_first(first: bytes, others: Handler) -> Handler:
    """Show us one face, and whoever comes after us another."""

    def handle(connection: socket.socket, number: int) -> None:
        if number == 0:
            connection.sendall(BANNER + first)
            wait_for_the_end(connection)
        else:
            others(connection, number)

    return handle


def test_other_lists_than_ours_are_told_and_nothing_is_agreed_on() -> None:
    other = BANNER + packet(lists(mac=["hmac-sha2-512-etm@openssh.com"]))
    with listening(to_the_first(packet(lists()), says(other))) as server:
        facts = look(server.port, seconds=60.0).facts
    assert facts.differing == ("mac hmac-sha2-256", "mac hmac-sha2-512-etm@openssh.com")


@pytest.mark.parametrize(
    ("others", "reasons"),
    [
        (lambda connection, _: connection.close(), {Reason.TOOL_FAILED}),
        (says(b""), {Reason.TOOL_FAILED, Reason.TIMED_OUT}),
        (says(b"SSH-2.0-x\r\n" + bytes(2**16)), {Reason.TOOL_FAILED, Reason.TIMED_OUT, Reason.UNREADABLE}),
        (says(b"\x1b]0;owned\x07\r\n" * 10_000), {Reason.TOOL_FAILED, Reason.TIMED_OUT, Reason.UNREADABLE}),
    ],
    ids=["hangs up", "mute", "zeroes", "endless greeting"],
)
def test_a_server_that_turns_on_it_is_never_a_good_opinion(others: Handler, reasons: set[Reason]) -> None:
    with listening(to_the_first(packet(lists()), others)) as server:
        begun = time.monotonic()
        assert blind(server.port, seconds=8.0).reason in reasons
    assert time.monotonic() - begun < 15


OFFERED = Lists(
    kex=("curve25519-sha256",),
    host_key=("ssh-ed25519",),
    cipher_to_server=("aes256-ctr",),
    cipher_to_client=("aes256-ctr",),
    mac_to_server=("hmac-sha2-256",),
    mac_to_client=("hmac-sha2-256",),
    compression_to_server=("none",),
    compression_to_client=("none",),
)


def answer(**changed: object) -> bytes:
    told: dict[str, object] = {
        "target": "192.0.2.1:22",
        "additional_notes": ["about \x1b[2J Terrapin"],
        "kex": [{"algorithm": "curve25519-sha256", "notes": {"warn": ["not post-quantum"], "info": ["old"]}}],
        "key": [{"algorithm": "ssh-ed25519", "notes": {}}],
        "enc": [{"algorithm": "aes256-ctr", "notes": {"info": ["since 3.7"]}}],
        "mac": [{"algorithm": "hmac-sha2-256", "notes": {"fail": ["a"], "warn": ["b"]}}],
    }
    kept = {key: value for key, value in {**told, **changed}.items() if value is not None}
    return json.dumps(kept).encode()


def read(data: bytes) -> SshAuditFacts:
    return read_second(data, "192.0.2.1:22", OFFERED, "3.9.0")


def test_the_worst_it_says_counts_and_no_terminal_obeys() -> None:
    facts = read(answer())
    assert [(one.level, one.reasons) for one in facts.algorithms] == [
        ("warn", ("not post-quantum",)),
        ("info", ()),
        ("info", ()),
        ("fail", ("a",)),
    ]
    assert (facts.failed, facts.warned, facts.differing) == (1, 1, ())
    assert facts.notes == ("about \ufffd[2J Terrapin",)


def test_what_is_offered_to_the_server_alone_is_judged_by_nobody() -> None:
    """It prints of ciphers and codes those from the server to the client; a server may name others."""
    weak = dataclasses.replace(
        OFFERED, cipher_to_server=("aes256-ctr", "3des-cbc"), mac_to_server=("hmac-md5",)
    )
    facts = read_second(answer(), "192.0.2.1:22", weak, "3.9.0")
    assert facts.differing == ("cipher 3des-cbc", "mac hmac-md5")


def test_a_server_with_other_ciphers_to_the_server_gets_no_good_opinion() -> None:
    offered = BANNER + packet(lists(cipher=["3des-cbc"], to_client=["aes256-ctr"]))
    with listening(says(offered)) as server:
        facts = look(server.port).facts
    assert "cipher 3des-cbc" in facts.differing


def test_a_mark_is_no_algorithm_but_is_missed_where_only_one_saw_it() -> None:
    marked: list[object] = [{"algorithm": name, "notes": {}} for name in ("curve25519-sha256", "ext-info-s")]
    facts = read(answer(kex=marked))
    assert [one.name for one in facts.algorithms if one.kind == "kex"] == ["curve25519-sha256"]
    assert facts.differing == ("kex ext-info-s",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'"fine"',
        b"Traceback (most recent call last):\n",
        answer(target="192.0.2.2:22"),
        answer(target="192.0.2.1:2222"),
        answer(target=None),
        answer(additional_notes=None),
        answer(additional_notes=[None]),
        answer(kex=None),
        answer(key=None),
        answer(enc=None),
        answer(mac=None),
        answer(mac={"algorithm": "hmac-sha2-256"}),
        answer(mac=["hmac-sha2-256"]),
        answer(mac=[{"algorithm": "hmac-sha2-256"}]),
        answer(mac=[{"algorithm": 1, "notes": {}}]),
        answer(mac=[{"algorithm": "hmac-sha2-256", "notes": {"error": ["a"]}}]),
        answer(mac=[{"algorithm": "hmac-sha2-256", "notes": {"fail": "broken"}}]),
        answer(mac=[{"algorithm": "hmac-sha2-256", "notes": {"fail": [1]}}]),
        answer(key=[{"algorithm": "ssh-rsa", "notes": {}, "keysize": "2048"}]),
        answer(key=[{"algorithm": "ssh-rsa", "notes": {}, "keysize": True}]),
        answer(mac=[{"algorithm": f"mac-{number}", "notes": {}} for number in range(501)]),
        answer()[:-1],
    ],
)
def test_an_answer_that_is_not_whole_or_about_another_server_counts_for_nothing(data: bytes) -> None:
    with pytest.raises(CannotSee) as caught:
        read(data)
    assert caught.value.reason is Reason.UNREADABLE
