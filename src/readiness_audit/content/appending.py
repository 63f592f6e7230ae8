"""
Add to a file of entries as a person would: every byte that stands in it stays as it is.

Remarks, blank lines and the order of keys are somebody's work, so nothing is parsed and written
anew. What comes out is read again and must say what was meant; else nothing is changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from readiness_audit.content.governance import is_blank, items_of
from readiness_audit.content.source import refused
from readiness_audit.content.yaml_tree import Document, Node, parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.evidence import Plain

_PLAIN = re.compile(r"[^\W\d_][\w .-]*[\w.]|[^\W\d_]|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_BY_HAND = "is not laid out so that this can be added without touching the rest; add it by hand:"


def with_entry(raw: bytes, path: Path, key: str, entry: Mapping[str, Plain]) -> bytes:
    """
    Give the file with one more entry at its end; `key` is what older files have above the list.

    Raises `ContentError` where the file is not laid out for it; `path` is for messages.
    """
    if is_blank(raw):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise refused(path, "is not UTF-8; save it as UTF-8") from None
        gap = "" if not text.strip() or text.endswith(("\n\n", "\r\n\r\n")) else "\n"
        ended = "" if not text or text.endswith("\n") else "\n"
        return _as_in(text, f"{text}{ended}{gap}" + "\n".join(_block(entry, 0)) + "\n").encode()
    document = parse_yaml(raw, path)
    found = items_of(document, key)
    if found is None:
        raise refused(path, f"must be a list of {key}, each beginning with '- '")
    node, items = found
    # Somebody else may have taken the id since it was looked for.
    if entry.get("id") in [_mapping(each).get("id") for each in _list(document.data, key)] and "id" in entry:
        raise refused(path, f"has an entry {entry['id']} already; give this one another id")
    wanted = [*_list(document.data, key), dict(entry)]
    text = raw.decode("utf-8")
    lines = text.split("\n")
    if items:
        indent = _dash(document, items[0])
        tries = [] if indent is None else [(len(lines), _block(entry, indent))]
    else:
        lines, start = _without_brackets(lines, node)
        tries = [(len(lines), _block(entry, start))]
    return _first_that_says(text, lines, tries, path, key, wanted, _block(entry, 0))


def with_field(
    raw: bytes, path: Path, key: str, number: int, field: str, value: Mapping[str, Plain], *, listed: bool
) -> bytes:
    """
    Give the file with a field more in its entry of this number, counted from 0.

    With `listed`, the field is a list, and the value one more item of it. Raises `ContentError`.
    """
    document = parse_yaml(raw, path)
    found = items_of(document, key)
    if found is None or number >= len(found[1]) or found[1][number].pairs is None:
        raise refused(path, "has no such entry")
    entry = found[1][number]
    wanted = _list(document.data, key)
    changed = dict(_mapping(wanted[number]))
    changed[field] = [*_items(changed.get(field)), dict(value)] if listed else dict(value)
    wanted[number] = changed
    text = raw.decode("utf-8")
    lines = text.split("\n")
    shown = _field(field, value, entry.column, listed=listed)
    there = (entry.pairs or {}).get(field)
    block = shown
    if there is not None:
        items = there[1].items or []
        indent = _dash(document, items[0]) if items else None
        block = _block(value, indent) if indent is not None else []
    after = there[0].line if there is not None else entry.line
    later = [found[1][number + 1].line] if number + 1 < len(found[1]) else []
    if there is not None:
        later += [at.line for at, _ in (entry.pairs or {}).values() if at.line > after]
    end = min(later, default=len(lines))
    tries = [(at, block) for at in _ends(lines, end)] if block else []
    return _first_that_says(text, lines, tries, path, key, wanted, shown)


def _first_that_says(
    text: str,
    lines: Sequence[str],
    tries: Sequence[tuple[int, Sequence[str]]],
    path: Path,
    key: str,
    wanted: list[Plain],
    by_hand: Sequence[str],
) -> bytes:
    for at, block in tries:
        before, after = list(lines[:at]), list(lines[at:])
        while not after and before and not before[-1].strip():
            before.pop()
        made = _as_in(text, "\n".join([*before, *block, *(after or [""])])).encode()
        try:
            if _list(parse_yaml(made, path).data, key) == wanted:
                return made
        except ContentError:
            continue
    raise refused(path, "\n".join((_BY_HAND, *by_hand)))


def _as_in(text: str, made: str) -> str:
    """End new lines as the old ones end."""
    return made.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else made


def _ends(lines: Sequence[str], end: int) -> Iterator[int]:
    """Give where an entry may end that something else follows: remarks between them are the next one's."""
    at = end
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    yield at
    at = end
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    yield at


def _dash(document: Document, item: Node) -> int | None:
    line = document.lines[item.line] if item.line < len(document.lines) else ""
    bare = line.lstrip(" ")
    return len(line) - len(bare) if bare.startswith("- ") else None


def _without_brackets(lines: Sequence[str], node: Node) -> tuple[list[str], int]:
    """Take an empty `[]` away; gives the lines, and how deep entries are to be set in."""
    line = lines[node.line]
    head, tail = line[: node.column], line[node.column :]
    emptied = (head.rstrip(" ") + re.sub(r"^\[\s*\]", "", tail)).rstrip(" ")
    kept = [*lines[: node.line], *([emptied] if emptied.strip() else []), *lines[node.line + 1 :]]
    return kept, 2 if head.strip() else 0


def _list(data: Plain, key: str) -> list[Plain]:
    return list(_items(data.get(key) if isinstance(data, dict) else data))


def _items(data: Plain) -> list[Plain]:
    return data if isinstance(data, list) else []


def _mapping(data: Plain) -> Mapping[str, Plain]:
    return data if isinstance(data, dict) else {}


def _block(entry: Mapping[str, Plain], indent: int) -> list[str]:
    lines = [line for name, value in entry.items() for line in _lines(name, value, indent + 2)]
    first = lines[0].lstrip(" ")
    return [f"{' ' * indent}- {first}", *lines[1:]]


def _field(name: str, value: Mapping[str, Plain], indent: int, *, listed: bool) -> list[str]:
    return _lines(name, [dict(value)] if listed else dict(value), indent)


def _lines(name: str, value: Plain, indent: int) -> list[str]:
    pad = " " * indent
    if isinstance(value, list):
        items = [line for item in value for line in _block(_mapping(item), indent + 2)]
        return [f"{pad}{name}:", *items]
    if isinstance(value, dict):
        if all(isinstance(item, str) and " " not in item for item in value.values()):
            inside = ", ".join(f"{key}: {_scalar(item)}" for key, item in value.items())
            return [f"{pad}{name}: {{{inside}}}"]
        return [f"{pad}{name}:", *(f"{pad}  {key}: {_scalar(item)}" for key, item in value.items())]
    return [f"{pad}{name}: {_scalar(value)}"]


def _scalar(value: Plain) -> str:
    text = str(value)
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    # A JSON string is a YAML string, whatever is in it.
    return json.dumps(text, ensure_ascii=False)
