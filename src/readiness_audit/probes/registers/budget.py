"""The budget: what was planned, what is spent, and what will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from readiness_audit.probes.registers.column import Kind, column
from readiness_audit.probes.registers.table import RegisterFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetItem:
    """One item of the budget."""

    row: int
    """Line in the file, counted from 1."""

    item: Annotated[
        str | None,
        column(
            "Item",
            "Posten",
            "Position",
            "Kostenart",
            "Bezeichnung",
            "Kostenstelle",
            "Arbeitspaket",
            required=True,
            means=("What the money (or time) is for.", "Wofür das Geld (oder die Zeit) ist."),
        ),
    ]
    planned: Annotated[
        float | None,
        column(
            "Planned",
            "Geplant",
            "Plan",
            "Soll",
            "Budget",
            "Plankosten",
            "Planwert",
            kind=Kind.NUMBER,
            required=True,
            means=("What was approved.", "Was genehmigt wurde."),
        ),
    ]
    committed: Annotated[
        float | None,
        column(
            "Committed",
            "Beauftragt",
            "Gebunden",
            "Obligo",
            "Bestellt",
            kind=Kind.NUMBER,
            means=("What has been ordered.", "Was beauftragt ist."),
        ),
    ]
    actual: Annotated[
        float | None,
        column(
            "Actual",
            "Ist",
            "Ausgegeben",
            "Istkosten",
            "Ist-Kosten",
            "Verbraucht",
            "Spent",
            "Istwert",
            kind=Kind.NUMBER,
            required=True,
            means=("What has been spent.", "Was ausgegeben ist."),
        ),
    ]
    forecast: Annotated[
        float | None,
        column(
            "Forecast",
            "Prognose",
            "Erwartet",
            "Hochrechnung",
            "Voraussichtlich",
            kind=Kind.NUMBER,
            means=("What it will have cost in the end.", "Was es am Ende gekostet haben wird."),
        ),
    ]
    per_year: Annotated[
        float | None,
        column(
            "Per year",
            "Pro Jahr",
            "Jährlich",
            "Betriebskosten",
            "Laufende Kosten",
            "Betriebskosten pro Jahr",
            "Running cost per year",
            kind=Kind.NUMBER,
            means=("Running cost of one year.", "Laufende Kosten eines Jahres."),
        ),
    ]
    funded_until: Annotated[
        str | None,
        column(
            "Funded until",
            "Finanziert bis",
            "Genehmigt bis",
            "Budgetiert bis",
            kind=Kind.DATE,
            means=(
                "Day up to which running costs are approved.",
                "Tag, bis zu dem die laufenden Kosten genehmigt sind.",
            ),
        ),
    ]
    change_approved_by: Annotated[
        str | None,
        column(
            "Change approved by",
            "Mehrkosten genehmigt von",
            "Änderung genehmigt von",
            "Nachtrag genehmigt von",
            "Genehmigt von",
            means=("Who approved that it costs more.", "Wer Mehrkosten genehmigt hat."),
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFacts(RegisterFacts):
    """What the budget holds."""

    rows: tuple[BudgetItem, ...]
