"""A folder of backups, made file by file with the dates a test needs."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Backup
from readiness_audit.probes.backup.backup import PROBE
from readiness_audit.probes.backup.facts import BackupFacts
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def keep(store: Path, name: str, age: timedelta, content: bytes | int = b"content") -> Path:
    """Put one backup of this age into the store."""
    path = store / name
    path.write_bytes(content if isinstance(content, bytes) else b"x" * content)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def seen(store: Path, pattern: str = "*", seconds: float = 10.0) -> BackupFacts:
    target = Backup(kind="backup", id="store", tool="directory", path=str(store), pattern=pattern)
    return look_at(PROBE, target, now=NOW, seconds=seconds).facts


def test_it_says_so_when_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as caught:
        seen(tmp_path / "nothing")
    assert caught.value.reason is Reason.NOT_FOUND


def test_a_file_is_not_a_folder_of_backups(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotSee):
        seen(tmp_path / "file")


def test_an_empty_folder_holds_no_backup(store: Path) -> None:
    facts = seen(store)
    assert (facts.good, facts.newest, facts.snapshots, facts.series) == (0, None, (), ())
    assert (facts.overall.newest_at, facts.overall.newest_age_hours, facts.overall.days_in_7) == (
        None,
        None,
        0,
    )
    assert facts.verification.state == "no manifest"
    assert facts.encrypted is None


@pytest.mark.parametrize(
    "name",
    [
        "db.tar.part",
        "db.tar.tmp",
        "db.crdownload",
        "db.tar.filepart",
        "DB.TAR.PARTIAL",
        "db.sql~",
        "db.incomplete",
    ],
)
def test_what_is_not_finished_is_not_a_backup(store: Path, name: str) -> None:
    keep(store, name, HOUR)
    facts = seen(store)
    assert (facts.good, facts.partial, facts.newest) == (0, 1, None)


@pytest.mark.parametrize(
    "name",
    ["SHA256SUMS", "SHA256SUMS.asc", "md5sums.txt", "db.tar.sha256", "backup.log", ".hidden", "README.txt"],
)
def test_what_goes_with_backups_is_not_a_backup(store: Path, name: str) -> None:
    keep(store, name, HOUR, b"# nothing but a remark\n")
    facts = seen(store)
    assert (facts.good, facts.partial, facts.newest) == (0, 0, None)


def test_links_and_pipes_are_no_backups(store: Path) -> None:
    outside = keep(store.parent, "db.tar", HOUR)
    (store / "link.tar").symlink_to(outside)
    os.mkfifo(store / "pipe.tar")
    assert seen(store).good == 0


def test_an_empty_backup_is_none_and_never_the_newest(store: Path) -> None:
    keep(store, "a.tar", 30 * HOUR)
    keep(store, "b.tar", HOUR, b"")
    facts = seen(store)
    assert (facts.good, facts.empty) == (1, 1)
    assert facts.newest is not None
    assert facts.newest.name == "a.tar"
    assert facts.overall.newest_age_hours == 30.0
    assert [(one.name, one.state) for one in facts.snapshots] == [("a.tar", "good"), ("b.tar", "empty")]


def test_a_backup_from_the_future_is_none_and_never_the_newest(store: Path) -> None:
    keep(store, "a.tar", 30 * HOUR)
    keep(store, "b.tar", -HOUR)
    keep(store, "c.tar", -400 * DAY)
    facts = seen(store)
    assert (facts.good, facts.future) == (1, 2)
    assert facts.overall.newest_at == "2026-03-09T06:00:00Z"


def test_clocks_may_differ_by_minutes(store: Path) -> None:
    keep(store, "a.tar", -timedelta(minutes=4))
    facts = seen(store)
    assert (facts.good, facts.overall.newest_age_hours) == (1, 0.0)


def test_size_and_age_are_those_of_the_newest(store: Path) -> None:
    for days, size in ((6, 1), (5, 700), (4, 300), (3, 100), (2, 200), (1, 400)):
        keep(store, f"db-{days}.tar", days * DAY, size)
    keep(store, "db-0.tar", timedelta(hours=2, minutes=30), 150)
    facts = seen(store)
    assert facts.overall.newest_age_hours == 2.5
    assert facts.overall.newest_size == 150
    assert facts.overall.median_size_of_previous == 300  # of 700, 300, 100, 200, 400
    assert facts.overall.oldest_age_days == 6.0
    assert [one.name for one in facts.snapshots][-2:] == ["db-1.tar", "db-0.tar"]
    assert facts.series == (facts.overall,)


def test_one_backup_has_nothing_to_be_compared_with(store: Path) -> None:
    keep(store, "a.tar", HOUR)
    assert seen(store).overall.median_size_of_previous is None


def test_retention_counts_different_days_weeks_and_months(store: Path) -> None:
    for day in range(40):
        keep(store, f"daily-{day:02}.tar", day * DAY + 10 * HOUR)
    keep(store, "again.tar", 11 * HOUR)
    for month in range(2, 15):
        keep(store, f"monthly-{month:02}.tar", timedelta(days=30.4 * month))
    facts = seen(store)
    assert facts.good == 54
    assert facts.overall.days_in_7 == 7  # 10 March back to 4 March, at 02:00
    assert facts.overall.days_in_30 == 30
    assert facts.overall.weeks_in_4 == 5  # weeks 7 to 11: the 29 days begin in the middle of one
    assert facts.overall.months_in_12 == 13
    assert facts.overall.oldest_age_days == 425.6


def test_a_pattern_says_which_entries_are_backups(store: Path) -> None:
    keep(store, "db.tar.zst", 5 * HOUR)
    keep(store, "notes.docx", HOUR)
    assert seen(store, "*.tar.zst").overall.newest_age_hours == 5.0


def test_a_copied_file_is_as_old_as_its_name_says(store: Path) -> None:
    """A copy without `-p` has today's time stamp; its name still has the old date."""
    keep(store, "db-2026-02-01.tar", HOUR)
    assert seen(store).overall.newest_at == "2026-02-02T12:00:00Z"  # the latest end of that day anywhere


