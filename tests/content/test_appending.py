"""Adding to a file of entries: what stood in it stands in it, byte by byte."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from readiness_audit.content.appending import with_entry, with_field
from readiness_audit.content.governance import load_waivers
from readiness_audit.content.yaml_tree import parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.evidence import Plain

PATH = Path("waivers.yaml")
NEW: dict[str, Plain] = {"id": "W-9", "reason": "A: b # no remark", "risk": {"low": "x"}}
FILES = {
    "nothing": "",
    "remarks": "# ours\n# and theirs",
    "a list": "# head\n\n- id: W-1   # first\n  reason: >-\n    folded\n    text\n\n# tail\n",
    "no end of line": "- id: W-1\n  reason: x",
    "set in": "  - id: W-1\n    reason: x\n",
    "windows": "# head\r\n- id: W-1\r\n  reason: x\r\n",
    "under a key": "waivers:\n- id: W-1\n  reason: x\n",
    "under a key, set in": "waivers:   # these\n    - id: W-1\n      reason: x\n# tail\n",
    "empty brackets": "# head\n[]  # none yet\n",
    "empty brackets under a key": "# head\nwaivers: []\n",
    "a block of text at the end": "- id: W-1\n  reason: |\n    # not a remark\n    text\n\n",
    "umlauts and a mark": "\ufeff# für später\n- id: W-1\n  reason: Größe\n",
}


def plain_of(raw: bytes) -> list[Plain]:
    data = parse_yaml(raw, PATH).data
    found = data["waivers"] if isinstance(data, dict) else data
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", FILES)
def test_an_entry_more_leaves_the_rest_as_it_was(name: str) -> None:
    raw = FILES[name].encode()
    made = with_entry(raw, PATH, "waivers", NEW)
    before = plain_of(raw) if "W-1" in FILES[name] else []
    assert plain_of(made) == [*before, NEW]
    if "brackets" not in name:
        assert made.startswith(raw.rstrip(b"\r\n"))
    else:
        assert b"# head" in made
    assert (b"\r\n" in made) is (name == "windows")
    assert b"\n" not in made.replace(b"\r\n", b"") or name != "windows"


@pytest.mark.parametrize("name", FILES)
def test_what_was_added_can_be_added_to(name: str) -> None:
    once = with_entry(FILES[name].encode(), PATH, "waivers", NEW)
    twice = with_entry(once, PATH, "waivers", {**NEW, "id": "W-10"})
    assert len(plain_of(twice)) == len(plain_of(once)) + 1


@pytest.mark.parametrize(
    "text", ["[{id: W-1}]\n", "waivers: [{id: W-1}]\n", "- id: W-1\n...\n", "id: W-1\n", "waivers: 7\n"]
)
def test_a_file_that_cannot_be_added_to_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ContentError, match=r"id: W-9|must be a list"):
        with_entry(text.encode(), PATH, "waivers", NEW)


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "null",
        "~",
        "012",
        "1e3",
        "- x",
        "#x",
        "a: b",
        'say "so"',
        "it's",
        "{x}",
        "Größe",
        "ä\\b",
        "on",
    ],
)
def test_every_text_comes_back_as_it_was_given(value: str) -> None:
    entry: dict[str, Plain] = {"id": value, "inside": {"a b": value, "c": "d e"}}
    assert plain_of(with_entry(b"", PATH, "waivers", entry)) == [entry]


def test_an_id_that_is_taken_is_refused() -> None:
    once = with_entry(b"", PATH, "waivers", NEW)
    with pytest.raises(ContentError, match="W-9 already"):
        with_entry(once, PATH, "waivers", NEW)


def test_remarks_in_another_encoding_are_refused() -> None:
    with pytest.raises(ContentError, match="not UTF-8"):
        with_entry("# für später\n".encode("latin-1"), PATH, "waivers", NEW)


THREE = """\
# head
- id: W-1
  approvals:
    - by: A        # the first
    # a remark of the list

  # about the reason
  reason: |
    # not a remark
    x

# about the second
- id: W-2

- id: W-3
  approvals: []
"""


@pytest.mark.parametrize(("number", "listed"), [(0, True), (1, True), (0, False), (1, False), (2, False)])
def test_a_field_more_adds_lines_and_takes_none_away(number: int, *, listed: bool) -> None:
    field = "approvals" if listed else "revoked"
    value: dict[str, Plain] = {"by": "Max Muster", "why": "No: more"}
    made = with_field(THREE.encode(), PATH, "waivers", number, field, value, listed=listed)
    entry = plain_of(made)[number]
    assert isinstance(entry, dict)
    told = entry[field]
    assert (told[-1] if isinstance(told, list) else told) == value
    gone = [
        line
        for line in difflib.ndiff(THREE.splitlines(), made.decode().splitlines())
        if line.startswith("- ")
    ]
    assert gone == []
    assert len(plain_of(made)) == 3


@pytest.mark.parametrize(
    "text", ["- {id: W-1}\n", "- id: W-1\n  approvals: [{by: A}]\n", "- W-1\n", "- id: W-2\n"]
)
def test_an_entry_that_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(ContentError):
        with_field(
            text.encode(), PATH, "waivers", 1 if "W-2" in text else 0, "approvals", {"by": "B"}, listed=True
        )


def test_an_approval_is_added_to_the_example_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    entry: dict[str, Plain] = {
        "id": "W-1", "check": "a.b", "target": "*", "reason": "r",
        "risk": {"likelihood": "low", "impact": "low"},
        "compensation": "c", "requested_by": "Anna Beispiel", "requested_on": "2026-01-01",
    }  # fmt: skip
    raw = with_entry(b"", path, "waivers", entry)
    for day in ("2026-01-02", "2026-02-02"):
        approval: dict[str, Plain] = {
            "approved_by": "Bert Muster", "role": "management", "granted": day, "expires": "2026-03-01",
        }  # fmt: skip
        raw = with_field(raw, path, "waivers", 0, "approvals", approval, listed=True)
    path.write_bytes(raw)
    (waiver,), unreadable = load_waivers(path)
    assert (len(waiver.approvals), unreadable) == (2, ())
