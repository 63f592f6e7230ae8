"""What people agreed about open points: waivers and conditions, and how each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.persons import nobody
from readiness_audit.model.seal import Seal, Sealed

LONGEST_REASON = 2000


class Level(StrEnum):
    """How often something is expected to happen, or how much it would harm."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Role(StrEnum):
    """In which role somebody approves, called as in sign-offs."""

    MANAGEMENT = "management"
    ISB = "isb"
    DSB = "dsb"
    SYSTEM_OWNER = "system-owner"
    BUSINESS_OWNER = "business-owner"
    IT_OPERATIONS = "it-operations"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An entry's author's own key over the entry's other fields (DSSE over canonical JSON)."""

    key: str
    """Id of the key."""

    sig: str
    """Base64."""

    def __post_init__(self) -> None:
        grammar.check_line("key", self.key, 200)
        grammar.check_line("sig", self.sig, 2000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What is taken on by living with an open point."""

    likelihood: Level
    impact: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One approval of a waiver: the first, or an extension."""

    approved_by: str
    """Somebody other than who asked for it."""

    role: Role
    """For a blocker, `management`."""

    granted: date
    expires: date
    """Last day, inclusive, in the policy's time zone."""

    signature: Signature | None = None

    def __post_init__(self) -> None:
        grammar.check_line("approved_by", self.approved_by, 200)
        if self.expires < self.granted:
            raise FieldError("expires", "lies before the day it was granted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The end of a waiver before its time."""

    by: str
    on: date
    """The first day without it."""

    reason: str

    def __post_init__(self) -> None:
        grammar.check_line("by", self.by, 200)
        grammar.check_line("reason", self.reason, LONGEST_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A time-limited, justified exception for an open point (German: Ausnahmegenehmigung)."""

    id: str
    """Stable, as people speak of it: `W-7`."""

    check: str
    target: str
    """Id of a target, or a pattern such as `web*`; `*` for all, and for a check without a target."""

    reason: str
    risk: Risk
    compensation: str
    """What makes the risk bearable meanwhile."""

    requested_by: str
    requested_on: date
    signature: Signature | None = None
    approvals: tuple[Approval, ...] = ()
    """The first approval, then extensions, each of them a new one; without any it has no effect."""

    revoked: Revocation | None = None

    def __post_init__(self) -> None:
        grammar.check_line("id", self.id, 64)
        grammar.check_line("check", self.check, 200)
        grammar.check_line("target", self.target, 200)
        grammar.check_line("reason", self.reason, LONGEST_REASON)
        grammar.check_line("compensation", self.compensation, LONGEST_REASON)
        grammar.check_line("requested_by", self.requested_by, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a conditional go demands for one open point (German: Auflage)."""

    check: str
    target: str
    """Id of the target; empty where the check has none."""

    owner: str
    due: date
    """Last day, inclusive."""

    approved_by: str
    """Somebody other than the owner."""

    demand: str
    """What has to be done."""

    signature: Signature | None = None

    def __post_init__(self) -> None:
        for name in ("check", "owner", "approved_by", "demand"):
            grammar.check_line(name, getattr(self, name))
        if self.target:
            grammar.check_line("target", self.target)


def nameless(entry: object) -> str | None:
    """Say which person that an entry has to name it does not name; none where it names all."""
    match entry:
        case Waiver():
            names = [entry.requested_by, *(each.approved_by for each in entry.approvals)]
        case Condition():
            names = [entry.owner, entry.approved_by]
        case Approval():
            names = [entry.approved_by]
        case _:
            names = []
    return next(filter(None, map(nobody, names)), None)


class Kind(StrEnum):
    """What an entry is."""

    WAIVER = "waiver"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An entry that is none, because something about its form is wrong."""

    kind: Kind
    name: str
    """Its id, or the check it is about, as far as that can be told."""

    line: int
    """Of the file, where it begins."""

    problem: str
    """Everything that is wrong with it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """Everything people wrote down beside a system file, whether or not it has an effect."""

    waivers: tuple[Waiver, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    seals: tuple[Sealed, ...] = ()
    """What was proved of their signatures when they were read; a signature without is not proved."""


NOTHING_AGREED = Governance()


class State(StrEnum):
    """How an entry stands on the day of the decision."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    """In force, and at its end within the days the policy says."""

    EXPIRED = "expired"
    IDLE = "idle"
    """Nothing is wrong with it, but nothing open that counts is what it is for."""

    REFUSED = "refused"


IN_FORCE = frozenset({State.ACTIVE, State.EXPIRING})


class Refusal(StrEnum):
    """Why an entry has no effect."""

    UNREADABLE = "unreadable"
    NEVER_WAIVABLE = "never-waivable"
    REVOKED = "revoked"
    NOT_APPROVED = "not-approved"
    SELF_APPROVED = "self-approved"
    NEEDS_MANAGEMENT = "needs-management"
    BEFORE_REQUEST = "before-request"
    """Approved on a day before it was asked for."""

    TOO_LONG = "too-long"
    TOO_OFTEN = "too-often"
    """Extended more often than the policy allows."""

    CONTINUED = "continued"
    """It goes on from others with ids of their own, and with them was extended too often."""

    NOT_YET = "not-yet"
    """Its first day, or the day it was asked for, is still to come."""

    NOT_A_MAJOR = "not-a-major"
    """A condition settles what is rated major; not a blocker, and minor points need none."""

    UNSIGNED = "unsigned"
    """It bears no signature, and the policy demands one."""

    BAD_SIGNATURE = "bad-signature"
    """It bears a signature that was not made of this very entry."""

    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    ANOTHERS_KEY = "anothers-key"
    """It is signed with the key of somebody else than who is said to have written it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one entry stands: what effect it has, or why it has none."""

    kind: Kind
    id: str
    """Of a waiver; empty for a condition."""

    check: str
    target: str
    state: State
    refusal: Refusal | None = None
    detail: str = ""
    """What is wrong with the form of an unreadable entry; the ids of those that it goes on from."""

    line: int | None = None
    """Where an unreadable entry begins."""

    last_day: date | None = None
    """Of what was approved last, inclusive; none where nothing was."""

    approved_by: str = ""
    covers: int = 0
    """Open results it is for."""

    seals: tuple[Seal, ...] = ()
    """Its signatures, as far as it bears any: the request's, then that of the approval told of here."""
