"""What a report for people shows: text that is ready to be set, in the order it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from readiness_audit.rendering.story_agreements import Agreement, Exemption
from readiness_audit.rendering.story_release import Mark, Released


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One line of a list of properties."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a list, or lines that are kept as they are."""

    kind: Literal["text", "list", "code"]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The answer."""

    result: str
    """`go`, `conditional`, `no-go` or `inconclusive`."""

    word: str
    said: str
    rule_name: str
    rule: str
    """The deciding rule as a sentence."""

    recommends: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A main reason for the answer."""

    title: str
    note: str
    message: str
    """What a tool or a probe said, quoted; empty where there is nothing to quote."""

    number: str
    """Of the finding or point that tells all; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Something to do next."""

    text: str
    numbers: tuple[str, ...]
    """Of the findings, points or conditions it settles."""

    snippet: str
    """What to add to the system file; empty where it is no matter of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One of the ten success points."""

    number: int
    name: str
    mark: Mark
    status: str
    passed: int
    failed: int
    open: int
    aside: int
    told: str
    """How many of the results that apply are met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A piece of evidence, as a finding refers to it."""

    number: str
    told: str
    """The look, when it was taken, with what, and from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One observation, and every target it was made on."""

    sentence: str
    short: str
    """The same, with fewer of the offenders."""

    targets: tuple[str, ...]
    more_targets: str
    subjects: tuple[str, ...]
    """All that were named, where the sentence names only the first of them."""

    more_subjects: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check that is not met, on all its targets."""

    number: str
    severity: str
    severity_word: str
    check: str
    title: str
    point: str
    targets: str
    """How many."""

    seen: tuple[Seen, ...]
    more_seen: str
    why: tuple[Block, ...]
    fix: tuple[Block, ...]
    what: str
    """The first sentence of the recommendation."""

    see: str
    parameters: str
    references: tuple[str, ...]
    conditions: tuple[str, ...]
    """Numbers of the conditions in force for it."""

    waived: tuple[str, ...]
    """Which of its results are waived: until when, by whom, by which exception, and on what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a tool or a probe said, in its own words."""

    target: str
    """Where, if there are several; empty where the title says so already."""

    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A check that could not be answered."""

    check: str
    title: str
    severity: str
    severity_word: str
    quote: str
    """What was said about this check alone."""

    needs: str
    """What its evidence must show, where that is not said of all checks alike."""

    what: str
    """What the check itself recommends, where the remedy of the cause leaves that open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something could not be answered, and every check that waits for it."""

    number: str
    severity: str
    """Of the weightiest of its checks."""

    severity_word: str
    outcome: str
    title: str
    """Where, and the reason, in the reader's language."""

    messages: tuple[Message, ...]
    messages_are: Literal["message", "lacking", "needed"]
    """What a tool or a probe said; or, in the reader's words, what evidence lacks or has to show."""

    more_messages: str
    follows: str
    """How many checks cannot be answered because of it; their names follow."""

    checks: tuple[Blocked, ...]
    more_checks: str
    remedy: str
    step: str
    """The remedy where its place is not said beside it."""

    snippet: str
    """What to add to the system file; empty where that does not help."""

    conditions: tuple[str, ...]
    """Numbers of the conditions in force for it."""

    waived: tuple[str, ...]
    """Which of its results are waived."""

    asked: tuple[tuple[str, str], ...]
    """Check and target of every result that waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a release is bound to."""

    number: str
    check: str
    title: str
    target: str
    demand: str
    owner: str
    due: str
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the action plan."""

    number: str
    what: str
    snippet: str
    """What to add to the system file; empty where it is no matter of that."""

    for_number: str
    outcome: str
    title: str
    severity: str
    severity_word: str
    owner: str
    """Empty where somebody has yet to be named."""

    due: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a simple table."""

    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that are alike, and how many more there are."""

    rows: tuple[Line, ...]
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """A check and how it came out on all its targets."""

    check: str
    title: str
    point: int
    severity_word: str
    stage: str
    mark: Mark
    status: str
    passed: int
    failed: int
    open: int
    aside: int
    targets: str
    parameters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Results by severity; every result is in exactly one cell."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    """Name of the row, its cells and their sum."""

    total: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A requirement, and the checks that give evidence towards it."""

    framework: str
    reference: str
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything a report for people shows."""

    language: str
    system: str
    stage: str
    run: str
    date: str
    status: str
    complete: bool
    notices: tuple[str, ...]
    """What must be known before the answer is read: that the run was cut short, or judged again."""

    headline: Headline
    released: Released
    figures: tuple[Pair, ...]
    grounds: tuple[Ground, ...]
    steps: tuple[NextStep, ...]
    points: tuple[Point, ...]
    control: tuple[Pair, ...]
    mandate: tuple[Pair, ...]
    targets: Table
    criteria: tuple[Pair, ...]
    changed: Table
    left_out: Table
    method: tuple[str, ...]
    looks: Table
    matrix: Matrix
    findings: tuple[Finding, ...]
    positives: tuple[CheckRow, ...]
    conditions: tuple[Condition, ...]
    exemptions: tuple[Exemption, ...]
    waived: str
    """How many results are waived, as a sentence; empty where none is."""

    agreements: tuple[Agreement, ...]
    measures: tuple[Measure, ...]
    causes: tuple[Cause, ...]
    """Of everything that was not assessed."""

    aside: Table
    previews: tuple[CheckRow, ...]
    agreeing: tuple[Pair, ...]
    evidence: Table
    contacts: Table
    checks: tuple[CheckRow, ...]
    references: tuple[Reference, ...]
    made_by: str
