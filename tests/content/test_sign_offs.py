"""Sign-offs as they stand in their file: a bad entry harms no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.content.sign_offs import load_sign_offs
from readiness_audit.errors import ContentError
from readiness_audit.model.governance import Signature
from readiness_audit.model.sign_off import Choice

GOOD = f"""\
- role: isb
  person: Ida Sicher
  date: 2026-11-24
  decision: no
  record_sha256: {"ab" * 32}
  run: 20261123T084500Z-3f9a1c
  comment: "The report was read: all of it"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sign-offs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_that_is_not_there_holds_none(tmp_path: Path) -> None:
    found = load_sign_offs(tmp_path / "sign-offs.yaml")
    assert (found.sign_offs, found.unusable) == ((), ())


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n"])
def test_an_empty_file_holds_none(tmp_path: Path, text: str) -> None:
    assert load_sign_offs(written(tmp_path, text)).sign_offs == ()


@pytest.mark.parametrize("text", ["role: isb\n", "yes\n", "- [\n"])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError):
        load_sign_offs(written(tmp_path, text))


def test_a_no_is_a_no_and_not_false(tmp_path: Path) -> None:
    (found,) = load_sign_offs(written(tmp_path, GOOD)).sign_offs
    assert (found.role, found.decision, str(found.date)) == ("isb", Choice.NO, "2026-11-24")


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("- role: isb\n", "sign-offs.yaml:8: the key 'person' is missing"),
        ("- nonsense\n", "sign-offs.yaml:8: "),
        (GOOD.replace("decision: no", "decision: maybe"), "sign-offs.yaml:11: 'maybe' is not allowed here"),
        (GOOD.replace("ab" * 32, "abc"), "sign-offs.yaml:12: must be 64 hexadecimal digits"),
        (GOOD.replace("2026-11-24", "24.11.2026"), "sign-offs.yaml:10: '24.11.2026' is not a day"),
        (
            GOOD.replace("comment", "coment"),
            "sign-offs.yaml:14: unknown key 'coment'; did you mean 'comment'?",
        ),
    ],
)
def test_an_entry_that_is_none_is_told_and_the_others_count(tmp_path: Path, bad: str, told: str) -> None:
    found = load_sign_offs(written(tmp_path, GOOD + bad))
    assert len(found.sign_offs) == 1
    (said,) = found.unusable
    assert said.startswith(told)


def test_a_signature_is_read_as_it_is_written(tmp_path: Path) -> None:
    (found,) = load_sign_offs(written(tmp_path, GOOD + "  signature: {key: k1, sig: c2ln}\n")).sign_offs
    assert found.signature == Signature(key="k1", sig="c2ln")


def test_a_yes_of_nobody_is_none_and_a_no_is_heard(tmp_path: Path) -> None:
    text = GOOD.replace("Ida Sicher", '"-"')
    assert [each.decision for each in load_sign_offs(written(tmp_path, text)).sign_offs] == [Choice.NO]
    found = load_sign_offs(written(tmp_path, text.replace("decision: no", "decision: yes")))
    assert (found.sign_offs, "names nobody" in found.unusable[0]) == ((), True)
