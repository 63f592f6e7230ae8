"""
Verify a record of 10,000 pieces of evidence, sign, and go through a history of 10,000 kept records.

The history is what forty systems that are audited weekly leave behind in five years: each record is
kept, chained to the one before, and entered, as a run does it. That alone takes two minutes.

Each figure is taken in a process of its own, as a person would meet it, with start-up and all: processor
time, which is what it takes on a machine with nothing else to do, and the largest resident size. Ends
with status 1 where a goal is missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.run import servers
from tests.ledger.signing import a_key
from tests.records import EXCERPTS, STARTED, a_record, released

from readiness_audit.cli.signing import Signing, sealing
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import keep
from readiness_audit.ledger.home import runs_of
from readiness_audit.model.plain import to_plain

EVIDENCE = 10_000
RECORDS, SYSTEMS = 10_000, 40
VERIFY_GOAL, MEMORY_GOAL, SIGN_GOAL, HISTORY_GOAL = 1.0, 150.0, 0.05, 0.5
KEY = a_key(1)
TIMES = 9


class Asked(NamedTuple):
    """What a command took: the least of several times."""

    seconds: float
    """Of processor time."""

    wall: float
    """Seconds on the clock."""

    size: float
    """MB at its largest, the most of several."""


def asked(*words: str | Path, home: Path, status: int = 0, times: int = TIMES) -> Asked:
    """Ask the command line several times."""
    best, wall, largest = float("inf"), float("inf"), 0.0
    told = "import sys,resource\nfrom readiness_audit.cli import main\ntry:\n main(sys.argv[1:])\nfinally:\n"
    # What getrusage calls the largest size is the parent's where that was larger.
    told += " used, size = resource.getrusage(resource.RUSAGE_SELF), open('/proc/self/status').read()\n"
    told += " size = size.partition('VmHWM:')[2].split()[0]\n"
    told += " print(used.ru_utime + used.ru_stime, size, file=sys.stderr)"
    environment = {**os.environ, "READINESS_AUDIT_HOME": str(home), "LC_ALL": "C.UTF-8"}
    for _ in range(times):
        words_now = [sys.executable, "-c", told, *map(str, words)]
        begun = time.monotonic()
        done = subprocess.run(words_now, capture_output=True, text=True, check=False, env=environment)
        wall = min(wall, since(begun))
        assert done.returncode == status, (done.returncode, done.stderr)
        seconds, size = done.stderr.split()[-2:]
        best = min(best, float(seconds))
        largest = max(largest, int(size) / 1024)
    return Asked(seconds=best, wall=wall, size=largest)


def fastest(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(TIMES):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best


def a_large_record(place: Path) -> tuple[Path, Path]:
    record = a_record(targets=EVIDENCE)
    assert len(record.evidence) == EVIDENCE
    public = place / "key.pem"
    public.write_bytes(KEY.public.pem)
    seal = sealing(Signing(key=KEY, authority=None), to_plain(record))
    return keep(record, EXCERPTS, place / "large", seal=seal), public


def signing(place: Path) -> tuple[float, float]:
    """Give the seconds that keeping an ordinary record takes, without and with a signature."""
    record, number = a_record(targets=12, checks=20), iter(range(10**6))

    def kept(*, signed: bool) -> None:
        run = f"20261123T{next(number):06}Z-3f9a1c"
        one = replace(record, origin=replace(record.origin, run=run))
        seal = sealing(Signing(key=KEY, authority=None), to_plain(one)) if signed else None
        keep(one, EXCERPTS, place / f"sign-{signed}", seal=seal)

    kept(signed=True)
    return fastest(lambda: kept(signed=False)), fastest(lambda: kept(signed=True))


def a_long_history(home: Path) -> tuple[str, str, str]:
    """Keep thousands of records of many systems; give one of the systems, and its first and last run."""
    record, run, runs = a_record(), "", []
    for number in range(RECORDS):
        system, week = number % SYSTEMS, number // SYSTEMS
        started = STARTED + timedelta(weeks=week, minutes=system)
        run = f"{started:%Y%m%dT%H%M%SZ}-{number:06x}"
        one = record if number + SYSTEMS < RECORDS else released(record)
        one = replace(
            one,
            origin=replace(
                one.origin, run=run, started_at=started, finished_at=started + timedelta(seconds=41)
            ),
            system=replace(one.system, system=f"system-{system:02}"),
        )
        keep(one, EXCERPTS, runs_of(home, one.system.system))
        index.add(home, one)
        runs.append(run)
    return "system-00", runs[0], runs[RECORDS - SYSTEMS]


def going_through(home: Path, place: Path, told: Callable[[str, float, float | None, str], None]) -> None:
    """Keep a long history under `home` and ask for it, as people do, and as nobody hopes to have to."""
    begun = time.monotonic()
    system, first, last = a_long_history(home)
    told(f"keep {RECORDS} records of {SYSTEMS} systems, one after the other", since(begun), None, "s ")
    for what, words in (
        ("list", ("history",)),
        ("list those of one system", ("history", system, "--limit", "20")),
        ("diff the first and the last of a system", ("diff", first, last)),
    ):
        told(f"{what}: {RECORDS} records", asked(*words, home=home).seconds, HISTORY_GOAL, "s ")
    cold = []
    for number in range(TIMES):
        # What is in memory anyway cannot be dropped from it: the index lies on the disk for this.
        elsewhere = place / str(number)
        elsewhere.mkdir()
        (elsewhere / "systems").symlink_to(home / "systems")
        shutil.copy(home / index.NAME, elsewhere)
        dropped(elsewhere / index.NAME)
        cold.append(asked("history", home=elsewhere, times=1).wall)
    told("list when the index was not in memory, on the clock", min(cold), None, "s ")
    (home / index.NAME).unlink()
    again = asked("history", home=home, times=1)
    told("list when the index was deleted: every record is read", again.seconds, None, "s ")
    told("  its largest size", again.size, None, "MB")


def dropped(path: Path) -> None:
    """Have the system forget what it knows of a file without reading it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def since(begun: float) -> float:
    return time.monotonic() - begun