def test_a_fresh_name_does_not_make_an_old_file_young(store: Path) -> None:
    keep(store, "db-20260310.tar", 40 * DAY)
    assert seen(store).overall.oldest_age_days == 40.0


@pytest.mark.parametrize(
    "name", ["db-20261399.tar", "db-2026-02-31.tar", "v20260101123.tar", "120260101.tar"]
)
def test_what_only_looks_like_a_date_is_none(store: Path, name: str) -> None:
    keep(store, name, HOUR)
    assert seen(store).overall.newest_age_hours == 1.0


@pytest.mark.parametrize(
    "name", ["db-20260301.tar", "db_2026.03.01.tar", "202603010200.dump", "20260301T020000Z"]
)
def test_dates_in_names_have_several_spellings(store: Path, name: str) -> None:
    keep(store, name, HOUR)
    assert seen(store).overall.newest_at == "2026-03-02T12:00:00Z"


def test_a_folder_may_be_one_backup(store: Path) -> None:
    for name, content in (("2026-03-08", 10), ("2026-03-09", 20)):
        (store / name / "below").mkdir(parents=True)
        (store / name / "below" / "file").write_bytes(b"x" * content)
        # rsync gives a folder the time stamp of its source, which may be years old.
        os.utime(store / name, (0, 0))
    (store / "2026-03-10" / "below").mkdir(parents=True)
    facts = seen(store)
    assert (facts.good, facts.empty) == (2, 1)
    assert facts.newest is not None
    assert (facts.newest.name, facts.newest.size) == ("2026-03-09", 20)
    assert facts.overall.median_size_of_previous == 10


def test_content_that_cannot_be_seen_in_time_does_not_count(store: Path) -> None:
    (store / "2026-03-09").mkdir()
    (store / "2026-03-09" / "file").write_bytes(b"x")
    facts = seen(store, seconds=0.0)
    assert (facts.good, facts.unseen) == (0, 1)


def sums(store: Path, *names: str, options: tuple[str, ...] = ()) -> None:
    """Let coreutils write the manifest."""
    said = subprocess.run(["sha256sum", *options, *names], cwd=store, capture_output=True, check=True)
    (store / "SHA256SUMS").write_bytes(said.stdout)


