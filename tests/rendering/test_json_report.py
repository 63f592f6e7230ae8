"""The machine report has the shape it publishes, and says what the record says."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import jsonschema
import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.rendering import render
from readiness_audit.shipped import shipped
from tests.governed import a_governed_record
from tests.records import a_record, released
from tests.rendering import hostile
from tests.rendering.test_story import with_condition

SCHEMA = json.loads((shipped("reports") / "json" / "report.schema.json").read_text(encoding="utf-8"))


def report_on(record: Record, language: Language = Language.EN) -> Any:  # noqa: ANN401 - JSON has no narrower type
    return json.loads(render(record, "json", language, sha256="ab" * 32))


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        released(a_record()),
        with_condition(),
        a_governed_record(),
        hostile.hostile_record(),
        a_record(targets=60, checks=2),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_it_has_the_published_shape(record: Record, language: Language) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    checker = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    report = report_on(record, language)
    checker.validate(report)


def test_the_schema_leaves_no_key_undescribed() -> None:
    report = report_on(a_record())
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"]) == set(report)
    for name, noun in SCHEMA["$defs"].items():
        assert set(noun["required"]) == set(noun["properties"]), name
    assert set(SCHEMA["$defs"]["verdict"]["required"]) == set(report["verdicts"][0])
    assert set(SCHEMA["$defs"]["evidence"]["required"]) == set(report["evidence"][0])
    assert set(SCHEMA["$defs"]["check"]["required"]) == set(next(iter(report["checks"].values())))


def test_the_schema_knows_every_reason() -> None:
    [known, _] = SCHEMA["$defs"]["verdict"]["properties"]["reason"]["anyOf"]
    assert set(known["enum"]) == {str(reason) for reason in Reason}


def test_its_numbers_add_up_and_are_those_of_its_verdicts() -> None:
    report = report_on(a_record(targets=60, checks=2))
    tally = report["tally"]
    counted = Counter(verdict["outcome"] for verdict in report["verdicts"] if verdict["counts"])
    parts = {"pass": "passed", "fail": "failed", "not_assessed": "not_assessed", "stale": "stale"}
    assert {outcome: tally[name] for outcome, name in parts.items()} == {
        name: counted[name] for name in parts
    }
    assert sum(counted.values()) == tally["planned"]
    assert {verdict["check"] for verdict in report["verdicts"]} == set(report["checks"])


def test_a_point_has_the_status_that_people_read() -> None:
    points = {point["point"]: point["status"] for point in report_on(a_record())["points"]}
    assert (points[5], points[8], points[9], points[1]) == ("fail", "partial", "open", "none")


def test_every_verdict_can_be_followed_to_its_evidence() -> None:
    report = report_on(a_record())
    looks = {piece["look"] for piece in report["evidence"]}
    for verdict in report["verdicts"]:
        assert set(verdict["looks"]) <= looks
        assert verdict["looks"] or verdict["outcome"] == "not_applicable"


def test_it_is_sorted_and_the_same_every_time() -> None:
    text = render(a_record(), "json", Language.DE)
    assert text == render(a_record(), "json", Language.DE)
    report = json.loads(text)
    assert list(report) == sorted(report)
    assert list(report["checks"]) == sorted(report["checks"])


def test_nothing_hidden_stands_in_it_and_nothing_is_lost() -> None:
    text = render(hostile.hostile_record(), "json", Language.EN)
    assert hostile.shows_nothing_hidden(text)
    failed = next(verdict for verdict in json.loads(text)["verdicts"] if verdict["outcome"] == "fail")
    assert failed["subjects"] == list(hostile.TEXTS)
    text.encode("utf-8")