def main() -> int:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    missed = []

    def told(what: str, figure: float, goal: float | None, unit: str) -> None:
        met = goal is None or figure <= goal
        aimed = "" if goal is None else f" (goal {goal:g})"
        print(f"{'ok  ' if met else 'MISS'} {what:<58} {figure:8.3f} {unit}{aimed}", flush=True)
        if not met:
            missed.append(what)

    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder, servers() as (port, *_):
        place = Path(folder)
        large, public = a_large_record(place)
        took = asked("verify", large, "--key", public, home=place / "none")
        told(f"verify a record of {EVIDENCE} pieces of evidence", took.seconds, VERIFY_GOAL, "s ")
        told("  its largest size", took.size, MEMORY_GOAL, "MB")
        without, with_ = signing(place)
        system = place / "system.yaml"
        system.write_text(
            "system: portal\ntitle: Portal\nowner: Jana Beispiel\nstage: pilot\n"
            "authorisation: {targets: [127.0.0.1], valid_from: 2020-01-01T00:00:00Z, "
            "valid_until: 2099-01-01T00:00:00Z, approved_by: Max Mustermann, contact: nobody}\n"
            f"targets:\n  - {{kind: endpoint, id: portal, host: 127.0.0.1, port: {port}, protocol: tls}}\n",
            encoding="utf-8",
        )
        key = place / "key.key"
        key.write_bytes(KEY.pem(None))
        key.chmod(0o600)
        plain = sealed = float("inf")
        for _ in range(TIMES):
            # One after the other, so that both have the same share of whatever else goes on.
            plain = min(
                plain, asked("run", system, "--out", place / "plain", home=place, status=3, times=1).seconds
            )
            words = ("run", system, "--out", place / "sealed", "--key", key)
            sealed = min(sealed, asked(*words, home=place, status=3, times=1).seconds)
        share = (with_ - without) / plain
        told(f"what signing adds to the run over one endpoint ({plain:.2f} s), share", share, SIGN_GOAL, "  ")
        told("  with loading what signs, share", sealed / plain - 1, SIGN_GOAL, "  ")
        with tempfile.TemporaryDirectory(dir="/var/tmp") as on_disk:
            going_through(place / "home", Path(on_disk), told)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
