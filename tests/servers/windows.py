"""Samba, slapd and xrdp, as Debian ships them, each with a folder and a configuration of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.daemons import daemon
from tests.servers.listener import free_port

_SAMBA = """
[global]
server role = standalone server
smb ports = {port}
interfaces = lo
bind interfaces only = yes
private dir = {folder}/private
lock directory = {folder}/lock
state directory = {folder}/state
cache directory = {folder}/cache
pid directory = {folder}/pid
ncalrpc dir = {folder}/ncalrpc
log file = {folder}/log
disable spoolss = yes
load printers = no
server multi channel support = no
guest account = {guest}
{options}
[pub]
path = {folder}
"""


@contextlib.contextmanager
def samba(folder: Path, *options: str) -> Iterator[int]:
    """Run smbd with these lines in its global section and one share, `pub`. Gives its port."""
    port = free_port()
    for name in ("private", "lock", "state", "cache", "pid", "ncalrpc"):
        (folder / name).mkdir()
    guest = "nobody" if os.geteuid() == 0 else getpass.getuser()
    config = folder / "smb.conf"
    config.write_text(_SAMBA.format(port=port, folder=folder, options="\n".join(options), guest=guest))
    command = ["smbd", "-F", "--no-process-group", "--debug-stdout", "-s", str(config), "-l", str(folder)]
    with daemon(command, port, log=folder / "out"):
        yield port


_ENTRY = """dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example
"""
_SLAPD = """
include /etc/ldap/schema/core.schema
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
{options}
database mdb
suffix "dc=example,dc=org"
directory {folder}/db
{own}
"""


@contextlib.contextmanager
def slapd(
    folder: Path, *options: str, own: str = "", certificate: Path | None = None, tls_first: bool = False
) -> Iterator[int]:
    """Run slapd with one entry; `options` go before its tree, `own` lines into it. Gives its port."""
    port = free_port()
    (folder / "db").mkdir()
    if certificate is not None:
        options += (f"TLSCertificateFile {certificate}", f"TLSCertificateKeyFile {certificate}")
    config = folder / "slapd.conf"
    config.write_text(_SLAPD.format(folder=folder, options="\n".join(options), own=own))
    seed = ["slapadd", "-f", str(config)]
    subprocess.run(seed, check=True, capture_output=True, input=_ENTRY.encode())
    where = f"{'ldaps' if tls_first else 'ldap'}://127.0.0.1:{port}"
    with daemon(["slapd", "-d", "0", "-f", str(config), "-h", where], port, log=folder / "out"):
        yield port


_XRDP = """[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:{port}
security_layer={layer}
crypt_level=high
certificate={certificate}
key_file={certificate}
ssl_protocols=TLSv1.2, TLSv1.3
[Logging]
LogFile={folder}/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
"""


@contextlib.contextmanager
def xrdp(folder: Path, layer: str, certificate: Path) -> Iterator[int]:
    """Run xrdp with one of its security layers: `rdp`, `tls` or `negotiate`. Gives its port."""
    port = free_port()
    config = folder / "xrdp.ini"
    config.write_text(_XRDP.format(port=port, layer=layer, certificate=certificate, folder=folder))
    with daemon(["xrdp", "--nodaemon", "--config", str(config)], port, log=folder / "out"):
        yield port
