"""Real servers, as Debian ships them, in front of a folder the test made: OpenSSL's, GnuTLS's and nginx."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.servers.listener import free_port, wait_until_open


@contextlib.contextmanager
def s_server(certificate: Path, *options: str) -> Iterator[int]:
    """Run `openssl s_server` with key and leaf, and the rest of the chain beside it. Gives its port."""
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet"]
    command += ["-cert", str(certificate), "-key", str(certificate), *options]
    others = certificate.with_suffix(".others")
    if others.exists() and others.read_bytes():
        command += ["-cert_chain", str(others)]
    with _running(command, port):
        yield port


@contextlib.contextmanager
def gnutls_serv(certificate: Path, *options: str) -> Iterator[int]:
    """Run `gnutls-serv` with key and leaf, for anybody. Gives its port."""
    port = free_port()
    command = ["gnutls-serv", "--quiet", "--echo", "--disable-client-cert", "--port", str(port)]
    command += ["--x509keyfile", str(certificate), "--x509certfile", str(certificate), *options]
    with _running(command, port):
        yield port


def nginx_config(folder: Path, servers: str, connections: int = 64) -> str:
    logs = f"error_log {folder}/error.log; pid {folder}/nginx.pid; daemon off; worker_processes 1;"
    paths = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    events = f"events {{ worker_connections {connections}; }}"
    return f"{user} {logs} {events} http {{ access_log off; {paths} {servers} }}"


@contextlib.contextmanager
def nginx(folder: Path, ports: Sequence[int], servers: str, connections: int = 64) -> Iterator[None]:
    """Run nginx with these server blocks, and whatever it keeps in `folder`."""
    config = folder / "nginx.conf"
    config.write_text(nginx_config(folder, servers, connections))
    with _running(["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)], *ports):
        yield


@contextlib.contextmanager
def _running(command: Sequence[str], *ports: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for port in ports:
                wait_until_open(port)
            yield
        finally:
            process.terminate()
            process.wait(10)
