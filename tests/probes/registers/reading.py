"""Write a register's file and look at it, the way an audit does."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from readiness_audit.model.evidence import Reason
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.target import Register
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.probes import PROBES
from tests.looking import look_at

_BY_NAME = {probe.name: probe for probe in PROBES}


def seen(folder: Path, kind: str, content: bytes | str, ending: str = "csv", sheet: str | None = None) -> Any:  # noqa: ANN401 - facts of any register; the tests say which
    """Give the facts of a register with this content."""
    name = f"register.{ending}"
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    register = Register(kind="register", id="it", type=RegisterType(kind), file=name, sheet=sheet)
    return look_at(_BY_NAME[f"register.{kind}"], register, evidence=folder, seconds=20).facts


def blind(
    folder: Path, kind: str, content: bytes | str, ending: str = "csv", sheet: str | None = None
) -> tuple[Reason, str]:
    """Give the reason and the detail why nothing is seen."""
    with pytest.raises(CannotSee) as caught:
        seen(folder, kind, content, ending, sheet)
    return caught.value.reason, caught.value.detail


def xlsx(*rows: Sequence[object], sheet: str = "Tabelle1") -> bytes:
    """Make a spreadsheet of one worksheet; text stays text, dates get a date format."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd.mm.yyyy"})
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, str) and not cell.startswith("="):
                page.write_string(number, place, cell)
            elif cell is not None:
                page.write(number, place, cell)
    book.close()
    return file.getvalue()
