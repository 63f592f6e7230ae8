"""
A host of its own to look into: OpenSSH with accounts, homes and settings that the test made.

It shares this machine, but has its own view of /etc/ssh, of the list of accounts, of /home and of
the programs that run. Needs root, `unshare` and `sudo`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemons import daemon
from tests.servers.listener import free_port

UIDS = {"audit": 2001, "anna": 2002, "bert": 2003}
MAY_LOOK = "audit ALL=(root) NOPASSWD: /bin/sh -s\n"
_SCRIPT = """
set -e
mount --bind "$1/ssh" /etc/ssh
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/shadow" /etc/shadow
mount --bind "$1/sudoers" /etc/sudoers
mount --bind "$1/home" /home
exec {command}
"""


@dataclass(frozen=True)
class Inhabited:
    """A host that is running."""

    port: int
    key: Path
    """The private key of the account `audit`."""

    fingerprint: str
    """Of the host's key, as ssh-keygen tells it."""

    folder: Path


def key_pair(folder: Path, name: str, *options: str) -> str:
    """Make a key pair, and give its public line."""
    command = ["ssh-keygen", "-q", "-N", "", "-C", f"{name}@laptop", "-f", str(folder / name)]
    subprocess.run([*command, *(options or ("-t", "ed25519"))], check=True)
    return (folder / f"{name}.pub").read_text().strip()


def fingerprint(public: Path) -> str:
    command = ["ssh-keygen", "-l", "-f", str(public)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]


def furnish(
    folder: Path,
    *settings: str,
    keys: Mapping[str, str] | None = None,
    sudoers: str = MAY_LOOK,
    more: Mapping[str, str] | None = None,
) -> Path:
    """Lay out the files of a host: `keys` by account, `more` configuration by name in sshd_config.d."""
    ssh, home = folder / "ssh", folder / "home"
    (ssh / "sshd_config.d").mkdir(parents=True)
    home.mkdir()
    (ssh / "sshd_config").write_text("\n".join([*settings, ""]))
    for name, text in (more or {}).items():
        (ssh / "sshd_config.d" / name).write_text(text)
    key_pair(ssh, "ssh_host_ed25519_key")
    key_pair(folder, "audit")
    own = f"restrict {(folder / 'audit.pub').read_text()}"
    system = [line for line in Path("/etc/passwd").read_text().splitlines() if int(line.split(":")[2]) < 1000]
    people = [f"{name}:x:{uid}:{uid}::/home/{name}:/bin/sh" for name, uid in UIDS.items()]
    (folder / "passwd").write_text("\n".join([*system, *people, ""]))
    (folder / "shadow").write_text("".join(f"{name}:*:19000:0:99999:7:::\n" for name in ("root", *UIDS)))
    (folder / "sudoers").write_text(sudoers)
    (folder / "sudoers").chmod(0o440)
    for name, uid in UIDS.items():
        files = home / name / ".ssh"
        files.mkdir(parents=True)
        given = (keys or {}).get(name, own if name == "audit" else "")
        if given:
            (files / "authorized_keys").write_text(given)
        for path in (home / name, *(home / name).rglob("*")):
            os.chown(path, uid, uid)
            path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def inside(folder: Path, *command: str) -> list[str]:
    """Give the command line that runs `command` with the host's own view of its files."""
    script = _SCRIPT.replace("{command}", '"${@:2}"' if command else "/usr/sbin/sshd -D -e")
    own = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return [*own, "bash", "-c", script, "host", str(folder), *command]


@contextlib.contextmanager
def inhabited(
    folder: Path,
    *settings: str,
    keys: Mapping[str, str] | None = None,
    sudoers: str = MAY_LOOK,
    more: Mapping[str, str] | None = None,
) -> Iterator[Inhabited]:
    """Run a host with these lines of sshd_config. See `furnish` for the rest."""
    port = free_port()
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    lines = [f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "UsePAM no", *settings]
    furnish(folder, *lines, keys=keys, sudoers=sudoers, more=more)
    with daemon(inside(folder), port, log=folder / "log", stop=signal.SIGKILL):
        public = folder / "ssh" / "ssh_host_ed25519_key.pub"
        yield Inhabited(port=port, key=folder / "audit", fingerprint=fingerprint(public), folder=folder)
