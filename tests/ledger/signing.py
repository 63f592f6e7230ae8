"""Signed records for tests, their keys, and the independent script as a function."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from readiness_audit.cli.signing import Signing, sealing
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.envelope import envelope_bytes, sign
from readiness_audit.ledger.folder import keep
from readiness_audit.ledger.keys import PrivateKey
from readiness_audit.ledger.manifest import manifest_from
from readiness_audit.ledger.statement import PAYLOAD_TYPE, statement
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from tests.records import EXCERPTS, a_record

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "reports" / "proof" / "verify.py"


def a_key(number: int) -> PrivateKey:
    """Give a key that is the same every time: its seed is no secret."""
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def signed_record(folder: Path, key: PrivateKey, record: Record | None = None) -> Path:
    """Keep a small record in `folder`, signed."""
    made = a_record() if record is None else record
    seal = sealing(Signing(key=key, authority=None), to_plain(made))
    return keep(made, EXCERPTS, folder, seal=seal)


def sign_again(
    folder: Path,
    key: PrivateKey,
    *,
    relist: bool = True,
    payload: Callable[[dict[str, Any]], object] | None = None,
    payload_type: str = PAYLOAD_TYPE,
) -> None:
    """
    Write manifest and signature of a changed record anew, as a dishonest owner of the key would.

    `payload` changes the statement before it is signed.
    """
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if relist:
        manifest["files"] = [
            {
                "name": path.relative_to(folder).as_posix(),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "size": path.stat().st_size,
            }
            for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
            if path.is_file() and path.name not in {"manifest.json", "record.dsse.json", "record.tsr"}
        ]
        (folder / "manifest.json").write_bytes(canonical(manifest))
    said = json.loads(_statement_of(folder))
    if payload is not None:
        payload(said)
    data = canonical(said)
    (folder / "record.dsse.json").write_bytes(
        envelope_bytes(payload_type, data, sign(payload_type, data, key))
    )


def _statement_of(folder: Path) -> bytes:
    data = (folder / "manifest.json").read_bytes()
    parts = json.loads((folder / "record.json").read_bytes())
    return statement(parts, manifest_from(data), hashlib.sha256(data).hexdigest())


@dataclass
class Independent:
    """The script of the guide, in this process; openssl answers each different question once."""

    script: CodeType
    asked: int = 0

    def accepts(self, folder: Path, public: Path) -> bool:
        """Say whether the script takes this for proved."""
        self.asked += 1
        told: list[str] = []
        names = {"__name__": "__main__", "print": lambda *words: told.append(str(words[0]))}
        with (
            mock.patch.object(sys, "argv", [str(SCRIPT), str(folder), str(public)]),
            mock.patch.object(sys, "excepthook"),
            mock.patch.object(subprocess, "run", _run),
        ):
            try:
                exec(self.script, names)  # noqa: S102 - it is ours
            except SystemExit:
                return False
            except Exception:  # noqa: BLE001 - Python says it, and ends with status 1
                return False
        return told == ["PROVED:"]


def independent() -> Independent:
    """Load the script."""
    return Independent(script=compile(SCRIPT.read_text(encoding="utf-8"), str(SCRIPT), "exec"))


_really_run = subprocess.run


def _run(command: list[str | Path], *, capture_output: bool) -> subprocess.CompletedProcess[bytes]:
    """Run openssl, or remember what it said of the same bytes."""
    assert capture_output
    return _openssl(*(Path(path).read_bytes() for path in (command[5], command[8], command[10])))


@cache
def _openssl(public: bytes, signed: bytes, signature: bytes) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryDirectory() as place:
        paths = [Path(place, name) for name in ("public", "signed", "signature")]
        for path, data in zip(paths, (public, signed, signature), strict=True):
            path.write_bytes(data)
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths[0], "-rawin", "-in", paths[1]]
        return _really_run([*map(str, words), "-sigfile", str(paths[2])], capture_output=True, check=False)


def copy_of(folder: Path, to: Path) -> Path:
    """Copy a record to where it may be spoilt."""
    if to.exists():
        shutil.rmtree(to)
    return shutil.copytree(folder, to, symlinks=True)
