"""Real restic repositories, and programs that pretend to be restic."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Backup
from readiness_audit.probes.backup.backup import PROBE
from readiness_audit.probes.backup.facts import BackupFacts
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse"


def restic(repository: Path, *words: str) -> None:
    environment = {**os.environ, "RESTIC_PASSWORD": PASSWORD, "TZ": "UTC"}
    command = ["restic", "--quiet", "--no-cache", "--repo", str(repository), *words]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository of two jobs, and a snapshot that has not been taken yet."""
    folder = tmp_path_factory.mktemp("restic")
    source = folder / "source"
    source.mkdir()
    store = folder / "repository"
    restic(store, "init")
    for moment, host, size in (
        ("2026-03-08 02:00:00", "web", 1000),
        ("2026-03-01 02:00:00", "db", 10),
        ("2026-03-10 02:00:00", "web", 5000),
        ("2026-04-01 02:00:00", "web", 1),
    ):
        (source / "file").write_bytes(b"x" * size)
        restic(store, "backup", "--host", host, "--time", moment, str(source))
    return store


@pytest.fixture
def password(tmp_path: Path) -> str:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    return f"file:{tmp_path}/password"


def seen(store: Path, password: str, seconds: float = 60.0) -> Seen[BackupFacts]:
    target = Backup(kind="backup", id="store", tool="restic", path=str(store), password=password)
    return look_at(PROBE, target, now=NOW, seconds=seconds)


def blind(store: Path, password: str, seconds: float = 10.0) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        seen(store, password, seconds)
    return caught.value


def files_of(store: Path) -> dict[str, str]:
    return {
        str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.rglob("*")
        if path.is_file()
    }


def test_it_says_so_when_there_is_no_repository(tmp_path: Path, password: str) -> None:
    found = blind(tmp_path / "nothing", password)
    assert found.reason is Reason.NOT_FOUND
    assert found.detail.startswith("restic: Fatal: ")


def test_a_folder_that_is_no_repository_is_none(tmp_path: Path, password: str) -> None:
    assert blind(tmp_path, password).reason is Reason.NOT_FOUND


