"""Programs under bounds: real ones, made to misbehave."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.process import SECRET_FILE, Finished, find_program, run


def finished(
    arguments: Sequence[str],
    seconds: float = 10.0,
    *,
    stdin: bytes = b"",
    secret: bytes | None = None,
    most_output: int = 2**20,
    most_memory: int = 2**31,
) -> Finished:
    return asyncio.run(
        run(
            arguments,
            Deadline(seconds),
            stdin=stdin,
            secret=secret,
            most_output=most_output,
            most_memory=most_memory,
        )
    )


def blind(arguments: Sequence[str], seconds: float = 10.0, *, most_output: int = 2**20) -> CannotSee:
    with pytest.raises(CannotSee) as caught:
        finished(arguments, seconds, most_output=most_output)
    return caught.value


def is_alive(pid: int) -> bool:
    """Say whether a process is there and more than a zombie."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return about.rpartition(")")[2].split()[0] not in "ZX"


def is_gone_soon(pid: int) -> bool:
    patience = time.monotonic() + 2
    while is_alive(pid) and time.monotonic() < patience:
        time.sleep(0.02)
    return not is_alive(pid)


def wait_for_text(file: Path) -> None:
    while not file.exists() or not file.read_text():
        time.sleep(0.01)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def zombies() -> list[str]:
    """List the dead children of ours that nobody waited for."""
    found = []
    for about in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = about.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state == "Z" and int(parent) == os.getpid():
            found.append(about.parent.name)
    return found


def test_it_says_so_when_the_program_is_not_installed() -> None:
    found = blind(["no-such-program-anywhere"])
    assert found.reason is Reason.TOOL_MISSING
    assert "no-such-program-anywhere" in found.detail


def test_it_says_so_when_nothing_is_named() -> None:
    assert blind([]).reason is Reason.TOOL_FAILED


def test_a_program_that_is_not_installed_is_not_found() -> None:
    with pytest.raises(CannotSee, match="not installed"):
        find_program("no-such-program-anywhere")


def test_a_program_is_found_by_its_absolute_path() -> None:
    assert find_program("sh").startswith("/")


