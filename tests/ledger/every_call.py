"""
The slow part, run by `make breaking`: each file-system call of each deed fails once in every way there is.

The quick tests take samples; this takes every call of keeping a run, signed and unsigned, of signing
off, exporting, pruning and making the index again. `EVERY=7` in the environment takes every seventh.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from readiness_audit.cli import export
from readiness_audit.cli.writing import rewrite
from readiness_audit.errors import StorageError
from readiness_audit.ledger import index
from readiness_audit.ledger.folder import read_record
from readiness_audit.ledger.home import runs_of
from readiness_audit.ledger.proof import prove
from readiness_audit.ledger.pruning import PRUNED, prune
from readiness_audit.ledger.sources import folder_source
from tests.ledger.breaking import Call, Ended, calls_of, run, run_with_disk_broken_from
from tests.ledger.signing import a_key
from tests.ledger.test_kills import (
    FIRST,
    SECOND,
    SYSTEM,
    THIRD,
    Work,
    assert_whole,
    disk,
    keeping,
    rebuilding,
)
from tests.records import a_record

STEP = int(os.environ.get("EVERY", "1"))
TOLD = os.environ.get("BREAKING_TOLD", os.devnull)
"""File that the figures are added to."""

ERRORS = ("ENOSPC", "EIO", "EROFS")
LAST = "20261123T090000Z-000000"
KEY = a_key(1)
OLD, MORE = b"- one\n", b"- two\n"

__all__ = ["disk"]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something done to a home, and what has to be true of the home however that ended."""

    before: tuple[str, ...]
    """Runs that were kept before."""

    work: Callable[[Path], Work]
    again: Callable[[Path], Work]
    """What comes next to this home; a kill at any of its calls is the second one."""

    check: Callable[[Path, bool], None]
    """Insist that a home is whole, and that the deed is done where it said so; then that all goes on."""


def runs_in(home: Path) -> list[str]:
    return sorted(path.name for path in runs_of(home, SYSTEM).iterdir() if path.name[0] not in ".p")


def goes_on(home: Path, *needed: str) -> None:
    there = runs_in(home)
    assert set(needed) <= set(there)
    for name in there:
        assert read_record(runs_of(home, SYSTEM) / name) == a_record(run=name)
    keeping(home, LAST)()
    assert_whole(home, *there, LAST)


def kept(home: Path, done: bool) -> None:  # noqa: FBT001 - what every check is given
    goes_on(home, FIRST, *((SECOND,) if done else ()))


def signed(home: Path, done: bool) -> None:  # noqa: FBT001 - as above
    for name in {SECOND, THIRD} & set(runs_in(home)):
        with folder_source(runs_of(home, SYSTEM) / name) as source:
            assert prove(source, [KEY.public]).run == name
    kept(home, done)


def signing_off(home: Path) -> Work:
    return lambda: rewrite(home / "sign-offs.yaml", lambda old: (old or OLD) + MORE, 1000)


def signed_off(home: Path, done: bool) -> None:  # noqa: FBT001 - as above
    path = home / "sign-offs.yaml"
    said = path.read_bytes() if path.exists() else OLD
    assert said.removeprefix(OLD).replace(MORE, b"") == b""
    assert said != OLD or not done
    signing_off(home)()
    assert path.read_bytes() == said + MORE


def exporting(home: Path) -> Work:
    folder = runs_of(home, SYSTEM) / FIRST
    words = ["--out", str(home / "x.zip"), "--report", "json", "--lang", "en"]

    def work() -> None:
        try:
            export.command.main([str(folder), *words], standalone_mode=False)
        except click.ClickException as error:
            # That it is there already: the command line makes one sentence of this, too.
            raise StorageError(error.message) from None

    return work


def exported(home: Path, done: bool) -> None:  # noqa: FBT001 - as above
    there = home / "x.zip"
    first = there.read_bytes() if there.exists() else None
    assert first is not None or not done
    there.unlink(missing_ok=True)
    exporting(home)()
    assert first in {None, there.read_bytes()}
    goes_on(home, FIRST)


def pruning(home: Path) -> Work:
    return lambda: prune(home, SYSTEM, SECOND)


def pruned(home: Path, done: bool) -> None:  # noqa: FBT001 - as above
    proof = runs_of(home, SYSTEM) / PRUNED / SECOND / "manifest.json"
    there = {entry.run for entry in index.history(home).entries}
    assert {FIRST, THIRD} <= there
    assert proof.exists() or SECOND in there
    assert not done or (SECOND not in there and proof.exists())
    if SECOND in there:
        assert read_record(runs_of(home, SYSTEM) / SECOND) == a_record(run=SECOND)
        prune(home, SYSTEM, SECOND)
    keeping(home, LAST)()
    assert runs_in(home) == [FIRST, THIRD, LAST]
    assert [path.name for path in proof.parent.iterdir()] == ["manifest.json"]


