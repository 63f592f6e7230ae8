"""Reports name the runs that were joined: from where, of which day, and which of them do not count."""

from __future__ import annotations

import json
from dataclasses import replace

from readiness_audit.model.evidence import Look, Observed, Plain
from readiness_audit.model.record import Record
from readiness_audit.model.texts import Language
from readiness_audit.model.vantage import Vantage, VantagePoint
from readiness_audit.rendering.joined import joined_notices
from readiness_audit.rendering.json_report import machine_report
from readiness_audit.rendering.reading import opened
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import words_in
from tests.records import STARTED, a_record

EN, DE = (words_in(language, "Europe/Berlin") for language in (Language.EN, Language.DE))
A, B = "20261120T080000Z-aaaaaa", "20261121T080000Z-bbbbbb"


def sighting(
    run: str, point: str | None = "outside", day: int = 20, obstacle: str | None = None
) -> dict[str, Plain]:
    return {
        "run": run,
        "sha256": "ab" * 32,
        "looked_from": "station-2",
        "vantage_point": point,
        "seen_at": f"2026-11-{day}T23:30:00Z",
        "obstacle": obstacle,
        "ports": None if obstacle else {},
    }


def with_joined(*hosts: list[Plain]) -> Record:
    record = a_record()
    evidence = tuple(
        Observed(
            look=Look(probe="elsewhere", target=f"host-{number}"),
            taken_at=STARTED,
            tool="t",
            facts={"sightings": sightings},
        )
        for number, sightings in enumerate(hosts)
    )
    points = (VantagePoint(name="outside", network=Vantage.INTERNET),)
    system = replace(record.system, vantage_points=points)
    return replace(record, system=system, evidence=(*record.evidence, *evidence))


def test_a_run_alone_names_no_other() -> None:
    assert list(joined_notices(a_record(), EN)) == []
    assert list(joined_notices(with_joined([]), EN)) == []


def test_each_is_named_once_with_its_place_and_its_day_here() -> None:
    record = with_joined([sighting(A), sighting(B, day=21)], [sighting(A, day=19), sighting(B, day=21)])
    place = "station-2 (outside, the internet)"
    (told,) = joined_notices(record, EN)
    runs = f"run {A} from {place}, 21 November 2026; run {B} from {place}, 22 November 2026"
    assert told == f"Other runs are joined to this one: {runs}."
    (german,) = joined_notices(record, DE)
    assert f"Lauf {A} von station-2 (outside, aus dem Internet), 21.11.2026; Lauf {B}" in german


def test_what_counts_for_some_hosts_or_for_none_is_said() -> None:
    why = "it has no target host-0"
    record = with_joined(
        [sighting(A, obstacle=why), sighting(B, obstacle=why)], [sighting(A), sighting(B, obstacle=why)]
    )
    counting, idle = joined_notices(record, EN)
    assert counting.endswith("21 November 2026 (counts for 1 of 2 targets).")
    assert idle == f"Joined as well, but without effect: run {B}, since it has no target host-0."
    assert list(joined_notices(record, DE))[1] == (
        f"Ebenfalls einbezogen, aber ohne Wirkung: Lauf {B}: er hat kein Ziel host-0."
    )


def test_they_stand_above_the_answer_and_in_the_register_of_evidence() -> None:
    story = tell(with_joined([sighting(A)]), EN)
    assert A in story.notices[-1]
    row = next(row for row in story.evidence.rows if "elsewhere" in row.cells)
    assert "station-2 (outside, the internet)" in row.cells
    assert any("station-2 (outside, the internet)" in line for line in story.method)


def test_machines_read_what_each_counts_for_and_why_not() -> None:
    record = with_joined(
        [sighting(A), sighting(B, obstacle="it has no target host-0")], [sighting(A, day=19)]
    )
    first, second = json.loads(machine_report(record, Language.DE))["joined"]
    assert first == {
        "run": A,
        "sha256": "ab" * 32,
        "looked_from": "station-2",
        "vantage_point": "outside",
        "network": "internet",
        "seen_at": "2026-11-20T23:30:00Z",
        "counts_for": ["host-0", "host-1"],
        "idle": [],
    }
    assert (second["run"], second["counts_for"], second["seen_at"]) == (B, [], None)
    assert second["idle"] == [{"target": "host-0", "obstacle": "it has no target host-0"}]


def test_what_was_seen_of_paths_from_elsewhere_is_named_as_well() -> None:
    record = with_joined([])
    seen = {**sighting(A), "ports": None, "paths": {}}
    look = Look(probe="web-elsewhere", target="portal")
    piece = Observed(look=look, taken_at=STARTED, tool="t", facts={"sightings": [seen]})
    (told,) = joined_notices(replace(record, evidence=(*record.evidence, piece)), EN)
    assert f"run {A} from station-2 (outside, the internet)" in told


def test_what_records_hold_does_no_harm() -> None:
    odd: list[Plain] = [None, 7, "x", {}, {"run": 3, "ports": {}, "seen_at": "yesterday"}, {"ports": {}}]
    record = with_joined(odd, [sighting(A, point=None), sighting(B, point="moon")])
    (told, *_) = joined_notices(record, EN)
    assert f"run {A} from station-2, 21 November 2026" in told
    assert opened(record, EN).vantage(record.evidence[-1]) == "station-2"
