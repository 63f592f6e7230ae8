"""A kill, a full disk or a broken one at any call: no finished run is lost, and the next one works."""

from __future__ import annotations

import errno
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import keep, read_record
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.leftovers import sweep_leftovers, unfinished_name
from readiness_audit.ledger.stamp import keep_stamp
from tests.ledger.breaking import NEVER, run, start
from tests.records import EXCERPTS, a_record

FIRST, SECOND, THIRD = (f"20261123T08450{number}Z-3f9a1c" for number in range(3))
SYSTEM = "customer-portal"


def keeping(home: Path, name: str) -> Callable[[], object]:
    record = a_record(run=name)

    def work() -> None:
        keep(record, EXCERPTS, runs_of(home, SYSTEM))
        index.add(home, record)

    return work


def assert_whole(home: Path, *expected: str) -> None:
    """Every run there is can be read, and the folder holds nothing else."""
    there = names_in(runs_of(home, SYSTEM))
    assert there == sorted(expected)
    for name in there:
        assert read_record(runs_of(home, SYSTEM) / name) == a_record(run=name)
    found = index.history(home)
    assert sorted(entry.run for entry in found.entries) == there
    assert not found.unreadable


def names_in(path: Path) -> list[str]:
    return sorted(inside.name for inside in path.iterdir())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: a kill is the same there, and nobody waits for a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def calls_of_a_run(home: Path) -> int:
    keeping(home, FIRST)()
    ended = run(keeping(home, SECOND))
    assert ended.done
    return ended.calls


def test_a_kill_at_any_call_costs_at_most_the_run_that_was_killed(disk: Path) -> None:
    keeping(first := disk / "first", FIRST)()
    calls = calls_of_a_run(disk / "counted")
    assert calls > 40
    kept = 0
    for at in range(calls):
        home = shutil.copytree(first, disk / str(at))
        assert run(keeping(home, SECOND), at=at).killed
        assert read_record(runs_of(home, SYSTEM) / FIRST) == a_record(run=FIRST)
        kept += (finished := (runs_of(home, SYSTEM) / SECOND).exists())
        keeping(home, THIRD)()
        assert_whole(home, FIRST, *([SECOND] if finished else []), THIRD)
    assert 0 < kept < calls


def test_nor_does_a_second_kill_while_the_next_run_clears_up(disk: Path) -> None:
    chance = random.Random(20261123)  # noqa: S311 - where to kill is no secret
    for number in range(25):
        home = disk / str(number)
        keeping(home, FIRST)()
        for name in (SECOND, THIRD):
            run(keeping(home, name), at=chance.randrange(10, 45))
        last = "20261123T090000Z-000000"
        keeping(home, last)()
        there = [name for name in (SECOND, THIRD) if (runs_of(home, SYSTEM) / name).exists()]
        assert_whole(home, FIRST, *there, last)


@pytest.mark.parametrize(
    ("code", "step"),
    [(errno.ENOSPC, 1), (errno.EIO, 2), (errno.EROFS, 3), (errno.EDQUOT, 3), (errno.EACCES, 3)],
    ids=("ENOSPC", "EIO", "EROFS", "EDQUOT", "EACCES"),
)
def test_an_error_of_the_disk_is_one_sentence_and_leaves_nothing(disk: Path, code: int, step: int) -> None:
    keeping(first := disk / "first", FIRST)()
    calls = calls_of_a_run(disk / "counted")
    refused = 0
    for at in range(0, calls, step):
        home = shutil.copytree(first, disk / str(at))
        ended = run(keeping(home, SECOND), at=at, error=code)
        assert not ended.killed
        assert "\n" not in ended.said
        # What fails while clearing up after others, or in the index, costs nothing.
        names = {name for name in names_in(runs_of(home, SYSTEM)) if not name.startswith(".")}
        assert names == ({FIRST, SECOND} if ended.done else {FIRST})
        if not ended.done:
            refused += 1
            assert ended.said.startswith(f"the record of run {SECOND} could not be kept in {home}")
            keeping(home, SECOND)()
        assert_whole(home, FIRST, SECOND)
    assert refused > 2


def test_a_file_size_limit_of_the_system_is_said(disk: Path) -> None:
    keeping(disk, FIRST)()
    ended = run(keeping(disk, SECOND), file_size=4096)
    assert "files may not become that large here; raise the limit" in ended.said
    assert_whole(disk, FIRST)