def test_a_file_that_is_no_program_cannot_be_started(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("not a program")
    assert blind([str(text)]).reason is Reason.TOOL_FAILED
    text.chmod(0o755)
    assert "could not be started" in blind([str(text)]).detail


def test_an_argument_with_nul_is_refused_before_anything_starts() -> None:
    assert blind(["sh", "-c", "echo\0"]).reason is Reason.TOOL_FAILED


def test_what_it_says_and_its_status_are_kept_apart() -> None:
    done = finished(["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.program, done.status, done.stdout, done.stderr) == ("sh", 7, b"out\n", b"err\n")
    assert done.complaint() == "err"


def test_a_silent_failure_complains_with_its_status() -> None:
    assert finished(["sh", "-c", "exit 3"]).complaint() == "exit status 3"


def test_a_complaint_has_no_control_characters() -> None:
    done = finished(["printf", r"\033]0;owned\007\342\200\256"])
    shown = Finished(program="x", status=1, stdout=b"", stderr=done.stdout).complaint()
    assert shown == r"\x1b]0;owned\x07\u202e"


def test_more_output_than_allowed_ends_it() -> None:
    started = time.monotonic()
    assert blind(["yes"], most_output=100_000).reason is Reason.TOO_LARGE
    assert time.monotonic() - started < 3


def test_a_flood_on_standard_error_ends_it_too() -> None:
    assert blind(["sh", "-c", "yes >&2"], most_output=100_000).reason is Reason.TOO_LARGE


def test_output_up_to_the_limit_is_whole() -> None:
    assert len(finished(["head", "-c", "300000", "/dev/zero"], most_output=300_000).stdout) == 300_000


def test_memory_beyond_the_limit_is_not_given() -> None:
    hungry = "try: bytearray(800 * 2**20)\nexcept MemoryError: print('no memory')"
    done = finished([sys.executable, "-c", hungry], most_memory=400 * 2**20)
    assert done.stdout == b"no memory\n"


def test_children_inherit_the_memory_limit() -> None:
    done = finished(["sh", "-c", "(ulimit -v; ulimit -c) & wait"], most_memory=512 * 2**20)
    assert done.stdout == b"524288\n0\n"


def test_a_pipe_that_breaks_ends_it_as_in_a_terminal() -> None:
    assert finished(["bash", "-c", "yes | head -n 1; echo ${PIPESTATUS[0]}"]).stdout == b"y\n141\n"


def test_time_running_out_kills_it_and_its_grandchildren(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    started = time.monotonic()
    script = f"sh -c 'echo $$ >>{pids}; sleep 60 & echo $! >>{pids}; wait' & echo $$ >>{pids}; wait"
    found = blind(["sh", "-c", script], 0.7)
    assert found.reason is Reason.TIMED_OUT
    assert time.monotonic() - started < 3
    numbers = [int(line) for line in pids.read_text().split()]
    assert len(numbers) == 3
    assert all(is_gone_soon(pid) for pid in numbers)
    assert zombies() == []


def test_one_that_ignores_termination_is_killed() -> None:
    assert blind(["sh", "-c", "trap '' TERM INT HUP; sleep 60; sleep 60"], 0.5).reason is Reason.TIMED_OUT
    assert zombies() == []


def test_what_it_leaves_behind_neither_outlives_it_nor_holds_us_up(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = time.monotonic()
    done = finished(["sh", "-c", f"sleep 60 & echo $! >{pid}; echo done"])
    assert done.stdout == b"done\n"
    assert time.monotonic() - started < 3
    assert is_gone_soon(int(pid.read_text()))


def test_one_that_left_the_session_cannot_hold_us_up(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = time.monotonic()
    try:
        found = blind(["sh", "-c", f"setsid sh -c 'echo $$ >{pid}; exec sleep 30' & sleep 30"], 0.5)
        assert found.reason is Reason.TIMED_OUT
        assert time.monotonic() - started < 4
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_death_by_a_signal_is_a_result(number: signal.Signals) -> None:
    found = blind(["sh", "-c", f"echo half an answer; kill -{int(number)} $$"])
    assert found.reason is Reason.TOOL_FAILED
    assert f"signal {int(number)} ({number.name})" in found.detail


def test_it_is_given_what_it_reads() -> None:
    data = os.urandom(300_000)
    assert finished(["cat"], stdin=data).stdout == data


def test_one_that_does_not_read_what_it_is_given_ends_all_the_same() -> None:
    assert finished(["true"], stdin=b"x" * 5_000_000).status == 0
    assert finished(["sh", "-c", "exec <&-; sleep 0.2; echo ok"], stdin=b"x" * 5_000_000).stdout == b"ok\n"


def test_one_that_never_reads_is_ended_by_the_deadline() -> None:
    with pytest.raises(CannotSee) as caught:
        finished(["sleep", "60"], 0.4, stdin=b"x" * 5_000_000)
    assert caught.value.reason is Reason.TIMED_OUT


def test_a_secret_is_read_from_a_descriptor_and_stands_nowhere_else() -> None:
    secret = b"correct horse battery staple"
    script = 'cat "$1"; echo; tr "\\0" "\\n" </proc/$$/cmdline; tr "\\0" "\\n" </proc/$$/environ'
    done = finished(["sh", "-c", script, "sh", SECRET_FILE], secret=secret)
    first, _, rest = done.stdout.partition(b"\n")
    assert first == secret
    assert b"/dev/fd/" in rest
    assert b"PATH=" in rest
    assert b"horse" not in rest


def test_a_secret_can_be_read_twice() -> None:
    done = finished(["sh", "-c", 'cat "$1" "$1"', "sh", SECRET_FILE], secret=b"twice")
    assert done.stdout == b"twicetwice"


def test_it_inherits_no_environment_but_a_path_and_a_plain_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    names = {line.split(b"=")[0] for line in finished(["env"]).stdout.splitlines()}
    assert names == {b"PATH", b"LC_ALL"}


def test_no_descriptor_of_ours_is_inherited(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as ours:
        os.set_inheritable(ours.fileno(), True)  # noqa: FBT003 - the standard library's own order
        done = finished(["ls", "/proc/self/fd"])
    assert done.stdout.split() == [b"0", b"1", b"2", b"3"]  # 3 is the folder that ls reads


def test_it_starts_in_the_root_folder() -> None:
    assert finished(["pwd"]).stdout == b"/\n"


def test_a_cancelled_look_takes_its_program_with_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    async def start_and_cancel() -> None:
        looking = asyncio.create_task(run(["sh", "-c", f"echo $$ >{pid}; exec sleep 60"], Deadline(60)))
        await asyncio.to_thread(wait_for_text, pid)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking

    asyncio.run(start_and_cancel())
    assert is_gone_soon(int(pid.read_text()))
    assert zombies() == []


def test_many_at_once_leave_nothing_behind() -> None:
    before = open_files()

    async def many() -> list[Finished]:
        return await asyncio.gather(*(run(["sh", "-c", f"echo {n}"], Deadline(10)) for n in range(40)))

    assert [done.stdout for done in asyncio.run(many())] == [f"{n}\n".encode() for n in range(40)]
    assert zombies() == []
    assert open_files() <= before + 1
