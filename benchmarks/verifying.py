"""
Verify a record of 10,000 pieces of evidence, sign, and go through a history of 10,000 records.

Each figure is taken in a process of its own, as a person would meet it, with start-up and all: processor
time, which is what it takes on a machine with nothing else to do, and the largest resident size. Ends
with status 1 where a goal is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
RECORDS = 10_000
VERIFY_GOAL, MEMORY_GOAL, SIGN_GOAL, HISTORY_GOAL = 1.0, 150.0, 0.05, 0.5
KEY = a_key(1)
TIMES = 9


def asked(*words: str | Path, home: Path, status: int = 0, times: int = TIMES) -> tuple[float, float]:
    """Ask the command line; give its seconds of processor time, the least of several, and its size in MB."""
    best, largest = float("inf"), 0.0
    told = "import sys,resource\nfrom readiness_audit.cli import main\ntry:\n main(sys.argv[1:])\nfinally:\n"
    # What getrusage calls the largest size is the parent's where that was larger.
    told += " used, size = resource.getrusage(resource.RUSAGE_SELF), open('/proc/self/status').read()\n"
    told += " size = size.partition('VmHWM:')[2].split()[0]\n"
    told += " print(used.ru_utime + used.ru_stime, size, file=sys.stderr)"
    environment = {**os.environ, "READINESS_AUDIT_HOME": str(home), "LC_ALL": "C.UTF-8"}
    for _ in range(times):
        words_now = [sys.executable, "-c", told, *map(str, words)]
        done = subprocess.run(words_now, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == status, (done.returncode, done.stderr)
        seconds, size = done.stderr.split()[-2:]
        best = min(best, float(seconds))
        largest = max(largest, int(size) / 1024)
    return best, largest


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


def a_long_history(home: Path) -> tuple[str, str]:
    """Keep a real record, and thousands of copies of it that say they are others."""
    first, last = "", ""
    runs = runs_of(home, "customer-portal")
    for number in range(RECORDS):
        started = STARTED + timedelta(hours=number)
        run = f"{started:%Y%m%dT%H%M%SZ}-{number:06x}"
        if number in {0, RECORDS - 1}:
            record = a_record(run=run, started=started)
            record = released(record) if number else record
            keep(record, EXCERPTS, runs)
            index.add(home, record)
            first, last = first or run, run
        else:
            (runs / run).mkdir()
    return first, last


def fill_index(home: Path) -> None:
    """Enter the copies as if each had been kept and added: their folders are not read for a list."""
    record = a_record()
    with index._open(home) as opened, index._writing(opened):  # noqa: SLF001 - ten thousand real ones take an hour
        for number in range(1, RECORDS - 1):
            started = STARTED + timedelta(hours=number)
            run = f"{started:%Y%m%dT%H%M%SZ}-{number:06x}"
            origin = replace(record.origin, run=run, started_at=started, finished_at=started)
            index._put(opened, index.entry_of(replace(record, origin=origin)))  # noqa: SLF001 - see above


def main() -> int:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    missed = []

    def told(what: str, figure: float, goal: float, unit: str) -> None:
        met = figure <= goal
        print(f"{'ok  ' if met else 'MISS'} {what:<58} {figure:8.3f} {unit} (goal {goal:g})")
        if not met:
            missed.append(what)

    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder, servers() as (port, *_):
        place = Path(folder)
        large, public = a_large_record(place)
        took, size = asked("verify", large, "--key", public, home=place / "none")
        told(f"verify a record of {EVIDENCE} pieces of evidence", took, VERIFY_GOAL, "s ")
        told("  its largest size", size, MEMORY_GOAL, "MB")
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
                plain, asked("run", system, "--out", place / "plain", home=place, status=3, times=1)[0]
            )
            words = ("run", system, "--out", place / "sealed", "--key", key)
            sealed = min(sealed, asked(*words, home=place, status=3, times=1)[0])
        share = (with_ - without) / plain
        told(f"what signing adds to the run over one endpoint ({plain:.2f} s), share", share, SIGN_GOAL, "  ")
        told("  with loading what signs, share", sealed / plain - 1, SIGN_GOAL, "  ")
        home = place / "home"
        first, last = a_long_history(home)
        fill_index(home)
        for what, words in (
            ("list", ("history",)),
            ("list and filter by system", ("history", "customer-portal", "--limit", "20")),
            ("diff the first and the last", ("diff", first, last)),
        ):
            took, _ = asked(*words, home=home)
            told(f"{what}: {RECORDS} records", took, HISTORY_GOAL, "s ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
