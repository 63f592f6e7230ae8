"""Records that earlier versions kept are read, reported and judged again by this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger.canonical import canonical, record_from, strict
from readiness_audit.ledger.folder import open_record, read_excerpts
from readiness_audit.model.decision import Result
from readiness_audit.model.record import SCHEMA
from readiness_audit.model.texts import Language
from readiness_audit.rendering import FORMATS, render
from readiness_audit.rendering.reasons import reasons

OLD = Path(__file__).parent / "old_records"
FOLDERS = sorted(folder for schema in OLD.iterdir() for folder in schema.iterdir())


def test_one_of_every_schema_before_this_one_is_kept() -> None:
    assert {folder.parent.name for folder in FOLDERS} == {f"schema-{old}" for old in range(1, SCHEMA)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_it_is_read_whole_and_keeps_its_number(folder: Path) -> None:
    record = open_record(folder).record
    assert record.schema == int(folder.parent.name.removeprefix("schema-"))
    assert len(read_excerpts(folder)) == 2
    assert record.decision.result is Result.NO_GO
    assert [each.check for each in record.governance.conditions] == ["net.ports.allowlist", "gone.check"]
    assert record.policy.rule.waiver_days_at_most == 180


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("language", list(Language))
def test_every_report_can_be_made_of_it(folder: Path, language: Language) -> None:
    record = open_record(folder).record
    for name in FORMATS:
        assert record.origin.run in render(record, name, language)
    assert "Jana" not in reasons(record, language)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_what_is_of_this_schema_must_be_whole(folder: Path) -> None:
    plain = strict((folder / "record.json").read_bytes(), 2**20)
    assert isinstance(plain, dict)
    with pytest.raises(RecordError, match="too many or missing"):
        record_from(canonical({**plain, "schema": SCHEMA}))
    with pytest.raises(RecordError, match="too many or missing"):
        record_from(canonical({**plain, "surprise": 1}))
    decision = plain["decision"]
    assert isinstance(decision, dict)
    without = {name: value for name, value in decision.items() if name != "result"}
    with pytest.raises(RecordError, match="result"):
        record_from(canonical({**plain, "decision": without}))
