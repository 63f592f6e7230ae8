"""The chain of records: unforked whoever keeps at once, whoever is killed, and whatever lies about."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger import chain
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.folder import keep, open_record, read_excerpts
from readiness_audit.model.record import Record
from tests.ledger.breaking import calls_of, start
from tests.records import EXCERPTS, RUN, a_record

OLD = Path(__file__).parent / "kept" / "schema-1"


def a_run(number: int, system: str = "customer-portal") -> Record:
    record = a_record(run=f"20261123T08{number // 60:02}{number % 60:02}Z-3f9a1c")
    return replace(record, system=replace(record.system, system=system))


def manifest_in(path: Path) -> dict[str, object]:
    plain: dict[str, object] = json.loads((path / "manifest.json").read_bytes())
    return plain


def links(folder: Path) -> list[tuple[object, object, str]]:
    """Give sequence, previous and own hash of each record, by sequence."""
    found = [
        (
            manifest_in(path)["sequence"],
            manifest_in(path)["previous"],
            hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest(),
        )
        for path in folder.iterdir()
    ]
    return sorted(found, key=lambda link: str(link[0]).zfill(9))


def assert_unforked(folder: Path, length: int) -> None:
    chained = links(folder)
    assert [sequence for sequence, _, _ in chained] == list(range(1, length + 1))
    assert [previous for _, previous, _ in chained] == [None, *(own for _, _, own in chained[:-1])]


def test_the_first_record_follows_nothing(tmp_path: Path) -> None:
    assert_unforked(keep(a_run(1), EXCERPTS, tmp_path).parent, 1)


def test_each_names_the_hash_of_the_manifest_before_in_the_order_of_keeping(tmp_path: Path) -> None:
    for number in (5, 2, 9, 1):
        keep(a_run(number), EXCERPTS, tmp_path)
    assert_unforked(tmp_path, 4)
    assert manifest_in(tmp_path / a_run(1).origin.run)["sequence"] == 4


def test_each_system_in_a_folder_has_a_chain_of_its_own(tmp_path: Path) -> None:
    for number in range(4):
        keep(a_run(number, ("payroll", "customer-portal")[number % 2]), EXCERPTS, tmp_path)
    placed = sorted(
        (str(manifest_in(path)["system"]), manifest_in(path)["sequence"]) for path in tmp_path.iterdir()
    )
    assert placed == [("customer-portal", 1), ("customer-portal", 2), ("payroll", 1), ("payroll", 2)]


def test_fifty_at_once_some_of_them_killed_leave_one_unforked_chain(tmp_path: Path) -> None:
    shelf = tmp_path / "runs"
    chance = random.Random(4)  # noqa: S311 - where to kill is no secret

    def keeping(number: int) -> Callable[[], object]:
        return lambda: keep(a_run(number), EXCERPTS, shelf)

    calls = calls_of(lambda: keep(a_run(98), EXCERPTS, tmp_path / "counted"))
    killed = {number: chance.choice(calls) for number in range(0, 50, 7)}
    running = [start(keeping(number), at=killed.get(number)) for number in range(50)]
    ended = [wait() for wait in running]
    assert all(end.done for number, end in enumerate(ended) if number not in killed)
    assert any(end.killed for end in ended)
    keep(a_run(99), EXCERPTS, shelf)
    there = [path.name for path in shelf.iterdir()]
    assert not [name for name in there if name.startswith(".")]
    assert len(there) >= 50 - len(killed) + 1
    assert_unforked(shelf, len(there))


def break_manifest(path: Path) -> None:
    (path / "manifest.json").write_bytes(b"{}")


@pytest.mark.parametrize(
    "break_it",
    [
        break_manifest,
        shutil.rmtree,
        lambda path: (path / "manifest.json").unlink(),
        lambda path: (path / "manifest.json").write_bytes(b""),
        lambda path: os.truncate(path / "manifest.json", 2**36),
    ],
    ids=["another manifest", "gone", "no manifest", "an empty one", "an endless one"],
)
def test_a_broken_newest_record_does_not_keep_the_next_from_being_kept(
    tmp_path: Path, break_it: Callable[[Path], object]
) -> None:
    keep(a_run(1), EXCERPTS, tmp_path)
    break_it(keep(a_run(2), EXCERPTS, tmp_path))
    after = manifest_in(keep(a_run(3), EXCERPTS, tmp_path))
    before = hashlib.sha256((tmp_path / a_run(1).origin.run / "manifest.json").read_bytes()).hexdigest()
    assert (after["sequence"], after["previous"]) == (2, before)


def test_who_holds_the_lock_for_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "PATIENCE", 0.05)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(StorageError, match="another process has been keeping"):
            keep(a_run(1), EXCERPTS, tmp_path)
    finally:
        os.close(handle)
    assert list(tmp_path.iterdir()) == []
    keep(a_run(1), EXCERPTS, tmp_path)


class TestRecordsOfBefore:
    """Kept by version 0.1.0 before records were chained."""

    def test_they_are_read_as_ever(self) -> None:
        found = open_record(OLD)
        assert (found.record.origin.run, found.record.decision.result) == (RUN, "no-go")
        assert len(found.record.verdicts) == len(a_record().verdicts)
        assert read_excerpts(OLD) == EXCERPTS

    def test_the_chain_begins_after_them(self, tmp_path: Path) -> None:
        shutil.copytree(OLD, tmp_path / RUN)
        first = manifest_in(keep(a_run(1), EXCERPTS, tmp_path))
        assert (first["sequence"], first["previous"]) == (1, None)

    def test_they_can_not_pretend_to_be_chained(self, tmp_path: Path) -> None:
        old = shutil.copytree(OLD, tmp_path / RUN)
        (old / "manifest.json").write_bytes(canonical({**manifest_in(old), "sequence": 7}))  # type: ignore[dict-item] # read from JSON
        with pytest.raises(RecordError, match="schema 1 and yet says 'sequence'"):
            open_record(old)


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 0},
        {"sequence": -1},
        {"sequence": 2},
        {"sequence": True},
        {"sequence": 1.5},
        {"previous": "0" * 64},
        {"sequence": 2, "previous": "0" * 63},
        {"sequence": 2, "previous": "Z" * 64},
        {"system": "another"},
        {"schema": 1},
    ],
    ids=str,
)
def test_a_place_in_the_chain_that_makes_no_sense_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    kept = keep(a_run(1), EXCERPTS, tmp_path)
    (kept / "manifest.json").write_bytes(canonical({**manifest_in(kept), **change}))  # type: ignore[dict-item] # read from JSON
    with pytest.raises(RecordError):
        open_record(kept)
