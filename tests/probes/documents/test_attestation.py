"""What is seen of the statements that named persons make."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Attestations
from readiness_audit.probes.documents.attestation import PROBE, AttestationFacts, IncompleteStatement
from readiness_audit.probes.documents.statements import read_statements
from readiness_audit.probes.reach.blind import CannotSee
from tests.looking import look_at

FILE = "attestations.yaml"


def _seen(folder: Path, text: str | bytes) -> AttestationFacts:
    (folder / FILE).write_bytes(text.encode() if isinstance(text, str) else text)
    target = Attestations(kind="attestations", id="a", file=FILE)
    return look_at(PROBE, target, evidence=folder).facts


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("", Reason.EMPTY, "empty"),
        ("# nothing yet\n", Reason.EMPTY, "no YAML"),
        ("[]", Reason.EMPTY, "no statements"),
        ("attestations:\n", Reason.EMPTY, "no statements"),
        ("attestations: yes", Reason.UNREADABLE, "list"),
        ("statements: []", Reason.UNREADABLE, "attestations"),
        ("- just words", Reason.UNREADABLE, "line 1"),
        ("- check: a\n  check: b", Reason.UNREADABLE, "twice"),
        ("- &a {check: x}\n- *a", Reason.UNREADABLE, "line 2"),
        ("- !!python/object:os.system {check: x}", Reason.UNREADABLE, "tags"),
        ("- " + "[" * 50_000, Reason.UNREADABLE, "nested"),
        ("- check: 'open", Reason.UNREADABLE, "not YAML"),
        (b"- check: \xff", Reason.UNREADABLE, "UTF-8"),
        ("- {}\n" * 2_001, Reason.TOO_LARGE, "2000 statements"),
        ("#" * 2_100_000, Reason.TOO_LARGE, "larger"),
    ],
)
def test_it_says_so_when_there_are_no_statements_to_read(
    tmp_path: Path, text: str | bytes, reason: Reason, said: str
) -> None:
    with pytest.raises(CannotSee) as blind:
        _seen(tmp_path, text)

    assert blind.value.reason is reason
    assert said in blind.value.detail


def test_it_says_so_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, Attestations(kind="attestations", id="a", file="none.yaml"), evidence=tmp_path)

    assert blind.value.reason is Reason.NOT_FOUND


WHOLE = """\
attestations:
  - check: test.uat.signoff
    statement: >
      Die Abnahme ist erteilt;
      offene Fehler sind genannt.
    person: Erika Muster
    role: Fachbereich
    date: 3. Mai 2026
    valid_until: 2026-12-31
  - check: docs.runbook.usable
    statement: Walkthrough done.
    person: Erika Muster
    role: Owner
    date: 2026-05-03
    valid_until: 31.12.2026
    second_person: " ERIKA  Muster "
    second_role: Deputy
