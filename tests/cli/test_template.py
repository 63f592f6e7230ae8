"""Empty registers: understood by the probes that read them, and no evidence until filled in."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from readiness_audit.cli.template import NAMES
from readiness_audit.content.governance import load_conditions, load_waivers
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.target import Attestations, Register
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.host.seeing import script
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.registers.probes import columns_for
from readiness_audit.probes.registers.table import RegisterFacts
from tests.cli.asking import Said
from tests.looking import look_at

Tool = Callable[..., Said]
EVERY = list(itertools.product(RegisterType, (("en", "csv"), ("de", "csv"), ("de", "xlsx"))))


def seen(folder: Path, register: RegisterType, file: str) -> RegisterFacts:
    target = Register(kind="register", id="under-test", type=register, file=file)
    facts = look_at(BUILT_IN[f"register.{register}"], target, evidence=folder).facts
    assert isinstance(facts, RegisterFacts)
    return facts


@pytest.mark.parametrize(("register", "written"), EVERY)
def test_an_empty_register_is_understood_and_holds_nothing(
    tool: Tool, tmp_path: Path, register: RegisterType, written: tuple[str, str]
) -> None:
    language, format_ = written
    path = tmp_path / f"form.{format_}"
    assert tool("template", register, "--lang", language, "--out", path).status == 0
    facts = seen(tmp_path, register, path.name)
    assert facts.row_count == 0
    assert facts.unknown_columns == facts.missing_columns == ()
    assert facts.unreadable_count == facts.incomplete_count == 0


def test_its_example_would_be_read_if_it_stood_below(tool: Tool, tmp_path: Path) -> None:
    for register, language in itertools.product(RegisterType, ("en", "de")):
        path = tmp_path / f"{register}-{language}.csv"
        text = tool("template", register, "--lang", language).raw.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if language == "de" else ","))
        example = rows[-2]
        example[0] = example[0].partition(": ")[2]
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerows([*rows[:-2], rows[-1], example])
        path.write_text(out.getvalue(), encoding="utf-8")
        facts = seen(tmp_path, register, path.name)
        assert (facts.row_count, facts.unreadable, facts.incomplete) == (1, (), ())


def test_german_spreadsheet_programs_open_it_with_a_double_click(tool: Tool) -> None:
    raw = tool("template", "risks", "--lang", "de").raw
    assert raw.startswith(b"\xef\xbb\xbf")
    header = raw.decode("utf-8-sig").splitlines()[-1].split(";")
    assert header[:2] == ["Nr. *", "Risiko *"]
    assert len(header) == len(columns_for(RegisterType.RISKS))


def test_the_example_says_that_it_is_one(tool: Tool) -> None:
    assert "Beispiel: " in tool("template", "risks", "--lang", "de").raw.decode().splitlines()[-2]
    assert "Example: " in tool("template", "risks", "--lang", "en").raw.decode().splitlines()[-2]


def test_a_spreadsheet_is_one_for_another_program_too(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "risks.xlsx"
    tool("template", "risks", "--lang", "de", "--out", path)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Risikoregister"]
    rows = book.get_sheet_by_name("Risikoregister").to_python()
    assert rows[0][0] == "Risikoregister"
    assert rows[-1][:2] == ["Nr. *", "Risiko *"]


def test_the_same_form_is_the_same_bytes(tool: Tool, tmp_path: Path) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        tool("template", "persons", "--lang", "en", "--out", tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


@pytest.mark.parametrize("language", ["en", "de"])
def test_statements_of_persons_begin_empty_and_their_example_is_a_statement(
    tool: Tool, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "attestations.yaml"
    tool("template", "attestations", "--lang", language, "--out", path)
    target = Attestations(kind="attestations", id="said", file=path.name)
    with pytest.raises(CannotSee, match="no statements"):
        look_at(BUILT_IN["attestation"], target, evidence=tmp_path)
    text = path.read_text(encoding="utf-8").replace("attestations: []", "attestations:")
    head, _, example = text.partition("attestations:\n")
    path.write_text(
        f"{head}attestations:\n" + example.replace("\n# ", "\n").removeprefix("# "), encoding="utf-8"
    )
    facts = look_at(BUILT_IN["attestation"], target, evidence=tmp_path).facts
    assert facts.statement_count == 1
    assert facts.unknown_keys == ()


def example_of(tool: Tool, path: Path, language: str) -> None:
    """Take the '#' away from the example of a file that is a list."""
    tool("template", path.stem, "--lang", language, "--out", path)
    head, _, example = path.read_text(encoding="utf-8").partition("\n\n")
    path.write_text(
        f"{head}\n\n{example}".replace("\n# - ", "\n- ").replace("\n#   ", "\n  "), encoding="utf-8"
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_conditions_begin_empty_and_their_example_is_a_condition(
    tool: Tool, tmp_path: Path, language: str
) -> None:
    empty = tmp_path / "empty" / "conditions.yaml"
    tool("template", "conditions", "--lang", language, "--out", empty)
    assert load_conditions(empty) == ((), ())
    path = tmp_path / "conditions.yaml"
    example_of(tool, path, language)
    (condition,), unreadable = load_conditions(path)
    assert (condition.owner, unreadable) == ("Erika Mustermann", ())


@pytest.mark.parametrize("language", ["en", "de"])
def test_waivers_begin_empty_and_their_example_is_a_waiver(tool: Tool, tmp_path: Path, language: str) -> None:
    empty = tmp_path / "empty" / "waivers.yaml"
    tool("template", "waivers", "--lang", language, "--out", empty)
    assert load_waivers(empty) == ((), ())
    path = tmp_path / "waivers.yaml"
    example_of(tool, path, language)
    (waiver,), unreadable = load_waivers(path)
    assert (waiver.id, len(waiver.approvals), unreadable) == ("W-1", 1, ())


def test_nothing_that_is_there_is_replaced(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "risks.csv"
    path.write_text("mine", encoding="utf-8")
    said = tool("template", "risks", "--out", path)
    assert (said.status, path.read_text(encoding="utf-8")) == (2, "mine")
    assert "already there" in said.err


@pytest.mark.parametrize(
    "words", [("wishes",), ("attestations", "--format", "csv"), ("risks", "--format", "yaml")]
)
def test_what_cannot_be_written_is_wrong_use(tool: Tool, words: tuple[str, ...]) -> None:
    assert tool("template", *words).status == 2


def test_a_folder_that_cannot_be_written_is_a_failure_of_the_tool(tool: Tool) -> None:
    said = tool("template", "risks", "--out", "/proc/1/nowhere/risks.csv")
    assert said.status == 1
    assert "cannot be written" in said.err


def test_every_register_has_its_form() -> None:
    others = {"attestations", "conditions", "host-script", "waivers"}
    assert set(NAMES) == {*(register.value for register in RegisterType), *others}


def test_the_script_for_hosts_is_the_one_that_is_run(tool: Tool, tmp_path: Path) -> None:
    done = tool("template", "host-script", "--out", tmp_path / "host.sh")
    assert done.status == 0
    assert (tmp_path / "host.sh").read_bytes() == script() == tool("template", "host-script").raw
    assert tool("template", "host-script", "--format", "csv").status == 2
