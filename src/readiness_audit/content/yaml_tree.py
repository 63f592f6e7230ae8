"""
Read YAML safely, and remember where everything stood.

PyYAML's C parser gives events; the tree is built here, without recursion, under limits on
size, depth and nodes. Scalars follow the YAML 1.2 core schema, so that `no` is a word and
`012` is twelve. Tags, repeated keys and keys that are not text are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from readiness_audit.content.source import read_source, refused
from readiness_audit.errors import ContentError, Place, Problem
from readiness_audit.model.evidence import Plain

LARGEST_TEXT = 2 * 2**20
DEEPEST = 64
MOST_NODES = 200_000
"""Nodes of the finished data, every use of an alias counted in full."""

PER_NODE = 64
"""Characters of text that count as one more node: an alias may repeat a long text, too."""

# A line that may hold a secret is pointed at, but not shown.
_SECRET = re.compile(
    r"(?:pass?w|pass?phrase|pwd|kennwort|secret|geheim|token|key|schlüssel|schluessel|credential|zugangsdaten|auth\b"
    r"|authorization)[\w-]*[\"']?\s*:|://[^/@\s]*@|[^/@:\s]:[^/@:\s]+@",
    re.IGNORECASE,
)
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: dict[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Node:
    """One piece of a YAML file, where it stood."""

    line: int
    """Counted from 0, as the parser does."""

    column: int
    text: str | None = None
    quoted: bool = False
    block: bool = False
    items: list[Node] | None = None
    pairs: dict[str, tuple[Node, Node]] | None = None
    """Key -> (the key's own node, the value's)."""

    size: int = 1
    """Nodes below and including this one and its keys, aliases counted in full."""

    finished: bool = field(default=True)


Spot: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and list positions."""


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file that was read: its data, and where each piece of it stands."""

    path: Path
    lines: tuple[str, ...]
    root: Node
    data: Plain

    def place(self, spot: Spot, *, key: bool = False) -> Place:
        """Say where the value at `spot` stands, or its key; or the nearest thing above what is not there."""
        node, width = self.root, 1
        for step in spot:
            below = _below(node, step)
            if below is None:
                return self._at(node, 1)
            key_node, value = below
            is_last_key = key and step == spot[-1]
            node = key_node if is_last_key else value
            width = len(node.text or " ") + 2 * node.quoted
        return self._at(node, width)

    def within(self, spot: Spot, line: int, column: int) -> Place:
        """Say where a character inside the text at `spot` stands; `line` and `column` count from 1."""
        node = self.root
        for step in spot:
            below = _below(node, step)
            if below is None:
                break
            node = below[1]
        if not node.block:
            shift = column - 1 + node.quoted
            return self._place(node.line, node.column + shift, 1)
        first = node.line + line
        text = self.lines[first] if first < len(self.lines) else ""
        indent = len(text) - len(text.lstrip())
        return self._place(first, indent + column - 1, 1)

    def _at(self, node: Node, width: int) -> Place:
        return self._place(node.line, node.column, width)

    def _place(self, line: int, column: int, width: int) -> Place:
        source = _shown(self.lines, line)
        fits = max(1, min(width, len(source) - column))
        return Place(path=self.path, line=line + 1, column=column + 1, source=source, width=fits)


def read_yaml(path: Path) -> Document:
    """Read one YAML file. Raises `ContentError` with place, problem and what to do."""
    return parse_yaml(read_source(path, LARGEST_TEXT), path)


def parse_yaml(raw: bytes, path: Path) -> Document:
    """Read YAML from bytes; `path` is for messages. Raises `ContentError`."""
    if len(raw) > LARGEST_TEXT:
        raise refused(path, f"is larger than {LARGEST_TEXT} bytes; no file of ours needs to be")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start)
        raise refused(path, "is not UTF-8; save it as UTF-8", line + 1) from None
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    builder = _Builder(path, lines)
    try:
        root = builder.build(text)
        data = builder.data(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise builder.error(f"is not YAML: {said}{_hint(said, lines, line, column)}", line, column) from None
    return Document(path, lines, root, data)


def _hint(said: str, lines: tuple[str, ...], line: int, column: int) -> str:
    """Say what people mostly did where the parser says this; nothing where that is not known."""
    here = lines[line][column : column + 1] if line < len(lines) else ""
    if here == "\t" or "tab character" in said:
        return "; a tab stands here: indent with blanks"
    if "mapping values are not allowed" in said:
        return "; put a text that holds ': ' between quotation marks"
    if "did not find expected" in said:
        return "; something before it is not closed or not indented alike: look at the lines above, too"
    return ""


def _shown(lines: tuple[str, ...], line: int) -> str:
    """Give the line for a message, or nothing where it, or its value's key above it, speaks of a secret."""
    above = lines[line - 1] if 0 < line <= len(lines) and lines[line - 1].rstrip().endswith(":") else ""
    source = lines[line] if line < len(lines) else ""
    return "" if _SECRET.search(source) or _SECRET.search(above) else source


