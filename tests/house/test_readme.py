"""The README says what is so: its commands, its statuses, its tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from readiness_audit.cli.exits import Exit
from tests.house.written import ROOT, blocks

LONGEST = 175
READMES = [ROOT / "README.md", ROOT / "README.de.md"]
_STATUS = re.compile(r"^\| (\d+) \|", re.MULTILINE)
_TRANSCRIPT = re.compile(r"<!-- transcript -->\n```text\n(.*?)```\n<!-- /transcript -->", re.DOTALL)

each_readme = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)


@each_readme
def test_its_table_of_exits_is_ours(readme: Path) -> None:
    told = [int(status) for status in _STATUS.findall(readme.read_text(encoding="utf-8"))]
    assert told == [status.value for status in Exit]


@each_readme
def test_its_first_commands_are_the_two(readme: Path) -> None:
    first, *_ = blocks(readme, "sh")
    assert first.text.split("\n")[:2] == ["make demo", "make test"]


@each_readme
def test_its_transcript_goes_from_no_to_yes(readme: Path) -> None:
    found = _TRANSCRIPT.search(readme.read_text(encoding="utf-8"))
    assert found is not None
    no, yes = (
        ("keine Freigabe", "◐ Freigabe (nach Regel, noch nicht wirksam)")
        if readme.suffixes[0] == ".de"
        else ("NO-GO", "◐ GO (by rule, not yet in force)")
    )
    assert 0 <= found[1].find(no) < found[1].find(yes)


def test_its_tree_is_there() -> None:
    (tree,) = (block for block in blocks(READMES[0], "text") if "audit.py" in block.text)
    for line in tree.text.splitlines():
        places = re.split(r"\s{2,}", line)[0].split()
        assert [place for place in places if not (ROOT / place).exists()] == []


def test_it_is_short_enough_to_be_read() -> None:
    assert len(READMES[0].read_text(encoding="utf-8").splitlines()) <= LONGEST
