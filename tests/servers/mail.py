"""Dovecot, vsftpd and Prosody as Debian ships them, each with a folder, a port and settings of its own."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.daemons import daemon
from tests.servers.listener import free_port

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
listen = 127.0.0.1, 127.0.0.2
protocols = imap pop3
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=nobody-logs-in
}}
{settings}
"""


@dataclass
class Dovecot:
    imap: int
    pop3: int


@contextlib.contextmanager
def dovecot(certificate: Path, settings: str = "") -> Iterator[Dovecot]:
    """
    Run Dovecot's IMAP and POP3 with these settings.

    It trusts whoever has its own address, so that it is met as a stranger at 127.0.0.2 alone.
    """
    # Its sockets lie in the folder, and their paths may only have about a hundred letters.
    with tempfile.TemporaryDirectory(prefix="dc-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        ports = Dovecot(imap=free_port(), pop3=free_port())
        root = os.geteuid() == 0
        config = folder / "dovecot.conf"
        config.write_text(
            _DOVECOT.format(
                folder=folder,
                certificate=certificate,
                user="dovecot" if root else os.environ.get("USER", ""),
                group="dovecot" if root else "",
                imap=ports.imap,
                pop3=ports.pop3,
                settings=settings,
            )
        )
        command = ["dovecot", "-F", "-c", str(config)]
        with daemon(command, ports.imap, ports.pop3, log=folder / "log"):
            yield ports


_VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
seccomp_sandbox=NO
anonymous_enable=NO
local_enable=YES
secure_chroot_dir={folder}
ssl_enable=YES
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
{settings}
"""


@contextlib.contextmanager
def vsftpd(certificate: Path, settings: str = "") -> Iterator[int]:
    """Run vsftpd; only root can. Gives its port."""
    with tempfile.TemporaryDirectory(prefix="ftp-") as made:
        folder, port = Path(made), free_port()
        config = folder / "vsftpd.conf"
        config.write_text(
            _VSFTPD.format(port=port, folder=folder, certificate=certificate, settings=settings)
        )
        with daemon(["vsftpd", str(config)], port, log=folder / "log"):
            yield port


_PROSODY = """
daemonize = false
data_path = "{folder}"
log = {{ info = "*console" }}
run_as_root = true
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
s2s_ports = {{ }}
modules_enabled = {{ "saslauth"; "tls" }}
modules_disabled = {{ "s2s"; "offline"; "c2s_limit" }}
ssl = {{ certificate = "{certificate}", key = "{certificate}" }}
{settings}
VirtualHost "localhost"
"""


@contextlib.contextmanager
def prosody(folder: Path, certificate: Path, settings: str = "") -> Iterator[int]:
    """Run Prosody for clients of `localhost`. Gives its port."""
    port = free_port()
    config = folder / "prosody.cfg.lua"
    config.write_text(_PROSODY.format(port=port, folder=folder, certificate=certificate, settings=settings))
    with daemon(["prosody", "--config", str(config), "-F"], port, log=folder / "out"):
        yield port
