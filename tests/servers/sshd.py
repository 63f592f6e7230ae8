"""Real SSH servers, as Debian ships them: OpenSSH, on a free loopback port, with keys the test made."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.listener import free_port, wait_until_open

KEYS: Mapping[str, tuple[str, ...]] = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa": ("-t", "ecdsa", "-b", "256"),
    "p384": ("-t", "ecdsa", "-b", "384"),
    "p521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "3072"),
    "short-rsa": ("-t", "rsa", "-b", "2048"),
}


def make_keys(folder: Path, *names: str) -> None:
    for name in names:
        command = ["ssh-keygen", "-q", *KEYS[name], "-N", "", "-C", "test", "-f", str(folder / name)]
        subprocess.run(command, check=True)


def fingerprints(folder: Path, *names: str) -> set[tuple[int, str]]:
    """Give size and fingerprint of keys, as ssh-keygen tells them."""
    told = set()
    for name in names:
        command = ["ssh-keygen", "-l", "-f", str(folder / f"{name}.pub")]
        words = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        told.add((int(words[0]), words[1]))
    return told


@contextlib.contextmanager
def sshd(
    keys: Path,
    folder: Path,
    *lines: str,
    using: tuple[str, ...] = ("ed25519",),
    log: Path | None = None,
) -> Iterator[int]:
    """Run a server with these lines of sshd_config and these keys out of `keys`. Gives its port."""
    port = free_port()
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    settings = [f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "UsePAM no", "UseDNS no"]
    settings += [f"HostKey {keys / name}" for name in using]
    config = folder / f"sshd_config_{port}"
    config.write_text("\n".join([*settings, *lines, ""]))
    told = ("-E", str(log)) if log is not None else ("-e",)
    command = ["/usr/sbin/sshd", "-D", *told, "-f", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_open(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)
