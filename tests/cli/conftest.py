"""The command line as a person meets it, and a small system of its own to ask about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.ledger.folder import keep
from readiness_audit.ledger.home import runs_of
from readiness_audit.model.record import Record
from tests.cli.asking import Said, asked
from tests.records import EXCERPTS

CHECK = """\
id: own.risks.bearable
title: {{en: Every risk is bearable, de: Jedes Risiko ist tragbar}}
point: 1
severity: {severity}
stage: pilot
probe: register.risks
why: {{en: Somebody has to bear it., de: Jemand muss es tragen.}}
see_for_yourself: {{en: Read the register., de: Das Register lesen.}}
fix: {{en: Lower the risk., de: Das Risiko senken.}}
parameters: {{limit: {limit}}}
assessable_when: facts.row_count > 0 && facts.unreadable_count == 0
each: facts.rows
violation_when: item.likelihood * item.impact >= params.limit
subject: item.id
finding: {{en: "Too high: {{subjects}}", de: "Zu hoch: {{subjects}}"}}
maps_to: {{iso27001: ["5.7"]}}
cases:
  - {{name: low, given: {{row_count: 1, rows: [{{id: R1, likelihood: 1.0, impact: 2.0}}]}}, expect: pass}}
  - {{name: high, given: {{row_count: 1, rows: [{{id: R1, likelihood: 5.0, impact: 5.0}}]}}, expect: fail}}
  - {{name: empty, given: {{row_count: 0}}, expect: not_assessed}}
"""
POLICY = """\
policy: {name}
edition: "2026-11"
title: {{en: Our own, de: Unsere eigene}}
why: {{en: To try things out., de: Zum Ausprobieren.}}
checks:
  - use: own.risks.bearable
{more}"""
STRICTER = """\
    parameters: {limit: 5}
    because: We want to see what would change.
"""
SYSTEM = """\
system: portal
title: Customer portal
owner: Erika Mustermann, sales
stage: pilot
targets:
  - {kind: register, id: risks, type: risks, file: risks.csv}
"""
RISKS = "ID,Risk,Likelihood,Impact,Owner\nR1,fire,2,4,Erika Mustermann\n"


@pytest.fixture
def tool(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Said]:
    """Ask the command line, in this process."""

    def ask(*words: str | Path) -> Said:
        return asked(capfdbinary, [str(word) for word in words])

    return ask


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep records here."""
    folder = tmp_path / "home"
    monkeypatch.setenv("READINESS_AUDIT_HOME", str(folder))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Give a content folder with one check and two policies: `mine` lets the portal go, `strict` does not."""
    folder = tmp_path / "own"
    (folder / "checks" / "own").mkdir(parents=True)
    (folder / "policies").mkdir()
    check = CHECK.format(severity="blocker", limit=10)
    (folder / "checks" / "own" / "bearable.yaml").write_text(check, encoding="utf-8")
    for name, more in (("mine", ""), ("strict", STRICTER)):
        (folder / "policies" / f"{name}.yaml").write_text(
            POLICY.format(name=name, more=more), encoding="utf-8"
        )
    return folder


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """Give the system file of a portal with one risk."""
    folder = tmp_path / "portal"
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "risks.csv").write_text(RISKS, encoding="utf-8")
    path = folder / "system.yaml"
    path.write_text(SYSTEM, encoding="utf-8")
    return path


@pytest.fixture
def kept(home: Path) -> Callable[[Record], Path]:
    """Keep a record made by hand, as a run would have."""

    def put(record: Record) -> Path:
        named = {excerpt.sha256 for piece in record.evidence for excerpt in getattr(piece, "excerpts", ())}
        raw = {sha256: EXCERPTS[sha256] for sha256 in named}
        return keep(record, raw, runs_of(home, record.system.system))

    return put