@pytest.mark.parametrize("options", [(), ("--binary",), ("--tag",)])
def test_a_manifest_that_fits_verifies_the_newest(store: Path, options: tuple[str, ...]) -> None:
    keep(store, "old.tar", DAY)
    keep(store, "new\\with\nnames.tar", HOUR)
    sums(store, "old.tar", "new\\with\nnames.tar", options=options)
    found = seen(store).verification
    assert (found.state, found.by) == ("good", "SHA256SUMS")
    assert found.verified_at == "2026-03-10T12:00:00Z"


def test_a_changed_backup_is_told(store: Path) -> None:
    keep(store, "new.tar", HOUR)
    sums(store, "new.tar")
    keep(store, "new.tar", HOUR, b"changed")
    found = seen(store).verification
    assert (found.state, found.complaint) == ("errors", "new.tar is not what SHA256SUMS says it is")


def test_two_sums_for_one_name_cannot_both_be_right(store: Path) -> None:
    keep(store, "new.tar", HOUR)
    sums(store, "new.tar")
    with (store / "SHA256SUMS").open("a") as manifest:
        manifest.write("0" * 64 + "  new.tar\n")
    assert seen(store).verification.state == "errors"


def test_a_newest_backup_that_is_not_listed_is_not_verified(store: Path) -> None:
    keep(store, "old.tar", DAY)
    sums(store, "old.tar")
    keep(store, "new.tar", HOUR)
    found = seen(store).verification
    assert (found.state, found.verified_at) == ("not listed", None)


def test_a_sum_may_stand_beside_its_file(store: Path) -> None:
    keep(store, "new.tar", HOUR)
    said = subprocess.run(["sha256sum", "new.tar"], cwd=store, capture_output=True, check=True).stdout
    (store / "new.tar.sha256").write_bytes(said)
    found = seen(store).verification
    assert (found.state, found.by) == ("good", "new.tar.sha256")


def test_a_folder_is_verified_file_by_file(store: Path) -> None:
    (store / "2026-03-09").mkdir()
    for name in ("a", "b"):
        (store / "2026-03-09" / name).write_bytes(name.encode())
    sums(store, "2026-03-09/a", "./2026-03-09/b")
    assert seen(store).verification.state == "good"
    (store / "2026-03-09" / "b").unlink()
    assert seen(store).verification.state == "errors"


@pytest.mark.parametrize(
    "content", [b"not a manifest\n", b"\xff\xfe", b"0" * 64 + b" new.tar\n", b"\0" * 100]
)
def test_a_manifest_that_cannot_be_read_is_said_to_be_so(store: Path, content: bytes) -> None:
    keep(store, "new.tar", HOUR)
    (store / "SHA256SUMS").write_bytes(content)
    facts = seen(store)
    assert facts.good == 1
    assert facts.verification.state == "unreadable"


def test_a_manifest_cannot_lead_out_of_the_folder(store: Path) -> None:
    keep(store.parent, "outside", HOUR)
    (store / "2026-03-09").mkdir()
    (store / "2026-03-09" / "file").write_bytes(b"x")
    (store / "SHA256SUMS").write_text("0" * 64 + "  2026-03-09/../../outside\n")
    found = seen(store).verification
    assert found.state == "errors"
    assert found.complaint is not None
    assert "no such file" in found.complaint


@pytest.mark.parametrize(
    ("command", "encrypted"),
    [
        (["gzip", "-c"], False),
        (["xz", "-c"], False),
        (["openssl", "enc", "-aes-256-cbc", "-pbkdf2", "-pass", "pass:x"], True),
        (["cat"], None),
    ],
)
def test_some_files_show_whether_they_are_encrypted(
    store: Path,
    command: list[str],
    encrypted: bool | None,  # noqa: FBT001 - a column of the table above
) -> None:
    made = subprocess.run(command, input=os.urandom(1000), capture_output=True, check=True).stdout
    keep(store, "new.bin", HOUR, made)
    assert seen(store).encrypted is encrypted


def test_two_thousand_backups_are_counted_and_five_hundred_listed(store: Path) -> None:
    for number in range(2_000):
        keep(store, f"{number}.tar", number * HOUR, 1)
    facts = seen(store)
    assert facts.good == 2_000
    assert len(facts.snapshots) == 500
    assert facts.snapshots[-1].name == "0.tar"
