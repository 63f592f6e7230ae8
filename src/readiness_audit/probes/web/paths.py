"""
See whether a web server hands out what nobody should get: repositories, configuration, backups, status pages.

Only content is proof. Servers that answer any path with some page are asked for paths that
cannot exist first, and what they answer there proves nothing elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import deque
from dataclasses import dataclass

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.exposed import PATHS, Asked
from readiness_audit.probes.web.visit import Visit, is_whole, unpacked

MOST_READ = 128 * 2**10
AT_ONCE = 4
"""Connections side by side: a page that does not exist may take a portal a third of a second."""

_SERVED = frozenset({200, 203, 206})
_BUSY = 429
_BROKEN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPath:
    """One path that was asked for, and what came."""

    path: str
    kind: str
    """
    `repository`, `configuration`, `key`, `backup`, `status`, `debug`, `listing` (of a folder), or
    `documentation` (of an interface).
    """

    status: int | None
    """None where no answer came."""

    found: bool
    """Whether it was handed out: the content itself shows what it is."""

    signature: str | None
    """What the content was recognised by; None where it was not."""

    size: int
    """Bytes that were read, at most 128 KiB."""

    sha256: str | None
    """Of what was read, where it was found; the content itself is not kept."""

    trouble: str | None
    """Why it cannot be told, in one line; None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPathsFacts:
    """What a web server answers at paths that should answer nobody."""

    scheme: str
    host: str
    """The name that was asked for."""

    nothing_status: int
    """What is answered at a path that cannot exist."""

    answers_anything: bool
    """Whether a path that cannot exist is answered like a page that does."""

    paths: tuple[AskedPath, ...]
    asked: int
    """How many paths were asked for."""

    told: int
    """At how many of them it can be told whether anything is handed out."""

    found: int
    """How many were handed out."""

    connections: int


async def look(target: Endpoint, reach: Reach) -> Seen[WebPathsFacts]:
    """
    Ask for two paths that cannot exist, then for every path of the list; nothing is followed.

    Raises `CannotSee` where nothing there answers in HTTP, over TLS if the endpoint is https.
    """
    strange = secrets.token_hex(8)
    async with Visit(target, reach) as visit:
        nothing = [
            await visit.ask(path, most_body=MOST_READ) for path in (f"/{strange}", f"/.{strange}/{strange}")
        ]
    left = deque(PATHS)
    found: dict[str, AskedPath] = {}

    async def ask_some() -> int:
        async with Visit(target, reach) as visit:
            while left:
                asked = left.popleft()
                found[asked.path] = await _ask(visit, asked, nothing)
            return visit.connections

    counts = await asyncio.gather(*(ask_some() for _ in range(AT_ONCE)))
    paths = tuple(found[asked.path] for asked in PATHS)
    facts = WebPathsFacts(
        scheme=target.protocol,
        host=visit.name,
        nothing_status=nothing[0].status,
        answers_anything=any(reply.status in _SERVED for reply in nothing),
        paths=paths,
        asked=len(paths),
        told=sum(path.trouble is None for path in paths),
        found=sum(path.found for path in paths),
        connections=visit.connections + sum(counts),
    )
    lines = [f"{path.path} {path.status} {path.signature or '-'} {path.sha256 or '-'}" for path in paths]
    return Seen(facts=facts, excerpts=(("paths, without content", "\n".join(lines).encode("ascii")),))


async def _ask(visit: Visit, asked: Asked, nothing: list[Reply]) -> AskedPath:
    try:
        reply = await visit.ask(asked.path, most_body=MOST_READ)
    except CannotSee as blind:
        return _row(asked, None, b"", trouble=blind.detail)
    body = unpacked(reply, MOST_READ)
    trouble: str | None = None
    found = False
    if reply.status >= _BROKEN or reply.status == _BUSY:
        trouble = f"the server answers with status {reply.status}"
    elif reply.status in _SERVED and body is None:
        trouble = "its content is packed in a way that is not understood"
    elif reply.status in _SERVED and body is not None:
        found = asked.signature.fits(body)
        if found and any(asked.signature.fits(unpacked(other, MOST_READ) or b"") for other in nothing):
            found, trouble = False, "paths that cannot exist are answered with the same"
        elif not found and not is_whole(reply, MOST_READ) and not asked.signature.is_ruled_out(body):
            trouble = reply.body_problem or f"its content does not end within {MOST_READ} bytes"
    return _row(asked, reply, body, found=found, trouble=trouble)


def _row(
    asked: Asked, reply: Reply | None, body: bytes | None, *, found: bool = False, trouble: str | None = None
) -> AskedPath:
    return AskedPath(
        path=asked.path,
        kind=asked.kind,
        status=None if reply is None else reply.status,
        found=found,
        signature=asked.signature.name if found else None,
        size=0 if reply is None else reply.body_size,
        sha256=hashlib.sha256(body or b"").hexdigest() if found else None,
        trouble=trouble,
    )


PROBE = Probe(
    name="web-paths",
    looks_at=Endpoint,
    sees=WebPathsFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
)
