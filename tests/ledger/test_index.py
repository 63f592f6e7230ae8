"""The list of runs: as quick as an index, as true as the folders."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from readiness_audit.ledger import index
from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.folder import keep
from readiness_audit.ledger.history import Entry, entry_of
from readiness_audit.ledger.home import runs_of
from readiness_audit.model.evidence import Plain
from readiness_audit.model.plain import to_plain
from readiness_audit.model.record import Record
from tests.ledger.breaking import start
from tests.records import EXCERPTS, STARTED, a_record, released

WRITER = """
import sys
import time
from pathlib import Path
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import keep
from tests.records import EXCERPTS, a_record
home, record = Path(sys.argv[1]), a_record(run=sys.argv[2])
keep(record, EXCERPTS, home / "systems" / "customer-portal")
index.add(home, record)
"""


def a_run(number: int, *, system: str = "customer-portal") -> Record:
    started = STARTED + timedelta(days=number)
    record = a_record(run=f"{started:%Y%m%dT%H%M%SZ}-00000{number}", started=started)
    return replace(record, system=replace(record.system, system=system))


def put(home: Path, *records: Record, add: bool = True) -> None:
    for record in records:
        keep(record, EXCERPTS, runs_of(home, record.system.system))
        if add:
            index.add(home, record)


def runs_in(home: Path, system: str | None = None) -> list[str]:
    return [entry.run for entry in index.history(home, system).entries]


def test_nothing_kept_is_an_empty_history_and_leaves_no_trace(tmp_path: Path) -> None:
    assert index.history(tmp_path / "nothing") == index.History(entries=(), unreadable=())
    assert index.last_finished(tmp_path / "nothing") == {}
    assert not (tmp_path / "nothing").exists()


def test_a_line_says_what_its_record_says(tmp_path: Path) -> None:
    record = released(a_run(1))
    put(tmp_path, record)
    [entry] = index.history(tmp_path).entries
    assert entry == entry_of(record)
    assert (entry.result, entry.planned, entry.passed, entry.not_applicable) == ("go", 6, 5, 1)
    assert (entry.coverage, str(entry.valid_until), entry.judged_from) == (1.0, "2027-02-23", None)


def test_the_newest_comes_first_and_a_limit_cuts_the_oldest(tmp_path: Path) -> None:
    first, second, third = (a_run(number) for number in range(1, 4))
    put(tmp_path, second, third, first)
    assert runs_in(tmp_path) == [third.origin.run, second.origin.run, first.origin.run]
    assert [entry.run for entry in index.history(tmp_path, limit=1).entries] == [third.origin.run]


def test_parts_of_a_second_do_not_confuse_the_order(tmp_path: Path) -> None:
    whole = a_run(1)
    whole = replace(whole, origin=replace(whole.origin, finished_at=STARTED + timedelta(days=1, seconds=9)))
    later = replace(
        whole,
        origin=replace(
            whole.origin,
            run=whole.origin.run[:-1] + "0",
            finished_at=whole.origin.finished_at + timedelta(microseconds=1),
        ),
    )
    put(tmp_path, whole, later)
    assert runs_in(tmp_path) == [later.origin.run, whole.origin.run]


def test_each_system_has_a_history_of_its_own(tmp_path: Path) -> None:
    put(tmp_path, a_run(1), a_run(2, system="payroll"))
    assert runs_in(tmp_path, system="payroll") == [a_run(2).origin.run]
    assert runs_in(tmp_path, system="x' OR '1'='1") == []
    assert len(runs_in(tmp_path)) == 2


def test_only_finished_looks_count_as_the_last_one(tmp_path: Path) -> None:
    good, broken_off, judged_again = a_run(1), a_run(2), a_run(3)
    broken_off = replace(broken_off, origin=replace(broken_off.origin, complete=False))
    judged_again = replace(judged_again, origin=replace(judged_again.origin, judged_from=good.origin.run))
    put(tmp_path, good, broken_off, judged_again, a_run(1, system="payroll"), a_run(2, system="payroll"))
    last = index.last_finished(tmp_path)
    assert {system: entry.run for system, entry in last.items()} == {
        "customer-portal": good.origin.run,
        "payroll": a_run(2).origin.run,
    }


def test_a_long_history_is_listed_in_a_moment(tmp_path: Path) -> None:
    kept = keep(a_run(1), EXCERPTS, runs_of(tmp_path, "customer-portal"))
    assert len(runs_in(tmp_path)) == 1
    database = sqlite3.connect(tmp_path / index.NAME)
    columns = ", ".join(field.name for field in fields(Entry) if field.name != "run")
    for number in range(3000):
        run = f"20250101T{number // 60:02}{number % 60:02}00Z-0000ff"
        kept.with_name(run).mkdir()
        database.execute(f"INSERT INTO entry (run, {columns}) SELECT ?, {columns} FROM entry LIMIT 1", [run])  # noqa: S608 - the field names are ours
    database.commit()
    database.close()
    began = time.process_time()
    assert len(index.history(tmp_path).entries) == 100
    assert index.last_finished(tmp_path)["customer-portal"].run == a_run(1).origin.run
    assert time.process_time() - began < 1


class TestTheFoldersAreTheTruth:
    def test_a_run_that_was_never_noted_is_found(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        put(tmp_path, a_run(2), add=False)
        assert runs_in(tmp_path) == [a_run(2).origin.run, a_run(1).origin.run]

    def test_a_run_whose_folder_is_gone_is_forgotten(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1), a_run(2))
        shutil.rmtree(runs_of(tmp_path, "customer-portal") / a_run(2).origin.run)
        assert runs_in(tmp_path) == [a_run(1).origin.run]

    def test_unfinished_folders_and_strangers_are_no_runs(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        for name in (f".{a_run(2).origin.run}.part-00000000", "notes", "20261123"):
            (runs_of(tmp_path, "customer-portal") / name).mkdir()
        (runs_of(tmp_path, "customer-portal") / a_run(3).origin.run).symlink_to(a_run(1).origin.run)
        (tmp_path / "systems" / "file").touch()
        assert runs_in(tmp_path) == [a_run(1).origin.run]
        assert index.history(tmp_path).unreadable == ()

    def test_what_cannot_be_used_is_named_with_its_reason(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1), a_run(2))
        changed = runs_of(tmp_path, "customer-portal") / a_run(2).origin.run / "record.json"
        changed.write_bytes(changed.read_bytes() + b"\n")
        found = index.rebuild(tmp_path)
        assert [entry.run for entry in found.entries] == [a_run(1).origin.run]
        [bad] = found.unreadable
        assert (bad.system, bad.run) == ("customer-portal", a_run(2).origin.run)
        assert "was changed" in bad.problem
        assert index.history(tmp_path, "payroll").unreadable == ()

    @pytest.mark.parametrize("part", ["schema", "origin", "system", "policy", "decision"])
    def test_what_is_whole_and_no_record_is_named(self, part: str, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        plain = to_plain(a_run(2))
        assert isinstance(plain, dict)
        without: dict[str, Plain] = {key: plain[key] for key in plain if key != part}
        for number, odd in enumerate((without, {**plain, part: {}}, {**plain, part: "text"}), 2):
            # Its manifest lists the very bytes: all that is wrong is what they say.
            keep(a_run(number), EXCERPTS, runs_of(tmp_path, "customer-portal"), written=canonical(odd))
        found = index.rebuild(tmp_path)
        assert [entry.run for entry in found.entries] == [a_run(1).origin.run]
        assert len(found.unreadable) == 3

    def test_a_record_in_another_run_s_place_is_not_taken_for_it(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        runs = runs_of(tmp_path, "customer-portal")
        shutil.copytree(runs / a_run(1).origin.run, runs / a_run(2).origin.run)
        shutil.copytree(runs, runs_of(tmp_path, "payroll"))
        found = index.history(tmp_path)
        assert [entry.run for entry in found.entries] == [a_run(1).origin.run]
        assert len(found.unreadable) == 3
        assert "holds run" in found.unreadable[0].problem


def overwrite(data: bytes, at: int = 0) -> Callable[[Path], object]:
    def change(home: Path) -> None:
        with (home / index.NAME).open("r+b") as file:
            file.seek(at)
            file.write(data)

    return change


def change_in(statement: str) -> Callable[[Path], object]:
    def change(home: Path) -> None:
        database = sqlite3.connect(home / index.NAME)
        database.executescript(statement)
        database.close()

    return change


def by_a_folder(home: Path) -> None:
    (home / index.NAME).unlink()
    (home / index.NAME).mkdir()


def by_a_link(home: Path) -> None:
    (home / index.NAME).rename(home / "elsewhere")
    (home / index.NAME).symlink_to("elsewhere")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda home: (home / index.NAME).unlink(),
    "emptied": lambda home: (home / index.NAME).write_bytes(b""),
    "cut short": lambda home: os.truncate(home / index.NAME, 5000),
    "not a database": overwrite(b"This is no database at all."),
    "zeros in the middle": overwrite(bytes(4096), 4096),
    "noise in the middle": overwrite(b"\xff" * 3000, 4500),
    "another version's": change_in("PRAGMA user_version = 99"),
    "without its tables": change_in("DROP TABLE entry"),
    "with a column too many": change_in("ALTER TABLE entry ADD COLUMN x"),
    "with an impossible result": change_in("UPDATE entry SET result = 'perfect'"),
    "with a moment that is none": change_in("UPDATE entry SET finished = 'later'"),
    "replaced by a folder": by_a_folder,
    "replaced by a link": by_a_link,
    "beside a stranger's journal": lambda home: (home / f"{index.NAME}-wal").write_bytes(
        b"\x37\x7f\x06\x82" * 99
    ),
}


class TestTheIndexMayGoAtAnyTime:
    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_one_costs_nothing(self, tmp_path: Path, damage: Callable[[Path], object]) -> None:
        put(tmp_path, a_run(1), a_run(2))
        before = index.history(tmp_path)
        assert len(before.entries) == 2
        damage(tmp_path)
        assert index.history(tmp_path) == before
        put(tmp_path, a_run(3))
        assert runs_in(tmp_path) == [a_run(number).origin.run for number in (3, 2, 1)]

    def test_it_is_made_again_from_the_folders(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1), a_run(2))
        change_in("UPDATE entry SET result = 'go'")(tmp_path)
        assert {entry.result for entry in index.history(tmp_path).entries} == {"go"}
        assert {entry.result for entry in index.rebuild(tmp_path).entries} == {"no-go"}
        assert {entry.result for entry in index.history(tmp_path).entries} == {"no-go"}

    def test_it_has_a_column_for_each_field(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        database = sqlite3.connect(tmp_path / index.NAME)
        columns = [row[1] for row in database.execute("PRAGMA table_info(entry)")]
        database.close()
        assert columns == [field.name for field in fields(Entry)]

    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        for path in tmp_path.glob("index*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_place_that_cannot_be_written_is_only_slower(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1), add=False)
        shutil.copytree(tmp_path / "systems", tmp_path / "read-only" / "systems")
        (tmp_path / "read-only").chmod(0o500)

        def ask() -> None:
            if os.geteuid() == 0:
                os.chown(tmp_path / "read-only", 65534, -1)
                for path in (tmp_path / "read-only").rglob("*"):
                    os.chown(path, 65534, -1)
                for folder in tmp_path.parents[:-2]:
                    folder.chmod(0o711)
                tmp_path.chmod(0o711)
                os.setuid(65534)
            assert runs_in(tmp_path / "read-only") == [a_run(1).origin.run]

        assert start(ask)().done
        assert [path.name for path in (tmp_path / "read-only").iterdir()] == ["systems"]
        (tmp_path / "read-only").chmod(0o700)


class TestManyAtOnce:
    def test_writers_readers_and_rebuilders_do_not_disturb_one_another(self, tmp_path: Path) -> None:
        records = [a_record(run=f"20261123T0845{number:02}Z-3f9a1c") for number in range(12)]
        readers = (index.history, index.rebuild, index.last_finished)
        waiting = [start(partial(put, tmp_path, record)) for record in records]
        waiting += [start(partial(reader, tmp_path)) for reader in readers for _ in range(3)]
        assert {wait().said for wait in waiting} == {""}
        assert runs_in(tmp_path) == [record.origin.run for record in reversed(records)]

    def test_a_kill_at_any_of_sqlite_s_own_calls_is_healed(self, tmp_path: Path) -> None:
        put(tmp_path, a_run(1))
        killed = 0
        points = (
            ("pwrite64", 1),
            ("pwrite64", 9),
            ("fdatasync", 2),
            ("unlink", 1),
            ("ftruncate", 1),
            ("fsync", 4),
        )
        for number, (call, at) in enumerate(points):
            run = f"20261124T08450{number}Z-00000a"
            strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={at}"]
            writer = [sys.executable, "-c", WRITER, str(tmp_path), run]
            killed += subprocess.run([*strace, *writer], capture_output=True, check=False).returncode != 0
            kept = (runs_of(tmp_path, "customer-portal") / run).exists()
            assert kept is (call != "fsync")
            assert (run in runs_in(tmp_path)) is kept
        assert killed == len(points)
        put(tmp_path, a_run(2))
        assert a_run(2).origin.run in runs_in(tmp_path)
        assert index.history(tmp_path).unreadable == ()
