"""See which versions of SMB a server takes, whether it insists on signing, and whether it lets in nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.windows.asking import Answer, State, ask_each
from readiness_audit.probes.windows.smb_messages import (
    NAMES,
    NEGOTIATE,
    SMB1,
    Agreed,
    next_message,
    offer,
    offer_smb1,
    read,
    read_agreed,
    read_smb1,
)
from readiness_audit.probes.windows.smb_session import Who, knock

NOT_SUPPORTED = 0xC00000BB
_NOT_NOW = {
    *(0xC0000001, 0xC0000017, 0xC000009A, 0xC00000B5, 0xC00000BF, 0xC00000CE, 0xC00000D0, 0xC00000E5),
    *(0xC0000205, 0xC0000466),
}
"""No success, no memory, too busy, too many, an error within, not there at the moment."""

_SHARE_FOR_VERSIONS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbDialect:
    """One version of SMB, and what the server made of an offer of it alone."""

    name: str
    """`SMB 1`, `SMB 2.0.2`, `SMB 2.1`, `SMB 3.0`, `SMB 3.0.2` or `SMB 3.1.1`."""

    code: int
    """Its number in the protocol, higher for newer ones: 514, 528, 768, 770, 785; 1 for SMB 1."""

    state: str
    """`accepted`, `refused`, or `unclear` where the server kept silent or spoke something else."""

    answer: str
    """What became of the offer, in one line."""

    signing: str | None
    """`required`, `enabled` or `off`; None where the version is not accepted."""

    encryption: str | None
    """The cipher the server would encrypt with; None where it would not, or the version is not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbVisit:
    """One attempt to come in without an account."""

    who: str
    """`anonymous` (no name at all) or `guest` (a name that does not exist)."""

    state: str
    """`accepted`, `refused`, or `unclear` where nothing definite was answered."""

    answer: str
    """What became of it, in one line."""

    shares: int | None
    """How many shares the server listed to this visitor; None where it listed none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmbFacts:
    """What a file server showed of itself before any log-in."""

    dialects: tuple[SmbDialect, ...]
    """Every version, oldest first."""

    accepted: int
    """How many versions are accepted."""

    unclear: int
    """How many versions are neither accepted nor refused, so that nothing can be said of them."""

    visits: tuple[SmbVisit, ...]
    """The attempts to come in without an account; none where only SMB 1 is accepted."""

    visits_unclear: int
    """How many of these attempts led to nothing definite."""


async def look(target: Endpoint, reach: Reach) -> Seen[SmbFacts]:
    """
    Offer each version on a connection of its own, then knock as nobody and as somebody unknown.

    No password is sent. Raises `CannotSee` where nothing there speaks SMB.
    """
    budget = reach.deadline.part(reach.deadline.left() * _SHARE_FOR_VERSIONS)
    answers = await ask_each(target, reach, [_offering(code) for code in NAMES], budget)
    dialects = tuple(_dialect(code, answer) for code, answer in zip(NAMES, answers, strict=True))
    newest = max((one.code for one in dialects if one.state == State.ACCEPTED), default=SMB1)
    visits = () if newest == SMB1 else await _visits(target, reach, newest)
    return Seen(
        facts=SmbFacts(
            dialects=dialects,
            accepted=sum(one.state == State.ACCEPTED for one in dialects),
            unclear=sum(one.state == State.UNCLEAR for one in dialects),
            visits=visits,
            visits_unclear=sum(visit.state == State.UNCLEAR for visit in visits),
        )
    )


async def _visits(target: Endpoint, reach: Reach, newest: int) -> tuple[SmbVisit, ...]:
    try:
        knocks = [knock(newest, target.host, who) for who in Who]
        come = await ask_each(target, reach, knocks, reach.deadline)
    except CannotSee as blind:
        # The versions are known all the same.
        come = tuple(Answer(state=State.UNCLEAR, said=blind.detail) for _ in Who)
    return tuple(
        SmbVisit(who=str(who), state=str(answer.state), answer=answer.said, shares=answer.told)
        for who, answer in zip(Who, come, strict=True)
    )


def _offering(code: int) -> Callable[[Stream], Awaitable[Answer[Agreed]]]:
    async def ask(stream: Stream) -> Answer[Agreed]:
        await stream.write(offer_smb1() if code == SMB1 else offer(code))
        message = await next_message(Intake(stream))
        if code == SMB1:
            agreed = read_smb1(message)
            return (
                _agreed(agreed) if agreed else Answer(state=State.REFUSED, said="takes no dialect of SMB 1")
            )
        reply = read(message, NEGOTIATE)
        if reply.status in _NOT_NOW:
            raise Garbled(f"no word on the version (status {reply.status:#010x})")
        if reply.status:
            known = "not supported" if reply.status == NOT_SUPPORTED else "an error"
            return Answer(state=State.REFUSED, said=f"{known} (status {reply.status:#010x})")
        return _agreed(read_agreed(reply, code))

    return ask


def _agreed(agreed: Agreed) -> Answer[Agreed]:
    return Answer(state=State.ACCEPTED, said=f"takes {NAMES[agreed.dialect]}", told=agreed)


def _dialect(code: int, answer: Answer[Agreed]) -> SmbDialect:
    told = answer.told
    signing = None
    if told is not None:
        signing = "required" if told.signing_required else "enabled" if told.signing_enabled else "off"
    return SmbDialect(
        name=NAMES[code],
        code=code,
        state=str(answer.state),
        answer=answer.said,
        signing=signing,
        encryption=None if told is None else told.cipher,
    )


PROBE = Probe(
    name="smb",
    looks_at=Endpoint,
    sees=SmbFacts,
    look=look,
    only={"protocol": ("smb",)},
    network=True,
)
