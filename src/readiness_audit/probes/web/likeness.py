"""
Say whether a page is one of its own, or what the server answers at paths that cannot exist.

Some servers answer any path with a page and status 200: an apology, a start page, or a program that
finds out in the browser what was asked for. From outside these look the same.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.markup import decoded, pieces
from readiness_audit.probes.web.visit import unpacked

MOST_READ = 128 * 2**10
_COMPARED = MOST_READ // 2
"""Characters: names of different lengths shift the end of what was read."""

_LOGIN = re.compile(r"log-?in|log-?on|sign-?in|anmeld|\bauth|\bsso\b", re.IGNORECASE)
_RUNS = re.compile(r"[A-Za-z0-9_=-]+")
_NUMBERS = re.compile(r"\d+")
_TICKET = 16
"""Characters: runs this long are tickets, which differ from answer to answer, as times and counts do."""

_SURELY_MEANT = 3

_SERVED = range(200, 300)

State: TypeAlias = tuple[str, str | None]
"""What a page is, and why that cannot be told."""


class Likeness:
    """Compares pages with those that paths beside theirs get which cannot exist; asks for these once."""

    def __init__(self, ask: Callable[[str], Awaitable[Reply]]) -> None:
        """Ask by `ask`, which takes a path."""
        self._ask = ask
        self._beside: dict[tuple[str, str], tuple[tuple[str, Reply], ...]] = {}

    async def state(self, path: str, at: str, reply: Reply, *, moved: bool) -> State:
        """
        Say whether the page that came is `open`, `alike` or `unclear`.

        `reply` has a status of the 200 range; `moved` says that it is another page of the server,
        which a redirect from `path` led to, at the address `at`.
        """
        if moved:
            # Whatever cannot exist may lead to where people log in as well: they can log in there.
            logs_in = asks_for_password(reply) or _LOGIN.search(at.partition("?")[0])
            return ("open" if logs_in else "alike"), None
        try:
            beside = await self._made_up(path)
        except CannotSee as blind:
            return "unclear", f"a path that cannot exist gets no answer: {blind.detail}"
        served = [other for _, other in beside if other.status in _SERVED]
        if not served:
            return "open", None
        return _compared(reply, served, (_name(path), *(word for word, _ in beside)))

    async def beside_its_word(self, path: str, reply: Reply, word: str) -> State:
        """
        Say what a path is whose status says one thing and whose page has a field for a password.

        `word` is what the status says. Where paths that cannot exist show such a field as well, it is part
        of every page; else people can log in there, whatever the status. Raises `CannotSee`.
        """
        if not asks_for_password(reply):
            return word, None
        everywhere = all(asks_for_password(other) for _, other in await self._made_up(path))
        return (word if word == "refused" else "alike") if everywhere else "open", None

    async def _made_up(self, path: str) -> tuple[tuple[str, Reply], ...]:
        """Give the answers to two paths beside this one, with its ending and query, that cannot exist."""
        bare, mark, query = path.partition("?")
        folder, _, last = bare.removesuffix("/").rpartition("/")
        ending = last[last.rindex(".") :] if "." in last else ""
        tail = ending + ("/" if last and bare.endswith("/") else "") + mark + query
        if (folder, tail) not in self._beside:
            words = [secrets.token_hex(8) for _ in range(2)]
            answers = [(word, await self._ask(f"{folder}/{word}{tail}")) for word in words]
            self._beside[folder, tail] = tuple(answers)
        return self._beside[folder, tail]


def asks_for_password(reply: Reply) -> bool:
    """Say whether the page has a field for a password."""
    text = decoded(unpacked(reply, MOST_READ) or b"", reply.first("content-type"))
    return "password" in text.lower() and any(
        piece.name == "input" and piece.given.get("type", "").strip().lower() == "password"
        for piece in pieces(text)
    )


def _compared(reply: Reply, others: Sequence[Reply], asked: Sequence[str]) -> State:
    mine, *theirs = [_print(one, asked) for one in (reply, *others)]
    if mine is None or None in theirs:
        return "unclear", "its content does not end, or is packed in a way that is not understood"
    if mine in theirs:
        return "alike", None
    steady = len(others) > 1 and len(set(theirs)) == 1
    if steady or (asks_for_password(reply) and not any(map(asks_for_password, others))):
        return "open", None
    return "unclear", "paths that cannot exist are answered differently each time"


def _print(reply: Reply, asked: Sequence[str]) -> tuple[int, str] | None:
    """Give status and content without what was asked for and what changes; None where it cannot be read."""
    body = unpacked(reply, MOST_READ)
    if body is None or reply.body_problem is not None:
        return None
    text = decoded(body, reply.first("content-type"))[:_COMPARED]
    words = "|".join(re.escape(word) for word in asked if word)
    whole_words = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")

    # Beside the root itself, what was asked for is one word more.
    blank = "\0" if asked[0] else ""

    def steady(run: re.Match[str]) -> str:
        bare = whole_words.sub(blank, run[0])
        # A ticket may hold a short name by chance.
        held = len(run[0]) - len(bare) >= _SURELY_MEANT
        return bare if held or len(run[0]) < _TICKET else "0"

    return reply.status, _NUMBERS.sub("0", _RUNS.sub(steady, text))


def _name(path: str) -> str:
    """Give the last step of a path, without its ending."""
    last = path.partition("?")[0].removesuffix("/").rpartition("/")[2]
    return last.rpartition(".")[0] or last
