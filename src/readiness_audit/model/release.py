"""Whether a release is in force, and why: what the persons and the calendar make of a rule result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from readiness_audit.model.decision import Result
from readiness_audit.model.seal import Seal
from readiness_audit.model.sign_off import Role, SignOff


class State(StrEnum):
    """How a release stands, from best to worst."""

    IN_FORCE = "in-force"
    NOT_YET = "not-yet-in-force"
    """The rules allow it; the persons have still to decide."""

    LAPSED = "lapsed"
    REFUSED = "refused"


class Flaw(StrEnum):
    """Why a sign-off does not count."""

    OTHER_RECORD = "other-record"
    """It is bound to the hash of another record."""

    UNKNOWN_ROLE = "unknown-role"
    FROM_THE_FUTURE = "from-the-future"
    BEFORE_THE_RECORD = "before-the-record"
    """Dated before the record was judged: nobody can have read it."""

    TOO_EARLY = "too-early"
    """More days before the declared day of going live than the policy allows."""

    NO_REASON = "no-reason"
    """It is against the rule result, and the written reason is missing."""

    SECOND_ROLE = "second-role"
    """The same person's sign-off counts for another role."""

    UNSIGNED = "unsigned"
    """It bears no signature, and the policy demands one."""

    BAD_SIGNATURE = "bad-signature"
    """It bears a signature that was not made of this very entry."""

    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    ANOTHERS_KEY = "anothers-key"
    """It is signed with the key of somebody else than the person it names."""

    REQUESTED_IT = "requested-it"
    """The person asked for the waiver that this role has to answer for."""

    TAKEN_OUT = "taken-out"
    """A no that is no longer in the file; it was seen there, and is heard all the same."""

    SUPERSEDED = "superseded"
    """The same person decided again later, in the same role."""

    REPLACED = "replaced"
    """Somebody else's sign-off counts for this role already."""

    NOT_NEEDED = "not-needed"
    """Nobody has to sign in this role here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A sign-off, and what keeps it from counting."""

    sign_off: SignOff
    flaw: Flaw | None
    """None where it counts."""

    seal: Seal | None = None
    """What became of its signature; none where it bears none."""


class Deviation(StrEnum):
    """How a person's decision stands to the rule result."""

    NONE = "none"
    DOWN = "down"
    """Stricter than the rules."""

    UP = "up"
    """A release that the rules do not give; only with a written reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A role that has to sign, and who does."""

    role: Role
    given: SignOff | None
    """The sign-off that counts; none where it is missing."""

    deviation: Deviation = Deviation.NONE
    """Of the sign-off that counts."""

    flaw: Flaw | None = None
    """Why the newest one that is there does not count; none where there is none, or one counts."""


class Why(StrEnum):
    """What keeps a release from being in force."""

    RULE_SAYS_NO = "rule-says-no"
    RUN_INTERRUPTED = "run-interrupted"
    PERSON_SAYS_NO = "person-says-no"
    SIGN_OFF_MISSING = "sign-off-missing"
    CONDITION_OVERDUE = "condition-overdue"
    WAIVER_OVER = "waiver-over"
    VALIDITY_OVER = "validity-over"
    REGRESSION = "regression"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason, with its facts; what does not belong to it is empty."""

    why: Why
    since: date | None = None
    """First day it holds."""

    role: str = ""
    person: str = ""
    check: str = ""
    target: str = ""
    waiver: str = ""
    run: str = ""
    """Of the newer record that shows a regression."""

    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """How the release stands that one record is about."""

    state: State
    rule_result: Result
    """What the rules say; no person changes it."""

    result: Result
    """What is, or would be, released: as the rules and the persons together have it."""

    causes: tuple[Cause, ...]
    """Why it is not in force; empty where it is. What is decisive comes first."""

    roles: tuple[Deciding, ...]
    """Everybody who has to sign, in the policy's order."""

    sign_offs: tuple[Weighed, ...]
    """Every one that was handed over, by role, person and date."""

    unusable: tuple[str, ...]
    """Entries that could not be read, a line each."""

    as_of: date
    """The day it was worked out for, in the policy's time zone."""

    in_force_since: date | None
    """Day of the last sign-off that was needed; none where it never came into force."""

    valid_until: date | None
    """Last day, inclusive; none where nothing is released."""

    @property
    def missing(self) -> tuple[Deciding, ...]:
        """Give the roles that have still to sign."""
        return tuple(deciding for deciding in self.roles if deciding.given is None)

    @property
    def against_the_rules(self) -> tuple[SignOff, ...]:
        """Give the sign-offs that release what the rules do not."""
        return tuple(
            deciding.given
            for deciding in self.roles
            if deciding.given is not None and deciding.deviation is Deviation.UP
        )

    @property
    def lapsed_since(self) -> date | None:
        """Give the first day it was over; none where it has not lapsed."""
        days = [cause.since for cause in self.causes if cause.since is not None]
        return min(days, default=None) if self.state is State.LAPSED else None


class Ends(StrEnum):
    """What comes to its end by itself."""

    RELEASE = "release"
    CONDITION = "condition"
    WAIVER = "waiver"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One thing that comes to its end."""

    kind: Ends
    last_day: date
    """The last day it is good, in the policy's time zone."""

    what: str
    """Check and target of a condition or waiver; look and fact of evidence; empty for the release."""

    days: int
    """Whole days that are left after today; negative once it is over."""
