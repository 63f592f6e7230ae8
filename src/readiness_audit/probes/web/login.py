"""
Log in once, by a challenge or a form, and say what the answer looks like.

What was typed is never given back: neither name nor password is in any result.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.http import REDIRECTS, read_html
from readiness_audit.probes.web.markup import Piece, decoded, pieces
from readiness_audit.probes.web.page import resolved
from readiness_audit.probes.web.responses import stays
from readiness_audit.probes.web.visit import Visit, host_header, unpacked

MOST_READ = 256 * 2**10
_MOST_FIELDS = 100
_MOST_COOKIES = 20
_CHALLENGE = re.compile(r"(?:^|,)\s*basic\b(?:[^,]*?\brealm\s*=\s*\"([^\"]{0,200})\")?", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_LOCKED = re.compile(
    r"too many|locked|blocked|captcha|try again (?:in|later)|temporarily|gesperrt|zu viele|später erneut",
    re.IGNORECASE,
)
_OF_THE_FORM = re.compile(
    r"csrf|xsrf|forged|forgery|authenticity|referr?er|java ?script"
    r"|(?:token|session|form|request|sitzung|formular)[^.]{0,40}(?:expired|invalid|missing|mismatch|verif|reject"
    r"|abgelaufen|ungültig|fehlt)"
    r"|(?:expired|invalid|missing|abgelaufene?|ungültige?) (?:token|session|form|request|sitzung|formular)"
    r"|cookies?[^.]{0,40}(?:enable|disable|require|allow|accept|aktivier)"
    r"|(?:enable|require|allow|accept|aktivier)[^.]{0,20}cookies?",
    re.IGNORECASE,
)
_OF_THE_PASSWORD = re.compile(
    r"passwor|kennwort|passphrase|credential|log ?in|log ?on|sign ?in|anmeld|user ?name|benutzer|account",
    re.IGNORECASE,
)
_BUSY = frozenset({423, 429, 503})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form with one field for a password, as it stands in a page just asked for."""

    action: str
    """What is asked for on this endpoint: path and query."""

    user: str
    password: str
    """Names of the two fields."""

    others: tuple[tuple[str, str], ...]
    """Fields that are sent along as they are: tokens against forged requests are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A place that asks who is there."""

    path: str
    realm: str | None
    """Of a challenge; None where there is none."""

    form: Form | None
    text: str
    """What people read there, without numbers."""

    page: str
    """The page as it was sent."""

    cookies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one attempt."""

    status: int
    location: str | None
    """The path a redirect leads to."""

    asks_again: bool
    """Whether who is there is asked once more: by another challenge, or by the form."""

    says: str
    """What people read there, without numbers."""

    locked: bool
    """Whether its status or a Retry-After says that it was enough."""

    whole: bool
    """Whether all of it came."""


async def see_door(visit: Visit, target: Endpoint, path: str) -> Door:
    """Ask for a page where people log in. Raises `CannotSee` where no answer comes."""
    reply = await visit.ask(path, most_body=MOST_READ, last=True)
    page, text = _read(target, visit.name, path, reply)
    return Door(
        path=path,
        realm=_realm(reply),
        form=_form(target, visit.name, path, page),
        text=text,
        page=page,
        cookies=_cookies(reply),
    )


async def knock(visit: Visit, door: Door, name: str, password: str) -> Answer:
    """Answer the challenge of `door` once. Raises `CannotSee` where no answer comes."""
    ticket = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    reply = await visit.ask(
        door.path, more=(("Authorization", f"Basic {ticket}"),), most_body=MOST_READ, last=True
    )
    return Answer(
        status=reply.status,
        location=None,
        asks_again=reply.status == 401,  # noqa: PLR2004 - the status that asks who is there
        says="",
        locked=_is_locked(reply),
        whole=not reply.body_truncated,
    )


async def send(visit: Visit, target: Endpoint, door: Door, form: Form, name: str, password: str) -> Answer:
    """
    Send the form of `door` once, and look at what a redirect of this endpoint leads to.

    Raises `CannotSee` where no answer comes.
    """
    fields = [*form.others, (form.user, name), (form.password, password)]
    reply = await visit.ask(
        form.action,
        method="POST",
        more=(("Content-Type", "application/x-www-form-urlencoded"), *_carried(door.cookies)),
        most_body=MOST_READ,
        last=True,
        content=urlencode(fields).encode("ascii"),
    )
    location = _onward(target, visit.name, form.action, reply)
    end, path = reply, form.action
    if location is not None:
        kept = dict(door.cookies) | dict(_cookies(reply))
        end = await visit.ask(location, more=_carried(tuple(kept.items())), most_body=MOST_READ, last=True)
        path = location
    page, text = _read(target, visit.name, path, end)
    return Answer(
        status=reply.status,
        location=None if location is None else urlsplit(location).path,
        asks_again=end.status in {401, 403} or _form(target, visit.name, path, page) is not None,
        says=text,
        locked=_is_locked(reply) or _is_locked(end),
        whole=not end.body_truncated and not reply.body_truncated,
    )


def _realm(reply: Reply) -> str | None:
    if reply.status != 401:  # noqa: PLR2004 - the status that asks who is there
        return None
    for value in reply.values("www-authenticate"):
        if found := _CHALLENGE.search(value):
            return found[1] or ""
    return None


def _read(target: Endpoint, name: str, path: str, reply: Reply) -> tuple[str, str]:
    read = read_html(target, name, path, reply)
    if read is None:
        return "", ""
    page = decoded(unpacked(reply) or b"", reply.first("content-type"))
    return page, _NUMBERS.sub(_without_digits, read.text)


def _without_digits(found: re.Match[str]) -> str:
    # Tickets and times differ from answer to answer; words of these letters alone stay.
    return found[0] if found[0].isalpha() else "0"


def _form(target: Endpoint, name: str, path: str, page: str) -> Form | None:
    """Give the one form of a page that has one field for a password; None where none or several do."""
    found: list[Form] = []
    inside: Piece | None = None
    fields: list[Mapping[str, str]] = []
    for piece in pieces(page):
        if piece.name == "form" and not piece.ends:
            inside, fields = piece, []
        elif piece.name == "form":
            form = None if inside is None else _made(target, name, path, inside, fields)
            found += [form] if form is not None else []
            inside = None
        elif piece.name in {"input", "button"} and not piece.ends and len(fields) < _MOST_FIELDS:
            fields.append(piece.given)
    return found[0] if len(found) == 1 else None


def _made(
    target: Endpoint, name: str, path: str, form: Piece, fields: list[Mapping[str, str]]
) -> Form | None:
    kinds = [(field.get("type", "text").lower(), field) for field in fields if field.get("name")]
    passwords = [field["name"] for kind, field in kinds if kind == "password"]
    users = [field["name"] for kind, field in kinds if kind in {"text", "email"}]
    action = _here(target, name, path, form.given.get("action", "") or path)
    if len(passwords) != 1 or len(users) != 1 or action is None:
        return None
    if form.given.get("method", "get").lower() != "post":
        return None
    # Several buttons would mean several things; the first one is what the Enter key presses.
    buttons = [field for kind, field in kinds if kind == "submit"][:1]
    others = [field for kind, field in kinds if kind == "hidden"] + buttons
    return Form(
        action=action,
        user=users[0],
        password=passwords[0],
        others=tuple((field["name"], field.get("value", "")) for field in others),
    )


def _here(target: Endpoint, name: str, path: str, address: str) -> str | None:
    """Give what is asked for, path and query; None where an address leads away from the endpoint."""
    base = f"{target.protocol}://{host_header(target, name)}{path}"
    full = resolved(address, base)
    try:
        if full is None or not stays(full, target, name):
            return None
    except ValueError:
        return None
    parts = urlsplit(full)
    asked = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return asked if asked.isascii() and asked.isprintable() and " " not in asked else None


def _onward(target: Endpoint, name: str, path: str, reply: Reply) -> str | None:
    locations = set(reply.values("location")) if reply.status in REDIRECTS else set()
    return _here(target, name, path, locations.pop()) if len(locations) == 1 else None


def _cookies(reply: Reply) -> tuple[tuple[str, str], ...]:
    pairs = [value.partition(";")[0].partition("=") for value in reply.values("set-cookie")]
    kept = [(name.strip(), value.strip()) for name, equals, value in pairs if equals and name.strip()]
    return tuple(pair for pair in kept if "".join(pair).isascii() and "".join(pair).isprintable())[
        :_MOST_COOKIES
    ]


def _carried(cookies: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return (("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)),) if cookies else ()


def says_enough(text: str) -> bool:
    """Say whether words tell that there were too many attempts."""
    return _LOCKED.search(text) is not None


def says_not_read(text: str, before: str) -> bool:
    """Say whether words tell that the form itself was turned down, which `before` did not tell already."""
    return any(found[0] not in before for found in _OF_THE_FORM.finditer(text))


def says_who(text: str) -> bool:
    """Say whether words are about who logs in; a guard before the server knows nothing of that."""
    return _OF_THE_PASSWORD.search(text) is not None


def _is_locked(reply: Reply) -> bool:
    return reply.status in _BUSY or bool(reply.values("retry-after"))
