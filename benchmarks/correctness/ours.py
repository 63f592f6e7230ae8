"""Run readiness-audit over servers, as a user does: a system file, a policy, one command, its record."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.correctness.heard import Heard, timed

_POLICY = """
policy: lab
edition: "1"
title: {en: The lab, de: Das Labor}
why: {en: Only what the servers of the lab are for., de: Nur wozu die Server des Labors da sind.}
checks:
"""
_SYSTEM = """
system: lab
title: Lab
owner: nobody
stage: operation
pace: fast
evidence: evidence
traits: [no-domain, no-ipv6]
authorisation:
  targets: [127.0.0.1]
  valid_from: {begins}
  valid_until: {ends}
  approved_by: the script
  contact: nobody
targets:
"""


def run(
    folder: Path, targets: Sequence[str], checks: Sequence[str], root: Path
) -> tuple[float, dict[str, Any], dict[str, Any]]:
    """Audit these targets (lines of YAML) under these checks; give the seconds, the report and the record."""
    now = datetime.now(UTC).replace(microsecond=0)
    (folder / "evidence").mkdir(parents=True)
    (folder / "content/policies").mkdir(parents=True)
    shutil.copy(root, folder / "evidence/root.pem")
    uses = "".join(f'  - use: "{check}"\n' for check in checks)
    (folder / "content/policies/lab.yaml").write_text(_POLICY.lstrip() + uses)
    hour = timedelta(hours=1)
    head = _SYSTEM.lstrip().format(begins=(now - hour).isoformat(), ends=(now + hour).isoformat())
    (folder / "system.yaml").write_text(head + "".join(f"  - {target}\n" for target in targets))
    command = [sys.executable, "-m", "readiness_audit", "run", str(folder / "system.yaml"), "--policy", "lab"]
    command += [
        "--content",
        str(folder / "content"),
        "--format",
        "json",
        "--lang",
        "en",
        "--out",
        str(folder / "record"),
    ]
    seconds, text = timed(command, {**os.environ, "READINESS_AUDIT_HOME": str(folder / "home")})
    record = next((folder / "record").glob("**/record.json"))
    return seconds, json.loads(text), json.loads(record.read_text())


def failures(report: Mapping[str, Any]) -> dict[str, list[str]]:
    """Give each target's failed checks with their findings, and with how severe each is."""
    severity = {check: told["severity"] for check, told in report["checks"].items()}
    said: dict[str, list[str]] = {}
    for verdict in report["verdicts"]:
        if verdict["outcome"] == "fail":
            line = f"{verdict['check']} ({severity[verdict['check']]}): {verdict['finding']}"
            said.setdefault(verdict["target"], []).append(line)
    return said


def ask(folder: Path, ports: Mapping[str, int], root: Path) -> Heard:
    """Look at every server of the lab with all checks of TLS and certificates."""
    targets = [
        f"{{kind: endpoint, id: {server}, host: 127.0.0.1, port: {port}, protocol: tls, names: [localhost],"
        " trusted_cas: root.pem}"
        for server, port in ports.items()
    ]
    seconds, report, record = run(folder, targets, ["tls.*", "cert.*"], root)
    heard = Heard(seconds, said={server: [] for server in ports} | failures(report))
    for evidence in record["evidence"]:
        server, facts = evidence["look"]["target"], evidence.get("facts")
        if facts is None:
            continue
        if evidence["look"]["probe"] == "tls-suites":
            heard.pairs[server] = {(suite["version"], suite["name"]) for suite in facts["suites"]}
        elif evidence["look"]["probe"] == "tls":
            heard.versions[server] = {one["name"] for one in facts["versions"] if one["state"] == "accepted"}
            heard.leaves.update({server: facts["certificates"][0]["sha256"]} if facts["certificates"] else {})
    return heard
