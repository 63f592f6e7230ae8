"""
Judge records again on every Python that is here, in odd places, and compare the bytes.

    .venv/bin/python scripts/everywhere.py [--python PYTHON]... RECORD...

Every interpreter gets a virtual environment of its own with the pinned versions. Ends with status 1
where one answer differs from the others, and with 2 where there is nothing to compare.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BUILD = HERE / "build" / "everywhere"
KNOWN = ("python3.11", "python3.12", "python3.13", "python3.14")
ODD = tuple(
    {"TZ": zone, "LANG": language, "LC_ALL": language, "PYTHONHASHSEED": str(seed)}
    for seed, (zone, language) in enumerate(
        itertools.product(
            ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"), ("C", "tr_TR.UTF-8", "de_DE.UTF-8")
        )
    )
)
TIMES = ((), ("--at", "2031-03-30"))
"""As the record did, and on a day when clocks change."""


def main() -> int:
    """Compare, and say what was compared."""
    words = argparse.ArgumentParser(description="Judge records again on every Python, and compare.")
    words.add_argument("--python", action="append", metavar="PYTHON", help="an interpreter; may be repeated")
    words.add_argument("records", nargs="+", type=Path, metavar="RECORD", help="folder of a run")
    given = words.parse_args()
    pythons = [found for name in given.python or KNOWN if (found := shutil.which(name))]
    if not pythons:
        say("none of the interpreters is here: there is nothing to compare")
        return 2
    programs = [installed(python) for python in pythons]
    say(f"on {', '.join(program.parents[1].name for program in programs)}, each in {len(ODD)} places:")
    same = True
    for record, at in itertools.product(given.records, TIMES):
        answers: dict[str, list[str]] = {}
        for program, odd in itertools.product(programs, ODD):
            where = f"{program.parents[1].name} {odd['TZ']} {odd['LANG']} {odd['PYTHONHASHSEED']}"
            answers.setdefault(answer(program, record.resolve(), at, odd), []).append(where)
        same &= len(answers) == 1
        for told, places in answers.items():
            say(f"{record.name} {' '.join(at) or 'at its own time'}: {told} {len(places)} times")
            if len(answers) > 1:
                say(*(f"    {place}" for place in places))
    return 0 if same else 1


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def installed(python: str) -> Path:
    """Set the tool up under an interpreter, once, and give its program."""
    version = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    place = BUILD / version
    program = place / "bin" / "readiness-audit"
    if not program.exists():
        subprocess.run([python, "-m", "venv", "--clear", place], check=True)
        pinned = ["--constraint", str(HERE / "constraints.txt"), "--editable", str(HERE)]
        pip = [str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *pinned], check=True)
    return program


def answer(program: Path, record: Path, at: tuple[str, ...], odd: Mapping[str, str]) -> str:
    """Judge a record again, and give the hash of the new record and of its report."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["judge", str(record), *at, "--out", folder, "--format", "html", "--lang", "de"]
        kept = {"PATH": os.environ["PATH"], "HOME": folder}
        done = subprocess.run([program, *words], env={**kept, **odd}, capture_output=True, check=False)
        made = list(Path(folder).glob("*/record.json"))
        if len(made) != 1:
            return f"status {done.returncode}, {done.stderr.decode(errors='replace')[-300:]}"
        return hashlib.sha256(made[0].read_bytes() + done.stdout).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
