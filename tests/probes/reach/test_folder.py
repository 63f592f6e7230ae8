"""Evidence is read from inside its folder, and nothing else is."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder, list_folder, measure_folder

CANARY = b"what nobody may see"


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Make a folder with one file, and a canary beside it."""
    folder = tmp_path / "evidence"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file.txt").write_bytes(b"content")
    (tmp_path / "canary").write_bytes(CANARY)
    return folder


def blind(folder: Path, name: str, limit: int = 1000) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        Folder(folder).read(name, limit)
    return caught.value


def test_it_says_so_when_there_is_no_folder(tmp_path: Path) -> None:
    assert blind(tmp_path / "nothing", "file").reason is Reason.NOT_FOUND


def test_it_says_so_when_there_is_no_file(evidence: Path) -> None:
    found = blind(evidence, "sub/other.txt")
    assert (found.reason, found.detail) == (Reason.NOT_FOUND, "sub/other.txt: there is no such file")


def test_an_empty_file_is_not_content(evidence: Path) -> None:
    (evidence / "empty").touch()
    assert blind(evidence, "empty").reason is Reason.EMPTY


def test_what_is_read_is_what_is_hashed(evidence: Path) -> None:
    os.utime(evidence / "sub" / "file.txt", (0, 1_600_000_000))
    file = Folder(evidence).read("sub/file.txt")
    assert file.name == "sub/file.txt"
    assert file.data == b"content"
    assert file.sha256 == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"  # sha256sum's
    assert file.modified == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "../canary",
        "sub/../../canary",
        "sub/..",
        "./sub/file.txt",
        "sub//file.txt",
        "sub/",
        "/etc/passwd",
        "//etc/passwd",
        "sub/file.txt/",
        "sub/file.txt/more",
        "sub\0/file.txt",
        "canary\0.txt",
        "\ud800",
        "x" * 300,
        "x/" * 3000 + "x",
    ],
)
def test_names_that_lead_elsewhere_lead_nowhere(evidence: Path, name: str) -> None:
    assert blind(evidence, name).reason in {Reason.NOT_FOUND, Reason.UNREADABLE}


def test_a_link_to_a_file_is_not_followed(evidence: Path) -> None:
    (evidence / "link").symlink_to("../canary")
    (evidence / "inside").symlink_to("sub/file.txt")
    for name in ("link", "inside"):
        assert blind(evidence, name).detail == f"{name}: links are not followed"


def test_a_link_on_the_way_is_not_followed(evidence: Path) -> None:
    (evidence / "out").symlink_to("..")
    found = blind(evidence, "out/canary")
    assert (found.reason, found.detail) == (Reason.DENIED, "out/canary: links are not followed")


def test_a_pipe_does_not_keep_us_waiting(evidence: Path) -> None:
    os.mkfifo(evidence / "pipe")
    started = time.monotonic()
    assert blind(evidence, "pipe").detail == "pipe: not a regular file"
    assert time.monotonic() - started < 1


def test_a_device_is_not_read() -> None:
    for name in ("zero", "null", "tty"):
        assert blind(Path("/dev"), name).reason is Reason.DENIED


