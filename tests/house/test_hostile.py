"""The collection of hostile servers is as large as it is said to be, and says of each what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.servers.hostile.collection import datagrams, placed, streams
from tests.servers.hostile.entry import Hostile

FOLDER = Path(__file__).parents[1] / "servers" / "hostile"
EVERY: list[Hostile[Any]] = [*streams(), *datagrams()]


def test_there_are_at_least_150_that_do_different_things() -> None:
    assert len({server.does for server in EVERY}) >= 150
    assert len({id(server.serve) for server in EVERY}) >= 150


@pytest.mark.parametrize("server", EVERY, ids=lambda server: f"{server.protocols[0]}: {server.name}")
def test_each_says_what_it_does_and_what_is_expected(server: Hostile[Any]) -> None:
    for said in (server.does, server.expected):
        assert said.endswith(".")
        assert said.isprintable()
        assert len(said) < 150


def test_each_has_a_name_and_an_address_of_its_own() -> None:
    where = placed()
    assert len({one.name for one in where}) == len(where)
    assert len({one.address for one in where}) == len(where)


def test_the_readme_says_how_many_there_are_of_each_kind() -> None:
    counts: dict[str, int] = {}
    for server in EVERY:
        for protocol in server.protocols:
            counts[protocol] = counts.get(protocol, 0) + 1
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [
        row for row in (f"| {name} | {count} |" for name, count in counts.items()) if row not in text
    ] == []
