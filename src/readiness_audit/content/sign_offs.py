"""Read the sign-offs beside a system file: each entry for itself, so that a bad one harms no other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from readiness_audit.content.shape import shape
from readiness_audit.content.source import read_source, refused
from readiness_audit.content.yaml_tree import LARGEST_TEXT, Document, parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.governance import Signature
from readiness_audit.model.persons import nobody
from readiness_audit.model.sign_off import Choice, SignOff

NAME = "sign-offs.yaml"
"""What the file is called where the system file says nothing."""

_HEAD = (
    "# Who decided about which record. Add to it with: readiness-audit sign RECORD --role ... --person ...\n"
)
_PLAIN = frozenset({"role", "date", "decision", "run"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadSignOffs:
    """What a file of sign-offs holds."""

    sign_offs: tuple[SignOff, ...]
    unusable: tuple[str, ...]
    """Entries that are none, a line each, with the place and what is wrong."""


def load_sign_offs(path: Path) -> ReadSignOffs:
    """
    Read a file of sign-offs; one that is not there holds none.

    Raises `ContentError` where it is not a YAML list: then nobody can say what was decided.
    """
    if not path.exists() and not path.is_symlink():
        return ReadSignOffs(sign_offs=(), unusable=())
    return sign_offs_in(read_source(path, LARGEST_TEXT), path)


def sign_offs_in(raw: bytes, path: Path) -> ReadSignOffs:
    """Read sign-offs from the bytes of a file; `path` is for messages. Raises `ContentError`."""
    if all(not line.strip() or line.lstrip().startswith(b"#") for line in raw.splitlines()):
        return ReadSignOffs(sign_offs=(), unusable=())
    return _entries(parse_yaml(raw, path))


def _entries(document: Document) -> ReadSignOffs:
    if not isinstance(document.data, list):
        raise refused(document.path, "must be a list of sign-offs, each beginning with '- role:'")
    good: list[SignOff] = []
    bad: list[str] = []
    for node, data in zip(document.root.items or [], document.data, strict=True):
        try:
            entry = shape(dataclasses.replace(document, root=node, data=data), SignOff)
            # A no is heard, whoever says it.
            if entry.decision is not Choice.NO and (told := nobody(entry.person)):
                raise refused(document.path, told, node.line + 1)
            good.append(entry)
        except ContentError as error:
            problem = error.problems[0]
            bad.append(f"{problem.place.path.name}:{problem.place.line}: {problem.message}")
    return ReadSignOffs(sign_offs=tuple(good), unusable=tuple(bad))


def with_sign_off(raw: bytes, sign_off: SignOff, path: Path) -> bytes:
    """
    Give a file of sign-offs with one more at its end; every byte that is there stays.

    Raises `ContentError` where an entry cannot simply be put at its end.
    """
    before = sign_offs_in(raw, path)
    gap = b"" if not raw or raw.endswith(b"\n") else b"\n"
    longer = (raw or _HEAD.encode()) + gap + _written(sign_off).encode()
    try:
        after = sign_offs_in(longer, path)
    except ContentError:
        after = None
    expected = (*before.sign_offs, sign_off)
    if after is None or after.sign_offs != expected or len(after.unusable) != len(before.unusable):
        raise refused(
            path, "an entry cannot be put at its end: write it as a list with '- role:' at the margin"
        )
    return longer


def _written(sign_off: SignOff) -> str:
    lines = []
    for field in dataclasses.fields(SignOff):
        value = getattr(sign_off, field.name)
        if isinstance(value, Signature):
            lines.append(f"{field.name}: {{key: {_quoted(value.key)}, sig: {_quoted(value.sig)}}}")
        elif value is not None:
            plain = field.name in _PLAIN
            lines.append(f"{field.name}: {value if plain else _quoted(value)}")
    return "".join(f"{'- ' if number == 0 else '  '}{line}\n" for number, line in enumerate(lines))


def _quoted(text: str) -> str:
    # JSON's quotation is YAML's as well.
    return json.dumps(text, ensure_ascii=False)
