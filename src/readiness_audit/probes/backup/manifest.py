"""Compare the newest snapshot of a folder with its list of SHA-256 sums, as `sha256sum` writes it."""

from __future__ import annotations

import re
from datetime import datetime

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.backup.facts import Verification
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.moment import written

MANIFEST = "SHA256SUMS"
LARGEST_MANIFEST = 8 * 2**20
MOST_HASHED = 64 * 2**30
"""Bytes; more than a look can read in its time on most disks."""

_GNU = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")
_TAGGED = re.compile(r"(\\?)SHA256 \((.+)\) = ([0-9a-fA-F]{64})")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def verify(folder: Folder, newest: str, deadline: Deadline, now: datetime) -> Verification:
    """
    Hash `newest`, a file or the listed files below a folder, and compare.

    The list is `SHA256SUMS` in the folder, or `NAME.sha256` beside the file.
    """
    try:
        manifest, sums = _find(folder, newest)
    except CannotSee as blind:
        return Verification(state="unreadable", by=None, verified_at=None, complaint=blind.detail)
    if manifest is None:
        return Verification(state="no manifest", by=None, verified_at=None, complaint=None)
    below = newest + "/"
    wanted = {name: listed for name, listed in sums.items() if name == newest or name.startswith(below)}
    state, complaint = _compare(folder, wanted, manifest, deadline) if wanted else ("not listed", None)
    finished = state in {"good", "errors"}
    return Verification(
        state=state, by=manifest, verified_at=written(now) if finished else None, complaint=complaint
    )


def _compare(
    folder: Folder, wanted: dict[str, set[str]], manifest: str, deadline: Deadline
) -> tuple[str, str | None]:
    for name, listed in sorted(wanted.items()):
        try:
            found = folder.sha256(name, deadline, MOST_HASHED)
        except CannotSee as blind:
            return "errors", blind.detail
        if found is None:
            return "not finished", None
        if listed != {found}:
            return "errors", f"{name} is not what {manifest} says it is"
    return "good", None


def _find(folder: Folder, newest: str) -> tuple[str | None, dict[str, set[str]]]:
    for manifest in (MANIFEST, f"{newest}.sha256"):
        try:
            file = folder.read(manifest, LARGEST_MANIFEST)
        except CannotSee as blind:
            if blind.reason is Reason.NOT_FOUND:
                continue
            raise
        return manifest, _sums(file.data, manifest)
    return None, {}


def _sums(data: bytes, manifest: str) -> dict[str, set[str]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotSee(Reason.UNREADABLE, f"{manifest} is not text in UTF-8") from None
    sums: dict[str, set[str]] = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        if gnu := _GNU.fullmatch(line):
            escaped, digits, name = gnu.groups()
        elif tagged := _TAGGED.fullmatch(line):
            escaped, name, digits = tagged.groups()
        else:
            raise CannotSee(Reason.UNREADABLE, f"{manifest}: line {number} is not as sha256sum writes it")
        if escaped:
            name = re.sub(r"\\[\\nr]", lambda match: _ESCAPES[match[0]], name)
        sums.setdefault(name.removeprefix("./"), set()).add(digits.lower())
    return sums
