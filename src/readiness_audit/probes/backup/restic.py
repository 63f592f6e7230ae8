"""See what a local restic repository holds, and let restic itself check it as far as time allows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.target import Backup
from readiness_audit.probes.backup.facts import (
    COMPARED,
    FUTURE,
    BackupFacts,
    Snapshot,
    Verification,
    see,
    state_of,
)
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.process import SECRET_FILE, Finished, find_program, run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secret import fetch_secret
from readiness_audit.probes.reach.strict_json import read_json

OLDEST = (0, 12)
"""The first version whose `--json` output is laid out as it is today."""

MOST_MEMORY = 8 * 2**30
"""Bytes; restic keeps the whole index of a repository in memory."""

SECONDS_KEPT_BACK = 2.0
"""For killing an unfinished check and writing down what is known."""

_MEASURING = 0.4
"""Part of the remaining budget for sizes; the rest is for the check."""

_VERSION = re.compile(r"restic ([0-9]{1,4})\.([0-9]{1,4})(?:\.[0-9]{1,4})?[^\s]{0,40}")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_ID = re.compile(r"[0-9a-f]{64}")
_LONGEST_SERIES = 300

# Since 0.17 the exit status says what happened; before, only the words do.
_STATUSES = {10: Reason.NOT_FOUND, 11: Reason.DENIED, 12: Reason.DENIED}
_WORDS = (
    ("wrong password", Reason.DENIED),
    ("permission denied", Reason.DENIED),
    ("unable to create lock", Reason.DENIED),
    ("already locked", Reason.DENIED),
    ("unable to open config file", Reason.NOT_FOUND),
    ("repository does not exist", Reason.NOT_FOUND),
    ("no such file or directory", Reason.NOT_FOUND),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    program: str
    path: str
    password: bytes

    async def ask(self, deadline: Deadline, *words: str) -> Finished:
        # No lock and no cache: looking writes nothing, neither into the repository nor here.
        options = ("--json", "--no-cache", "--no-lock", "--password-file", SECRET_FILE, "--repo", self.path)
        return await run(
            [self.program, *options, *words], deadline, secret=self.password, most_memory=MOST_MEMORY
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    id: str
    series: str
    taken: datetime
    size: int | None


async def look(target: Backup, reach: Reach) -> Seen[BackupFacts]:
    """List the snapshots, measure the newest ones of each job, and run `restic check`."""
    program = find_program("restic")
    tool = await _version(program, reach.deadline)
    password = await fetch_secret(target.password or "", reach.deadline)
    repository = _Repository(program=program, path=target.path, password=password)
    listed = await _list(repository, reach.deadline)
    sizes = await _sizes(repository, listed, reach)
    verification = await _check(repository, reach)
    facts = see(
        [(_snapshot(one, sizes, reach.started), one.taken) for one in listed],
        reach.started,
        verification=verification,
        encrypted=True,
    )
    return Seen(facts=facts, tool=tool)


async def _version(program: str, deadline: Deadline) -> str:
    done = await run([program, "version"], deadline)
    found = _VERSION.match(done.stdout[:200].decode("ascii", "replace"))
    if done.status != 0 or found is None:
        raise CannotSee(Reason.TOOL_FAILED, f"this restic does not tell its version: {done.complaint()}")
    if (int(found[1]), int(found[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise CannotSee(Reason.TOOL_FAILED, f"{found[0]} is too old: {oldest} or newer is needed")
    return found[0]


async def _list(repository: _Repository, deadline: Deadline) -> tuple[_Listed, ...]:
    done = await repository.ask(deadline, "snapshots")
    if done.status != 0:
        raise CannotSee(_reason(done), f"restic: {_complaint(done)}")
    rows = read_json(done.stdout, "what restic lists")
    if rows is None:
        return ()  # a repository without a snapshot, in some versions
    if not isinstance(rows, list):
        raise _garbled("not a list of snapshots")
    return tuple(_listed(row) for row in rows)


def _listed(row: Plain) -> _Listed:
    match row:
        case {"id": str(name), "time": str(time), "paths": [*paths], **rest} if _ID.fullmatch(name):
            series = f"{rest.get('hostname') or '?'}:{','.join(str(path) for path in paths)}"
            return _Listed(
                id=name,
                series=series[:_LONGEST_SERIES],
                taken=_moment(time),
                size=_size(rest.get("summary"), "total_bytes_processed"),
            )
        case _:
            raise _garbled("a snapshot without id, time or paths")


def _size(found: object, key: str) -> int | None:
    size = found.get(key) if isinstance(found, dict) else None
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def _moment(text: str) -> datetime:
    # Nanoseconds are cut: Python keeps six digits, and nothing here needs one.
    found = _TIME.fullmatch(text)
    try:
        moment = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00")) if found else None
        known = moment.astimezone(UTC) if moment else None
    except (ValueError, OverflowError):
        known = None
    if known is None:
        raise _garbled("a snapshot's time is not a time")
    return known


async def _sizes(repository: _Repository, listed: Sequence[_Listed], reach: Reach) -> dict[str, int]:
    """Ask for the sizes that older versions do not list: of the newest snapshots, as long as time is left."""
    deadline = reach.deadline.part(reach.deadline.left() * _MEASURING)
    sizes = {one.id: one.size for one in listed if one.size is not None}
    past = [one for one in listed if state_of(one.taken, 1, reach.started) != FUTURE]
    for one in sorted(past, key=lambda one: one.taken, reverse=True)[: COMPARED + 1]:
        if one.id in sizes:
            continue
        try:
            done = await repository.ask(deadline, "stats", one.id)
        except CannotSee as blind:
            if blind.reason is Reason.TIMED_OUT:
                break
            raise
        if done.status != 0:
            raise CannotSee(_reason(done), f"restic: {_complaint(done)}")
        size = _size(read_json(done.stdout, "what restic measures"), "total_size")
        if size is None:
            raise _garbled("statistics without a size")
        sizes[one.id] = size
    return sizes


async def _check(repository: _Repository, reach: Reach) -> Verification:
    deadline = reach.deadline.part(max(0.0, reach.deadline.left() - SECONDS_KEPT_BACK))
    try:
        done = await repository.ask(deadline, "check")
    except CannotSee as blind:
        if blind.reason is not Reason.TIMED_OUT:
            raise
        return Verification(state="not finished", by="restic check", verified_at=None, complaint=None)
    good = done.status == 0
    return Verification(
        state="good" if good else "errors",
        by="restic check",
        verified_at=written(reach.started),
        complaint=None if good else _complaint(done),
    )


def _snapshot(one: _Listed, sizes: dict[str, int], started: datetime) -> Snapshot:
    size = sizes.get(one.id)
    # restic stores a snapshot only when it is complete; one whose size was not asked for still counts.
    content = 1 if size is None else size
    return Snapshot(
        name=one.id[:8],
        series=one.series,
        taken_at=written(one.taken),
        size=size,
        state=state_of(one.taken, content, started),
    )


def _reason(done: Finished) -> Reason:
    said = done.stderr.decode("utf-8", "replace").lower()
    by_words = next((reason for words, reason in _WORDS if words in said), Reason.TOOL_FAILED)
    return _STATUSES.get(done.status, by_words)


def _complaint(done: Finished) -> str:
    # The reason stands on the line that says Fatal or error, and the last line is often only advice.
    lines = [line for line in map(_message, done.stderr.splitlines()) if line]
    fatal = [line for line in lines if "fatal" in line.lower() or "error" in line.lower()]
    said = (fatal or lines or [f"exit status {done.status}"])[0][:300]
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def _message(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return str(told.get("message", text)) if isinstance(told, dict) else text


def _garbled(what: str) -> CannotSee:
    return CannotSee(Reason.UNREADABLE, f"restic answered in a way that is not understood: {what}")
