"""Part the front matter from a Markdown text: YAML between two lines of dashes at the very beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from readiness_audit.probes.registers.yaml_lines import Node

_FENCE = "---"
_ENDS = frozenset({"---", "..."})
_MOST_LINES = 1_000
_MOST_KEYS = 200


def parted(text: str) -> tuple[str, str]:
    """Give the YAML of the front matter, empty where there is none, and the text after it."""
    if not text.startswith(_FENCE):
        return "", text
    lines = text.split("\n", _MOST_LINES)
    if lines[0].rstrip() != _FENCE:
        return "", text
    for number, line in enumerate(lines[1:_MOST_LINES], start=1):
        if line.rstrip() in _ENDS:
            front = "\n".join(lines[1:number])
            # A rule between two lines of text is not front matter: a front matter's first line has a key.
            return (front, "\n".join(lines[number + 1 :])) if ":" in front else ("", text)
    return "", text


def stated_in(front: str) -> tuple[tuple[str, str], ...]:
    """
    Give the keys and values of a front matter; a list of words becomes one value, deeper values are left out.

    Raises `CannotSee` where it is not YAML, with the line counted in the file.
    """
    if not front.strip():
        return ()
    from readiness_audit.probes.registers.yaml_lines import read_tree  # noqa: PLC0415 - few documents need YAML

    try:
        _, top = read_tree(b"\n" + front.encode())
    except CannotSee as blind:
        raise CannotSee(blind.reason, f"front matter: {blind.detail}") from None
    if not isinstance(top, dict):
        return ()
    values = ((key, _said(node)) for key, node in list(top.items())[:_MOST_KEYS])
    return tuple((key, value) for key, value in values if value is not None)


def _said(node: Node) -> str | None:
    match node[1]:
        case str(text):
            return text
        case list(nodes):
            words = [text for _, text in nodes if isinstance(text, str)]
            return ", ".join(words) if words else None
        case None:
            return ""
        case _:
            return None
