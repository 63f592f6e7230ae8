"""The rules of the house, so that nobody has to remember them."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
from pathlib import Path

import pytest

import readiness_audit
from readiness_audit import errors, views
from readiness_audit.probes import built_in

SOURCE = Path(readiness_audit.__file__).parent
ROOT = SOURCE.parents[1]
FILES = sorted(SOURCE.rglob("*.py"))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_file_fits_in_the_head(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_file_says_what_it_is_for_and_is_named_after_it(file: Path) -> None:
    assert file.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
    assert file.read_text(encoding="utf-8").startswith('"""')


def test_every_probe_is_listed() -> None:
    declared = {
        path.stem
        for path in (SOURCE / "probes").rglob("*.py")
        if re.search(r"^PROBE = Probe\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    listed = {Path(inspect.getfile(probe.look)).stem for probe in built_in.BUILT_IN.values()}
    assert declared <= listed
    assert [*built_in.BUILT_IN] == [probe.name for probe in built_in.BUILT_IN.values()]


def test_every_view_is_listed_and_needs_probes_there_are() -> None:
    declared = {
        path.stem
        for path in (SOURCE / "views").glob("*.py")
        if re.search(r"^VIEW = View\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert declared == {Path(inspect.getfile(view.join)).stem for view in views.VIEWS.values()}
    for view in views.VIEWS.values():
        assert {need.probe for need in view.needs} <= built_in.BUILT_IN.keys()


def test_the_error_tree_is_drawn_as_it_is() -> None:
    text = errors.__doc__ or ""
    drawn = {line.split()[1] for line in text.splitlines() if line.strip()[:2] in {"* ", "- "}}
    real = {
        name for name, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, Exception)
    }
    assert drawn == real


@pytest.mark.parametrize(
    "forbidden",
    [
        r"/(wor[k]|far[m]|roo[t])/",
        r"raise NotImplementedErro[r]",
        r"^\s*# (TOD[O]|FIXM[E]|XX[X])\b",
        r"# type: ignor[e](?!\[)",
        r"pragma: no cove[r]",
    ],
)
def test_the_tree_is_free_of_stubs_skips_and_paths_of_one_machine(forbidden: str) -> None:
    pattern = re.compile(forbidden)
    searched = [path for path in tracked() if path.suffix in {".py", ".yaml", ".md", ".toml", ".sh", ".txt"}]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in searched
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    marked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in tracked()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail", "importorskip"}
    ]
    assert marked == []
