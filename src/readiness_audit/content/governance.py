"""
Read what people agreed: the files of waivers and of conditions beside a system file.

Each is a list of entries. What is wrong with one entry costs that entry its effect and is told in
the report; what is wrong with the file as a whole is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from readiness_audit.content.shape import shape
from readiness_audit.content.source import read_source, refused
from readiness_audit.content.yaml_tree import LARGEST_TEXT, Document, Node, parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.governance import (
    Condition,
    Governance,
    Kind,
    Unreadable,
    Waiver,
    nameless,
)
from readiness_audit.model.system import System

T = TypeVar("T")

CONDITIONS = "conditions.yaml"
WAIVERS = "waivers.yaml"
"""Names of the files where the system file does not give others."""

MOST_ENTRIES = 2000
_LONGEST_PROBLEM = 400


def load_governance(folder: Path, system: System) -> Governance:
    """
    Read the files that `system` names, or those of the usual names, where they exist, in `folder`.

    What signatures they bear is not proved by being read: whoever knows the trusted keys checks them.
    Raises `ContentError` where a named one is not there, or one of them is no list.
    """
    waivers, bad_waivers = load_waivers(path) if (path := waivers_file(folder, system)) else ((), ())
    conditions, bad = load_conditions(path) if (path := conditions_file(folder, system)) else ((), ())
    return Governance(waivers=waivers, conditions=conditions, unreadable=(*bad_waivers, *bad))


def waivers_file(folder: Path, system: System) -> Path | None:
    """Say where waivers are read from; none where there is no such file and none is named."""
    return _file(folder, system.waivers, WAIVERS)


def conditions_file(folder: Path, system: System) -> Path | None:
    """Say where conditions are read from; none where there is no such file and none is named."""
    return _file(folder, system.conditions, CONDITIONS)


def load_waivers(path: Path) -> tuple[tuple[Waiver, ...], tuple[Unreadable, ...]]:
    """Read a file of waivers: those of good form, and the others. Raises `ContentError`."""
    good, bad = _entries(path, Waiver, Kind.WAIVER)
    ids: set[str] = set()
    kept: list[Waiver] = []
    for line, waiver in good:
        if waiver.id in ids:
            told = f"another waiver of this file is called {waiver.id}; give this one an id of its own"
            bad.append(Unreadable(kind=Kind.WAIVER, name=waiver.id, line=line, problem=told))
        else:
            kept.append(waiver)
        ids.add(waiver.id)
    return tuple(kept), tuple(bad)


def load_conditions(path: Path) -> tuple[tuple[Condition, ...], tuple[Unreadable, ...]]:
    """Read a file of conditions: those of good form, and the others. Raises `ContentError`."""
    good, bad = _entries(path, Condition, Kind.CONDITION)
    return tuple(condition for _, condition in good), tuple(bad)


def items_of(document: Document, key: str) -> tuple[Node, list[Node]] | None:
    """
    Give the list a file of entries is, and its items; none where it is no list.

    A file that is one key called `key` with the list under it is one, too: conditions were written so.
    """
    node = document.root
    if node.pairs is not None and list(node.pairs) == [key]:
        node = node.pairs[key][1]
    return None if node.items is None else (node, node.items)


def is_blank(raw: bytes) -> bool:
    """Say whether a file holds nothing but remarks: then it is a list without entries."""
    lines = raw.removeprefix(b"\xef\xbb\xbf").splitlines()
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in lines)


def _file(folder: Path, named: str | None, usual: str) -> Path | None:
    path = folder / (named or usual)
    # A link to nowhere is no absence: reading it tells.
    return path if named or path.exists() or path.is_symlink() else None


def _entries(path: Path, kind: type[T], said: Kind) -> tuple[list[tuple[int, T]], list[Unreadable]]:
    raw = read_source(path, LARGEST_TEXT)
    if is_blank(raw):
        return [], []
    document = parse_yaml(raw, path)
    found = items_of(document, f"{said}s")
    if found is None:
        raise refused(path, f"must be a list of {said}s, each beginning with '- '")
    if len(found[1]) > MOST_ENTRIES:
        raise refused(path, f"holds more than {MOST_ENTRIES} {said}s")
    data = document.data
    plain = data[f"{said}s"] if isinstance(data, dict) else data
    good: list[tuple[int, T]] = []
    bad: list[Unreadable] = []
    for node, one in zip(found[1], plain if isinstance(plain, list) else (), strict=True):
        try:
            entry = shape(Document(path, document.lines, node, one), kind)
            # Here and not in the entry itself: what was kept when nobody asked for it stays readable.
            if told := nameless(entry):
                raise refused(path, told, node.line + 1)
            good.append((node.line + 1, entry))
        except ContentError as error:
            told = "; ".join(f"line {each.place.line}: {each.message}" for each in error.problems)
            name = str(one.get("id") or one.get("check") or "") if isinstance(one, dict) else ""
            shown = "".join(char if char.isprintable() else "?" for char in f"{name:.80}")
            problem = told if len(told) <= _LONGEST_PROBLEM else f"{told[:_LONGEST_PROBLEM]} ..."
            bad.append(Unreadable(kind=said, name=shown, line=node.line + 1, problem=problem))
    return good, bad
