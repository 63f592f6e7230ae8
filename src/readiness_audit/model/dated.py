"""A list somebody publishes and dates: which algorithms are recommended, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readiness_audit.model import grammar
from readiness_audit.model.check import Parameter
from readiness_audit.model.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedList:
    """One edition of a publication, as far as checks ask for it."""

    list: str
    """Its id; with `@` and the edition it is the name of its file."""

    edition: str
    """The publisher's date or version."""

    title: Texts
    source: str
    """Where its content was taken from, so that it can be looked up."""

    tables: Mapping[str, Parameter]
    """What a check or policy puts in place of a parameter, by name."""

    def __post_init__(self) -> None:
        grammar.check_name("list", self.list)
        grammar.check_line("edition", self.edition, 40)
        grammar.check_line("source", self.source, 300)


Tables = Mapping[str, Parameter]
"""Every table of every list, by its reference: `tls/bsi-tr-02102-2@2023-01#suites`."""
