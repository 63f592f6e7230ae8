"""Real servers that answer over UDP, as Debian ships them, and what nmap says of them."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from defusedxml.ElementTree import fromstring


@contextlib.contextmanager
def running(*commands: Sequence[str]) -> Iterator[None]:
    """Run programs until the end of the block."""
    with contextlib.ExitStack() as stack:
        for command in commands:
            started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            process = stack.enter_context(started)
            stack.callback(process.wait, 10)
            stack.callback(process.terminate)
        yield


def snmpd(folder: Path, address: str, *lines: str) -> list[str]:
    config = folder / f"snmpd-{address}.conf"
    told = [f"agentaddress udp:{address}:161", "sysDescr Test box", *lines]
    config.write_text("\n".join(told) + "\n")
    # Its modules look at the whole machine; the one for the system's description is enough.
    return ["snmpd", "-f", "-Lo", "-C", "-c", str(config), "-I", "system_mib,snmpv3mibs,vacm_conf,usmConf"]


def memcached(address: str) -> list[str]:
    return ["memcached", "-u", "root", "-m", "8", "-t", "1", "-l", address, "-p", "0", "-U", "11211"]


def dnsmasq(address: str, *options: str) -> list[str]:
    quiet = [
        "--no-resolv",
        "--no-hosts",
        "--conf-file=/dev/null",
        "--pid-file=",
        "--user=root",
        "--group=root",
    ]
    return [
        "dnsmasq",
        "--keep-in-foreground",
        *quiet,
        f"--listen-address={address}",
        "--bind-interfaces",
        *options,
    ]


def wait_until_bound(*sockets: str, seconds: float = 10.0) -> None:
    """Wait until each of `address:port` is listened on over UDP."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        shown = subprocess.run(["ss", "-Hlnu"], capture_output=True, text=True, check=True).stdout
        if set(sockets) <= {line.split()[3] for line in shown.splitlines()}:
            return
        time.sleep(0.05)
    raise AssertionError(f"{sockets} are not all listened on: {shown}")


def nmap_says(address: str, *ports: int) -> dict[int, str]:
    """Ask nmap for the state of UDP ports."""
    told = ["-sU", "-n", "-Pn", "--max-retries", "1", "-T5", "-oX", "-", "-p", ",".join(map(str, ports))]
    done = subprocess.run(["nmap", *told, address], capture_output=True, text=True, check=True)
    return {
        int(port.get("portid", "")): next(state.get("state", "") for state in port.iter("state"))
        for port in fromstring(done.stdout).iter("port")
    }
