"""BIND 9 as Debian ships it: name servers and resolvers of our own on free loopback ports."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.servers.listener import free_port

SOA = "$TTL 300\n@ IN SOA ns1.{zone}. hostmaster.{zone}. 1 3600 600 86400 60\n"
SERVERS = "@ IN NS ns1.{zone}.\n@ IN NS ns2.{zone}.\nns1 IN A 192.0.2.1\nns2 IN A 192.0.2.2\n"


def zone_text(zone: str, records: str, *, servers: str = SERVERS) -> str:
    return (SOA + servers).format(zone=zone) + records + "\n"


def signed(folder: Path, zone: str, text: str, *options: str) -> tuple[str, str]:
    """Sign a zone with Debian's dnssec-keygen and dnssec-signzone; give its new text and its DS records."""
    folder.mkdir()
    (folder / "zone").write_text(text)
    key = ["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", str(folder)]
    for flags in ([], ["-f", "KSK"]):
        subprocess.run([*key, *flags, zone], check=True, capture_output=True)
    sign = ["dnssec-signzone", "-S", "-q", "-x", "-K", ".", "-o", zone, "-f", "signed", *options, "zone"]
    subprocess.run(sign, check=True, capture_output=True, cwd=folder)
    return (folder / "signed").read_text(), (folder / f"dsset-{zone}.").read_text()


@contextlib.contextmanager
def named(
    folder: Path, zones: Mapping[str, str], *, options: str = "recursion no;", beside: str = ""
) -> Iterator[int]:
    """Run named with these zones (name -> text of the zone file). Gives its port, for UDP and TCP."""
    folder.mkdir()
    port = free_port()
    blocks = []
    for number, (zone, text) in enumerate(zones.items()):
        (folder / f"{number}.zone").write_text(text)
        blocks.append(
            f'zone "{zone}" {{ type primary; file "{folder}/{number}.zone"; check-names ignore; }};'
        )
    (folder / "named.conf").write_text(
        f'options {{ directory "{folder}"; pid-file none; session-keyfile none;'
        f" listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};"
        f" minimal-responses no; empty-zones-enable no; notify no; check-integrity no; {options} }};\n"
        "controls { };\n" + beside + "\n".join(blocks)
    )
    command = ["named", "-g", "-n", "1", "-c", str(folder / "named.conf")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            _wait_until_running(folder / "log", server)
            yield port
        finally:
            server.terminate()
            server.wait(10)


def _wait_until_running(log: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 10
    while b" running\n" not in log.read_bytes():
        if server.poll() is not None or time.monotonic() > until:
            raise AssertionError(log.read_text(errors="replace"))
        time.sleep(0.02)


def dig(port: int, *words: str) -> list[str]:
    """Ask with dig; give the lines of its answer, sorted."""
    command = [
        "dig",
        "@127.0.0.1",
        "-p",
        str(port),
        "+tcp",
        "+noall",
        "+answer",
        "+time=3",
        "+tries=1",
        *words,
    ]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "HOME": "/"}
    )
    return sorted(line for line in done.stdout.splitlines() if line and not line.startswith(";"))


def status(port: int, *words: str) -> str:
    """Ask with dig; give the response code and the flags it shows: `NOERROR qr aa rd`."""
    command = ["dig", "@127.0.0.1", "-p", str(port), "+tcp", "+noall", "+comments", *words]
    lines = subprocess.run(command, check=False, capture_output=True, text=True).stdout.splitlines()
    code = next(line.partition("status: ")[2].partition(",")[0] for line in lines if "status: " in line)
    flags = next(line.partition("flags: ")[2].partition(";")[0] for line in lines if "flags: " in line)
    return f"{code} {flags}"
