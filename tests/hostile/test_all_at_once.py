"""What an audit makes of a system in which every server of the collection stands, all met at once."""

from __future__ import annotations

import html.parser
import ipaddress
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from readiness_audit.rendering import FORMATS
from tests.hostile import scene
from tests.rendering.hostile import HIDDEN
from tests.servers.hostile.collection import placed
from tests.servers.hostile.entry import CANARY, NOTHING, TRAP
from tests.silence import apart

MOST_MEMORY = 400 * 2**20
MOST_SECONDS = 100
"""Ten times what one look may take: on two busy cores more than a thousand looks take turns."""

WORKING = frozenset(
    {"a", "base", "button", "embed", "form", "iframe", "img", "link", "meta", "object", "script"}
)


@dataclass(frozen=True)
class Told:
    """What one audit came to, and what it cost."""

    cost: dict[str, Any]
    record: dict[str, Any]
    folder: Path

    @property
    def kept(self) -> list[Path]:
        return [path for path in (self.folder / "records").rglob("*") if path.is_file()]

    def report(self, name: str) -> str:
        return (self.folder / f"{name}.report").read_bytes().decode()


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    folder = Path(tempfile.mkdtemp())
    os.environ[scene.FOLDER] = str(folder)
    try:
        cost = apart(scene.audit, prepare=scene.PREPARE, seconds=150)
        [record] = (folder / "records").glob("*/record.json")
        yield Told(cost, json.loads(record.read_bytes()), folder)
    finally:
        del os.environ[scene.FOLDER]
        shutil.rmtree(folder)


def test_the_answer_is_no_go(told: Told) -> None:
    assert told.cost["status"] == 3
    assert told.record["origin"]["complete"]


def test_no_check_passes_over_a_hostile_server_but_where_that_is_right(told: Told) -> None:
    assert scene.passed_wrongly(told.record) == []


def test_every_server_was_met_and_of_those_that_show_nothing_nothing_was_seen(told: Told) -> None:
    seen: dict[str, list[bool]] = {}
    for piece in told.record["evidence"]:
        seen.setdefault(piece["look"]["target"], []).append("reason" not in piece)
    assert seen.keys() >= {one.name for one in placed()}
    shown = [one.name for one in placed() if one.server.expected == NOTHING and any(seen[one.name])]
    assert shown == []


def test_no_look_broke(told: Told) -> None:
    broken = [
        piece for piece in told.record["evidence"] if piece.get("reason") in {"broken-probe", "interrupted"}
    ]
    assert broken == []


def test_the_good_ones_among_them_are_seen(told: Told) -> None:
    assert scene.controls_failed(told.record) == []


def test_time_and_memory_stay_within_what_is_promised(told: Told) -> None:
    assert told.cost["seconds"] < MOST_SECONDS
    assert told.cost["memory"] < MOST_MEMORY


def test_no_packet_goes_where_it_was_not_allowed(told: Told) -> None:
    assert told.cost["trapped"] == 0
    assert "counter packets 0 bytes 0" in told.cost["strays"]
    allowed = ipaddress.ip_network(scene.NETWORK)
    contacts = told.record["contacts"]
    assert len(contacts) > len(placed())
    astray = [one for one in contacts if ipaddress.ip_address(one["address"]) not in allowed]
    assert astray == []


@pytest.mark.parametrize("name", ["terminal", *FORMATS])
def test_what_is_told_is_inert_and_holds_no_secret(name: str, told: Told) -> None:
    text = told.report(name)
    assert len(text) > 1000
    assert not HIDDEN & set(text)
    assert CANARY not in text


def test_what_is_kept_holds_no_secret(told: Told) -> None:
    assert told.kept
    assert [path.name for path in told.kept if CANARY.encode() in path.read_bytes()] == []
    record = next(path for path in told.kept if path.name == "record.json").read_bytes()
    # What a target said is kept as it was said; JSON has no other way to write these than as escapes.
    assert not re.search(rb"[\x00-\x1f]", record)
    errors = (told.folder / "errors").read_text()
    assert CANARY not in errors
    assert not HIDDEN & set(errors)


class Working(html.parser.HTMLParser):
    """Collects whatever could do something in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or TRAP in (value or ""):
                self.found.append(f"{tag} {name}={value}")
        if tag in WORKING and not _harmless(tag, dict(attrs)):
            self.found.append(f"{tag} {attrs}")


def _harmless(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag == "a":
        return (attributes.get("href") or "").startswith("#")
    return tag == "meta" and attributes.get("http-equiv") != "refresh"


def test_nothing_in_the_page_works(told: Told) -> None:
    working = Working()
    working.feed(told.report("html"))
    assert working.found == []


def test_nothing_in_the_markdown_works(told: Told) -> None:
    pieces = MarkdownIt("commonmark").parse(told.report("markdown"))
    inside = [child for piece in pieces for child in (piece, *(piece.children or []))]
    assert {"html_block", "html_inline", "image"} & {piece.type for piece in inside} == set()
    links = [piece.attrs for piece in inside if piece.type == "link_open"]
    assert [link for link in links if TRAP in str(link) or "script" in str(link)] == []
