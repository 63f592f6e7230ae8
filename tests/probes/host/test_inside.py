"""Against OpenSSH on a host of its own; what is expected comes from sshd -T, ssh-keygen and ssh-keyscan."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Look, Observed
from readiness_audit.model.host import Access
from readiness_audit.model.system import Stage, System
from readiness_audit.model.target import Host
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.host.authorized_keys import PROBE as KEYS
from readiness_audit.probes.host.authorized_keys import AuthorizedKeysFacts
from readiness_audit.probes.host.seeing import script
from readiness_audit.probes.host.sshd import PROBE as SSHD
from readiness_audit.probes.host.sshd import SshdFacts
from readiness_audit.stages.collect import collect
from tests.looking import look_at, loopback_only
from tests.servers.inside import Inhabited, inhabited, inside, key_pair

MADE = {
    "ed25519": ("-t", "ed25519"),
    "p256": ("-t", "ecdsa", "-b", "256"),
    "p384": ("-t", "ecdsa", "-b", "384"),
    "p521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "3072"),
    "short": ("-t", "rsa", "-b", "1024"),
}
SETTINGS = (
    "PermitRootLogin no",
    "MaxAuthTries 3",
    "LoginGraceTime 1m",
    "AllowUsers audit anna@192.0.2.0/24",
    "AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u",
    "SetEnv TOKEN=very-secret",
    "Include /etc/ssh/sshd_config.d/*.conf",
    "Match User bert  ",
    "    X11Forwarding yes",
    "    AuthorizedKeysFile /etc/ssh/by-number/%U",
)
MORE = {
    "10-office.conf": "# the office\nMatch Address 127.0.0.0/8 User anna\n\tMaxAuthTries=9\n",
    "20-plain.conf": "ClientAliveInterval 5m\n",
}


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: key_pair(folder, name, *how) for name, how in MADE.items()}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, lines: dict[str, str]) -> Iterator[Inhabited]:
    folder = tmp_path_factory.mktemp("host")
    anna = "\n".join(
        [
            "# Anna's",
            "",
            lines["ed25519"],
            f'from="192.0.2.0/24,10.0.0.1",command="echo \\"a, b\\" TOKEN=very-secret",no-pty {lines["rsa"]}',
            f"restrict,pty\t{lines['p256']} with a long remark",
            "  " + lines["p384"],
        ]
    )
    with inhabited(folder, *SETTINGS, keys={"anna": anna}, more=MORE) as running:
        (folder / "ssh" / "keys").mkdir()
        (folder / "ssh" / "keys" / "anna").write_text(lines["p521"] + "\n")
        (folder / "ssh" / "by-number").mkdir()
        (folder / "ssh" / "by-number" / "2003").write_text(lines["short"] + "\n" + lines["ed25519"])
        yield running


def through_ssh(host: Inhabited, *host_keys: str) -> Host:
    trusted = host_keys or (host.fingerprint,)
    access = Access(
        by="ssh", user="audit", port=host.port, key=f"file:{host.key}", host_keys=trusted, sudo=True
    )
    return Host(kind="host", id="host", host="127.0.0.1", access=access)


@pytest.fixture(scope="module")
def keys(host: Inhabited) -> AuthorizedKeysFacts:
    return look_at(KEYS, through_ssh(host)).facts


@pytest.fixture(scope="module")
def options(host: Inhabited) -> SshdFacts:
    return look_at(SSHD, through_ssh(host)).facts


def test_every_option_is_what_sshd_says(host: Inhabited, options: SshdFacts) -> None:
    command = inside(host.folder, "/usr/sbin/sshd", "-T")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    expected = Counter(line.partition(" ")[::2] for line in said if not line.startswith("setenv"))
    seen = [option for option in options.options if option.within is None]
    assert Counter((option.name, option.value) for option in seen if option.name != "setenv") == expected
    assert options.option_count == len(said)


def test_times_and_counts_are_numbers(options: SshdFacts) -> None:
    numbers = {option.name: option.number for option in options.options if option.within is None}
    assert (numbers["logingracetime"], numbers["maxauthtries"], numbers["clientaliveinterval"]) == (
        60,
        3,
        300,
    )
    assert numbers["permitrootlogin"] is None


def test_what_match_blocks_change_stands_beside_it(options: SshdFacts) -> None:
    matched = [(o.name, o.value, o.within) for o in options.options if o.within is not None]
    assert sorted(matched) == [
        ("authorizedkeysfile", "/etc/ssh/by-number/%U", "User bert"),
        ("maxauthtries", "9", "Address 127.0.0.0/8 User anna"),
        ("x11forwarding", "yes", "User bert"),
    ]
    assert (options.match_blocks, options.matches_known, options.own_options) == (2, True, 0)


def test_no_secret_of_the_settings_is_kept(host: Inhabited) -> None:
    seen = look_at(SSHD, through_ssh(host))
    assert "very-secret" not in str(dataclasses.asdict(seen.facts))
    assert b"very-secret" not in b"".join(raw for _, raw in seen.excerpts)


def test_every_key_is_what_ssh_keygen_says(host: Inhabited, keys: AuthorizedKeysFacts) -> None:
    files = sorted({key.file for key in keys.keys})
    expected: Counter[tuple[str, int, str]] = Counter()
    for file in files:
        command = inside(host.folder, "ssh-keygen", "-l", "-f", file)
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            words = line.split()
            expected[file, int(words[0]), words[1]] += 1
    assert Counter((key.file, key.bits, key.fingerprint) for key in keys.keys) == expected
    assert len(keys.keys) == 8


def test_it_says_whose_keys_they_are_and_what_they_may(keys: AuthorizedKeysFacts) -> None:
    told = [(key.account, key.file.rpartition("/")[2], key.line, key.options) for key in keys.keys]
    assert told == [
        ("audit", "authorized_keys", 1, ("restrict",)),
        ("anna", "authorized_keys", 3, ()),
        ("anna", "authorized_keys", 4, ("from", "command", "no-pty")),
        ("anna", "authorized_keys", 5, ("restrict", "pty")),
        ("anna", "authorized_keys", 6, ()),
        ("anna", "anna", 1, ()),
        ("bert", "2003", 1, ()),
        ("bert", "2003", 2, ()),
    ]
    assert "very-secret" not in str(dataclasses.asdict(keys))


def test_it_says_how_complete_that_is(host: Inhabited, keys: AuthorizedKeysFacts) -> None:
    listed = subprocess.run(inside(host.folder, "getent", "passwd"), check=True, capture_output=True).stdout
    assert keys.accounts == listed.count(b"\n")
    assert keys.places == (".ssh/authorized_keys", "/etc/ssh/keys/%u", "/etc/ssh/by-number/%U")
    assert (keys.places_known, keys.files_unread, keys.lines_unread, keys.other_ways) == (True, 0, 0, ())
    assert (keys.seen_by, keys.modified_at) == ("ssh", None)


def test_a_host_key_may_be_declared_as_ssh_keyscan_gives_it(host: Inhabited) -> None:
    command = ["ssh-keyscan", "-p", str(host.port), "127.0.0.1"]
    scanned = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (line,) = [line for line in scanned.splitlines() if not line.startswith("#")]
    assert look_at(KEYS, through_ssh(host, line.partition(" ")[2])).facts.key_count == 8


def test_one_login_serves_both_looks(host: Inhabited) -> None:
    looks = [Look(probe="authorized-keys", target="host"), Look(probe="sshd", target="host")]
    now = datetime.now(UTC)
    system = System(
        system="host",
        title="Host",
        owner="Nobody",
        stage=Stage.PILOT,
        authorisation=loopback_only(now),
        targets=(through_ssh(host),),
    )
    before = (host.folder / "log").read_text().count("Accepted publickey")
    collected = asyncio.run(collect(looks, system, BUILT_IN, host.folder, lambda: now))
    assert all(isinstance(evidence, Observed) for evidence in collected.evidence)
    assert [contact.outcome for contact in collected.contacts] == ["connected"]
    assert (host.folder / "log").read_text().count("Accepted publickey") == before + 1


def test_the_key_may_be_good_for_the_script_alone(tmp_path: Path) -> None:
    """The way the guide shows: what we ask for is not run, but what stands in the file of keys."""
    rule = "audit ALL=(root) NOPASSWD: /bin/sh /etc/ssh/look.sh\n"
    with inhabited(tmp_path, sudoers=rule) as host:
        (tmp_path / "ssh" / "look.sh").write_bytes(script())
        own = tmp_path / "home" / "audit" / ".ssh" / "authorized_keys"
        own.write_text(
            f'restrict,command="sudo -n /bin/sh /etc/ssh/look.sh" {(tmp_path / "audit.pub").read_text()}'
        )
        target = through_ssh(host)
        assert target.access is not None
        access = dataclasses.replace(target.access, sudo=False)
        facts = look_at(KEYS, dataclasses.replace(target, access=access)).facts
    assert (facts.files_unread, facts.places_known) == (0, True)
    assert [key.options for key in facts.keys] == [("restrict", "command")]


def test_a_line_that_is_no_key_never_leaves_the_host(tmp_path: Path, lines: dict[str, str]) -> None:
    """Somebody makes a link to what only root may read, in the hope that root reads it out."""
    with inhabited(tmp_path) as host:
        stolen = host.folder / "home" / "anna" / ".ssh" / "authorized_keys"
        stolen.symlink_to("/etc/shadow")
        spoofed = host.folder / "home" / "bert" / ".ssh" / "authorized_keys"
        spoofed.write_text(f"=0\n@authorized-keys anna x\n{lines['rsa']}\n|@end 1\n\x00\r\n")
        raw = subprocess.run(inside(host.folder, "sh", "-s"), input=script(), check=True, capture_output=True)
        facts = look_at(KEYS, through_ssh(host)).facts
    assert b"19000" not in raw.stdout
    shadow = (host.folder / "shadow").read_text().count("\n")
    unread = {file.account: file.lines_unread for file in facts.files}
    assert unread == {"audit": 0, "anna": shadow, "bert": 4}
    assert [(key.account, key.line) for key in facts.keys] == [("audit", 1), ("bert", 3)]


def test_what_is_no_file_of_keys_is_told_and_not_waited_for(tmp_path: Path) -> None:
    with inhabited(tmp_path) as host:
        os.mkfifo(host.folder / "home" / "anna" / ".ssh" / "authorized_keys")
        (host.folder / "home" / "bert" / ".ssh" / "authorized_keys").write_bytes(b"#" * 300_000)
        facts = look_at(KEYS, through_ssh(host)).facts
    assert {file.account: file.state for file in facts.files} == {
        "audit": "read",
        "anna": "odd",
        "bert": "too-large",
    }
    assert facts.files_unread == 2


def test_keys_from_elsewhere_are_told(tmp_path: Path) -> None:
    settings = ("AuthorizedKeysCommand /bin/cat /dev/null", "AuthorizedKeysCommandUser nobody")
    with inhabited(tmp_path, *settings, "TrustedUserCAKeys /etc/ssh/ca.pub") as host:
        facts = look_at(KEYS, through_ssh(host)).facts
    assert facts.other_ways == ("trustedusercakeys", "authorizedkeyscommand")


def test_this_machine_can_be_the_host() -> None:
    target = Host(kind="host", id="here", host="localhost", access=Access(by="local"))
    facts = look_at(KEYS, target).facts
    passwd = subprocess.run(["getent", "passwd"], check=True, capture_output=True).stdout
    assert (facts.seen_by, facts.accounts) == ("local", passwd.count(b"\n"))
    said = subprocess.run(["/usr/sbin/sshd", "-T"], check=True, capture_output=True, text=True).stdout
    assert look_at(SSHD, target).facts.option_count == said.count("\n")


def test_any_shell_of_a_host_prints_the_same(host: Inhabited) -> None:
    printed = {
        subprocess.run(
            inside(host.folder, *shell, "-s"), input=script(), check=True, capture_output=True
        ).stdout.partition(b"@user")[2]
        for shell in (("dash",), ("bash",), ("bash", "--posix"), ("busybox", "sh"))
    }
    assert len(printed) == 1
