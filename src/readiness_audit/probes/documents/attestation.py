"""
See what named persons have stated: who, in which role, when, until when, and on which evidence.

Nothing is believed here: a statement without a name, role or day is told as incomplete and is no
statement; an attachment counts as the one that was meant only where its hash is the one written down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from readiness_audit.model.evidence import Reason
from readiness_audit.model.persons import same_person
from readiness_audit.model.target import Attestations
from readiness_audit.probes.documents.dates import read_day
from readiness_audit.probes.documents.placeholders import is_gap
from readiness_audit.probes.documents.statements import LARGEST_FILE, read_statements
from readiness_audit.probes.documents.text import one_line
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.aside import in_thread
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach

LARGEST_ATTACHMENT = 2 * 2**30
_REQUIRED = ("check", "statement", "person", "role", "date", "valid_until")
_OPTIONAL = ("second_person", "second_role", "attachment", "sha256")
_DAYS = ("date", "valid_until")
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One complete statement by a named person."""

    check: str
    """The id of the check it answers."""

    statement: str
    person: str
    role: str
    date: str
    """The day it was made."""

    valid_until: str
    """The last day it counts."""

    second_person: str | None
    """Who confirmed it, where four eyes are asked for."""

    second_role: str | None
    attachment: str | None
    """Path of the evidence it rests on, in the evidence folder."""

    attachment_state: str
    """
    `none`: no attachment is named. `matches`: it is there and has the hash that is written down.
    `differs`: it has another one. `no-hash`: it is there, but no hash is written down. `missing`:
    it is not there. `empty`: not one byte is in it. `unreadable`: it could not be read to its end.
    """

    attachment_sha256: str | None
    """Of the file as it was found, as hexadecimal digits."""

    same_person: bool
    """Whether the second person is the first one again, but for case, titles and the order of the names."""

    row: int
    """Line in the file where it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteStatement:
    """An entry that is no statement, because something it needs is not there."""

    row: int
    """Line in the file where it begins."""

    check: str
    """The id of the check it was meant for; empty where it names none."""

    missing: tuple[str, ...]
    """The fields that are blank, a placeholder, not text, or not a day of the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationFacts:
    """The statements in one file."""

    file: str
    sha256: str
    file_modified: str
    """When the file was last changed, as its file system says; copying a file may change it."""

    entries: int
    """Everything in the list, complete or not."""

    statements: tuple[Statement, ...]
    """The complete ones, in the order of the file."""

    statement_count: int
    incomplete: tuple[IncompleteStatement, ...]
    incomplete_count: int
    unreadable_dates: tuple[str, ...]
    """`line 12, valid_until: 31/12/2026`: days that could not be read."""

    unknown_keys: tuple[str, ...]
    """Keys that mean nothing here, such as misspelt ones, each once."""


async def look_at_attestations(target: Attestations, reach: Reach) -> Seen[AttestationFacts]:
    """Read the statements and hash what is attached. Raises `CannotSee` where there are none to read."""
    file = reach.evidence.read(target.file, LARGEST_FILE)
    try:
        found = await read_apart(read_statements, file.data, reach.deadline)
    except CannotSee as blind:
        raise CannotSee(blind.reason, f"{file.name}: {blind.detail}") from None
    rows = cast("list[tuple[int, dict[str, str]]]", found)
    statements: list[Statement] = []
    incomplete: list[IncompleteStatement] = []
    unreadable: list[str] = []
    for row, written_down in rows:
        texts = {key: text for key, text in written_down.items() if not is_gap(text)}
        days = {key: day for key in _DAYS if (day := read_day(texts.get(key, "")))}
        unreadable += [
            f"line {row}, {key}: {texts[key]}" for key in _DAYS if key in texts and key not in days
        ]
        missing = tuple(key for key in _REQUIRED if key not in (days if key in _DAYS else texts))
        if missing:
            incomplete.append(IncompleteStatement(row=row, check=texts.get("check", ""), missing=missing))
        else:
            statements.append(await _statement(row, {**texts, **days}, reach))
    known = {*_REQUIRED, *_OPTIONAL}
    facts = AttestationFacts(
        file=file.name,
        sha256=file.sha256,
        file_modified=written(file.modified),
        entries=len(rows),
        statements=tuple(statements),
        statement_count=len(statements),
        incomplete=tuple(incomplete),
        incomplete_count=len(incomplete),
        unreadable_dates=tuple(unreadable),
        unknown_keys=tuple(sorted({key for _, texts in rows for key in texts} - known)),
    )
    return Seen(facts=facts, excerpts=((file.name, file.data),))


async def _statement(row: int, texts: Mapping[str, str], reach: Reach) -> Statement:
    second = texts.get("second_person")
    state, digest = await _attached(texts.get("attachment"), texts.get("sha256"), reach)
    return Statement(
        check=texts["check"],
        statement=texts["statement"],
        person=texts["person"],
        role=texts["role"],
        date=texts["date"],
        valid_until=texts["valid_until"],
        second_person=second,
        second_role=texts.get("second_role"),
        attachment=one_line(texts["attachment"], 500) if "attachment" in texts else None,
        attachment_state=state,
        attachment_sha256=digest,
        same_person=second is not None and same_person(second, texts["person"]),
        row=row,
    )


async def _attached(name: str | None, expected: str | None, reach: Reach) -> tuple[str, str | None]:
    if name is None:
        return "none", None
    try:
        # Away from the loop: an attachment may be large, and other looks go on meanwhile.
        digest = await in_thread(lambda: reach.evidence.sha256(name, reach.deadline, LARGEST_ATTACHMENT))
    except CannotSee as blind:
        return "missing" if blind.reason is Reason.NOT_FOUND else "unreadable", None
    if digest is None:
        return "unreadable", None
    if digest == _NOTHING:
        return "empty", digest
    if expected is None:
        return "no-hash", digest
    return "matches" if expected.lower().removeprefix("sha256:") == digest else "differs", digest


PROBE = Probe(name="attestation", looks_at=Attestations, sees=AttestationFacts, look=look_at_attestations)
