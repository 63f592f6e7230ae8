"""The same apology is the same one, whatever was asked for and whichever ticket it comes with."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.likeness import Likeness, asks_for_password


def reply(text: str, status: int = 200, *headers: tuple[str, str], problem: str | None = None) -> Reply:
    body = text.encode()
    return Reply(
        version="HTTP/1.1",
        status=status,
        headers=(("content-type", "text/html"), *headers),
        interim=0,
        body_size=len(body),
        body_truncated=problem is not None,
        body_problem=problem,
        body=body,
        reusable=True,
    )


def apology(path: str) -> Reply:
    ticket = secrets.token_urlsafe(24)
    return reply(f"<p>No {path} here, ask the administrator.<p>{time.time_ns()}<input value={ticket}>")


def state(path: str, answers: Callable[[str], Reply]) -> tuple[str, str | None]:
    async def ask(other: str) -> Reply:
        await asyncio.sleep(0)
        return answers(other)

    async def compare() -> tuple[str, str | None]:
        return await Likeness(ask).state(path, path, answers(path), moved=False)

    return asyncio.run(compare())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a",
        "/a.php?b=c",
        "/admin",
        "/admin/",
        "/x/y/admin.aspx",
        "/?page=admin",
        "/administration-of-things",
    ],
)
def test_one_apology_is_like_the_other_each_time(path: str) -> None:
    assert {state(path, apology) for _ in range(100)} == {("alike", None)}


def test_what_cannot_exist_is_asked_for_beside_it_with_its_ending() -> None:
    asked: list[str] = []

    def note(path: str) -> Reply:
        asked.append(path)
        return apology(path)

    state("/app/admin.php?x=1", note)
    first, *others = asked
    assert first == "/app/admin.php?x=1"
    assert len(set(others)) == 2
    assert all(one.startswith("/app/") and one.endswith(".php?x=1") for one in others)


def test_a_page_of_its_own_is_open() -> None:
    assert state("/admin", lambda path: reply("Tomcat") if path == "/admin" else apology(path))[0] == "open"
    assert state("/admin", lambda path: reply("x", 200 if path == "/admin" else 302))[0] == "open"


def test_what_breaks_off_or_is_packed_oddly_shows_nothing() -> None:
    odd = reply("x", 200, ("content-encoding", "br"))
    for shown in (odd, reply("x", problem="the body did not end in time")):
        told, why = state("/admin", lambda path, shown=shown: shown if path == "/admin" else apology(path))  # type: ignore[misc]  # mypy knows no lambda with a default
        assert told == "unclear"
        assert why is not None


def test_where_nothing_else_gets_an_answer_it_is_unclear() -> None:
    def answers(path: str) -> Reply:
        if path == "/admin":
            return reply("hello")
        raise CannotSee(Reason.TIMED_OUT, "no answer came in time")

    assert state("/admin", answers) == (
        "unclear",
        "a path that cannot exist gets no answer: no answer came in time",
    )


@pytest.mark.parametrize(
    ("page", "asks"),
    [
        ("<input type=password>", True),
        ("<INPUT TYPE=' Password '>", True),
        ("<p>password</p><input type=text name=password>", False),
        ("<!-- <input type=password> -->", False),
        ("<script>'<input type=password>'</script>", False),
    ],
)
def test_a_field_for_a_password_is_one_that_people_see(page: str, *, asks: bool) -> None:
    assert asks_for_password(reply(page)) is asks
