"""How a host is seen from inside, as people write it: every mistake is said where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.content.files import load_system
from readiness_audit.errors import ContentError
from readiness_audit.model.host import Access
from readiness_audit.model.target import Host

PRINT = "SHA256:" + 43 * "a"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEX/dQ0v4127bEo8eeG1EV0ApO2lWbSnN6RWusn/NjqI host"
SYSTEM = """\
system: portal
title: Portal
owner: Erika Mustermann
stage: pilot
targets:
  - kind: host
    id: app-1
    host: app-1.example.org
    access: {access}
"""


def read(folder: Path, access: str) -> Access | None:
    path = folder / "system.yaml"
    path.write_text(SYSTEM.replace("{access}", access), encoding="utf-8")
    (host,) = load_system(path).targets
    assert isinstance(host, Host)
    return host.access


@pytest.mark.parametrize(
    "access",
    [
        "{by: local}",
        "{by: local, sudo: true}",
        f"{{by: ssh, user: audit, key: 'file:/etc/audit.key', host_keys: ['{PRINT}']}}",
        f"{{by: ssh, user: audit, port: 22, key: 'env:KEY', host_keys: ['{PRINT}', '{PUBLIC}'], sudo: true}}",
        "{by: files, report: app-1.txt}",
        "{by: files, sshd: s.txt, sshd_config: c.txt, authorized_keys: k.txt, public_keys: p.txt}",
    ],
)
def test_what_the_guide_shows_can_be_read(access: str, tmp_path: Path) -> None:
    assert read(tmp_path, access) is not None


@pytest.mark.parametrize(
    ("access", "told"),
    [
        ("{by: telnet}", "'telnet' is not allowed here"),
        ("{}", "the key 'by' is missing"),
        (f"{{by: ssh, user: audit, host_keys: ['{PRINT}']}}", "say where the private key is kept"),
        ("{by: ssh, user: audit, key: 'env:KEY'}", "a key nobody vouched for is not trusted"),
        ("{by: ssh, user: audit, key: 'env:KEY', host_keys: []}", "a key nobody vouched for is not trusted"),
        ("{by: ssh, user: audit, key: 'env:KEY', host_keys: ['*']}", "'*' is neither SHA256:"),
        (f"{{by: ssh, user: audit, key: 'env:KEY', host_keys: ['MD5:{PRINT}']}}", "is neither SHA256:"),
        (f"{{by: ssh, user: '-oProxyCommand', key: 'env:KEY', host_keys: ['{PRINT}']}}", "name the user"),
        (f"{{by: ssh, key: 'env:KEY', host_keys: ['{PRINT}']}}", "name the user"),
        (f"{{by: ssh, user: audit, key: audit.key, host_keys: ['{PRINT}']}}", "must say where the secret"),
        (f"{{by: ssh, user: audit, port: 0, key: 'env:KEY', host_keys: ['{PRINT}']}}", "0 is not a port"),
        (f"{{by: local, host_keys: ['{PRINT}']}}", "go with by: ssh"),
        ("{by: local, report: app-1.txt}", "goes with by: files"),
        ("{by: files}", "name what was brought from there"),
        ("{by: files, report: a.txt, sshd: b.txt}", "leave the other files out"),
        ("{by: files, sshd_config: b.txt}", "goes with sshd"),
        ("{by: files, sshd: a.txt}", "nothing else tells whose files these are"),
        ("{by: files, public_keys: a.txt}", "only tells whose the other files are"),
        ("{by: files, report: a.txt, public_keys: b.txt}", "leave the other files out"),
        ("{by: files, report: ../a.txt}", "must be a path inside the evidence folder"),
        ("{by: files, report: a.txt, sudo: true}", "files are only read"),
        ("{by: local, pasword: x}", "unknown key 'pasword'"),
    ],
)
def test_a_mistake_is_said_with_its_place(access: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as refused:
        read(tmp_path, access)
    assert told in str(refused.value)
    assert "system.yaml:" in str(refused.value)


def test_what_was_brought_from_one_host_is_not_another_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "system.yaml"
    first = SYSTEM.replace("{access}", "{by: files, report: host.txt}")
    second = first.partition("targets:\n")[2].replace("app-1", "app-2")
    path.write_text(first + second, encoding="utf-8")
    with pytest.raises(ContentError, match="brought from app-1, and says nothing of another host"):
        load_system(path)


def test_a_private_key_written_out_is_not_shown(tmp_path: Path) -> None:
    written = "-----BEGIN OPENSSH PRIVATE KEY-----"
    with pytest.raises(ContentError) as refused:
        read(tmp_path, f"{{by: ssh, user: audit, key: '{written}', host_keys: ['{PRINT}']}}")
    assert "BEGIN" not in str(refused.value)
