"""What is seen of a database from outside, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NOBODY = "readiness_audit_nobody"
"""A name that no account has; where a password belongs, none is sent."""


class State(StrEnum):
    """What becomes of somebody without an account."""

    OPEN = "open"
    LOCKED = "locked"
    CLOSED = "closed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseDoor:
    """One way in, and what becomes there of somebody without an account."""

    way: str
    """`plain` or `tls`."""

    state: str
    """`open` (let in, or answered, without credentials), `locked` (credentials are demanded), `closed`
    (nobody comes in this way, whatever they show), or `unclear`."""

    method: str | None
    """What is demanded, in the database's own word: `scram-sha-256`, `md5`, `password` (in clear), `trust`
    (nothing), `mysql_native_password`, ...; None where it does not say."""

    answer: str
    """What it answered, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What a database showed to somebody without an account."""

    protocol: str
    """As declared: `postgresql`, `mysql`, `redis`, `memcached`, `mongodb` or `elasticsearch`."""

    version: str | None
    """As it says itself; None where it says none to strangers."""

    doors: tuple[DatabaseDoor, ...]
    """Every way that was tried: in clear, and within TLS."""

    unclear: int
    """How many ways led to nothing definite."""

    plain: str
    """The state of the way in clear: `open`, `locked`, `closed` or `unclear`."""

    tls: str
    """The state of the way within TLS: the same, `closed` where the database offers no TLS."""

    plain_log_ins: str
    """Whether an account could log in in clear: `accepted`, `refused`, or `unclear`: MySQL and MariaDB
    with TLS say only after the password whether they insist on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one conversation brought out."""

    state: State
    answer: str
    method: str | None = None
    version: str | None = None
    log_ins: str | None = None
    """`unclear` where the state does not tell whether accounts may come in this way."""


CLOSED_TO_TLS = Told(state=State.CLOSED, answer="TLS is not offered")
CLOSED_TO_PLAIN = Told(state=State.CLOSED, answer="nothing is answered before TLS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """What came of both ways."""

    plain: Told
    tls: Told
