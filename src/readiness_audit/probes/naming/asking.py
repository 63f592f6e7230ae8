"""
Ask the declared resolvers, over TCP (RFC 7766) and through the gate, and compare what they say.

Names that answers lead to are asked about at the same resolvers; nobody else is ever asked.
A resolver that once kept silent is not asked again in the same look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from readiness_audit.model import grammar
from readiness_audit.model.evidence import Reason
from readiness_audit.probes.naming.message import (
    MOST_ALIASES,
    Answer,
    Question,
    asked,
    check_installed,
    is_answer_to,
    not_seen,
    read,
)
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream

PATIENCE = 3.0
"""Seconds for one answer."""

MOST_QUESTIONS = 250
"""Questions to one resolver in one look."""

MOST_STRAYS = 5
"""Answers to other questions that are passed over before the right one comes."""

_USUAL_PORT = 53
_SHARE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What all resolvers together say to one question."""

    state: str
    """`found`, `no-data`, `no-name`, `differs`, or `not-seen` where at least one did not tell."""

    values: tuple[str, ...]
    """All values any of them gave."""

    answers: tuple[Answer, ...]
    """One of each resolver, in the order they are declared."""

    @property
    def problem(self) -> str | None:
        """Say why it was not seen, if so."""
        return next((answer.problem for answer in self.answers if answer.problem), None)


class Resolver:
    """One declared resolver, asked one question after another over one connection."""

    def __init__(self, text: str, reach: Reach) -> None:
        """Take the resolver as it is declared; nothing is sent yet."""
        address, self.port = grammar.address_and_port("resolvers", text, _USUAL_PORT)
        self.host = str(address)
        self.text = text
        self.connections = 0
        self.answered = 0
        self.trouble: str | None = None
        """Why it is not asked any more."""

        self._reach = reach
        # What was heard until then is worth telling: the look ends before it is cut off.
        self._deadline = reach.deadline.part(reach.deadline.left() * _SHARE)
        self._questions = 0
        self._stream: Stream | None = None
        self._turn = asyncio.Lock()
        self._known: dict[tuple[Question, bool], Answer] = {}

    async def ask(self, question: Question, *, recursive: bool = True) -> Answer:
        """Ask once; the same question is not sent twice. Never raises."""
        async with self._turn:
            key = (question, recursive)
            if key not in self._known:
                self._known[key] = await self._ask(question, recursive=recursive)
            return self._known[key]

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def _ask(self, question: Question, *, recursive: bool) -> Answer:
        if self.trouble is None and self._questions >= MOST_QUESTIONS:
            self.trouble = f"more than {MOST_QUESTIONS} questions would be needed"
        if self.trouble is not None:
            return not_seen(self.trouble)
        self._questions += 1
        try:
            answer = read(await self._exchange(asked(question, recursive=recursive)), question)
        except CannotSee as blind:
            self.close()
            self.trouble = blind.detail
            return not_seen(blind.detail)
        self.answered += 1
        return answer

    async def _exchange(self, query: bytes) -> bytes:
        # A server may hang up between two questions (RFC 7766, 6.2.3); a fresh connection may not fail.
        if self._stream is not None:
            try:
                return await self._over(self._stream, query)
            except CannotSee:
                self.close()
        self.connections += 1
        budget = self._deadline.part(PATIENCE)
        self._stream = await self._reach.gate.connect(self._reach.look, self.host, self.port, budget)
        return await self._over(self._stream, query)

    async def _over(self, stream: Stream, query: bytes) -> bytes:
        return await exchange(stream, query, self._deadline.part(PATIENCE), self.text)


async def exchange(stream: Stream, query: bytes, budget: Deadline, who: str) -> bytes:
    """Send one question and wait for its answer, passing over a few to others. Raises `CannotSee`."""
    try:
        async with budget.timeout():
            await stream.write(len(query).to_bytes(2, "big") + query)
            for _ in range(MOST_STRAYS):
                size = int.from_bytes(await stream.read_exactly(2), "big")
                data = await stream.read_exactly(size)
                if is_answer_to(data, query):
                    return data
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, f"{who} did not answer in time") from None
    raise CannotSee(Reason.UNREADABLE, f"{who} answers other questions than ours")


class Resolvers:
    """All declared resolvers of a look; use it in `async with`, so that every connection ends."""

    def __init__(self, texts: Sequence[str], reach: Reach) -> None:
        """Take the resolvers as declared. Raises `MissingExtraError` where the library is not installed."""
        check_installed()
        self.each = tuple(Resolver(text, reach) for text in texts)

    async def ask(self, name: str, kind: str) -> Told:
        """Ask all of them at the same time, and follow CNAMEs to their end."""
        answers = await asyncio.gather(*(_to_the_end(one, name, kind) for one in self.each))
        return Told(
            state=_together(answers),
            values=tuple(sorted({value for answer in answers for value in answer.values})),
            answers=tuple(answers),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self.each:
            one.close()


async def _to_the_end(resolver: Resolver, name: str, kind: str) -> Answer:
    """Ask, and go on where an answer ends at an alias: servers need not know the zone it leads to."""
    answer = await resolver.ask(Question(name=name, kind=kind))
    aliases = list(answer.aliases)
    while answer.state == "no-data" and answer.aliases:
        if len(aliases) > MOST_ALIASES or len(set(aliases)) < len(aliases):
            return not_seen("its chain of CNAMEs goes round or does not end")
        answer = await resolver.ask(Question(name=aliases[-1], kind=kind))
        aliases += answer.aliases
    if aliases == list(answer.aliases):
        return answer
    return Answer(
        state=answer.state,
        values=answer.values,
        ttl=answer.ttl,
        aliases=tuple(aliases),
        zone=answer.zone,
        code=answer.code,
        problem=answer.problem,
        raw=answer.raw,
    )


def _together(answers: Sequence[Answer]) -> str:
    states = {answer.state for answer in answers}
    if "not-seen" in states or not states:
        return "not-seen"
    if len(states) > 1 or len({answer.values for answer in answers}) > 1:
        return "differs"
    return states.pop()
