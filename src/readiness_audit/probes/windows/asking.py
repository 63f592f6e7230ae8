"""Ask the same server several things, each on a connection of its own, and keep what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.intake import HungUp
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream

T = TypeVar("T")

_AT_ONCE = 4


class State(StrEnum):
    """What a server made of an offer."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What became of one question."""

    state: State
    said: str
    told: T | None = None
    """What the server said of itself, where it accepted."""

    blind: CannotSee | None = None
    """Why it is unclear, where there was no answer."""

    hung_up: bool = False
    """Whether it closed the connection instead of answering."""


Question: TypeAlias = Callable[[Stream], Awaitable[Answer[T]]]


async def ask_each(
    endpoint: Endpoint,
    reach: Reach,
    questions: Sequence[Question[T]],
    budget: Deadline,
) -> tuple[Answer[T], ...]:
    """
    Put each question on a fresh connection, a few at a time, and give the answers in order.

    Hanging up on one question, again and again, is a refusal where another was accepted and is so before
    and after; silence is not.
    Raises `CannotSee` where none was accepted and none clearly refused.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(question: Question[T]) -> Answer[T]:
        async with turns:
            return await _ask(endpoint, reach, question, budget)

    answers = await asyncio.gather(*(ask(question) for question in questions))
    if any(answer.state is State.ACCEPTED for answer in answers):
        return await _settled(questions, answers, lambda question: _ask(endpoint, reach, question, budget))
    blinds = [answer.blind for answer in answers if answer.blind is not None]
    if len(blinds) < len(answers):
        return tuple(answers)
    told = [blind for blind in blinds if blind.reason is not Reason.TIMED_OUT]
    raise (told or blinds)[0]


async def _settled(
    questions: Sequence[Question[T]],
    answers: Sequence[Answer[T]],
    ask: Callable[[Question[T]], Awaitable[Answer[T]]],
) -> tuple[Answer[T], ...]:
    """
    Say of each question that was hung up on whether that is a refusal.

    A server, or a guard before it, that hangs up on who asks often or much at once does so on what it
    accepts as well. So each is asked again with nothing beside it, and twice in a row, between two of
    a question that was accepted; where one of those is not accepted either, nothing was refused.
    """
    doubtful = [at for at, answer in enumerate(answers) if answer.hung_up]
    known = next(
        question
        for question, answer in zip(questions, answers, strict=True)
        if answer.state is State.ACCEPTED
    )
    found = list(answers)
    steady = not doubtful or (await ask(known)).state is State.ACCEPTED
    for at in doubtful:
        for _ in range(2):
            if steady and found[at].hung_up:
                found[at] = await ask(questions[at])
    steady = steady and (not doubtful or (await ask(known)).state is State.ACCEPTED)
    return tuple(_told_apart(answer) for answer in found) if steady else tuple(found)


async def _ask(
    endpoint: Endpoint,
    reach: Reach,
    question: Question[T],
    budget: Deadline,
) -> Answer[T]:
    connected = False
    try:
        async with (
            budget.timeout(),
            await reach.gate.connect(reach.look, endpoint.host, endpoint.port, budget) as stream,
        ):
            connected = True
            return await question(stream)
    except TimeoutError:
        blind = CannotSee(Reason.TIMED_OUT, "there was no answer in time")
    except CannotSee as caught:
        blind = caught
    except Garbled as error:
        blind = CannotSee(Reason.UNREADABLE, str(error))
    hung_up = connected and (isinstance(blind, HungUp) or blind.reason is Reason.UNREACHABLE)
    return Answer(state=State.UNCLEAR, said=blind.detail, blind=blind, hung_up=hung_up)


def _told_apart(answer: Answer[T]) -> Answer[T]:
    return Answer(state=State.REFUSED, said="hangs up, again and again") if answer.hung_up else answer
