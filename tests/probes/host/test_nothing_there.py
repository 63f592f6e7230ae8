"""Hosts that show nothing, something else, or too much: none of it may be taken for a look."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.host import Access
from readiness_audit.model.target import Host
from readiness_audit.probes import host as room
from readiness_audit.probes.host.authorized_keys import PROBE as KEYS
from readiness_audit.probes.host.seeing import script
from readiness_audit.probes.host.sshd import PROBE as SSHD
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.fake_ssh import BANNER, farewell, lists, packet, says, says_and_hangs_up
from tests.servers.inside import Inhabited, inhabited, key_pair
from tests.servers.listener import free_port, listening
from tests.servers.yes_ssh import Yes, complains_for_ever, keeps_silent, never_ends, says_yes, sends

REPORT = b"""readiness-audit host look 2
@time
|2026-01-01T00:00:00Z
=0
@accounts
|anna
=0
@places
|.ssh/authorized_keys
=0
@end 3
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inhabited]:
    with inhabited(tmp_path_factory.mktemp("host"), sudoers="") as running:
        yield running


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("key")
    key_pair(folder, "key")
    return folder / "key"


def access(there: Yes | Inhabited | None, key: Path, *, sudo: bool = False, **other: object) -> Host:
    given: dict[str, object] = {
        "user": "audit",
        "port": there.port if there else 1,
        "key": f"file:{key}",
        "host_keys": (there.fingerprint if there else "SHA256:" + 43 * "A",),
        "sudo": sudo,
        **other,
    }
    made = Access(by="ssh", **given)  # type: ignore[arg-type]  # each has its own type
    return Host(kind="host", id="host", host="127.0.0.1", access=made)


def blind(target: Host, seconds: float = 6.0) -> CannotSee:
    """Look at what may log in, and give why nothing was seen."""
    with pytest.raises(CannotSee) as told:
        look_at(KEYS, target, seconds=seconds)
    assert told.value.detail.isprintable()
    return told.value


def test_a_port_where_nobody_listens(key: Path) -> None:
    assert blind(access(None, key, port=free_port())).reason is Reason.REFUSED


def test_a_host_that_is_not_covered(key: Path) -> None:
    target = Host(kind="host", id="host", host="192.0.2.1", access=access(None, key).access)
    assert blind(target).reason is Reason.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.UNREADABLE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.UNREADABLE),
        (b"\xff" * 4096, Reason.UNREADABLE),
        (b"SSH-1.5-old\r\n", Reason.UNREADABLE),
        (BANNER, Reason.UNREADABLE),
        (BANNER + b"\x7f\xff\xff\xff" + bytes(64), Reason.UNREADABLE),
        (BANNER + farewell(b"go \x1b[31maway"), Reason.UNREADABLE),
    ],
)
def test_what_speaks_no_ssh_we_know(data: bytes, reason: Reason, key: Path) -> None:
    with listening(says_and_hangs_up(data)) as server:
        told = blind(access(None, key, port=server.port))
    assert told.reason is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packet(lists(kex=("diffie-hellman-group1-sha1",))), Reason.REFUSED),
        (packet(lists(kex=("diffie-hellman-group-exchange-sha256",))), Reason.REFUSED),
        (packet(lists(cipher=("arcfour",))), Reason.REFUSED),
        (packet(lists()) + packet(b"\x1f" + 3 * b"\x00\x00\x00\x04aaaa"), Reason.DENIED),
    ],
)
def test_nothing_in_common_and_keys_that_are_none(data: bytes, reason: Reason, key: Path) -> None:
    with listening(says(BANNER + data)) as server:
        assert blind(access(None, key, port=server.port)).reason is reason


def test_lines_without_end_before_the_first_word(key: Path) -> None:
    def handle(connection: socket.socket, _: int) -> None:
        while True:
            connection.sendall(b"welcome\r\n" * 1000)

    with listening(handle) as server:
        assert blind(access(None, key, port=server.port)).reason is Reason.UNREADABLE


@pytest.mark.parametrize("said", [b"", BANNER, BANNER + packet(lists())])
def test_silence_costs_the_look_its_own_time_only(said: bytes, key: Path) -> None:
    begun = time.monotonic()
    with listening(says(said)) as server:
        assert blind(access(None, key, port=server.port), 1.0).reason is Reason.TIMED_OUT
    assert time.monotonic() - begun < 3


def test_another_host_key_is_not_trusted_and_is_named(host: Inhabited) -> None:
    before = (host.folder / "log").read_text().count("Accepted")
    told = blind(access(host, host.key, host_keys=("SHA256:" + 43 * "A",)))
    assert told.reason is Reason.DENIED
    assert told.detail == f"it shows the host key ssh-ed25519 {host.fingerprint}, which is not declared"
    assert (host.folder / "log").read_text().count("Accepted") == before


