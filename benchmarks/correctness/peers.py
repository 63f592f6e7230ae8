"""
The other tools: how they are installed into build/peers, started, and read.

They are programs of their own in folders of their own, and never shipped. What cannot be installed
where this runs is left out of the page, and the page says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import venv
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree.ElementTree import Element

from benchmarks.correctness.heard import Heard, sha256_of, timed
from defusedxml.ElementTree import fromstring

PEERS = Path("build/peers").resolve()
NAME = "localhost"
AT_ONCE = 6
"""So many of testssl.sh at the same time: it mostly waits, and one after another would be unfair to it."""

_SSLYZE_SUITES = {
    "ssl_2_0_cipher_suites": "SSLv2",
    "ssl_3_0_cipher_suites": "SSLv3",
    "tls_1_0_cipher_suites": "TLSv1.0",
    "tls_1_1_cipher_suites": "TLSv1.1",
    "tls_1_2_cipher_suites": "TLSv1.2",
    "tls_1_3_cipher_suites": "TLSv1.3",
}
_SSLYZE_COMMANDS = (
    *("--certinfo", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"),
    *("--elliptic_curves", "--compression", "--reneg", "--fallback", "--mozilla_config=intermediate"),
)
_TESTSSL_VERSIONS = {
    "SSLv2": "SSLv2",
    "SSLv3": "SSLv3",
    "TLS1": "TLSv1.0",
    "TLS1_1": "TLSv1.1",
    "TLS1_2": "TLSv1.2",
    "TLS1_3": "TLSv1.3",
}
_TESTSSL_OPTIONS = (
    *("--quiet", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--color", "0"),
    *("-p", "-s", "-S"),
)
_TESTSSL_MORE = {"no-secrecy": "-f", "compression": "-C", "dh1024": "-J", "rc4": "-4"}
"""A section for one server alone; asking everything of every server takes it several times as long."""

_NOTHING_WRONG = {"OK", "INFO", "DEBUG", "WARN"}
_NMAP_SCRIPTS = "ssl-cert,ssl-enum-ciphers,ssl-dh-params,ssl-poodle,sslv2"


def python_tool(package: str) -> Path | None:
    """Install a Python package into an environment of its own; give its folder of programs."""
    programs = PEERS / package / "bin"
    marker = programs.parent / "installed"
    if not marker.exists():
        venv.create(programs.parent, with_pip=True, clear=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", package]
        if subprocess.run(pip, check=False, stderr=subprocess.DEVNULL).returncode:
            return None
        marker.touch()
    return programs


def testssl() -> Path | None:
    """Unpack Debian's package of testssl.sh, or take the one that is installed."""
    installed = shutil.which("testssl")
    if installed:
        return Path(installed)
    folder = PEERS / "testssl"
    program = folder / "usr/bin/testssl"
    if not program.exists() and shutil.which("apt-get"):
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "testssl.sh"], check=False, cwd=folder, capture_output=True)
        for package in folder.glob("testssl.sh_*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(folder)], check=False)
    return program if program.exists() else None


def ask_sslyze(programs: Path, ports: Mapping[str, int], root: Path) -> Heard:
    by_port = {port: server for server, port in ports.items()}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        words = [*_SSLYZE_COMMANDS, f"--certinfo_ca_file={root}", f"--json_out={out}"]
        targets = [f"{NAME}:{port}{{127.0.0.1}}" for port in ports.values()]
        seconds, text = timed([str(programs / "sslyze"), *words, *targets])
        results = json.loads(out.read_text())["server_scan_results"]
    heard = Heard(seconds)
    for result in results:
        server, seen = by_port[result["server_location"]["port"]], result["scan_result"] or {}
        heard.pairs[server] = {
            (version, suite["cipher_suite"]["name"])
            for command, version in _SSLYZE_SUITES.items()
            for suite in ((seen.get(command) or {}).get("result") or {}).get("accepted_cipher_suites", ())
        }
        heard.versions[server] = {version for version, _ in heard.pairs[server]}
        certificates = (seen.get("certificate_info") or {}).get("result")
        if certificates:
            chain = certificates["certificate_deployments"][0]["received_certificate_chain"]
            heard.leaves[server] = sha256_of(chain[0]["as_pem"])
    heard.said = _sslyze_lines(text, by_port)
    return heard


def _sslyze_lines(text: str, by_port: Mapping[int, str]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {server: [] for server in by_port.values()}
    server = None
    for line in text.splitlines():
        place = re.match(r"\s*(?:SCAN RESULTS FOR )?LOCALHOST:(\d+)(?: - |:)", line, re.IGNORECASE)
        if place:
            server = by_port[int(place[1])]
            continue
        # The stores of makers are told nothing of the lab's own root; only the one that was given counts.
        verdict = re.search(r"FAILED|VULNERABLE|INSECURE|ERROR - Scan", line) and "CA Store" not in line
        untrusted = "Supplied CA file" in line and "FAILED" in line
        words = " ".join(line.split())
        wrong = verdict or untrusted or re.match(r" {8}\* \w+: ", line)
        if server and wrong and words not in said[server]:
            said[server].append(words)
    return said


def ask_testssl(program: Path, ports: Mapping[str, int], root: Path) -> Heard:
    heard = Heard(0.0)
    data = program.parents[2] / "etc/testssl"
    env = {**os.environ, **({"TESTSSL_INSTALL_DIR": str(data)} if data.exists() else {})}

    with tempfile.TemporaryDirectory() as folder:

        def ask(server: str) -> tuple[str, list[dict[str, str]]]:
            out = Path(folder) / f"{server}.json"
            words = [*_TESTSSL_OPTIONS, "--add-ca", str(root), "--jsonfile", str(out)]
            words += [_TESTSSL_MORE[server]] if server in _TESTSSL_MORE else []
            timed(["bash", str(program), *words, f"https://{NAME}:{ports[server]}/"], env)
            return server, json.loads(out.read_text())

        begun = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = list(pool.map(ask, ports))
        heard.seconds = time.monotonic() - begun
    for server, findings in told:
        heard.said[server] = [
            f"{finding['id']}: {finding['finding']}"
            for finding in findings
            if finding["severity"] not in _NOTHING_WRONG and finding["id"] != "engine_problem"
        ]
        heard.versions[server] = {
            _TESTSSL_VERSIONS[finding["id"]]
            for finding in findings
            if finding["id"] in _TESTSSL_VERSIONS and finding["finding"].startswith("offered")
        }
        shown = [finding["finding"] for finding in findings if finding["id"] == "cert_fingerprintSHA256"]
        heard.leaves.update({server: shown[0].lower()} if shown else {})
    return heard


def ask_nmap(ports: Mapping[str, int]) -> Heard:
    by_port = {port: server for server, port in ports.items()}
    command = ["nmap", "-n", "-Pn", "-sT", "-p", ",".join(map(str, by_port)), "--script", _NMAP_SCRIPTS]
    seconds, text = timed([*command, "--script-args", f"tls.servername={NAME}", "-oX", "-", "127.0.0.1"])
    heard = Heard(seconds)
    for port in fromstring(text).iter("port"):
        server = by_port[int(port.attrib["portid"])]
        scripts = {script.attrib["id"]: script for script in port.iter("script")}
        heard.pairs[server] = set()
        heard.said[server] = []
        for table in scripts.get("ssl-enum-ciphers", Element("none")).findall("table"):
            names = table.iterfind("table[@key='ciphers']/table/elem[@key='name']")
            heard.pairs[server] |= {
                (table.attrib["key"], str(name.text).replace("_AKE_WITH_", "_")) for name in names
            }
            for warning in table.iterfind("table[@key='warnings']/elem"):
                heard.said[server].append(f"{table.attrib['key']}: {warning.text}")
        for name, script in scripts.items():
            for table in script.findall("table"):
                title, state = table.find("elem[@key='title']"), table.find("elem[@key='state']")
                if title is not None and state is not None and "VULNERABLE" in str(state.text):
                    heard.said[server].append(f"{name}: {title.text} ({state.text})")
        pem = port.find(".//elem[@key='pem']")
        if pem is not None and pem.text:
            heard.leaves[server] = sha256_of(pem.text)
        heard.versions[server] = {version for version, _ in heard.pairs[server]}
    return heard


def version_of(command: list[str], pattern: str = r"(\d+\.\d[\w.+~-]*)") -> str:
    """Find a version in what a program prints."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=60)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "unknown"