def test_twenty_runs_at_once_some_of_them_killed_leave_a_whole_history(disk: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - where to kill is no secret
    names = [f"20261123T0845{number:02}Z-3f9a1c" for number in range(40)]
    finished: list[str] = []
    for batch in (names[:20], names[20:]):
        killed = {name: chance.randrange(5, 45) for name in batch[::4]}
        running = {name: start(keeping(disk, name), at=killed.get(name, NEVER)) for name in batch}
        ended = {name: wait() for name, wait in running.items()}
        assert all(end.done for name, end in ended.items() if name not in killed)
        finished += [
            name for name, end in ended.items() if end.done or (runs_of(disk, SYSTEM) / name).exists()
        ]
    last = "20261123T090000Z-000000"
    keeping(disk, last)()
    assert_whole(disk, *finished, last)


class TestSweeping:
    def test_what_a_living_run_is_writing_stays(self, tmp_path: Path) -> None:
        (tmp_path / unfinished_name(FIRST, b"dead")).mkdir()
        reading, writing = os.pipe()
        go_on, wait_for = os.pipe()
        real = os.rename

        def work() -> None:
            def slow(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
                os.write(writing, b"x")
                os.read(go_on, 1)
                real(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

            os.rename = slow  # type: ignore[assignment] # only in this child
            keep(a_record(run=SECOND), EXCERPTS, tmp_path)

        wait = start(work)
        os.read(reading, 1)
        (tmp_path / unfinished_name(FIRST, b"gone")).mkdir()
        # The child that writes is alive and waits in its last call.
        assert sweep_leftovers(tmp_path) == 1
        os.write(wait_for, b"x")
        assert wait().done
        assert names_in(tmp_path) == [SECOND]
        for pipe in (reading, writing, go_on, wait_for):
            os.close(pipe)

    def test_nothing_else_is_touched(self, tmp_path: Path) -> None:
        strangers = [".part", f".{FIRST}", f"{FIRST}.part-00000000", f".{FIRST}.part-0000000x", ".git"]
        for name in strangers:
            (tmp_path / name).mkdir()
        (tmp_path / unfinished_name(FIRST, bytes(4))).touch()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / unfinished_name(SECOND, bytes(4))).symlink_to("elsewhere")
        before = names_in(tmp_path)
        assert sweep_leftovers(tmp_path) == 0
        assert names_in(tmp_path) == before

    def test_links_inside_a_leftover_lead_nowhere(self, tmp_path: Path) -> None:
        (tmp_path / "precious").mkdir()
        (tmp_path / "precious" / "file").touch()
        left = tmp_path / "runs" / unfinished_name(FIRST, bytes(4))
        left.mkdir(parents=True)
        (left / "excerpts").symlink_to(tmp_path / "precious")
        assert sweep_leftovers(tmp_path / "runs") == 1
        assert (tmp_path / "precious" / "file").exists()

    def test_no_folder_is_nothing_to_do(self, tmp_path: Path) -> None:
        assert sweep_leftovers(tmp_path / "nothing") == 0


@pytest.mark.parametrize("name", ["record.json", "excerpts", ""])
def test_what_may_not_be_read_is_said(tmp_path: Path, name: str) -> None:
    kept = keep(a_record(), EXCERPTS, tmp_path)
    (kept / name).chmod(0)

    def read() -> None:
        if os.geteuid() == 0:
            os.seteuid(65534)
        read_record(kept)

    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    said = run(read).said
    (kept / name).chmod(0o700)
    assert "permission denied" in said
    with pytest.raises(RecordError):
        read_record(tmp_path)


def test_a_time_stamp_appears_whole_or_not_at_all_and_never_spoils_its_record(disk: Path) -> None:
    folder = keep(a_record(run=FIRST), EXCERPTS, runs_of(disk, SYSTEM))

    def work() -> None:
        keep_stamp(folder, b"a stamp")

    calls = run(work).calls
    assert calls > 5
    for error in (0, errno.ENOSPC):
        for at in range(calls):
            (folder / "record.tsr").unlink(missing_ok=True)
            run(work, at=at, error=error)
            assert read_record(folder) == a_record(run=FIRST)
            if (folder / "record.tsr").exists():
                assert (folder / "record.tsr").read_bytes() == b"a stamp"
            else:
                work()
    assert [entry.run for entry in index.history(disk).entries] == [FIRST]
