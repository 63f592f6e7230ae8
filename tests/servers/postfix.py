"""Postfix as Debian ships it: its SMTP server alone, with settings, queue and port of our own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.servers.listener import free_port, wait_until_open

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.shop.example
mydestination = shop.example
smtp_dns_support_level = disabled
disable_dns_lookups = yes
local_recipient_maps =
alias_maps =
{settings}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@contextlib.contextmanager
def postfix(settings: str) -> Iterator[int]:
    """Run a Postfix that delivers nothing; only root can. Gives the port its SMTP server listens on."""
    # Its servers give up root early, so that they could not reach below a folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="postfix-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        for name in ("config", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        port = free_port()
        (folder / "config" / "main.cf").write_text(MAIN.format(folder=folder, settings=settings))
        (folder / "config" / "master.cf").write_text(MASTER.format(port=port))
        command = ["postfix", "-c", str(folder / "config"), "start-fg"]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
            try:
                wait_until_open(port)
                yield port
            finally:
                # What was started is a script that waits for the master; the master says who it is.
                os.kill(int((folder / "queue" / "pid" / "master.pid").read_text()), signal.SIGTERM)
                server.wait(10)