DEEDS = {
    "run": Deed(
        before=(FIRST,),
        work=lambda home: keeping(home, SECOND),
        again=lambda home: keeping(home, THIRD),
        check=kept,
    ),
    "signed run": Deed(
        before=(FIRST,),
        work=lambda home: keeping(home, SECOND, KEY),
        again=lambda home: keeping(home, THIRD, KEY),
        check=signed,
    ),
    "sign off": Deed(before=(), work=signing_off, again=signing_off, check=signed_off),
    "export": Deed(before=(FIRST,), work=exporting, again=exporting, check=exported),
    "prune": Deed(before=(FIRST, SECOND, THIRD), work=pruning, again=pruning, check=pruned),
    "index": Deed(before=(FIRST, SECOND), work=rebuilding, again=rebuilding, check=kept),
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A deed with the home it begins with and all its calls."""

    deed: Deed
    home: Path
    calls: tuple[Call, ...]

    def places(self) -> Iterator[tuple[int, Call, Path]]:
        """Give the calls that are to be broken, and for each a home as it was."""
        for number, call in list(enumerate(self.calls))[::STEP]:
            home = shutil.copytree(self.home, self.home.parent / "broken")
            yield number, call, home
            shutil.rmtree(home)


@pytest.fixture(params=DEEDS)
def stage(request: pytest.FixtureRequest, disk: Path) -> Stage:
    deed, home = DEEDS[request.param], disk / "home"
    home.mkdir()
    for name in deed.before:
        keeping(home, name)()
    for name in ("loaded", "counted"):
        # What is loaded at the first time is no call of the deed.
        counted = deed.work(shutil.copytree(home, disk / name))
        calls = calls_of(counted) if name == "counted" else (counted(), ())[1]
        shutil.rmtree(disk / name)
    assert len(calls) > 8
    return Stage(deed=deed, home=home, calls=calls)


@pytest.fixture
def tell(request: pytest.FixtureRequest, stage: Stage) -> Iterator[Callable[[Ended], None]]:
    """Count what happened, and add it to the file of figures."""
    ends: list[Ended] = []
    begun = time.monotonic()
    yield ends.append
    killed, said = sum(one.killed for one in ends), sum(bool(one.said) for one in ends)
    told = f"{request.node.name}\t{len(stage.calls)} calls\t{len(ends)} times broken\t{killed} killed"
    with Path(TOLD).open("a", encoding="utf-8") as file:
        file.write(f"{told}\t{said} refused\t{time.monotonic() - begun:.0f} s\n")


def assert_told(ended: Ended) -> None:
    assert not ended.killed
    assert "\n" not in ended.said


def test_a_kill(stage: Stage, tell: Callable[[Ended], None]) -> None:
    for _, call, home in stage.places():
        ended = run(stage.deed.work(home), at=call)
        # How often sqlite writes is not the same each time: the last of its calls may never come.
        assert ended.killed or ended.done
        tell(ended)
        stage.deed.check(home, ended.done)


def test_a_second_kill(stage: Stage, tell: Callable[[Ended], None]) -> None:
    for number, call, home in stage.places():
        first = run(stage.deed.work(home), at=call)
        # Far from the first one and yet, over all of them, at every call.
        tell(run(stage.deed.again(home), at=after(stage.calls, number)))
        stage.deed.check(home, first.done)


def after(calls: Sequence[Call], number: int) -> Call:
    return calls[(number * 2 + len(calls) // 3) % len(calls)]


@pytest.mark.parametrize("error", ERRORS)
def test_one_call_that_fails(stage: Stage, error: str, tell: Callable[[Ended], None]) -> None:
    for _, call, home in stage.places():
        ended = run(stage.deed.work(home), at=call, error=error)
        tell(ended)
        assert_told(ended)
        stage.deed.check(home, ended.done)


@pytest.mark.parametrize("error", ERRORS)
def test_every_call_from_one_on(stage: Stage, error: str, tell: Callable[[Ended], None]) -> None:
    for number, call, home in stage.places():
        if call.writes:
            ended = run_with_disk_broken_from(stage.deed.work(home), stage.calls, number, error)
            tell(ended)
            assert_told(ended)
            stage.deed.check(home, ended.done)