def test_a_socket_is_not_read(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(evidence)  # a socket's path may be no longer than 107 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert blind(evidence, "socket").reason is Reason.DENIED


def test_a_folder_is_not_a_file(evidence: Path) -> None:
    assert blind(evidence, "sub").detail == "sub: not a regular file"


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    assert blind(tmp_path / "evidence", "x").reason is Reason.NOT_FOUND
    (tmp_path / "evidence").write_text("a file")
    assert blind(tmp_path / "evidence", "x").reason is Reason.NOT_FOUND


def test_the_limit_is_exact(evidence: Path) -> None:
    (evidence / "big").write_bytes(b"x" * 1000)
    assert len(Folder(evidence).read("big", 1000).data) == 1000
    assert blind(evidence, "big", 999).reason is Reason.TOO_LARGE


def test_a_huge_file_costs_nothing(evidence: Path) -> None:
    with (evidence / "sparse").open("wb") as file:
        file.truncate(2**40)
    started = time.monotonic()
    assert blind(evidence, "sparse").reason is Reason.TOO_LARGE
    assert time.monotonic() - started < 1


def test_a_file_that_lies_about_its_size_is_read_to_its_end() -> None:
    # Files in /proc say that they are empty.
    assert b"State:" in Folder(Path("/proc/self")).read("status").data
    assert blind(Path("/proc/self"), "status", 10).reason is Reason.TOO_LARGE


def test_a_file_exchanged_for_a_link_is_never_followed(evidence: Path) -> None:
    """One thread swaps file and link as fast as it can; the canary must not be read."""
    honest, target = evidence / "honest", evidence / "racing"
    honest.write_bytes(b"content")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source, is_link in ((evidence.parent / "canary", True), (honest, False)):
                new = evidence / "new"
                new.symlink_to(source) if is_link else new.hardlink_to(source)
                new.rename(target)

    swapper = threading.Thread(target=swap)
    swapper.start()
    outcomes = {"read": 0, "refused": 0}
    try:
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            try:
                file = Folder(evidence).read("racing")
            except CannotSee:
                outcomes["refused"] += 1
                continue
            outcomes["read"] += 1
            assert file.data == b"content"
            assert file.sha256 == hashlib.sha256(file.data).hexdigest()
    finally:
        stop.set()
        swapper.join()
    assert min(outcomes.values()) > 0


def as_nobody(script: str, *arguments: str) -> str:
    """Run a piece of Python without root's rights, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY + script, *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return done.stdout.strip()


_AS_NOBODY = """
import os
import sys
from pathlib import Path
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder, list_folder, measure_folder
if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
"""


def test_permission_denied_is_said_and_is_not_emptiness() -> None:
    # Folders that pytest makes are closed to others, and somebody else has to get into this one.
    with tempfile.TemporaryDirectory() as made:
        evidence = Path(made)
        evidence.chmod(0o755)
        (evidence / "mine").write_bytes(CANARY)
        (evidence / "mine").chmod(0)
        (evidence / "private" / "below").mkdir(parents=True)
        (evidence / "private" / "below").chmod(0)
        told = "except CannotSee as blind: print(blind)"
        read = f"try: Folder(Path(sys.argv[1])).read('mine')\n{told}"
        assert as_nobody(read, made) == "denied: mine: permission denied"
        listed = f"try: list_folder(Path(sys.argv[1]) / 'private' / 'below')\n{told}"
        assert as_nobody(listed, made).startswith("denied: ")
        measured = f"try: measure_folder(Path(sys.argv[1]) / 'private', Deadline(5))\n{told}"
        assert as_nobody(measured, made).startswith("denied: ")
        (evidence / "private" / "below").chmod(0o700)


def test_a_listing_leaves_out_links_and_special_files(evidence: Path) -> None:
    (evidence / "b.tar").write_bytes(b"12345")
    (evidence / "a.tar").mkdir()
    (evidence / "c.tar").symlink_to("b.tar")
    (evidence / "d.txt").touch()
    os.mkfifo(evidence / "e.tar")
    found = list_folder(evidence, "*.tar")
    assert [(entry.name, entry.size, entry.is_folder) for entry in found] == [
        ("a.tar", None, True),
        ("b.tar", 5, False),
    ]


def test_a_listing_of_nothing_says_so(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "no", Reason.NOT_FOUND), (Path("/etc/passwd"), Reason.NOT_FOUND)):
        with pytest.raises(CannotSee) as caught:
            list_folder(path)
        assert caught.value.reason is reason
    assert list_folder(tmp_path) == ()


def test_too_many_entries_are_said_to_be_too_many(tmp_path: Path) -> None:
    for number in range(11):
        (tmp_path / str(number)).touch()
    assert len(list_folder(tmp_path, most=11)) == 11
    with pytest.raises(CannotSee, match="more than 10"):
        list_folder(tmp_path, most=10)


def test_moments_that_no_calendar_has_do_not_break_a_listing(tmp_path: Path) -> None:
    (tmp_path / "early").touch()
    os.utime(tmp_path / "early", (-(2**31), -(2**31)))
    (tmp_path / "late").touch()
    os.utime(tmp_path / "late", (2**33, 2**33))
    early, late = list_folder(tmp_path)
    assert (early.modified.year, late.modified.year) == (1901, 2242)


def test_a_folder_is_measured_with_everything_below_it(evidence: Path) -> None:
    (evidence / "sub" / "deep").mkdir()
    (evidence / "sub" / "deep" / "more").write_bytes(b"12345")
    (evidence / "sub" / "loop").symlink_to("..")
    assert measure_folder(evidence, Deadline(5)) == (12, True)
    assert measure_folder(evidence / "sub" / "deep", Deadline(5), enough=100) == (5, True)
    assert measure_folder(evidence, Deadline(0))[1] is False


def test_measuring_stops_when_it_knows_enough(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).write_bytes(b"x")
    assert measure_folder(tmp_path, Deadline(5), enough=1) == (1, False)


def test_a_large_file_is_hashed_without_being_held(evidence: Path) -> None:
    with (evidence / "large").open("wb") as file:
        file.truncate(5 * 2**20)
    said = subprocess.run(["sha256sum", evidence / "large"], capture_output=True, check=True).stdout.split()[
        0
    ]
    assert Folder(evidence).sha256("large", Deadline(10), 2**30) == said.decode()
    assert Folder(evidence).sha256("large", Deadline(10), 2**20) is None
    assert Folder(evidence).sha256("large", Deadline(0), 2**30) is None
    with pytest.raises(CannotSee):
        Folder(evidence).sha256("../canary", Deadline(10), 2**30)


def test_the_beginning_of_a_file_is_enough_for_some(evidence: Path) -> None:
    assert Folder(evidence).beginning("sub/file.txt", 4) == b"cont"
    (evidence / "empty").touch()
    assert Folder(evidence).beginning("empty", 4) == b""
