"""Read the statements in an attestation file, entry by entry. Runs in a child process."""

from __future__ import annotations

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.documents.text import clean, one_line
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.yaml_lines import Node, read_tree

LARGEST_FILE = 2 * 2**20
MOST_STATEMENTS = 2_000
LIST_KEY = "attestations"
LONGEST = 500
_LONGEST_STATEMENT = 4_000


def read_statements(data: bytes) -> Plain:
    """
    Give the line and the keys and texts of every entry; to be called through `read_apart`.

    The file is a list of mappings, or a mapping with such a list under `attestations`. A value that
    is not text is left out, as if it were not there. Raises `CannotSee`.
    """
    line, inside = read_tree(data)
    if isinstance(inside, dict):
        if LIST_KEY not in inside:
            raise CannotSee(
                Reason.UNREADABLE, f"line {line}: write a list of statements, or one under {LIST_KEY!r}"
            )
        line, inside = inside[LIST_KEY]
    if inside is None or inside == []:
        raise CannotSee(Reason.EMPTY, "the file holds no statements")
    if not isinstance(inside, list):
        raise CannotSee(Reason.UNREADABLE, f"line {line}: write a list of statements")
    if len(inside) > MOST_STATEMENTS:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_STATEMENTS} statements")
    return [_entry(node) for node in inside]


def _entry(node: Node) -> Plain:
    line, inside = node
    if not isinstance(inside, dict):
        raise CannotSee(
            Reason.UNREADABLE, f"line {line}: a statement must be a mapping with 'check', 'person', ..."
        )
    return [
        line,
        {_key(key): _text(key, value) for key, (_, value) in inside.items() if isinstance(value, str)},
    ]


def _key(key: str) -> str:
    return one_line(key, LONGEST)


def _text(key: str, value: str) -> str:
    if key == "statement":
        return one_line(value, _LONGEST_STATEMENT)
    # A name or path that was cut would be another name or path: it keeps its whole length, within reason.
    return " ".join(clean(value[: LONGEST * 8]).split()) if key != "attachment" else value[: LONGEST * 8]
