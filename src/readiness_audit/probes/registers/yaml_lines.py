"""
Read YAML registers: a list of mappings, or a mapping that holds such a list under the sheet's name.

Only the C parser's event stream is used: it neither builds objects nor recurses. Every scalar
stays text, so that `no`, `1.10` and `2026-12-31` arrive as written; anchors' uses, tags, repeated
keys and deep nesting are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

import yaml

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.reach.blind import CannotSee

LARGEST_TEXT = 8 * 2**20
DEEPEST = 6
MOST_EVENTS = 4_000_000
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

Node: TypeAlias = "tuple[int, str | list[Node] | dict[str, Node] | None]"
"""Line, counted from 1, and what stands there."""


def read_yaml(data: bytes) -> Plain:
    """
    Give the header and rows of a YAML register; to be called through `read_apart`.

    `data` is the name of the sheet as JSON (or null), a line end, and the file. Gives pairs of line
    number and cells, the first pair being the header. Raises `CannotSee`.
    """
    sheet, _, file = data.partition(b"\n")
    return _rows(_chosen(read_tree(file), json.loads(sheet)))


def read_tree(file: bytes) -> Node:
    """Give the one document of a YAML file as nodes with lines, every scalar as text. Raises `CannotSee`."""
    if len(file) > LARGEST_TEXT:
        raise CannotSee(Reason.TOO_LARGE, f"a YAML file may have at most {LARGEST_TEXT} bytes")
    try:
        text = file.decode("utf-8-sig")
        return _tree(yaml.parse(text, Loader=yaml.CSafeLoader))
    except UnicodeDecodeError:
        raise CannotSee(Reason.UNREADABLE, "the file is not UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise CannotSee(Reason.UNREADABLE, f"the file is not YAML: {said[:200]}") from None


def _tree(events: Iterator[yaml.Event]) -> Node:
    growing = _Growing()
    for count, event in enumerate(events):
        if count > MOST_EVENTS:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_EVENTS} pieces of YAML")
        growing.take(event)
    if growing.top is None:
        raise CannotSee(Reason.EMPTY, "the file holds no YAML")
    return growing.top


class _Growing:
    """One document's tree while it is read: a stack of what is open, in place of recursion."""

    def __init__(self) -> None:
        self.top: Node | None = None
        self._open: list[Node] = []
        self._keys: list[str | None] = []
        """For each open mapping, the key whose value comes next."""

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent) and self.top is not None:
            raise CannotSee(Reason.UNREADABLE, f"line {line}: a second YAML document begins")
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
            return
        if not isinstance(event, yaml.NodeEvent):
            return
        node = _node(event, line)
        if self._open:
            self._put(node)
        else:
            self.top = node
        if isinstance(event, yaml.CollectionStartEvent):
            if len(self._open) >= DEEPEST:
                raise CannotSee(Reason.UNREADABLE, f"line {line}: nested more than {DEEPEST} deep")
            self._open.append(node)
            self._keys.append(None)

    def _put(self, node: Node) -> None:
        line, inside = node
        parent = self._open[-1][1]
        key = self._keys[-1]
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict) and key is not None:
            parent[key] = node
            self._keys[-1] = None
        elif not isinstance(inside, str):
            raise CannotSee(Reason.UNREADABLE, f"line {line}: a key must be text")
        elif isinstance(parent, dict) and inside in parent:
            raise CannotSee(Reason.UNREADABLE, f"line {line}: the key {inside[:80]!r} is there twice")
        else:
            self._keys[-1] = inside


def _node(event: yaml.NodeEvent, line: int) -> Node:
    if isinstance(event, yaml.AliasEvent):
        raise CannotSee(Reason.UNREADABLE, f"line {line}: write it out; '*' is not allowed here")
    if getattr(event, "tag", None) is not None:
        raise CannotSee(Reason.UNREADABLE, f"line {line}: tags ('!') are not allowed here")
    match event:
        case yaml.ScalarEvent(value=text, implicit=(plain, _)):
            return line, None if plain and text in _NULLS else text
        case yaml.SequenceStartEvent():
            return line, []
        case _:
            return line, {}


def _chosen(top: Node, sheet: str | None) -> list[Node]:
    inside = top[1]
    if sheet is not None:
        if not isinstance(inside, dict) or sheet not in inside:
            raise CannotSee(Reason.NOT_FOUND, f"the file has no key {sheet!r}")
        inside = inside[sheet][1]
    if not isinstance(inside, list):
        raise CannotSee(Reason.UNREADABLE, "a YAML register is a list of mappings; name its key as the sheet")
    if not inside:
        raise CannotSee(Reason.EMPTY, "the list is empty")
    return inside


def _rows(nodes: list[Node]) -> Plain:
    header: dict[str, int] = {}
    lines: list[Plain] = []
    for line, inside in nodes:
        if not isinstance(inside, dict):
            raise CannotSee(Reason.UNREADABLE, f"line {line}: an entry must be a mapping of column to value")
        cells: dict[int, Plain] = {}
        for key, (place, value) in inside.items():
            cells[header.setdefault(key, len(header))] = _cell(value, place)
        lines.append([line, [cells.get(number) for number in range(len(header))]])
    first: Plain = [nodes[0][0], list(header)]
    return [first, *lines]


def _cell(value: object, line: int) -> Plain:
    if isinstance(value, list):
        if not all(isinstance(inside, str) for _, inside in value):
            raise CannotSee(Reason.UNREADABLE, f"line {line}: a list in a cell may hold only words")
        return [inside for _, inside in value]
    if isinstance(value, dict):
        raise CannotSee(Reason.UNREADABLE, f"line {line}: a cell cannot hold a mapping")
    return value if isinstance(value, str) else None
