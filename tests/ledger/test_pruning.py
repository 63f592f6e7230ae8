"""Old records go; that they existed can still be proved, whatever happens meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError, StorageError
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import keep, read_record
from readiness_audit.ledger.history import Entry, entry_of
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.pruning import PRUNED, prunable, prune
from tests.ledger.breaking import calls_of, run
from tests.records import EXCERPTS, a_record

FIRST, SECOND, THIRD = (f"20261123T08450{number}Z-3f9a1c" for number in range(3))
SYSTEM = "customer-portal"
TODAY = date(2027, 11, 23)
NOW = datetime(2027, 11, 23, 12, tzinfo=UTC)


def an_entry(days_ago: int, *, system: str = SYSTEM) -> Entry:
    finished = NOW - timedelta(days=days_ago)
    entry = entry_of(a_record(run=f"{finished:%Y%m%dT%H%M%SZ}-3f9a1c"))
    return replace(entry, system=system, finished=finished, valid_until=None)


def chosen(*entries: Entry, days: int = 100, keeping: int = 1) -> list[Entry]:
    before = NOW - timedelta(days=days)
    return list(prunable(entries, finished_before=before, keeping=keeping, today=TODAY))


class TestWhatMayGo:
    def test_nothing_goes_where_there_is_nothing(self) -> None:
        assert chosen() == []

    def test_the_newest_stays_however_old_it_is(self) -> None:
        assert chosen(an_entry(900)) == []

    def test_old_ones_go_oldest_first(self) -> None:
        old, older, new = an_entry(200), an_entry(300), an_entry(1)
        assert chosen(new, old, older) == [older, old]

    def test_what_is_not_old_enough_stays(self) -> None:
        assert chosen(an_entry(1), an_entry(99), an_entry(101)) == [an_entry(101)]

    def test_so_many_of_each_system_stay(self) -> None:
        mine = [an_entry(200 + number) for number in range(4)]
        theirs = [an_entry(300 + number, system="payroll") for number in range(3)]
        assert chosen(*mine, *theirs, keeping=3) == [mine[3]]

    def test_the_last_that_was_finished_and_looked_for_itself_stays(self) -> None:
        broken, again = replace(an_entry(1), complete=False), replace(an_entry(2), judged_from=FIRST)
        finished, older = an_entry(300), an_entry(400)
        assert chosen(broken, again, finished, older) == [older]

    def test_a_release_that_is_valid_stays_to_its_last_day(self) -> None:
        new = an_entry(1)
        today = replace(an_entry(300), valid_until=TODAY)
        over = replace(an_entry(301), valid_until=TODAY - timedelta(days=1))
        assert chosen(new, today, over) == [over]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three runs of one system."""
    folder = tmp_path / "home"
    for name in (FIRST, SECOND, THIRD):
        keep(a_record(run=name), EXCERPTS, runs_of(folder, SYSTEM))
    return folder


def runs_in(home: Path) -> list[str]:
    return [entry.run for entry in reversed(index.history(home).entries)]


def pruning(home: Path) -> Callable[[], object]:
    return lambda: prune(home, SYSTEM, SECOND)


def test_what_proves_its_place_stays_and_nothing_else(home: Path) -> None:
    before = (runs_of(home, SYSTEM) / SECOND / "manifest.json").read_bytes()
    prune(home, SYSTEM, SECOND)
    assert runs_in(home) == [FIRST, THIRD]
    left = runs_of(home, SYSTEM) / PRUNED / SECOND
    assert [path.name for path in left.iterdir()] == ["manifest.json"]
    assert (left / "manifest.json").read_bytes() == before


def test_the_next_record_follows_the_newest_as_before(home: Path) -> None:
    prune(home, SYSTEM, SECOND)
    last = keep(a_record(run="20261123T090000Z-000000"), EXCERPTS, runs_of(home, SYSTEM))
    assert b'"sequence":4' in (last / "manifest.json").read_bytes()


@pytest.mark.parametrize("name", ["20200101T000000Z-000000", "../outside", ""])
def test_what_is_no_kept_run_is_said(home: Path, name: str) -> None:
    with pytest.raises(RecordError):
        prune(home, SYSTEM, name)
    assert runs_in(home) == [FIRST, SECOND, THIRD]


def test_a_stranger_where_the_proof_belongs_keeps_the_record(home: Path) -> None:
    (stranger := runs_of(home, SYSTEM) / PRUNED / SECOND).mkdir(parents=True)
    (stranger / "manifest.json").write_bytes(b"{}")
    with pytest.raises(RecordError, match="belongs to another record"):
        prune(home, SYSTEM, SECOND)
    assert runs_in(home) == [FIRST, SECOND, THIRD]


def test_a_kill_at_any_call_leaves_the_record_or_its_proof_and_the_next_time_ends_it(
    home: Path, tmp_path: Path
) -> None:
    calls = calls_of(pruning(shutil.copytree(home, tmp_path / "counted")))
    for number, call in enumerate(calls):
        here = shutil.copytree(home, tmp_path / str(number))
        assert run(pruning(here), at=call).killed
        proof = runs_of(here, SYSTEM) / PRUNED / SECOND / "manifest.json"
        there = runs_in(here)
        assert {FIRST, THIRD} <= set(there)
        assert SECOND in there or proof.exists()
        for name in there:
            assert read_record(runs_of(here, SYSTEM) / name) == a_record(run=name)
        if SECOND in there:
            prune(here, SYSTEM, SECOND)
        assert proof.exists()
        keep(a_record(run="20261123T090000Z-000000"), EXCERPTS, runs_of(here, SYSTEM))
        assert runs_in(here) == [FIRST, THIRD, "20261123T090000Z-000000"]
        assert not [path for path in runs_of(here, SYSTEM).iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EROFS"])
def test_a_disk_that_refuses_is_one_sentence_and_deletes_nothing_unproved(
    home: Path, tmp_path: Path, error: str
) -> None:
    calls = calls_of(pruning(shutil.copytree(home, tmp_path / "counted")))
    refused = 0
    for number, call in list(enumerate(calls))[::2]:
        here = shutil.copytree(home, tmp_path / str(number))
        ended = run(pruning(here), at=call, error=error)
        assert not ended.killed
        assert "\n" not in ended.said
        refused += bool(ended.said)
        proof = runs_of(here, SYSTEM) / PRUNED / SECOND / "manifest.json"
        assert SECOND in runs_in(here) or proof.exists()
    assert refused > 2


def test_a_read_only_folder_is_said(home: Path) -> None:
    with pytest.raises(StorageError, match="could not be pruned"):
        prune(home / "nothing", SYSTEM, SECOND)
