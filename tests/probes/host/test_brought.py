"""What was brought from a host and lies in the evidence folder, without any login."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.model.host import Access
from readiness_audit.model.target import Host
from readiness_audit.probes.host.authorized_keys import PROBE as KEYS
from readiness_audit.probes.host.authorized_keys import AuthorizedKeysFacts
from readiness_audit.probes.host.key_lines import NoKey, read_line
from readiness_audit.probes.host.report import read_listing, read_report
from readiness_audit.probes.host.seeing import script
from readiness_audit.probes.host.sshd import PROBE as SSHD
from readiness_audit.probes.host.sshd import SshdFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at
from tests.servers.inside import fingerprint, furnish, inside, key_pair

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
SK = (
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIEX/dQ0v4127bEo8eeG1EV0A"
    "pO2lWbSnN6RWusn/NjqIAAAABHNzaDo= token"
)
PLAIN = ("Port 22", "PermitRootLogin no", "Match User bert", "  X11Forwarding yes")


def brought_from(folder: Path, files: dict[str, str]) -> Host:
    if "report" not in files and "public_keys" not in files:
        files["public_keys"] = "public.txt"
        if not (folder / "public.txt").exists():
            (folder / "public.txt").write_text(SK)
    return Host(kind="host", id="h", host="192.0.2.1", access=Access(by="files", **files))  # type: ignore[arg-type]  # names of files


def keys_in(folder: Path, **files: str) -> AuthorizedKeysFacts:
    return look_at(KEYS, brought_from(folder, files), evidence=folder).facts


def sshd_in(folder: Path, **files: str) -> SshdFacts:
    return look_at(SSHD, brought_from(folder, files), evidence=folder).facts


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """Do on a host what the guide says: run the script, or three usual commands."""
    host = tmp_path / "host"
    host.mkdir()
    key_pair(tmp_path, "anna")
    furnish(host, *PLAIN, keys={"anna": (tmp_path / "anna.pub").read_text()})
    folder = tmp_path / "evidence"
    folder.mkdir()
    for name, command in (
        ("report.txt", ("sh", "-s")),
        ("sshd.txt", ("/usr/sbin/sshd", "-T")),
        ("config.txt", ("tail", "-v", "-n", "+1", "/etc/ssh/sshd_config")),
        ("keys.txt", ("sh", "-c", "tail -v -n +1 /home/*/.ssh/authorized_keys")),
        ("public.txt", ("sh", "-c", "tail -v -n +1 /etc/ssh/ssh_host_*_key.pub")),
    ):
        done = subprocess.run(inside(host, *command), input=script(), check=True, capture_output=True)
        (folder / name).write_bytes(done.stdout)
    return folder


def test_the_report_of_the_script(brought: Path) -> None:
    facts = keys_in(brought, report="report.txt")
    assert {(key.account, key.comment) for key in facts.keys} == {
        ("anna", "anna@laptop"),
        ("audit", "audit@laptop"),
    }
    assert (facts.seen_by, facts.files_unread, facts.places_known) == ("files", 0, True)
    options = sshd_in(brought, report="report.txt")
    assert (options.matches_known, options.match_blocks, options.own_options) == (True, 1, 0)


def test_it_says_which_machine_it_is(brought: Path, tmp_path: Path) -> None:
    machine = keys_in(brought, report="report.txt").machine
    assert machine.name == os.uname().nodename
    assert machine.host_keys == (fingerprint(tmp_path / "host" / "ssh" / "ssh_host_ed25519_key.pub"),)
    id_ = Path("/etc/machine-id")
    own = id_.read_text().strip() if id_.exists() else ""
    assert machine.machine_id == (sha256(f"readiness-audit {own}".encode()).hexdigest() if own else None)
    assert not own or own not in (brought / "report.txt").read_text()
    by_hand = sshd_in(brought, sshd="sshd.txt").machine
    assert (by_hand.name, by_hand.machine_id, by_hand.host_keys) == (None, None, machine.host_keys)


def test_a_key_that_only_the_server_names_is_one_too(tmp_path: Path) -> None:
    host = tmp_path / "host"
    host.mkdir()
    furnish(host, "HostKey /etc/ssh/ssh_host_ed25519_key", "HostKey /etc/ssh/our_own")
    key_pair(host / "ssh", "our_own")
    done = subprocess.run(inside(host, "sh", "-s"), input=script(), check=True, capture_output=True)
    (tmp_path / "report.txt").write_bytes(done.stdout)
    assert keys_in(tmp_path, report="report.txt").machine.host_keys == (
        fingerprint(host / "ssh" / "ssh_host_ed25519_key.pub"),
        fingerprint(host / "ssh" / "our_own.pub"),
    )


def test_a_report_that_does_not_tell_the_machine_counts_for_none(brought: Path) -> None:
    whole = (brought / "report.txt").read_text()
    marked = re.sub(r"@machine-id\n[|].*\n=0\n", "@machine-id\n=absent\n", whole)
    (brought / "report.txt").write_text(re.sub(r"(@host-key .*\n)([|].*\n)*=0\n", r"\1=denied\n", marked))
    with pytest.raises(CannotSee) as told:
        keys_in(brought, report="report.txt")
    assert told.value.reason is Reason.OTHER_MACHINE
    (brought / "report.txt").write_text(marked)
    assert keys_in(brought, report="report.txt").machine.machine_id is None


def test_a_report_of_an_older_script_is_to_be_made_anew(brought: Path) -> None:
    whole = (brought / "report.txt").read_text()
    (brought / "report.txt").write_text(whole.replace("host look 2", "host look 1", 1))
    with pytest.raises(CannotSee, match="an older script made the report") as told:
        keys_in(brought, report="report.txt")
    assert told.value.reason is Reason.UNREADABLE


def test_three_usual_commands_tell_the_same(brought: Path) -> None:
    report = keys_in(brought, report="report.txt")
    listed = keys_in(brought, authorized_keys="keys.txt")
    assert [(k.account, k.file, k.line, k.fingerprint) for k in listed.keys] == sorted(
        (k.account, k.file, k.line, k.fingerprint) for k in report.keys
    )
    assert (listed.accounts, listed.places_known) == (None, False)
    assert (
        sshd_in(brought, sshd="sshd.txt", sshd_config="config.txt").options
        == sshd_in(brought, report="report.txt").options
    )


def test_sshd_alone_does_not_know_what_match_blocks_say(brought: Path) -> None:
    facts = sshd_in(brought, sshd="sshd.txt")
    assert (facts.matches_known, facts.match_blocks) == (False, 0)
    assert any(option.name == "permitrootlogin" and option.value == "no" for option in facts.options)


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ({"/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf"}, False),
        (
            {
                "/etc/ssh/sshd_config": "Include sshd_config.d/*.conf",
                "/etc/ssh/sshd_config.d/x.conf": "X11Forwarding no",
            },
            True,
        ),
        ({"/etc/ssh/sshd_config": "# Include /etc/ssh/more\n\n  Port 22"}, True),
        ({"/etc/ssh/sshd_config": 'include "/etc/ssh/more"'}, False),
        ({"/etc/ssh/sshd_config": '"PermitRootLogin" yes'}, False),
    ],
)
def test_what_is_included_must_be_there_too(files: dict[str, str], known: bool, brought: Path) -> None:  # noqa: FBT001 - the case says which
    listing = "\n".join(f"==> {path} <==\n{text}\n" for path, text in files.items())
    (brought / "config.txt").write_text(listing)
    assert sshd_in(brought, sshd="sshd.txt", sshd_config="config.txt").matches_known is known


@pytest.mark.parametrize(
    ("daemon", "own"),
    [
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 0),
        ("/usr/sbin/sshd -D -oCiphers=aes256-gcm@openssh.com -oMACs=hmac-sha2-256", 0),
        ("sshd: /usr/sbin/sshd -D -f /srv/other [listener] 0 of 10-100 startups", 1),
        ("/usr/sbin/sshd -D -o PermitRootLogin=yes", 1),
        ("/usr/sbin/sshd -D -oCiphers=x -oPermitRootLogin=yes", 1),
    ],
)
def test_a_server_with_settings_of_its_own_is_counted(daemon: str, own: int, brought: Path) -> None:
    lines = (brought / "report.txt").read_text().split("\n")
    lines.insert(lines.index("@daemons") + 1, f"|{daemon}")
    (brought / "report.txt").write_text("\n".join(lines))
    assert sshd_in(brought, report="report.txt").own_options == own


def test_an_include_under_a_condition_is_not_known(brought: Path) -> None:
    with (brought / "config.txt").open("a") as file:
        file.write("Include /etc/ssh/more.conf\n")
    assert not sshd_in(brought, sshd="sshd.txt", sshd_config="config.txt").matches_known


def test_a_file_is_as_old_as_it_says_whatever_the_copy(brought: Path) -> None:
    now = datetime.now(UTC)
    old = (brought / "report.txt").read_bytes().split(b"\n")
    old[2] = b"|2026-01-31T08:00:00Z"
    (brought / "report.txt").write_bytes(b"\n".join(old))
    assert keys_in(brought, report="report.txt").modified_at == "2026-01-31T08:00:00Z"
    long_ago = (now - timedelta(days=400)).timestamp()
    os.utime(brought / "sshd.txt", (long_ago, long_ago))
    seen = sshd_in(brought, sshd="sshd.txt", sshd_config="config.txt")
    assert seen.modified_at == datetime.fromtimestamp(long_ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_report_from_the_future_is_none(brought: Path) -> None:
    later = (datetime.now(UTC) + timedelta(days=2)).strftime("|%Y-%m-%dT%H:%M:%SZ").encode()
    lines = (brought / "report.txt").read_bytes().split(b"\n")
    lines[2] = later
    (brought / "report.txt").write_bytes(b"\n".join(lines))
    with pytest.raises(CannotSee) as told:
        keys_in(brought, report="report.txt")
    assert told.value.reason is Reason.FROM_THE_FUTURE


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_report_that_is_cut_off_is_none(kept: float, brought: Path) -> None:
    whole = (brought / "report.txt").read_bytes()
    (brought / "report.txt").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(CannotSee) as told:
        keys_in(brought, report="report.txt")
    assert told.value.reason is Reason.UNREADABLE


def test_windows_line_ends_and_a_greeting_do_no_harm(brought: Path) -> None:
    whole = (brought / "report.txt").read_bytes()
    (brought / "report.txt").write_bytes(b"Welcome!\r\n" + whole.replace(b"\n", b"\r\n"))
    assert keys_in(brought, report="report.txt").key_count == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        ("permitrootlogin no\n", Reason.UNREADABLE),
        ("sshd: no hostkeys available -- exiting.\n" * 30, Reason.UNREADABLE),
        ("PermitRootLogin no\n" * 30, Reason.UNREADABLE),
    ],
)
def test_what_is_not_the_output_of_sshd(text: str, reason: Reason, tmp_path: Path) -> None:
    (tmp_path / "sshd.txt").write_text(text)
    with pytest.raises(CannotSee) as told:
        sshd_in(tmp_path, sshd="sshd.txt")
    assert told.value.reason is reason


def test_keys_of_nobody_in_particular_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text(key_pair(tmp_path, "anna"))
    with pytest.raises(CannotSee) as told:
        keys_in(tmp_path, authorized_keys="keys.txt")
    assert told.value.reason is Reason.UNREADABLE
    assert "==> FILE <==" in told.value.detail


def test_what_was_not_brought_is_not_there(brought: Path) -> None:
    for look, files in ((keys_in, {"sshd": "sshd.txt"}), (sshd_in, {"authorized_keys": "keys.txt"})):
        with pytest.raises(CannotSee) as told:
            look(brought, **files)
        assert told.value.reason is Reason.NOT_FOUND
    with pytest.raises(CannotSee) as told:
        keys_in(brought, authorized_keys="no-such.txt")
    assert told.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize(
    ("path", "account"),
    [
        ("/home/anna/.ssh/authorized_keys", "anna"),
        ("/srv/git/.ssh/authorized_keys2", "git"),
        ("/etc/ssh/keys/bert", "bert"),
    ],
)
def test_an_account_is_told_by_the_path(path: str, account: str, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text(f"==> {path} <==\n{key_pair(tmp_path, 'anna')}\nnot a key\n")
    facts = keys_in(tmp_path, authorized_keys="keys.txt")
    assert [(key.account, key.fingerprint) for key in facts.keys] == [
        (account, fingerprint(tmp_path / "anna.pub"))
    ]
    assert facts.lines_unread == 1


def test_a_key_in_a_token_is_read_as_ssh_keygen_reads_it(tmp_path: Path) -> None:
    (tmp_path / "token.pub").write_text(SK)
    line = read_line(SK)
    assert line is not None
    assert (line.key.type, line.key.bits) == ("sk-ssh-ed25519@openssh.com", 256)
    assert line.key.fingerprint == fingerprint(tmp_path / "token.pub")


@pytest.mark.parametrize("line", ["", "   ", "# a remark", "\t# another"])
def test_remarks_are_no_keys(line: str) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "?",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIEX/dQ0v4127bEo8eeG1EV0ApO2lWbSnN6RWusn/NjqI",
        'command="open ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX/dQ0v4127bEo8eeG1EV0ApO2lWbSnN6RWusn/NjqI',
        "1024 35 12345678901234567890 old@place",
        "no-pty," * 5000,
    ],
)
def test_what_is_no_key_is_told_as_such(line: str) -> None:
    with pytest.raises(NoKey):
        read_line(line)


def test_a_comment_that_looks_like_a_secret_is_taken_out(tmp_path: Path) -> None:
    line = read_line(f"{key_pair(tmp_path, 'anna')} ghp_{'x1' * 18}\x1b[31m")
    assert line is not None
    assert line.comment == "anna@laptop [redacted]?[31m"


@given(st.text(max_size=300))
def test_any_line_is_a_key_or_a_remark_or_none(line: str) -> None:
    try:
        read_line(line)
    except NoKey:
        return


@given(st.binary(max_size=600), st.binary(max_size=600))
def test_any_bytes_are_a_report_or_told_as_none(data: bytes, more: bytes) -> None:
    list(read_listing(data))
    with contextlib.suppress(CannotSee):
        read_report(b"readiness-audit host look 2\n" + data + b"\n@end 1\n" + more)