"""


def test_statements_are_told_as_they_were_made(tmp_path: Path) -> None:
    facts = _seen(tmp_path, WHOLE)

    assert (facts.entries, facts.statement_count, facts.incomplete_count) == (2, 2, 0)
    assert (facts.incomplete, facts.unreadable_dates, facts.unknown_keys) == ((), (), ())
    first, second = facts.statements
    assert (first.check, first.row) == ("test.uat.signoff", 2)
    assert first.statement == "Die Abnahme ist erteilt; offene Fehler sind genannt."
    assert (first.person, first.role) == ("Erika Muster", "Fachbereich")
    assert (first.date, first.valid_until) == ("2026-05-03", "2026-12-31")
    assert (first.second_person, first.second_role, first.same_person) == (None, None, False)
    assert (first.attachment, first.attachment_state, first.attachment_sha256) == (None, "none", None)
    assert (second.valid_until, second.second_person, second.second_role) == (
        "2026-12-31",
        "ERIKA Muster",
        "Deputy",
    )
    assert second.same_person
    assert facts.sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()


def test_another_second_person_is_another_person(tmp_path: Path) -> None:
    facts = _seen(tmp_path, _entry(second_person="Max Beispiel"))

    assert not facts.statements[0].same_person


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"person": None}, ("person",)),
        ({"person": "''"}, ("person",)),
        ({"person": "N.N."}, ("person",)),
        ({"role": "TBD"}, ("role",)),
        ({"statement": "<Text>"}, ("statement",)),
        ({"date": "gestern", "valid_until": None}, ("date", "valid_until")),
        ({"valid_until": "31/12/2026"}, ("valid_until",)),
        ({"person": "[Erika, Max]"}, ("person",)),
        ({"check": "~"}, ("check",)),
    ],
)
def test_an_entry_without_what_it_needs_is_no_statement(
    tmp_path: Path, changes: dict[str, str | None], missing: tuple[str, ...]
) -> None:
    facts = _seen(tmp_path, _entry(**changes))

    check = "" if "check" in missing else "a.b"
    assert facts.incomplete == (IncompleteStatement(row=1, check=check, missing=missing),)
    assert (facts.statements, facts.statement_count, facts.incomplete_count, facts.entries) == ((), 0, 1, 1)


def test_days_that_cannot_be_read_and_keys_that_mean_nothing_are_listed(tmp_path: Path) -> None:
    facts = _seen(tmp_path, _entry(valid_until="31/12/2026", valid_untill="2026-12-31", signed_by="x"))

    assert facts.unreadable_dates == ("line 1, valid_until: 31/12/2026",)
    assert facts.unknown_keys == ("signed_by", "valid_untill")


@pytest.mark.parametrize(
    "second", ["Muster, Erika", "Muster Erika", "Dr. Erika Muster", "Frau Erika Muster", "\uff25RIKA Muster"]
)
def test_a_person_in_other_clothes_is_no_second_person(tmp_path: Path, second: str) -> None:
    facts = _seen(tmp_path, _entry(person="Erika Muster", second_person=f"'{second}'"))

    assert facts.statements[0].same_person


def test_an_attachment_of_nothing_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(b"")
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    facts = _seen(tmp_path, _entry(attachment="signed.pdf", sha256=nothing))

    assert facts.statements[0].attachment_state == "empty"


def test_an_attachment_counts_only_with_the_hash_that_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "minutes").mkdir()
    (tmp_path / "minutes" / "uat.pdf").write_bytes(b"minutes")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "link.pdf").symlink_to("minutes/uat.pdf")
    os.mkfifo(tmp_path / "pipe")
    digest = hashlib.sha256(b"minutes").hexdigest()
    nothing = hashlib.sha256(b"").hexdigest()
    cases = (
        ("minutes/uat.pdf", digest, "matches", digest),
        ("minutes/uat.pdf", f"sha256:{digest.upper()}", "matches", digest),
        ("minutes/uat.pdf", "0" * 64, "differs", digest),
        ("minutes/uat.pdf", "not a hash", "differs", digest),
        ("minutes/uat.pdf", None, "no-hash", digest),
        ("empty.txt", nothing, "empty", nothing),
        ("minutes/none.pdf", digest, "missing", None),
        ("../outside.pdf", digest, "missing", None),
        ("/etc/hostname", digest, "missing", None),
        ("link.pdf", digest, "unreadable", None),
        ("pipe", digest, "unreadable", None),
        ("minutes", digest, "unreadable", None),
        ('"a\\0b"', digest, "missing", None),
        (None, digest, "none", None),
    )

    facts = _seen(tmp_path, "".join(_entry(attachment=name, sha256=known) for name, known, _, _ in cases))

    told = [(each.attachment_state, each.attachment_sha256) for each in facts.statements]
    assert told == [(state, found) for _, _, state, found in cases]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="-:[]{}&*!|> \n\t'\"abc~#%@", max_size=120).map(str.encode))
def test_garbage_is_read_or_refused_and_nothing_else(data: bytes) -> None:
    said = ""
    try:
        read_statements(data)
    except CannotSee as blind:
        said = blind.detail

    assert not said or said.isprintable()


def _entry(**changes: str | None) -> str:
    fields: dict[str, str | None] = {
        "check": "a.b",
        "statement": "It is so.",
        "person": "Erika Muster",
        "role": "Owner",
        "date": "2026-05-03",
        "valid_until": "2026-12-31",
        **changes,
    }
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "- " + "\n  ".join(lines) + "\n"
