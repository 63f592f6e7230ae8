"""What became of the signatures that entries bear, as whoever knows the trusted keys found it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SealFault(StrEnum):
    """Why a signature, or the want of one, takes an entry's effect away."""

    UNSIGNED = "unsigned"
    """There is none, and the policy demands one."""

    BAD_SIGNATURE = "bad-signature"
    """It does not belong to this entry, or nobody has checked it."""

    UNKNOWN_KEY = "unknown-key"
    """Nobody here trusts its key."""

    REVOKED_KEY = "revoked-key"
    ANOTHERS_KEY = "anothers-key"
    """It is good, and of a key that is trusted as another person's than the entry's author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A signature of an entry, and what checking it came to."""

    key: str
    """Id of the key it is said to be of."""

    name: str = ""
    """Whose key that is, as it was trusted; empty where it is trusted as nobody's."""

    fault: SealFault | None
    """None where the entry's author made it with a trusted key."""


class Part(StrEnum):
    """What is signed by itself."""

    WAIVER = "waiver"
    """The request."""

    APPROVAL = "approval"
    """The first approval of a waiver or an extension, together with the request."""

    CONDITION = "condition"
    SIGN_OFF = "sign-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Which entry bears a signature, and what became of it."""

    part: Part
    entry: int
    """Its place among the waivers, or among the conditions, counted from 0."""

    approval: int | None = None
    """Its place among the approvals of that waiver."""

    seal: Seal


def seal_fault(seal: Seal | None, *, signed: bool, required: bool) -> SealFault | None:
    """Say what is wrong with the signature of an entry: one that nobody has checked proves nothing."""
    if not signed:
        return SealFault.UNSIGNED if required else None
    return SealFault.BAD_SIGNATURE if seal is None else seal.fault
