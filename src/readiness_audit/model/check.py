"""A check: one question about one kind of target, with its proof inside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.system import Stage
from readiness_audit.model.texts import Texts
from readiness_audit.model.verdict import Outcome

Scalar: TypeAlias = str | int | float | bool
Parameter: TypeAlias = Scalar | tuple[Scalar, ...] | tuple[Mapping[str, Scalar | tuple[Scalar, ...]], ...]

LONGEST_TITLE = 80
POINTS = range(1, 11)
_ID = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9][a-z0-9_]*){1,4}", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}", re.ASCII)

BUILT_IN_PLACEHOLDERS = frozenset({"subjects", "count", "target"})


class Severity(StrEnum):
    """What an open check means for the decision."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"


class Framework(StrEnum):
    """A source that a check gives evidence towards; never a claim that it is fulfilled."""

    BSI = "bsi"
    TR = "tr"
    ISO27001 = "iso27001"
    CIS = "cis"
    NIS2 = "nis2"
    IR = "ir"
    DIN27076 = "din27076"
    GDPR = "gdpr"
    ASVS = "asvs"
    GSPP = "gspp"
    VDS = "vds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A worked example: given these facts, the check comes out like that."""

    name: str
    given: Mapping[str, object]
    """Facts of the probe or view; fields that are left out are empty."""

    expect: Outcome
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """Parameters that differ from the check's own in this case."""

    subjects: tuple[str, ...] | None = None
    """The offenders the check must name, where the case insists on them."""

    today: str = "2026-06-15"
    """The day the case plays on; its moment `now` is noon in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question. Its fields come in this order in every file."""

    id: str
    """`family.topic[.aspect]`; never changes."""

    aliases: tuple[str, ...] = ()
    title: Texts
    """The good condition, in the present tense."""

    point: int
    """Which of the ten success points of an introduction project it belongs to."""

    severity: Severity
    stage: Stage
    """The first gate at which it counts."""

    probe: str | None = None
    view: str | None = None
    applies_to: str = "true"
    """Over `traits`, `stage` and `protection`: what the system declares, never what was seen."""

    selects: str = "true"
    """Over `target`: which targets of the probe's kind it is about."""

    optional: bool = False
    """Whether it is set aside, and does not lack anything, where `selects` picks no target."""

    why: Texts
    """What somebody could do, or what goes wrong, otherwise."""

    see_for_yourself: Texts
    """How to look with a standard tool, not ours, and what good looks like."""

    fix: Texts
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    assessable_when: str
    """Over `facts`: whether what was seen is enough to judge at all."""

    must_show: Texts | None = None
    """The same in one plain sentence: what the evidence must show for the check to be judged."""

    stale_when: str | None = None
    """Over `facts`: whether what was seen is too old to count."""

    each: str | None = None
    """A list among the facts or parameters, such as `facts.versions`; the engine loops over it."""

    violation_when: str | None = None
    """Over `item`: whether this one offends."""

    subject: str | None = None
    """Over `item`: how the report names it; without it, the item itself where that is text."""

    passes_when: str | None = None
    """Over `facts`: instead of `each` and `violation_when`."""

    observed: Mapping[str, str] = field(default_factory=dict)
    """Values over `facts` that the finding quotes, by placeholder."""

    finding: Texts
    """What the report says when the check is not met; may use {placeholders}."""

    maps_to: Mapping[Framework, tuple[str, ...]] = field(default_factory=dict)
    never_waivable: str = "false"
    """Over `traits`, `stage` and `protection`, like `applies_to`: where no waiver can cover it."""

    contradicted_by: tuple[str, ...] = ()
    """Checks that see for themselves: what somebody states does not stand against their verdict."""

    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise FieldError(
                "id", f"{self.id!r} is not a check id: write family.topic or family.topic.aspect"
            )
        if self.point not in POINTS:
            raise FieldError("point", "must be 1 to 10, one of the ten success points")
        for text in (self.title.en, self.title.de):
            grammar.check_line("title", text, LONGEST_TITLE)
        if (self.probe is None) == (self.view is None):
            raise FieldError("probe", "name either a probe or a view")
        looping = (self.each is not None, self.violation_when is not None)
        if looping[0] != looping[1] or looping[0] == (self.passes_when is not None):
            raise FieldError("passes_when", "give either passes_when, or each together with violation_when")
        if self.optional and self.selects == "true":
            raise FieldError("optional", "goes with selects, which says of which targets it is asked")
        if self.subject is not None and self.each is None:
            raise FieldError("subject", "names an item of `each`, which is not given")
        if self.contradicted_by and self.probe != "attestation":
            raise FieldError(
                "contradicted_by", "belongs to checks of what somebody states: probe attestation"
            )
        self._check_placeholders()

    def _check_placeholders(self) -> None:
        known = BUILT_IN_PLACEHOLDERS | self.observed.keys() | self.parameters.keys()
        for language, text in (("en", self.finding.en), ("de", self.finding.de)):
            unknown = set(_PLACEHOLDER.findall(text)) - known
            if unknown:
                told = ", ".join(sorted(unknown))
                raise FieldError(
                    "finding", f"{language}: nothing fills in {{{told}}}; known: {', '.join(sorted(known))}"
                )

    @property
    def source(self) -> str:
        """The probe or view it asks."""
        return self.probe or self.view or ""

    @property
    def family(self) -> str:
        """The first part of its id."""
        return self.id.partition(".")[0]


Catalogue: TypeAlias = Mapping[str, Check]
"""Checks by id."""


def names_now(old: Iterable[Check], new: Iterable[Check]) -> dict[str, str]:
    """Give today's name of each check of an older policy that is called otherwise in a newer one."""
    then = {check.id: check for check in old}
    now = {check.id: check for check in new}
    names = {alias: check.id for check in now.values() for alias in check.aliases if alias not in now}
    # The other way round, where the "newer" record was made by an older version.
    names |= {
        check.id: alias
        for check in then.values()
        for alias in check.aliases
        if alias in now and check.id not in now and alias not in then
    }
    return names
