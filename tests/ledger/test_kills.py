"""A kill, a full disk or a broken one at any call: no finished run is lost, and the next one works."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from readiness_audit.audit import Audited
from readiness_audit.cli.keeping import Wish, keep_and_tell
from readiness_audit.cli.signing import Signing
from readiness_audit.errors import RecordError
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import keep, read_record
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.keys import PrivateKey
from readiness_audit.ledger.leftovers import sweep_leftovers, unfinished_name
from readiness_audit.ledger.stamp import keep_stamp
from readiness_audit.model.texts import Language
from tests.ledger.breaking import Call, calls_of, run, run_with_disk_broken_from, start
from tests.records import EXCERPTS, a_record

FIRST, SECOND, THIRD = (f"20261123T08450{number}Z-3f9a1c" for number in range(3))
SYSTEM = "customer-portal"
Work = Callable[[], object]


def keeping(home: Path, name: str, key: PrivateKey | None = None) -> Work:
    """Do what `run` does once it has a decision: keep the record, enter it into the history, tell it."""
    done = Audited(record=a_record(run=name), excerpts=EXCERPTS)
    reports = [Wish(format_="json", path=home / f"{name}.json")]

    signing = Signing(key=key, authority=None) if key else None

    def work() -> None:
        keep_and_tell(
            done,
            out=None,
            home=home,
            format_="json",
            reports=reports,
            language=Language.DE,
            signing=signing,
        )

    return work


def rebuilding(home: Path) -> Work:
    return lambda: index.rebuild(home)


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


def finished(home: Path, *names: str) -> list[str]:
    return [name for name in names if (runs_of(home, SYSTEM) / name).exists()]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: a kill is the same there, and nobody waits for a disk."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def first(disk: Path) -> Path:
    """A home in which one run was kept."""
    home = disk / "first"
    home.mkdir()
    keeping(home, FIRST)()
    return home


def calls_on(first: Path, work: Callable[[Path], Work]) -> tuple[Call, ...]:
    """Give every call of some work on a copy of this home."""
    home = shutil.copytree(first, first.parent / "counted")
    return calls_of(work(home))


def of_a_run(first: Path) -> tuple[Call, ...]:
    calls = calls_on(first, lambda home: keeping(home, SECOND))
    assert len(calls) > 100
    return calls


def test_a_kill_at_any_call_costs_at_most_the_run_that_was_killed(first: Path, disk: Path) -> None:
    calls, kept = of_a_run(first), 0
    for number, call in enumerate(calls):
        home = shutil.copytree(first, disk / str(number))
        assert run(keeping(home, SECOND), at=call).killed
        assert read_record(runs_of(home, SYSTEM) / FIRST) == a_record(run=FIRST)
        there = finished(home, FIRST, SECOND)
        kept += len(there) - 1
        keeping(home, THIRD)()
        assert_whole(home, *there, THIRD)
    assert 0 < kept < len(calls)


def test_nor_does_a_second_kill_while_the_next_run_clears_up(first: Path, disk: Path) -> None:
    chance = random.Random(20261123)  # noqa: S311 - where to kill is no secret
    calls = of_a_run(first)
    for number in range(50):
        home = shutil.copytree(first, disk / str(number))
        for name in (SECOND, THIRD):
            run(keeping(home, name), at=chance.choice(calls))
        last = "20261123T090000Z-000000"
        keeping(home, last)()
        assert_whole(home, *finished(home, FIRST, SECOND, THIRD), last)


def test_a_kill_while_the_index_is_made_again_loses_nothing(first: Path, disk: Path) -> None:
    keeping(first, SECOND)()
    calls, late = calls_on(first, rebuilding), 0
    for number, call in enumerate(calls):
        home = shutil.copytree(first, disk / str(number))
        ended = run(rebuilding(home), at=call)
        # How often sqlite writes is not the same each time: the last of its writes may never come.
        assert ended.killed or ended.done
        late += ended.done
        assert_whole(home, FIRST, SECOND)
    assert late < len(calls) / 20


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS", "EDQUOT"])
def test_a_disk_that_refuses_from_any_call_on_is_one_sentence(first: Path, disk: Path, error: str) -> None:
    calls, refused = of_a_run(first), 0
    for number, call in enumerate(calls):
        if not call.writes:
            continue
        home = shutil.copytree(first, disk / str(number))
        ended = run_with_disk_broken_from(keeping(home, SECOND), calls, number, error)
        assert not ended.killed
        assert "\n" not in ended.said
        names = {name for name in names_in(runs_of(home, SYSTEM)) if not name.startswith(".")}
        if not ended.done:
            refused += 1
            assert names <= {FIRST, SECOND}
            assert str(home) in ended.said or SECOND in names
        keeping(home, THIRD)()
        assert_whole(home, *names, THIRD)
    assert refused > 2


@pytest.mark.parametrize(("error", "step"), [("EIO", 3), ("EACCES", 7)])
def test_one_call_that_fails_leaves_the_run_kept_or_not_there(
    first: Path, disk: Path, error: str, step: int
) -> None:
    for number, call in list(enumerate(of_a_run(first)))[::step]:
        home = shutil.copytree(first, disk / str(number))
        ended = run(keeping(home, SECOND), at=call, error=error)
        assert not ended.killed
        assert "\n" not in ended.said
        there = finished(home, FIRST, SECOND)
        assert FIRST in there
        assert SECOND in there or ended.said
        keeping(home, THIRD)()
        assert_whole(home, *there, THIRD)


def test_what_a_run_wrote_is_on_the_disk_before_it_has_its_name(first: Path) -> None:
    calls = of_a_run(first)
    named = next(
        number for number, call in enumerate(calls) if call.name.startswith("rename") and SECOND in call.told
    )
    written = {
        path_of(call) for call in calls[:named] if call.name == "write" and f".{SECOND}.part" in call.told
    }
    synced = [path_of(call) for call in calls[:named] if call.name == "fsync"]
    assert len(written) == len(EXCERPTS) + 2
    assert written <= set(synced)
    # The lists of names come after what they name, and the list that names the run after all.
    assert all(synced.index(str(Path(path).parent)) > synced.index(path) for path in written)
    after = [path_of(call) for call in calls[named:] if call.name == "fsync"]
    assert after[0].endswith(f"/systems/{SYSTEM}")


def path_of(call: Call) -> str:
    """Give the path that stands behind the number of an open file: `5</home/record.json>, ...`."""
    return call.told.partition("<")[2].partition(">")[0]


def test_a_file_size_limit_of_the_system_is_said(disk: Path) -> None:
    keeping(disk, FIRST)()
    ended = run(keeping(disk, SECOND), file_size=4096)
    assert "files may not become that large here; raise the limit" in ended.said
    assert_whole(disk, FIRST)


def test_fifty_runs_at_once_some_of_them_killed_leave_a_whole_history(first: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - where to kill is no secret
    calls = of_a_run(first)
    names = [f"20261123T09{number // 60:02}{number % 60:02}Z-3f9a1c" for number in range(100)]
    there: list[str] = [FIRST]
    for batch in (names[:50], names[50:]):
        killed = {name: chance.choice(calls) for name in batch[::7]}
        running = {name: start(keeping(first, name), at=killed.get(name)) for name in batch}
        ended = {name: wait() for name, wait in running.items()}
        assert all(end.done for name, end in ended.items() if name not in killed)
        there += finished(first, *batch)
    last = "20261123T100000Z-000000"
    keeping(first, last)()
    assert_whole(first, *there, last)


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

    calls = calls_of(work)
    assert len(calls) > 5
    for error in ("", "ENOSPC"):
        for at in calls:
            (folder / "record.tsr").unlink(missing_ok=True)
            run(work, at=at, error=error)
            assert read_record(folder) == a_record(run=FIRST)
            if (folder / "record.tsr").exists():
                assert (folder / "record.tsr").read_bytes() == b"a stamp"
            else:
                work()
    assert [entry.run for entry in index.history(disk).entries] == [FIRST]