def test_a_wrong_password_opens_nothing(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    found = blind(repository, f"file:{tmp_path}/password")
    assert found.reason is Reason.DENIED
    assert found.detail == "restic: Fatal: wrong password or no key found"


def test_it_says_so_when_the_password_is_nowhere(repository: Path) -> None:
    assert blind(repository, "env:NOT_SET_ANYWHERE").reason is Reason.DENIED


def test_it_says_so_when_restic_is_not_installed(
    tmp_path: Path, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = blind(tmp_path, password)
    assert (found.reason, found.detail) == (Reason.TOOL_MISSING, "the program restic is not installed")


def test_a_sound_repository_shows_each_job_and_is_left_as_it_was(repository: Path, password: str) -> None:
    before = files_of(repository)
    found = seen(repository, password)
    facts = found.facts
    assert found.tool == subprocess.check_output(["restic", "version"], text=True).partition(" compiled")[0]
    assert (facts.good, facts.future, facts.empty, facts.encrypted) == (3, 1, 0, True)
    assert (facts.overall.newest_at, facts.overall.newest_age_hours) == ("2026-03-10T02:00:00Z", 10.0)
    assert (facts.overall.newest_size, facts.overall.median_size_of_previous) == (5000, 505)
    db, web = facts.series
    assert (db.name, db.newest_age_hours, db.snapshots) == (f"db:{repository.parent}/source", 226.0, 1)
    assert (web.newest_age_hours, web.newest_size, web.median_size_of_previous) == (10.0, 5000, 1000)
    assert (web.snapshots, web.days_in_7) == (2, 2)
    assert (facts.verification.state, facts.verification.by) == ("good", "restic check")
    assert facts.verification.verified_at == "2026-03-10T12:00:00Z"
    assert PASSWORD not in repr(found)
    assert files_of(repository) == before


def test_a_damaged_repository_is_listed_and_its_errors_are_told(
    repository: Path, tmp_path: Path, password: str
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(repository, damaged)
    for index in (damaged / "index").iterdir():
        index.chmod(0o600)
    largest = max(
        (damaged / "data").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0
    )
    largest.chmod(0o600)
    largest.write_bytes(largest.read_bytes()[:-5])
    facts = seen(damaged, password).facts
    assert facts.good == 3
    assert facts.verification.state == "errors"
    assert facts.verification.complaint


SNAPSHOT = {
    "id": "a" * 64,
    "time": "2026-03-10T03:00:00.123456789+01:00",
    "hostname": "web",
    "paths": ["/srv"],
    "summary": {"total_bytes_processed": 12},
}
VERSION = "restic 0.17.3 compiled with go1.23"


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that comes first on PATH; `restic` in it is up to the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def write_restic(
    folder: Path, *, version: str = VERSION, snapshots: str = "", check: str = "", rest: str = ""
) -> None:
    """Write a restic whose answers are pieces of shell."""
    script = f"""#!/bin/sh
case "$*" in
    version) printf '%s\\n' '{version}' ;;
    *snapshots) {snapshots or f"printf '%s' '{json.dumps([SNAPSHOT])}'"} ;;
    *check) {check or "exit 0"} ;;
    *) {rest or "exit 1"} ;;
esac
"""
    (folder / "restic").write_text(script)
    (folder / "restic").chmod(0o755)


@pytest.mark.parametrize("answer", ["[]", "null"])
def test_an_empty_repository_holds_no_backup(pretend: Path, password: str, answer: str) -> None:
    write_restic(pretend, snapshots=f"echo {answer}")
    facts = seen(pretend, password).facts
    assert (facts.good, facts.newest, facts.series) == (0, None, ())
    assert facts.verification.state == "good"


def test_sizes_that_restic_lists_are_not_asked_for_again(pretend: Path, password: str) -> None:
    write_restic(pretend)
    found = seen(pretend, password, 10)
    assert found.tool == "restic 0.17.3"
    assert found.facts.overall.newest_size == 12
    assert found.facts.overall.newest_at == "2026-03-10T02:00:00Z"


def test_a_check_that_takes_too_long_is_not_finished_and_the_rest_is_kept(
    pretend: Path, password: str
) -> None:
    write_restic(pretend, check="exec sleep 60")
    started = time.monotonic()
    facts = seen(pretend, password, 3.0).facts
    assert time.monotonic() - started < 3.0
    assert facts.good == 1
    assert (facts.verification.state, facts.verification.verified_at) == ("not finished", None)


def test_a_check_that_is_killed_is_no_result(pretend: Path, password: str) -> None:
    write_restic(pretend, check="kill -9 $$")
    found = blind(pretend, password)
    assert found.reason is Reason.TOOL_FAILED
    assert "SIGKILL" in found.detail


def test_a_complaint_is_one_clean_line(pretend: Path, password: str) -> None:
    write_restic(pretend, check=r"printf 'all is well\nFatal: \033[31mred\007 alarm\nadvice\n' >&2; exit 1")
    assert seen(pretend, password, 10).facts.verification.complaint == "Fatal: ?[31mred? alarm"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (10, Reason.NOT_FOUND),
        (11, Reason.DENIED),
        (12, Reason.DENIED),
        (1, Reason.TOOL_FAILED),
        (130, Reason.TOOL_FAILED),
    ],
)
def test_newer_versions_say_it_with_their_exit_status(
    pretend: Path, password: str, status: int, reason: Reason
) -> None:
    said = json.dumps({"message_type": "exit_error", "code": status, "message": "Fatal: it does not work"})
    write_restic(pretend, snapshots=f"echo '{said}' >&2; exit {status}")
    found = blind(pretend, password)
    assert (found.reason, found.detail) == (reason, "restic: Fatal: it does not work")


@pytest.mark.parametrize(
    "answer",
    [
        "", "null garbage", "{}", "[1]", '[{"id":"x"}]', "[", "[NaN]", '"[]"',
        json.dumps([SNAPSHOT | {"time": "yesterday"}]),
        json.dumps([SNAPSHOT | {"time": "9999-12-31T23:59:59-10:00"}]),
        json.dumps([SNAPSHOT | {"id": "../../etc"}]),
        json.dumps([SNAPSHOT | {"paths": None}]),
        json.dumps([SNAPSHOT])[:-5],
    ],
)  # fmt: skip
def test_garbage_is_not_a_list_of_snapshots(pretend: Path, password: str, answer: str) -> None:
    write_restic(pretend, snapshots=f"printf '%s' '{answer}'")
    assert blind(pretend, password).reason is Reason.UNREADABLE


def test_endless_garbage_ends(pretend: Path, password: str) -> None:
    write_restic(pretend, snapshots="exec yes")
    assert blind(pretend, password).reason is Reason.TOO_LARGE


def test_one_that_hangs_is_ended(pretend: Path, password: str) -> None:
    write_restic(pretend, snapshots="exec sleep 60")
    assert blind(pretend, password, 0.5).reason is Reason.TIMED_OUT


@pytest.mark.parametrize("version", ["restic 0.9.6 compiled with go1.13", "restic 0.11.0", "borg 1.2", ""])
def test_other_and_old_versions_are_refused(pretend: Path, password: str, version: str) -> None:
    write_restic(pretend, version=version)
    assert blind(pretend, password).reason is Reason.TOOL_FAILED


def test_the_password_is_in_no_argument_and_no_environment(pretend: Path, password: str) -> None:
    seen_by_restic = pretend / "seen"
    dump = f'cat /proc/$$/cmdline /proc/$$/environ >{seen_by_restic}; env >>{seen_by_restic}; echo "[]"'
    write_restic(pretend, snapshots=dump)
    seen(pretend, password, 10)
    said = seen_by_restic.read_text()
    assert "--no-lock" in said
    assert "/dev/fd/" in said
    assert "horse" not in said
