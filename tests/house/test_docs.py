"""What people wrote is true: links lead somewhere, paths exist, commands are known, examples load."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import readiness_audit.cli
from readiness_audit.cli.loading import load_content, senses
from readiness_audit.content.files import load_checks, load_policies, load_system
from readiness_audit.content.governance import load_conditions, load_waivers
from readiness_audit.content.sign_offs import load_sign_offs
from readiness_audit.probes.documents.statements import read_statements
from readiness_audit.stages.prove import Prover
from readiness_audit.stages.resolve import resolve
from tests.house.written import GUIDES, PAGES, ROOT, Block, blocks, commands, in_backticks, named, prose

SOURCE = ROOT / "src" / "readiness_audit"
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]*)+|[\w-]+\.(?:md|toml|txt)", re.ASCII)
_SHOWN = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FAMILY = re.compile(r"`([a-z]+)` \((\d+)\)")
_FOLDERS = {path.name for base in (ROOT, SOURCE) for path in base.iterdir() if path.is_dir()}
_THEIRS = {"attestations.yaml", "record.json", "manifest.json"}
"""Files that are the reader's own, not ours."""

LONGEST_GUIDE = 120

each_page = pytest.mark.parametrize("page", PAGES, ids=named)


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    astray = []
    for link in _LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        there = (page.parent / target).resolve() if target else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            astray.append(link)
    assert astray == []


@each_page
def test_paths_in_backticks_exist(page: Path) -> None:
    gone = []
    for word in in_backticks(page):
        for path in _PATH.findall(word) if _PATH.fullmatch(word) else ():
            first = path.split("/")[0]
            ours = first in _FOLDERS if "/" in path else not (page.parent / path).is_file()
            pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
            known = any(True for base in (ROOT, SOURCE, page.parent) for _ in base.glob(pattern))
            if ours and not known and path not in _THEIRS:
                gone.append(word)
    assert gone == []


@each_page
def test_commands_and_options_are_known(page: Path) -> None:
    unknown = []
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for line in commands(page):
        words = shlex.split(line)
        if words[0] == "make":
            unknown += [line] if words[1] not in targets else []
        elif words[0] == "readiness-audit":
            unknown += [f"{line}: {option}" for option in _unknown_in(words[1:])]
    assert unknown == []


def _unknown_in(words: list[str]) -> list[str]:
    command: click.Command = readiness_audit.cli.command
    context = click.Context(command, **command.context_settings)
    left = list(words)
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        found = command.get_command(context, left.pop(0))
        if found is None:
            return words
        command = found
        context = click.Context(command, parent=context)
    known = {name for param in command.get_params(context) for name in (*param.opts, *param.secondary_opts)}
    return [word for word in left if word.startswith("--") and word not in known]


@pytest.mark.parametrize(
    "block",
    [block for page in PAGES for block in blocks(page, "yaml")],
    ids=lambda block: f"{named(block.page)}:{block.line}",
)
def test_examples_load(block: Block, tmp_path: Path) -> None:
    kind = re.search(r"^((?:- )?\w+):", block.text, re.MULTILINE)
    assert kind is not None
    file = tmp_path / "example.yaml"
    file.write_text(block.text, encoding="utf-8")
    match kind[1]:
        case "system":
            load_system(file)
        case "- check":
            assert not load_conditions(file)[1]
        case "- id":
            assert not load_waivers(file)[1]
        case "- role":
            found = load_sign_offs(file)
            assert (len(found.sign_offs), found.unusable) == (1, ())
        case "attestations":
            assert read_statements(block.text.encode())
        case "policy":
            name, policy = next(iter(load_policies([tmp_path]).items()))
            content = load_content(())
            assert resolve(name, {**content.policies, name: policy}, content.catalogue).checks
        case _:
            _prove(block.text, tmp_path)


def _prove(text: str, folder: Path) -> None:
    family = text.removeprefix("id: ").partition(".")[0]
    (folder / family).mkdir()
    (folder / family / "example.yaml").write_text(text, encoding="utf-8")
    (read,) = load_checks([folder]).values()
    prover = Prover(senses().probes, senses().views)
    assert prover.examine(read.check) == []
    assert prover.prove(read.check) == []


def test_the_tests_that_show_a_promise_exist() -> None:
    shown = _SHOWN.findall((ROOT / "RELIABILITY.md").read_text(encoding="utf-8"))
    assert shown
    gone = [
        f"{file}::{test}"
        for file, test in shown
        if not (ROOT / file).is_file() or f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert gone == []


def test_the_changelog_tells_how_many_checks_each_family_has() -> None:
    told: dict[str, int] = {}
    for family, number in _FAMILY.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")):
        told.setdefault(family, int(number))
    shipped: dict[str, int] = {}
    for file in (ROOT / "checks").glob("*/*.yaml"):
        shipped[file.parent.name] = shipped.get(file.parent.name, 0) + 1
    wrong = [f"`{name}` ({number})" for name, number in sorted(shipped.items()) if told.get(name) != number]
    assert wrong == [], "enter these under Checks in CHANGELOG.md"


@pytest.mark.parametrize("page", GUIDES, ids=named)
def test_a_guide_is_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= LONGEST_GUIDE
