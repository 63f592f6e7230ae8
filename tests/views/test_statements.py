"""Who made the statements, beside the list of persons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from readiness_audit.model.evidence import Plain
from readiness_audit.model.facts import complete
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.views.statements import join
from tests.views.joining import recorded

PERSONS = """\
person_id,name,status,joined_on,left_on
P1,Anna Arendt,active,2020-01-01,
P2,Bert Brandt,left,2019-01-01,2026-05-31
P3,Cem Celik,active,2026-06-10,
P4,Dora Dietz,left,,
P5,Emil Ernst,active,,
P6,Emil Ernst,left,,2025-01-31
"""


def stated(folder: Path, *names: tuple[str, str | None], persons: str = PERSONS) -> Any:  # noqa: ANN401 - as `joined`
    statements: list[Plain] = [
        {
            "check": "a.b",
            "person": first,
            "second_person": second,
            "date": "2026-06-01",
            "valid_until": "2026-12-31",
        }
        for first, second in names
    ]
    seen = complete(BUILT_IN["attestation"].sees, {"statements": statements})
    return join({"statements": seen, "persons": recorded(folder, "persons", persons)})


def test_without_persons_nobody_is_looked_up(tmp_path: Path) -> None:
    facts = stated(tmp_path, ("Anna Arendt", None), persons=PERSONS.partition("\n")[0] + "\n")
    assert (facts.row_count, facts.rows) == (0, ())
    assert facts.obstacles == ("the list of persons has no rows",)


def test_without_statements_there_is_nobody_to_look_up(tmp_path: Path) -> None:
    facts = stated(tmp_path)
    assert (facts.obstacles, facts.row_count) == ((), 0)


def test_it_says_who_was_there_on_the_day(tmp_path: Path) -> None:
    facts = stated(
        tmp_path,
        ("Dr. Anna Arendt", "Brandt, Bert"),
        ("Cem Celik", "Nobody Known"),
        ("Dora Dietz", "p1"),
    )
    assert [(row.person, row.second, row.status) for row in facts.rows] == [
        ("Dr. Anna Arendt", False, "here"),
        ("Brandt, Bert", True, "left"),
        ("Cem Celik", False, "not-yet"),
        ("Nobody Known", True, "unknown"),
        ("Dora Dietz", False, "left"),
        ("p1", True, "here"),
    ]


def test_of_two_people_with_one_name_the_one_who_was_there_counts(tmp_path: Path) -> None:
    assert [row.status for row in stated(tmp_path, ("Emil Ernst", None)).rows] == ["here"]


def test_who_left_afterwards_was_there(tmp_path: Path) -> None:
    later = PERSONS.replace("2026-05-31", "2026-06-01")
    assert [row.status for row in stated(tmp_path, ("Bert Brandt", None), persons=later).rows] == ["here"]
