"""The register probes: one for each type of register, all reading files in the same way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import cast, get_args, get_type_hints

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.target import Register
from readiness_audit.probes.probe import AnyProbe, Probe, Seen
from readiness_audit.probes.reach.apart import read_apart
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.moment import written
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.registers.access_matrix import GrantFacts
from readiness_audit.probes.registers.accounts import AccountFacts
from readiness_audit.probes.registers.budget import BudgetFacts
from readiness_audit.probes.registers.cells import Cell
from readiness_audit.probes.registers.certificates import KeptCertificateFacts
from readiness_audit.probes.registers.column import Column, columns_of
from readiness_audit.probes.registers.communication import CommunicationFacts
from readiness_audit.probes.registers.csv_lines import csv_lines
from readiness_audit.probes.registers.data_flows import DataFlowFacts
from readiness_audit.probes.registers.defects import DefectFacts
from readiness_audit.probes.registers.feedback import FeedbackFacts
from readiness_audit.probes.registers.firewall_rules import FirewallRuleFacts
from readiness_audit.probes.registers.milestones import MilestoneFacts
from readiness_audit.probes.registers.persons import PersonFacts
from readiness_audit.probes.registers.requirements import RequirementFacts
from readiness_audit.probes.registers.restores import RestoreFacts
from readiness_audit.probes.registers.risks import RiskFacts
from readiness_audit.probes.registers.ssh_keys import SshKeyFacts
from readiness_audit.probes.registers.table import Line, RegisterFacts, TableReader
from readiness_audit.probes.registers.training import TrainingFacts
from readiness_audit.probes.registers.xlsx_lines import read_xlsx
from readiness_audit.probes.registers.yaml_lines import read_yaml

REGISTERS: Mapping[RegisterType, type[RegisterFacts]] = {
    RegisterType.ACCESS_MATRIX: GrantFacts,
    RegisterType.ACCOUNTS: AccountFacts,
    RegisterType.BUDGET: BudgetFacts,
    RegisterType.CERTIFICATES: KeptCertificateFacts,
    RegisterType.COMMUNICATION: CommunicationFacts,
    RegisterType.DATA_FLOWS: DataFlowFacts,
    RegisterType.DEFECTS: DefectFacts,
    RegisterType.FEEDBACK: FeedbackFacts,
    RegisterType.FIREWALL_RULES: FirewallRuleFacts,
    RegisterType.MILESTONES: MilestoneFacts,
    RegisterType.PERSONS: PersonFacts,
    RegisterType.REQUIREMENTS: RequirementFacts,
    RegisterType.RESTORES: RestoreFacts,
    RegisterType.RISKS: RiskFacts,
    RegisterType.SSH_KEYS: SshKeyFacts,
    RegisterType.TRAINING: TrainingFacts,
}
"""What is seen in a register of each type. A new type is a module beside this one and a line here."""

LINES_AT_ONCE = 500
"""After so many lines, other looks have their turn and the deadline is heeded."""


def row_of(facts: type[RegisterFacts]) -> type:
    """Give the dataclass of one row of a register."""
    row: type = get_args(get_type_hints(facts)["rows"])[0]
    return row


def columns_for(register: RegisterType) -> dict[str, Column]:
    """Give the columns of a register, by the names that facts use, in the order an empty form has them."""
    return columns_of(row_of(REGISTERS[register]))


async def look(register: Register, reach: Reach) -> Seen[RegisterFacts]:
    """
    Read a register as the rows of its type.

    Raises `CannotSee`: no such file, unreadable, too large, or without a required column.
    """
    make = REGISTERS[register.type]
    row = row_of(make)
    file = reach.evidence.read(register.file)
    sheet, lines = await _lines(register, file.data, columns_of(row), reach)
    reader = TableReader(row, sheet)
    async for line in _in_turns(lines, reach):
        reader.take(line)
    return Seen(facts=reader.facts(make, written(file.modified)), excerpts=((register.file, file.data),))


async def _lines(
    register: Register, data: bytes, columns: dict[str, Column], reach: Reach
) -> tuple[str | None, Iterable[Line]]:
    ending = register.file.rpartition(".")[2].casefold()
    given = json.dumps(register.sheet).encode() + b"\n" + data
    match ending:
        case "csv" | "tsv" | "txt":
            return None, csv_lines(data, columns)
        case "xlsx" | "xlsm":
            name, *lines = cast("list[Plain]", await read_apart(read_xlsx, given, reach.deadline))
            return str(name), _unpacked(lines)
        case "yaml" | "yml":
            lines = cast("list[Plain]", await read_apart(read_yaml, given, reach.deadline))
            return register.sheet, _unpacked(lines)
        case _:
            detail = f"{register.file}: a register ends in .csv, .xlsx or .yaml"
            raise CannotSee(Reason.UNREADABLE, detail)


def _unpacked(lines: list[Plain]) -> Iterable[Line]:
    return (Line(number, cells) for number, cells in cast("list[tuple[int, list[Cell]]]", lines))


async def _in_turns(lines: Iterable[Line], reach: Reach) -> AsyncIterator[Line]:
    for count, line in enumerate(lines, 1):
        yield line
        if count % LINES_AT_ONCE == 0:
            await asyncio.sleep(0)
            if not reach.deadline.left():
                raise CannotSee(Reason.TIMED_OUT, f"only {count} lines could be read in time")


def _probe(register: RegisterType) -> Probe[Register, RegisterFacts]:
    return Probe(
        name=f"register.{register}",
        looks_at=Register,
        sees=REGISTERS[register],
        look=look,
        only={"type": (register.value,)},
    )


PROBES: tuple[AnyProbe, ...] = tuple(_probe(register) for register in REGISTERS)
