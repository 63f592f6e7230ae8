"""
See what we and other tools say of the same servers, and write it down in docs/correctness.md.

The servers are started on loopback by this script; the tools are installed by it into build/peers and never
shipped. Ends with status 1 where we leave a problem unsaid, say one that is not there, differ from another
tool without a reason that is written down, or are too slow. Needs the network for installing, openssl, nginx,
nmap and sshd; takes a few minutes, nearly all of them the other tools'.

    scripts/correctness [--out docs/correctness.md]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.correctness import ours, page, peers, shells, webs
from benchmarks.correctness.heard import Heard
from benchmarks.correctness.lab import lab, started
from benchmarks.correctness.problems import NMAP, OURS, SSLYZE, TESTSSL
from tests.servers import by_openssl

WITH_SUITES_OF_THEIR_OWN = (
    *("tls10", "tls11", "anonymous", "no-encryption", "dh1024", "no-secrecy"),
    *("good-13", "good-12", "good-chain", "good-nginx"),
)
"""The servers of the lab that OpenSSL is asked about, suite by suite."""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--out", type=Path, default=Path("docs/correctness.md"))
    asked = words.parse_args()
    old = peers.python_tool("tlslite-ng")
    if old is None:
        sys.exit("tlslite-ng, which serves RC4, 3DES and SSLv3, could not be installed")
    with tempfile.TemporaryDirectory() as folder:
        seen, missing, told = look(Path(folder), old / "python")
        parts = [compare(Path(folder), missing) for compare in (shells.compare, webs.compare)]
    judged = page.Judged(seen, *told)
    text = page.of(datetime.now(UTC).date(), judged, versions(), missing, parts)
    asked.out.write_text(text, encoding="utf-8")
    faults = [*judged.faults(), *(fault for part in parts for fault in part.faults)]
    print("\n".join(faults) or f"{asked.out}: no difference without a reason")
    sys.exit(1 if faults else 0)


def look(
    folder: Path, old_python: Path
) -> tuple[dict[str, Heard], dict[str, str], tuple[page.Lab, dict[str, page.Pairs]]]:
    """Start the lab and let every tool look at it, one tool after the other."""
    (folder / "lab").mkdir()
    made = lab(folder / "lab", old_python)
    missing: dict[str, str] = {}
    seen: dict[str, Heard] = {}
    with started(made.servers) as ports:
        told = {
            server: by_openssl.suites(ports[server], *by_openssl.OPTIONS)
            for server in WITH_SUITES_OF_THEIR_OWN
        }
        seen[OURS] = ours.ask(folder / "ours", ports, made.root)
        sslyze, testssl = peers.python_tool("sslyze"), peers.testssl()
        if sslyze is None:
            missing[SSLYZE] = "pip could not install it"
        else:
            seen[SSLYZE] = peers.ask_sslyze(sslyze, ports, made.root)
        seen[NMAP] = peers.ask_nmap(ports)
        if testssl is None:
            missing[TESTSSL] = "Debian's package could not be had"
        else:
            seen[TESTSSL] = peers.ask_testssl(testssl, ports, made.root)
    return seen, missing, (made, told)


def versions() -> dict[str, str]:
    """Give the version of every tool that is here, as the tool itself tells it."""
    bash = peers.testssl()
    commands = {
        OURS: [sys.executable, "-m", "readiness_audit", "--version"],
        SSLYZE: [str(peers.PEERS / "sslyze/bin/python"), "-c", "import sslyze; print(sslyze.__version__)"],
        TESTSSL: ["bash", str(bash), "--version"],
        NMAP: ["nmap", "--version"],
        "ssh-audit": [str(peers.PEERS / "ssh-audit/bin/ssh-audit"), "--help"],
        "OpenSSL": ["openssl", "version"],
        "tlslite-ng": [
            str(peers.PEERS / "tlslite-ng/bin/python"),
            "-c",
            "import tlslite; print(tlslite.__version__)",
        ],
        "nginx": ["nginx", "-v"],
        "OpenSSH": ["sshd", "-V"],
    }
    return {
        tool: peers.version_of(command)
        for tool, command in commands.items()
        if Path(command[0]).exists() or shutil.which(command[0])
    }


if __name__ == "__main__":
    main()
