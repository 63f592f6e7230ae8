"""The same OpenSSH servers read by us, by ssh-audit and by nmap's scripts."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.correctness import ours, peers
from benchmarks.correctness.heard import timed
from benchmarks.correctness.problems import NMAP, OURS
from benchmarks.correctness.tables import Part, table
from defusedxml.ElementTree import fromstring
from tests.servers.sshd import make_keys, sshd

AUDIT = "ssh-audit"
SERVERS = {
    "as Debian ships it": ((), ("rsa", "ecdsa", "ed25519")),
    "old": (
        (
            "KexAlgorithms +diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
            "Ciphers +aes128-cbc,3des-cbc",
            "MACs +hmac-md5",
            "HostKeyAlgorithms +ssh-rsa",
        ),
        ("rsa", "ed25519"),
    ),
    "narrow": (
        (
            "KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256",
            "Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com",
            "MACs hmac-sha2-256-etm@openssh.com",
        ),
        ("ed25519",),
    ),
}
_KINDS = {"kex": "key exchange", "host-key": "host keys", "cipher": "ciphers", "mac": "checksums"}
_BROKEN = ("ssh.kex.policy", "ssh.ciphers.macs", "ssh.hostkeys.policy")
_MARKS = ("kex-strict", "ext-info")
WEAK_REASONS: Mapping[tuple[str, str], str] = {
    (
        AUDIT,
        "ecdh-sha2-nistp",
    ): "distrusts the NIST curves for where they came from; BSI TR-02102-4 recommends them",
    (
        AUDIT,
        "ecdsa-sha2-nistp",
    ): "distrusts the NIST curves for where they came from; BSI TR-02102-4 recommends them",
    (
        OURS,
        "aes128-cbc",
    ): "ours calls CBC without a protected length weak, since text can be recovered; ssh-audit only warns",
    (OURS, "umac-64"): "ours calls 64 bits of checksum too short; ssh-audit only warns",
}
"""By tool that says more and the beginning of the algorithm's name."""


@dataclass(frozen=True)
class Read:
    """What one tool read of one server."""

    lists: Mapping[str, list[str]]
    keys: set[str]
    weak: set[str]


def compare(folder: Path, missing: dict[str, str]) -> Part:
    """Start OpenSSH in three configurations, and hold the readings side by side."""
    work = folder / "shells"
    work.mkdir()
    make_keys(work, "rsa", "ecdsa", "ed25519")
    programs = peers.python_tool(AUDIT)
    if programs is None:
        missing[AUDIT] = "pip could not install it"
    rows, lines, faults = [], [], []
    with contextlib.ExitStack() as stack:
        ports = {
            name: stack.enter_context(sshd(work, work, *settings, using=keys))
            for name, (settings, keys) in SERVERS.items()
        }
        mine = _ours(work, ports)
        for name, port in ports.items():
            others = {NMAP: _nmap(port)} | ({AUDIT: _audit(programs, port)} if programs else {})
            cells = [name, str(sum(map(len, mine[name].lists.values()))), str(len(mine[name].keys))]
            for tool, read in sorted(others.items()):
                same = [kind for kind in _KINDS if read.lists[kind] == mine[name].lists[kind]]
                fewer = mine[name].keys - read.keys
                cells.append(f"{len(same)} of {len(_KINDS)} lists, {len(read.keys & mine[name].keys)} keys")
                if len(same) != len(_KINDS) or read.keys - mine[name].keys or (fewer and tool != NMAP):
                    faults.append(f"{tool} and {OURS} read the SSH server '{name}' differently")
                elif fewer:
                    lines.append(f"- {name}, {tool}, {len(fewer)} keys fewer: {_FEWER_KEYS}.")
            rows.append(cells)
            if AUDIT in others:
                lines += _weak(name, mine[name].weak, others[AUDIT].weak, faults)
    tools = sorted([NMAP, *([AUDIT] if programs else [])])
    head = ("server", "algorithms", "host keys", *tools)
    text = "## SSH\n\n" + _TEXT + "\n" + table(head, rows) + "\n" + "\n".join(lines) + "\n"
    return Part(text, faults)


