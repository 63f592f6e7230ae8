"""Who has to decide about a release, and what each of them has decided."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar
from readiness_audit.model.governance import Signature
from readiness_audit.model.texts import Texts

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
LONGEST_TEXT = 2000


class Needed(StrEnum):
    """When a role has to sign."""

    ALWAYS = "always"
    PERSONAL_DATA = "personal-data"
    """Where the system declares the trait `personal-data`."""

    EXCEPTION = "exception"
    """Where a waiver is in force, or the release is to go against the rule result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role whose sign-off a policy requires."""

    role: str
    """Its id: `system-owner`."""

    title: Texts
    needed: Needed = Needed.ALWAYS

    def __post_init__(self) -> None:
        grammar.check_name("role", self.role)


STANDARD_ROLES = (
    Role(role="system-owner", title=Texts(en="System owner", de="Systemverantwortliche")),
    Role(role="it-operations", title=Texts(en="IT operations", de="IT-Betrieb")),
    Role(
        role="isb",
        title=Texts(en="Information security officer", de="Informationssicherheitsbeauftragte (ISB)"),
    ),
    Role(
        role="dsb",
        title=Texts(en="Data protection officer", de="Datenschutzbeauftragte (DSB)"),
        needed=Needed.PERSONAL_DATA,
    ),
    Role(
        role="management",
        title=Texts(en="Management", de="Geschäftsführung/Leitung"),
        needed=Needed.EXCEPTION,
    ),
)
"""Who signs where a policy says nothing else: forgetting to say it must not leave nobody to ask."""


class Choice(StrEnum):
    """What a person decides."""

    YES = "yes"
    """Release, with the conditions of the rule result where it has any."""

    CONDITIONAL = "conditional"
    """Release with conditions, even where the rule result has none."""

    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One person's decision about one record, and no other."""

    role: str
    person: str
    date: dt.date
    decision: Choice
    record_sha256: str
    """Of the `record.json` that was read before deciding."""

    run: str
    """Id of that record's run, so that it can be found; the hash is what counts."""

    reason: str | None = None
    """Why it is decided against the rule result; needed for a release the rules do not give."""

    comment: str | None = None
    signature: Signature | None = None

    def __post_init__(self) -> None:
        grammar.check_name("role", self.role)
        grammar.check_line("person", self.person, 200)
        if not _SHA256.fullmatch(self.record_sha256):
            raise FieldError("record_sha256", "must be 64 hexadecimal digits in lower case")
        grammar.check_line("run", self.run, 64)
        for name in ("reason", "comment"):
            if (text := getattr(self, name)) is not None:
                grammar.check_line(name, text, LONGEST_TEXT)


def check_roles(roles: tuple[Role, ...]) -> None:
    """Refuse roles that could leave a release without anybody who decides. Raises `FieldError`."""
    if not any(role.needed is Needed.ALWAYS for role in roles):
        raise FieldError("sign_offs", "name at least one role that always signs: a person decides")
    names = [role.role for role in roles]
    if twice := {name for name in names if names.count(name) > 1}:
        raise FieldError("sign_offs", f"the role {min(twice)!r} is there twice")