def test_the_known_hosts_of_the_user_do_not_count(
    host: Inhabited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = (host.folder / "ssh" / "ssh_host_ed25519_key.pub").read_text()
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {public}\n* {public}")
    monkeypatch.setenv("HOME", str(tmp_path))
    told = blind(access(host, host.key, host_keys=("SHA256:" + 43 * "A",)))
    assert "which is not declared" in told.detail


def test_keys_settings_and_agent_of_the_user_are_left_alone(
    host: Inhabited, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's own key would be let in, from the folder and from the agent; the declared one is not."""
    own = tmp_path / ".ssh"
    own.mkdir()
    (own / "id_ed25519").write_bytes(host.key.read_bytes())
    (own / "id_ed25519").chmod(0o600)
    (own / "config").write_text(f"Host *\n  IdentityFile {host.key}\n  Port 1\n")
    asked: list[int] = []
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        agent.settimeout(0.2)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        told = blind(access(host, key))
        with pytest.raises(TimeoutError):
            asked.append(agent.accept()[0].fileno())
    assert asked == []
    assert (told.reason, told.detail) == (Reason.DENIED, "it does not let audit in with this key")


def test_no_password_is_given_where_the_host_would_take_one(tmp_path: Path, key: Path) -> None:
    with inhabited(tmp_path, "PasswordAuthentication yes", "LogLevel DEBUG1") as running:
        assert blind(access(running, key)).reason is Reason.DENIED
        log = (tmp_path / "log").read_text()
    assert "method publickey" in log
    assert "method password" not in log


def test_sudo_that_is_not_allowed(host: Inhabited) -> None:
    told = blind(access(host, host.key, sudo=True))
    assert told.reason is Reason.DENIED
    assert told.detail.startswith("the script did not run (exit status 1): ")
    assert "sudo" in told.detail


def test_without_root_it_is_said_what_was_not_open_to_us(host: Inhabited) -> None:
    facts = look_at(KEYS, access(host, host.key)).facts
    assert [key.account for key in facts.keys] == ["audit"]
    assert not facts.places_known
    closed = {file.account for file in facts.files if file.state == "denied"}
    assert {"anna", "bert"} <= closed
    assert facts.files_unread >= 4
    with pytest.raises(CannotSee) as told:
        look_at(SSHD, access(host, host.key))
    assert told.value.reason is Reason.DENIED
    assert "no hostkeys available" in told.value.detail


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\n\n  \n", Reason.EMPTY),
        (b"yes\n" * 1000, Reason.UNREADABLE),
        (bytes(range(256)) * 100, Reason.UNREADABLE),
        (REPORT[:-8], Reason.UNREADABLE),
        (REPORT.replace(b"@end 3", b"@end 4"), Reason.UNREADABLE),
        (REPORT.replace(b"|anna\n=0\n", b"|anna\n"), Reason.UNREADABLE),
        (REPORT.replace(b"|anna", b"anna"), Reason.UNREADABLE),
        (REPORT.replace(b"|anna\n", b""), Reason.EMPTY),
        (REPORT.replace(b"@accounts", b"@time"), Reason.UNREADABLE),
        (REPORT.replace(b"|anna\n=0", b"|anna\n=too-large"), Reason.TOO_LARGE),
        (REPORT + REPORT, Reason.UNREADABLE),
    ],
)
@pytest.mark.parametrize("status", [0, 1, None])
def test_a_host_that_says_yes_to_everything_and_sends_garbage(
    data: bytes, reason: Reason, status: int | None, key: Path
) -> None:
    with says_yes(sends(data, status)) as server:
        assert blind(access(server, key)).reason is reason
        assert server.commands == ["/bin/sh -s"]


def test_a_report_of_a_host_without_keys_is_one(key: Path) -> None:
    with says_yes(sends(REPORT)) as server:
        facts = look_at(KEYS, access(server, key, sudo=True)).facts
        assert server.commands == ["sudo -n -- /bin/sh -s"]
    assert (facts.accounts, facts.key_count, facts.keys, facts.places_known) == (1, 0, (), False)


@pytest.mark.parametrize("answer", [never_ends, complains_for_ever])
def test_output_without_end_has_one(answer: object, key: Path) -> None:
    begun = time.monotonic()
    with says_yes(answer) as server:  # type: ignore[arg-type]  # mypy joins the two to object
        assert blind(access(server, key)).reason is Reason.TOO_LARGE
    assert time.monotonic() - begun < 6


def test_a_command_that_never_ends(key: Path) -> None:
    begun = time.monotonic()
    with says_yes(keeps_silent) as server:
        assert blind(access(server, key), 1.5).reason is Reason.TIMED_OUT
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("no key at all", "what is kept as the private key is no private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "no private key"),
    ],
)
def test_a_private_key_that_is_none_is_never_shown(kept: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(kept)
    told = blind(access(None, tmp_path / "key"))
    assert told.reason is Reason.DENIED
    assert said in told.detail
    assert "AAAA" not in told.detail


def test_a_private_key_with_a_passphrase(tmp_path: Path) -> None:
    key_pair(tmp_path, "key", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "secret")
    told = blind(access(None, tmp_path / "key"))
    assert told.reason is Reason.DENIED
    assert "secret" not in told.detail


def test_a_private_key_that_is_not_there(tmp_path: Path) -> None:
    assert blind(access(None, tmp_path / "key")).reason is Reason.DENIED


def test_a_declared_key_that_is_none(host: Inhabited) -> None:
    told = blind(access(host, host.key, host_keys=("ssh-ed25519 " + "A" * 21,)))
    assert told.reason is Reason.DENIED


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, key: Path) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    monkeypatch.delitem(sys.modules, "readiness_audit.probes.host.client", raising=False)
    monkeypatch.delattr(room, "client", raising=False)
    told = blind(access(None, key))
    assert told.reason is Reason.TOOL_MISSING
    assert "readiness-audit[host]" in told.detail


def test_the_script_has_no_command_that_changes_anything() -> None:
    words = set(script().decode().replace("(", " ").replace("{", " ").split())
    assert not words & {"rm", "mv", "cp", "tee", "touch", "mkdir", "chmod", "chown", "curl", "wget", "kill"}
    written = [line for line in script().decode().splitlines() if ">" in line.replace(">/dev/null", "")]
    allowed = ("#", "2>&1")
    assert [line for line in written if not any(mark in line for mark in allowed)] == []