def _weak(name: str, mine: set[str], theirs: set[str], faults: list[str]) -> list[str]:
    lines = [f"- {name}: {len(mine & theirs)} algorithms called broken or weak by both."]
    for tool, more in ((OURS, mine - theirs), (AUDIT, theirs - mine)):
        for algorithm in sorted(more):
            known = (
                why
                for (who, begin), why in WEAK_REASONS.items()
                if who == tool and algorithm.startswith(begin)
            )
            why = next(known, None)
            if why is None:
                faults.append(f"no reason is written down why only {tool} calls {algorithm} weak")
            lines.append(f"- {name}, only {tool} on `{algorithm}`: {why or '**not yet explained**'}.")
    return lines


def _ours(work: Path, ports: Mapping[str, int]) -> dict[str, Read]:
    ids = {f"shell-{number}": name for number, name in enumerate(ports)}
    targets = [
        f"{{kind: endpoint, id: {one}, host: 127.0.0.1, port: {ports[name]}, protocol: ssh}}"
        for one, name in ids.items()
    ]
    (work / "none.pem").touch()
    _, report, record = ours.run(work / "ours", targets, ["ssh.*"], work / "none.pem")
    weak: dict[str, set[str]] = {one: set() for one in ids}
    for verdict in report["verdicts"]:
        if verdict["check"] in _BROKEN and verdict["outcome"] == "fail":
            weak[verdict["target"]] |= {re.split(r"[ (]", subject)[0] for subject in verdict["subjects"]}
    read = {}
    for evidence in record["evidence"]:
        one, facts = evidence["look"]["target"], evidence["facts"]
        lists = {
            kind: [each["name"] for each in facts["algorithms"] if each["kind"] == kind] for kind in _KINDS
        }
        keys = {key["fingerprint"].removeprefix("SHA256:") for key in facts["host_keys"]}
        read[ids[one]] = Read(lists, keys, weak[one])
    return read


def _audit(programs: Path, port: int) -> Read:
    _, text = timed([str(programs / "ssh-audit"), "--skip-rate-test", "-j", "-p", str(port), "127.0.0.1"])
    told: dict[str, Any] = json.loads(text)
    rows = {
        kind: told[key]
        for kind, key in (("kex", "kex"), ("host-key", "key"), ("cipher", "enc"), ("mac", "mac"))
    }
    lists = {
        kind: list(
            dict.fromkeys(row["algorithm"] for row in listed if not row["algorithm"].startswith(_MARKS))
        )
        for kind, listed in rows.items()
    }
    weak = {
        row["algorithm"] for listed in rows.values() for row in listed if row.get("notes", {}).get("fail")
    }
    return Read(lists, {each["hash"] for each in told["fingerprints"] if each["hash_alg"] == "SHA256"}, weak)


def _nmap(port: int) -> Read:
    scripts = "ssh2-enum-algos,ssh-hostkey"
    command = ["nmap", "-n", "-Pn", "-sT", "-p", str(port), "--script", f"+{scripts.replace(',', ',+')}"]
    _, text = timed([*command, "-oX", "-", "127.0.0.1"])
    root = fromstring(text)
    keys = {"kex": "kex_algorithms", "host-key": "server_host_key_algorithms"}
    keys |= {"cipher": "encryption_algorithms", "mac": "mac_algorithms"}
    lists = {
        kind: [
            str(elem.text)
            for elem in root.iterfind(f".//script[@id='ssh2-enum-algos']/table[@key='{key}']/elem")
            if not str(elem.text).startswith(_MARKS)
        ]
        for kind, key in keys.items()
    }
    blobs = [str(elem.text) for elem in root.iterfind(".//script[@id='ssh-hostkey']/table/elem[@key='key']")]
    hashes = (hashlib.sha256(base64.b64decode(blob)).digest() for blob in blobs)
    return Read(lists, {base64.b64encode(one).decode().rstrip("=") for one in hashes}, set())


_FEWER_KEYS = (
    "its script asks for kinds of keys, and by key exchanges, of its own list, which is an older one"
)

_TEXT = """\
Three OpenSSH servers. Compared are the lists of algorithms in their order, the fingerprints (SHA-256) of the
host keys, and what is called broken: `ssh.kex.policy`, `ssh.ciphers.macs` and `ssh.hostkeys.policy` of ours
beside the level `fail` of ssh-audit. nmap lists and judges nothing.
"""
