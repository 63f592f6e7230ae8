"""
Try the few passwords that a product's maker ships, where somebody asked for that and may.

What counts is a difference: a password that was made up must be refused first, plainly, and only
what is answered otherwise is let in. Where the two look alike but a refusal cannot be told from a
welcome, nothing is said. The passwords appear in no result; names of accounts and products do.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.login import (
    Answer,
    Door,
    knock,
    says_enough,
    says_not_read,
    says_who,
    see_door,
    send,
)
from readiness_audit.probes.web.makers import Account, Product, makers
from readiness_audit.probes.web.visit import Visit

MOST_ATTEMPTS = 3
PAUSE = 0.5
"""Seconds between two attempts."""

_REFUSED = frozenset({401, 403, 422})
_FORBIDDEN = 403
_WELCOME = range(200, 400)

Attempt = Callable[[str, str], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """One attempt to log in; what was typed as the password is kept nowhere."""

    account: str
    number: int
    """Which attempt at this account it was, counted from 1; at most 3 are made."""

    made_up: bool
    """Whether the password was made up for this attempt; otherwise it is one that the maker ships."""

    outcome: str
    """`refused`, `accepted`, or `unclear`."""

    status: int | None
    """None where no answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebCredentialsFacts:
    """What came of trying the passwords that makers ship."""

    scheme: str
    host: str
    """The name that was asked for."""

    path: str
    edition: str
    """The month of the list of passwords."""

    product: str | None
    """Which product it is, by what its page says; None where the list has none like it."""

    login: str
    """How people log in: `basic`, `form`, or `none` where no way was found."""

    attempts: tuple[LoginAttempt, ...]
    shipped: int
    """How many passwords the maker ships, as the list has them."""

    refused: int
    """How many of these were refused as plainly as one that was made up."""

    accepted: int
    """How many of these were let in."""

    trouble: str | None
    """Why it cannot be told whether any is let in, in one line; None where it can."""


@dataclass
class _Course:
    """How far it has come."""

    attempts: list[LoginAttempt] = field(default_factory=list)
    trouble: str | None = None
    says: str | None = None
    """What the first refusal said, which cannot be that there were too many."""

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome and not one.made_up for one in self.attempts)


async def look(target: Endpoint, reach: Reach) -> Seen[WebCredentialsFacts]:
    """
    Recognise the product, and try what its maker ships: at most three attempts for each account.

    Raises `CannotSee` where nothing there answers in HTTP, over TLS if the endpoint is https.
    """
    known = makers()
    course = _Course()
    async with Visit(target, reach, patience=reach.deadline.left() / 2) as visit:
        door = await see_door(visit, target, target.path)
        product = known.recognise(door.page, door.realm)
        if product is not None and product.login is not None and door.realm is None and door.form is None:
            door = await see_door(visit, target, product.login)
        if product is None:
            course.trouble = "what answers is no product on the list"
        elif door.realm is None and door.form is None:
            course.trouble = "no log-in was found that asks for a name and a password"
        else:
            await _try_all(course, product, _way(visit, target, door), door)
    accounts = () if product is None else product.accounts
    facts = WebCredentialsFacts(
        scheme=target.protocol,
        host=visit.name,
        path=target.path,
        edition=known.edition,
        product=None if product is None else product.name,
        login="basic" if door.realm is not None else "form" if door.form is not None else "none",
        attempts=tuple(course.attempts),
        shipped=sum(len(account.passwords) for account in accounts),
        refused=course.count("refused"),
        accepted=course.count("accepted"),
        trouble=course.trouble,
    )
    return Seen(facts=facts)


def _way(visit: Visit, target: Endpoint, door: Door) -> Attempt:
    async def by_challenge(name: str, password: str) -> Answer:
        return await knock(visit, door, name, password)

    async def by_form(name: str, password: str) -> Answer:
        # Asked for anew each time: its token against forged requests may count only once.
        fresh = await see_door(visit, target, door.path)
        if fresh.form is None:
            return Answer(status=0, location=None, asks_again=False, says="", locked=True, whole=True)
        return await send(visit, target, fresh, fresh.form, name, password)

    return by_challenge if door.realm is not None else by_form


async def _try_all(course: _Course, product: Product, attempt: Attempt, door: Door) -> None:
    for account in product.accounts:
        try:
            course.trouble = await _try_account(course, account, attempt, door)
        except CannotSee as blind:
            course.trouble = f"an attempt was not answered: {blind.detail}"
        if course.trouble is not None:
            return


async def _try_account(course: _Course, account: Account, attempt: Attempt, door: Door) -> str | None:
    """Make the attempts at one account; gives why it cannot be told, where it cannot."""
    number = 0

    async def once(password: str, refusal: Answer | None) -> tuple[str, Answer]:
        nonlocal number
        if course.attempts:
            await asyncio.sleep(PAUSE)
        number += 1
        try:
            answer = await attempt(account.name, password)
        except CannotSee:
            _note(course, account, number, "unclear", None, made_up=refusal is None)
            raise
        course.says = answer.says if course.says is None else course.says
        enough = answer.locked or (answer.says != course.says and says_enough(answer.says))
        answer = replace(answer, locked=enough)
        outcome = _outcome(answer, refusal, door)
        _note(course, account, number, outcome, answer.status, made_up=refusal is None)
        return outcome, answer

    outcome, refusal = await once(secrets.token_urlsafe(12), None)
    if outcome != "refused":
        return _why(refusal, "a password that was made up is not plainly refused")
    for password in account.passwords:
        outcome, answer = await once(password, refusal)
        if outcome == "unclear":
            return _why(answer, "an attempt was answered neither like a refusal nor like a welcome")
        if outcome == "accepted" and number < MOST_ATTEMPTS:
            again, last = await once(secrets.token_urlsafe(12), None)
            if again != "refused":
                course.attempts[-2:] = _doubted(course.attempts[-2:])
                return _why(last, "a password that was made up is refused one time and not the other")
        if outcome == "accepted":
            return None
    return None


def _note(
    course: _Course,
    account: Account,
    number: int,
    outcome: str,
    status: int | None,
    *,
    made_up: bool,
) -> None:
    course.attempts.append(
        LoginAttempt(account=account.name, number=number, made_up=made_up, outcome=outcome, status=status)
    )


def _doubted(attempts: Sequence[LoginAttempt]) -> list[LoginAttempt]:
    return [replace(one, outcome="unclear") for one in attempts]


def _why(answer: Answer, otherwise: str) -> str:
    return "the server says that it was enough, and no more was tried" if answer.locked else otherwise


def _outcome(answer: Answer, refusal: Answer | None, door: Door) -> str:
    if answer.locked or not answer.whole:
        return "unclear"
    plain = _is_refusal(answer, door)
    if refusal is None:
        return "refused" if plain else "unclear"
    if plain and answer == refusal:
        return "refused"
    welcome = not answer.asks_again and answer.status in _WELCOME
    return "accepted" if welcome and answer != refusal else "unclear"


def _is_refusal(answer: Answer, door: Door) -> bool:
    """Say whether somebody was plainly turned away: told so, and asked again."""
    if door.realm is not None:
        return answer.asks_again
    if says_not_read(answer.says, door.text) or (answer.status == _FORBIDDEN and not says_who(answer.says)):
        return False
    return answer.asks_again and (answer.status in _REFUSED or answer.says != door.text)


PROBE = Probe(
    name="web-credentials",
    looks_at=Endpoint,
    sees=WebCredentialsFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
    tries_passwords=True,
)