def _below(node: Node, step: str | int) -> tuple[Node, Node] | None:
    if isinstance(step, int):
        items = node.items or []
        return (items[step], items[step]) if step < len(items) else None
    return (node.pairs or {}).get(step)


class _Builder:
    """Turns the parser's events into a tree, and the tree into data, within the limits."""

    def __init__(self, path: Path, lines: tuple[str, ...]) -> None:
        self._path = path
        self._lines = lines
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None
        self._open: list[Node] = []
        self._keys: list[Node | None] = []

    def error(self, message: str, line: int, column: int) -> ContentError:
        source = _shown(self._lines, line)
        place = Place(path=self._path, line=line + 1, column=column + 1, source=source)
        return ContentError([Problem(message=message, place=place)])

    def build(self, text: str) -> Node:
        for event in self._events(text):
            if isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif (node := self._node(event)) is not None:
                self._add(node)
        if self._root is None:
            raise self.error("is empty", 0, 0)
        return self._root

    def _add(self, node: Node) -> None:
        if not self._open:
            if self._root is not None:
                raise self.error("holds a second document; keep one to a file", node.line, node.column)
            self._root = node
        elif not self._put(self._open[-1], node):
            self._grow(self._open[-1], node.size)
            return
        if not node.finished:
            self._open.append(node)
            self._keys.append(None)
            if len(self._open) > DEEPEST:
                raise self.error(f"is nested more than {DEEPEST} deep", node.line, node.column)
        elif self._open:
            self._grow(self._open[-1], node.size)

    def _close(self) -> None:
        done = self._open.pop()
        self._keys.pop()
        done.finished = True
        if self._open:
            self._grow(self._open[-1], done.size)

    def data(self, root: Node) -> Plain:
        # The depth is bounded and so is every alias, so recursion here has an end.
        if root.items is not None:
            return [self.data(item) for item in root.items]
        if root.pairs is not None:
            return {key: self.data(value) for key, (_, value) in root.pairs.items()}
        return self._scalar(root)

    def _events(self, text: str) -> Iterator[yaml.Event]:
        yield from yaml.parse(text, Loader=yaml.CSafeLoader)

    def _node(self, event: yaml.Event) -> Node | None:
        if not isinstance(event, yaml.NodeEvent) or event.start_mark is None:
            return None
        line, column = event.start_mark.line, event.start_mark.column
        if isinstance(event, yaml.AliasEvent):
            known = self._anchors.get(event.anchor or "")
            if known is None or not known.finished:
                raise self.error(f"the alias *{event.anchor} stands for nothing, or for itself", line, column)
            return known
        tag: str | None = getattr(event, "tag", None)
        if tag is not None and not (isinstance(event, yaml.ScalarEvent) and tag == "!"):
            raise self.error(f"the tag {tag} is not allowed", line, column)
        if isinstance(event, yaml.ScalarEvent):
            node = Node(line, column, text=event.value, quoted=event.style in {"'", '"'})
            node.block = event.style in {"|", ">"}
            node.size += len(event.value) // PER_NODE
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(line, column, items=[], finished=False)
        else:
            node = Node(line, column, pairs={}, finished=False)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _put(self, parent: Node, node: Node) -> bool:
        """Hang `node` under `parent`; says whether it is a value rather than a key."""
        if parent.items is not None:
            parent.items.append(node)
            return True
        pairs = parent.pairs if parent.pairs is not None else {}
        key = self._keys[-1]
        if key is None:
            if node.text is None:
                raise self.error("a key must be text", node.line, node.column)
            if node.text in pairs:
                raise self.error(f"the key {node.text!r} stands here twice", node.line, node.column)
            self._keys[-1] = node
            return False
        pairs[key.text or ""] = (key, node)
        self._keys[-1] = None
        return True

    def _grow(self, parent: Node, size: int) -> None:
        parent.size += size
        if parent.size > MOST_NODES:
            raise self.error(f"comes to more than {MOST_NODES} values", parent.line, parent.column)

    def _scalar(self, node: Node) -> Plain:
        text = node.text or ""
        if node.quoted or node.block:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            base = 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10
            if len(text) > 18:  # noqa: PLR2004 - more digits than a 64-bit number is sure to hold
                raise self.error("the number is too long; quote it if it is a name", node.line, node.column)
            return int(text[2:] if base != 10 else text, base)  # noqa: PLR2004 - decimal
        if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
        return text
