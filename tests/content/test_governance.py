"""What people agreed is read entry by entry: a bad one costs itself its effect, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from readiness_audit.content.files import load_checks
from readiness_audit.content.governance import load_conditions, load_governance, load_waivers
from readiness_audit.errors import ContentError
from readiness_audit.model.governance import Kind, Role
from readiness_audit.shipped import shipped
from tests.systems import a_house

GOOD = """\
- id: W-1
  check: tls.ciphers.unlisted
  target: "web*"
  reason: The registers know no other.
  risk: {likelihood: low, impact: high}
  compensation: They stand alone.
  requested_by: Jana Beispiel
  requested_on: 2026-11-02
  approvals:
    - {approved_by: Max Muster, role: management, granted: 2026-11-03, expires: 2027-01-31}
"""
CONDITION = """\
- check: cert.expiry.soon
  target: portal
  owner: Jana Beispiel
  due: 2026-12-15
  approved_by: Max Muster
  demand: Renew it.
"""


def written(folder: Path, text: str, name: str = "waivers.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_is_no_agreement(tmp_path: Path) -> None:
    governance = load_governance(tmp_path, a_house())
    assert (governance.waivers, governance.conditions, governance.unreadable) == ((), (), ())


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# nothing yet\n\n  # still nothing", "\ufeff# nothing", "[]\n"]
)
def test_a_file_of_remarks_is_a_list_without_entries(tmp_path: Path, text: str) -> None:
    assert load_waivers(written(tmp_path, text)) == ((), ())


def test_a_waiver_is_read_as_it_is_written(tmp_path: Path) -> None:
    (waiver,), unreadable = load_waivers(written(tmp_path, GOOD))
    assert unreadable == ()
    assert (waiver.id, waiver.requested_on) == ("W-1", date(2026, 11, 2))
    (approval,) = waiver.approvals
    assert (approval.role, approval.expires) == (Role.MANAGEMENT, date(2027, 1, 31))


@pytest.mark.parametrize(
    ("was", "is_", "line", "problem"),
    [
        ("  reason: The registers know no other.\n", "", 1, "the key 'reason' is missing"),
        ("role: management", "role: managment", 10, "did you mean 'management'"),
        ("expires: 2027-01-31", "expires: 31.01.2027", 10, "is not a day"),
        ("expires: 2027-01-31", "expires: 2027-02-30", 10, "is not a day"),
        ("expires: 2027-01-31", "expires: 2026-11-02", 10, "before the day it was granted"),
        ("requested_on: 2026-11-02", "requested_on:", 8, "valid date"),
        ("impact: high", "impact: huge", 5, "'huge' is not allowed here"),
        ("reason: The", "raeson: The", 4, "unknown key 'raeson'; did you mean 'reason'"),
        ("requested_by: Jana Beispiel", 'requested_by: " "', 7, "one line of printable text"),
        ("requested_by: Jana Beispiel", 'requested_by: "Max\\u200bMuster"', 7, "one line of printable text"),
        ("approvals:\n", "approvals: yes\n#", 9, "must be a list"),
    ],
)
def test_a_malformed_entry_is_told_with_its_line_and_the_others_stand(
    tmp_path: Path, was: str, is_: str, line: int, problem: str
) -> None:
    second = GOOD.replace("W-1", "W-2")
    assert was in GOOD
    (waiver,), (bad,) = load_waivers(written(tmp_path, GOOD.replace(was, is_) + second))
    assert waiver.id == "W-2"
    assert (bad.kind, bad.name, bad.line) == (Kind.WAIVER, "W-1", 1)
    assert problem in bad.problem
    assert f"line {line}:" in bad.problem


@pytest.mark.parametrize("entry", ["- just words\n", "- 7\n", "- [W-1]\n", "-\n"])
def test_what_is_no_entry_at_all_is_told(tmp_path: Path, entry: str) -> None:
    waivers, (bad,) = load_waivers(written(tmp_path, GOOD + entry))
    assert [waiver.id for waiver in waivers] == ["W-1"]
    assert bad.line == 11


def test_an_id_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    (_,), (bad,) = load_waivers(written(tmp_path, GOOD + GOOD))
    assert (bad.name, bad.line) == ("W-1", 11)


@pytest.mark.parametrize(
    "text", ["id: W-1\n", "no list\n", "- id: [\n", "waivers: 7\n", "- &a [*a]\n", "- id: W-1\n  id: W-2\n"]
)
def test_a_file_that_is_no_list_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError):
        load_waivers(written(tmp_path, text))


def test_conditions_are_a_list_or_as_before_a_list_under_their_name(tmp_path: Path) -> None:
    before = "conditions:\n" + "".join(f"  {line}\n" for line in CONDITION.splitlines())
    as_list = load_conditions(written(tmp_path, CONDITION, "conditions.yaml"))
    assert as_list == load_conditions(written(tmp_path, before, "conditions.yaml"))
    assert as_list[0][0].due == date(2026, 12, 15)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such file"):
        load_governance(tmp_path, a_house(waivers="agreed/waivers.yaml"))
    (tmp_path / "agreed").mkdir()
    written(tmp_path / "agreed", GOOD)
    assert len(load_governance(tmp_path, a_house(waivers="agreed/waivers.yaml")).waivers) == 1


def test_reading_a_signature_proves_nothing(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("  approvals", "  signature: {key: k1, sig: QUJD}\n  approvals"))
    governance = load_governance(tmp_path, a_house())
    signature = governance.waivers[0].signature
    assert signature is not None
    assert (signature.key, signature.sig, governance.seals) == ("k1", "QUJD", ())


def test_a_statement_can_only_be_contradicted_by_a_check_that_there_is_and_that_looks(tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    for name in ("test/uat-signoff", "test/uat-recent"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = (shipped("checks") / f"{name}.yaml").read_text(encoding="utf-8")
        text = text.replace("[test.defects.open]", "[test.uat.recent, test.nothing]")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_checks([folder])
    told = [problem.message for problem in caught.value.problems]
    assert told == [
        "test.uat.recent asks for a statement, too: name one that looks",
        "there is no check called 'test.nothing'",
    ]


@pytest.mark.parametrize("name", ["-", "N.N.", "Anna Me\u0456er"])
def test_an_entry_that_names_nobody_has_no_effect(tmp_path: Path, name: str) -> None:
    for old in ("Jana Beispiel", "Max Muster"):
        for text, load in ((GOOD, load_waivers), (CONDITION, load_conditions)):
            good, (bad,) = load(written(tmp_path, text.replace(old, f'"{name}"')))
            assert (good, name in bad.problem) == ((), True)
