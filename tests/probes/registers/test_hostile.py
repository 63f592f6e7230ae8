"""Whatever a register's file holds, a look gives facts or says why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness_audit.model.facts import hollow
from readiness_audit.model.plain import to_plain
from readiness_audit.model.register_type import RegisterType
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.csv_lines import csv_lines
from readiness_audit.probes.registers.probes import PROBES, REGISTERS, columns_for, row_of
from readiness_audit.probes.registers.table import RegisterFacts, TableReader
from readiness_audit.probes.registers.xlsx_lines import read_xlsx
from readiness_audit.probes.registers.yaml_lines import read_yaml
from tests.probes.registers.reading import seen, xlsx

BOUNDED = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
GOOD_CSV = b"Nr.;Titel;Verantwortlich;Frist;Status\n1;Pilot;Anna;31.12.2026;offen\n"
GOOD_YAML = b"null\n- {title: a, owner: b, due: 2026-01-02}\n- {title: c, owner: [d], due: ~}\n"
GOOD_XLSX = b"null\n" + xlsx(("title", "owner", "due"), ("a", "b", "2026-01-02"))

KINDS = st.sampled_from(sorted(REGISTERS))
CELLS = st.one_of(
    st.text(max_size=30), st.sampled_from(["ja", "1.1.2026", "1,5", '"', ";", "\r", "=1+1", "-"])
)


def mutated(data: st.DataObject, good: bytes) -> bytes:
    """Change a few bytes, cut some out, put some in."""
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(bad)))
        match data.draw(st.integers(0, 2)):
            case 0:
                bad[place : place + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case 1:
                del bad[place : place + data.draw(st.integers(1, 200))]
            case _:
                bad[place:place] = data.draw(st.binary(max_size=8))
    return bytes(bad)


def detail_of(reading: Callable[[], object]) -> str:
    """Read, give what is said where nothing can be seen, and hold what is seen to be fit for a record."""
    try:
        json.dumps(to_plain(reading()), allow_nan=False).encode()
    except CannotSee as blind:
        return blind.detail
    return ""


def csv_facts(kind: RegisterType, data: bytes) -> RegisterFacts:
    """Read CSV into facts."""
    reader = TableReader(row_of(REGISTERS[kind]))
    for line in csv_lines(data, columns_for(kind)):
        reader.take(line)
    return reader.facts(REGISTERS[kind], "2026-06-15T12:00:00Z")


@BOUNDED
@given(KINDS, st.binary(max_size=400))
def test_any_bytes_as_csv(kind: RegisterType, data: bytes) -> None:
    assert len(detail_of(lambda: csv_facts(kind, data))) < 600


@BOUNDED
@given(KINDS, st.lists(st.lists(CELLS, max_size=14), max_size=6), st.sampled_from(";,\t"))
def test_any_cells_under_a_good_header(kind: RegisterType, rows: list[list[str]], mark: str) -> None:
    header = [told.head.de for told in columns_for(kind).values()]
    text = "\n".join(mark.join(row) for row in [header, *rows])
    assert len(detail_of(lambda: csv_facts(kind, text.encode()))) < 600


@BOUNDED
@given(st.data())
def test_good_files_with_some_damage(data: st.DataObject) -> None:
    table, tree, book = mutated(data, GOOD_CSV), mutated(data, GOOD_YAML[5:]), mutated(data, GOOD_XLSX[5:])
    assert len(detail_of(lambda: csv_facts(RegisterType.MILESTONES, table))) < 600
    assert len(detail_of(lambda: read_yaml(b"null\n" + tree))) < 600
    assert len(detail_of(lambda: read_xlsx(b"null\n" + book))) < 600


def test_markup_and_control_characters_stay_plain_text(tmp_path: Path) -> None:
    nasty = "<script>\x1b]8;;x\x07 =cmd|'/c calc'!A0 \u202e\ud7ff"
    facts = seen(tmp_path, "milestones", f'title;owner;due\n"{nasty}";b;2026-01-01\n')
    assert facts.rows[0].title == nasty


def test_every_type_of_register_has_a_probe_with_a_usable_contract() -> None:
    assert {probe.name for probe in PROBES} == {f"register.{kind}" for kind in RegisterType}
    for probe in PROBES:
        assert {"rows", "row_count", "missing_columns", "unreadable_count"} <= set(hollow(probe.sees))
        assert hollow(row_of(probe.sees))["row"] == 0
