"""Sign-offs beside a system file, as people would have written them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from readiness_audit.content.sign_offs import with_sign_off
from readiness_audit.ledger.home import remember_system_file
from readiness_audit.model.record import Record
from readiness_audit.model.sign_off import SignOff

SYSTEM = """\
system: {system}
title: Customer portal
owner: Erika Beispiel, sales
stage: pilot
targets:
  - {{kind: register, id: risks, type: risks, file: risks.csv}}
"""


def sign_beside(home: Path, folder: Path, kept: Path, record: Record, sign_offs: Iterable[SignOff]) -> Path:
    """Bind `sign_offs` to a kept record, and give the file they stand in."""
    system = record.system.system
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "system.yaml").write_text(SYSTEM.format(system=system), encoding="utf-8")
    sha256 = hashlib.sha256((kept / "record.json").read_bytes()).hexdigest()
    path = folder / "sign-offs.yaml"
    text = path.read_bytes() if path.exists() else b""
    for each in sign_offs:
        bound = replace(each, record_sha256=sha256, run=record.origin.run)
        text = with_sign_off(text, bound, path)
    path.write_bytes(text)
    remember_system_file(home, system, folder / "system.yaml")
    return path
