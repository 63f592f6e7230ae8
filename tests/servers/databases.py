"""PostgreSQL, MariaDB, Redis and memcached, as Debian ships them, each on a free loopback port."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemons import daemon
from tests.servers.listener import free_port


@dataclass
class Postgres:
    port: int
    process: subprocess.Popen[bytes]
    data: Path
    log: Path

    def rules(self, *lines: str, settings: str = "") -> None:
        """Let these lines be pg_hba.conf, and these settings be added, from now on."""
        seen = self._reloads()
        (self.data / "postgresql.auto.conf").write_text(settings)
        (self.data / "pg_hba.conf").write_text("\n".join(lines) + "\n")
        self.process.send_signal(signal.SIGHUP)
        waiting = threading.Event()
        for _ in range(500):
            if self._reloads() > seen:
                return
            waiting.wait(0.02)
        raise AssertionError("PostgreSQL did not read its rules again")

    def _reloads(self) -> int:
        return self.log.read_bytes().count(b"reloading configuration files")


@contextlib.contextmanager
def postgres(certificate: Path | None) -> Iterator[Postgres]:
    """Run PostgreSQL; root lets the user `postgres` run it, which refuses to be root."""
    user = "postgres" if os.geteuid() == 0 else None
    (programs,) = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data, log, port = folder / "data", folder / "log", free_port()
    try:
        if user:
            shutil.chown(folder, user)
        made = [str(programs / "initdb"), "-D", str(data), "--no-sync", "-A", "trust", "--locale=C"]
        subprocess.run(made, check=True, capture_output=True, user=user, cwd=folder)
        options = {"port": str(port), "listen_addresses": "127.0.0.1", "fsync": "off"}
        options["unix_socket_directories"] = str(folder)
        if certificate is not None:
            own = Path(shutil.copy(certificate, folder / "server.pem"))
            own.chmod(0o600)
            if user:
                shutil.chown(own, user)
            options |= {"ssl": "on", "ssl_cert_file": str(own), "ssl_key_file": str(own)}
        command = [str(programs / "postgres"), "-D", str(data)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with daemon(command, port, log=log, user=user, stop=signal.SIGINT) as process:
            yield Postgres(port=port, process=process, data=data, log=log)
    finally:
        shutil.rmtree(folder)


@dataclass
class Mariadb:
    port: int
    socket: Path

    def tell(self, statement: str) -> str:
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-u", "root", "-N", "-e", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def mariadb(certificate: Path | None) -> Iterator[Mariadb]:
    """Run MariaDB with TLS where a certificate is given."""
    folder = Path(tempfile.mkdtemp(prefix="my-"))
    port, socket = free_port(), folder / "s"
    user = f"--user={getpass.getuser()}"
    try:
        made = ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", user, "--skip-test-db"]
        made += ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
        subprocess.run(made, check=True, capture_output=True)
        command = ["mariadbd", "--no-defaults", user, f"--datadir={folder}/data", f"--socket={socket}"]
        command += [f"--port={port}", "--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve"]
        if certificate is not None:
            command += [f"--ssl-cert={certificate}", f"--ssl-key={certificate}"]
        with daemon(command, port, log=folder / "out"):
            yield Mariadb(port=port, socket=socket)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def redis(folder: Path, *options: str, certificate: Path | None = None) -> Iterator[int]:
    port = free_port()
    where = ["--port", str(port)]
    if certificate is not None:
        where = ["--port", "0", "--tls-port", str(port), "--tls-cert-file", str(certificate)]
        where += ["--tls-key-file", str(certificate), "--tls-auth-clients", "no"]
    command = ["redis-server", *where, "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *options]
    with daemon(command, port, log=folder / "out"):
        yield port


@contextlib.contextmanager
def memcached(folder: Path, *options: str) -> Iterator[int]:
    port = free_port()
    with daemon(
        ["memcached", "-u", getpass.getuser(), "-l", "127.0.0.1", "-p", str(port), *options],
        port,
        log=folder / "out",
    ):
        yield port
