"""
See what a web server answers a stranger at the declared paths of administration, from this one place.

Each path is asked for once at each address, and once more where the server says that it is not there,
which it has to go on saying. Redirects are gone after only within the endpoint.
A path counts as hidden only where the server says so; what may be hidden or not is told as such.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.tls.handshakes import asked_names
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.http import REDIRECTS
from readiness_audit.probes.web.likeness import MOST_READ, Likeness, asks_for_password
from readiness_audit.probes.web.page import resolved
from readiness_audit.probes.web.redaction import safe_address
from readiness_audit.probes.web.responses import stays
from readiness_audit.probes.web.visit import Visit, host_header

MOST_HOPS = 3
AT_ONCE = 4
_LONGEST = 300
_REFUSED = frozenset({401, 403})
_GONE = frozenset({404, 410})
_SERVED = range(200, 300)
_TOLD = frozenset({"open", "refused", "absent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementPath:
    """One declared path of administration, as one address of the endpoint answers for it."""

    path: str
    address: str
    """The address that was asked."""

    open_from: tuple[str, ...]
    """Vantage points the system declares it may be open from."""

    state: str
    """
    `open`: a page is handed out, a form to log in with among them, whatever the status says. `refused`: the
    server says 401 or 403. `absent`: it says 404 or 410. `alike`: what comes is what paths that cannot exist
    get, or another page of the server, and the path may be hidden or not. `elsewhere`: it leads to another
    endpoint, where nobody went. `unclear`: none of these can be told.
    """

    status: int | None
    """Of the last answer; None where none came."""

    leads_to: str | None
    """Where a redirect leads, without user, query and fragment; None where there is none."""

    asks_for_password: bool
    """Whether the page that came has a field for a password."""

    trouble: str | None
    """Why it cannot be told, in one line; None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebManagementFacts:
    """What strangers get at the paths of administration, seen from one place."""

    scheme: str
    host: str
    """The name that was asked for."""

    vantage_point: str | None
    """The declared place the looking was done from; None where the run does not say."""

    addresses: tuple[str, ...]
    """Every address the endpoint stands for; each was asked, but for what the authorisation leaves out."""

    paths: tuple[ManagementPath, ...]
    """Every declared path at every address."""

    asked: int
    """How many paths are declared."""

    told: int
    """Of how many answers it can be told that something is handed out, refused, or not there."""


async def look(target: Endpoint, reach: Reach) -> Seen[WebManagementFacts]:
    """
    Ask for every declared path, and where something comes, for paths beside it that cannot exist.

    Raises `CannotSee` where no path is declared, or nothing answers in HTTP at any address.
    """
    declared = [(path, one.open_from) for one in target.restricted for path in one.paths]
    if not declared:
        raise CannotSee(Reason.EMPTY, "no paths are declared as restricted")
    addresses = await reach.gate.addresses(reach.look, target.host, reach.deadline)
    seen = await asyncio.gather(*(_at(target, reach, address, declared) for address in addresses))
    rows: list[ManagementPath] = []
    blind: CannotSee | None = None
    for address, found in zip(addresses, seen, strict=True):
        if isinstance(found, CannotSee):
            blind = blind or found
            rows += [_untold(path, address, meant, found) for path, meant in declared]
        else:
            rows += found
    if blind is not None and all(isinstance(found, CannotSee) for found in seen):
        raise blind
    left_out = reach.gate.left_out(target.host)
    uncovered = CannotSee(Reason.OUT_OF_SCOPE, "the authorisation does not cover this address")
    rows += [_untold(path, address, meant, uncovered) for address in left_out for path, meant in declared]
    facts = WebManagementFacts(
        scheme=target.protocol,
        host=asked_names(target)[0],
        vantage_point=None if reach.here is None else reach.here.name,
        addresses=tuple(map(str, (*addresses, *left_out))),
        paths=tuple(rows),
        asked=len(declared),
        told=sum(row.state in _TOLD for row in rows),
    )
    lines = [f"{row.address} {row.path} {row.status} {row.state}" for row in rows]
    return Seen(facts=facts, excerpts=(("paths, without content", "\n".join(lines).encode("ascii")),))


async def _at(
    target: Endpoint, reach: Reach, address: Address, declared: Sequence[tuple[str, tuple[str, ...]]]
) -> list[ManagementPath] | CannotSee:
    """Ask one address for all paths; where the first gets no answer, no other is asked for."""
    found: dict[str, ManagementPath] = {}
    first, meant = declared[0]
    try:
        async with Visit(target, reach, only=address) as visit:
            found[first] = await _Asking(visit, target, address).row(first, meant)
    except CannotSee as blind:
        return blind
    found |= await _ask_all(target, reach, address, declared[1:])
    absent = [(path, meant) for path, meant in declared if found[path].state == "absent"]
    for path, row in (await _ask_all(target, reach, address, absent)).items():
        found[path] = row if row.state in {"absent", "open"} else _wavering(row)
    return [found[path] for path, _ in declared]


async def _ask_all(
    target: Endpoint, reach: Reach, address: Address, declared: Sequence[tuple[str, tuple[str, ...]]]
) -> dict[str, ManagementPath]:
    found: dict[str, ManagementPath] = {}
    left = deque(declared)

    async def ask_some() -> None:
        async with Visit(target, reach, only=address) as visit:
            asking = _Asking(visit, target, address)
            while left:
                path, meant = left.popleft()
                try:
                    found[path] = await asking.row(path, meant)
                except CannotSee as blind:
                    found[path] = _untold(path, address, meant, blind)

    await asyncio.gather(*(ask_some() for _ in range(min(AT_ONCE, len(left)))))
    return found


def _wavering(row: ManagementPath) -> ManagementPath:
    said = "the server says that it is not there, and the next time something else"
    return replace(row, state="unclear", trouble=row.trouble or said)


class _Asking:
    """Asks one address for its paths."""

    def __init__(self, visit: Visit, target: Endpoint, address: Address) -> None:
        self._visit = visit
        self._target = target
        self._address = address
        self._likeness = Likeness(self._ask)

    async def row(self, path: str, meant: tuple[str, ...]) -> ManagementPath:
        """Ask for one path and say what came. Raises `CannotSee` where no answer comes."""
        reply = await self._ask(path)
        at, ends = path, ""
        for _ in range(MOST_HOPS):
            if reply.status not in REDIRECTS or ends:
                break
            onward, ends = self._onward(at, reply)
            if onward is not None:
                at, reply = onward, await self._ask(onward)
        state, trouble = await self._state(path, at, reply, ends)
        return ManagementPath(
            path=path,
            address=str(self._address),
            open_from=meant,
            state=state,
            status=reply.status,
            leads_to=_leads_to(path, at, reply),
            asks_for_password=asks_for_password(reply),
            trouble=trouble,
        )

    async def _state(self, path: str, at: str, reply: Reply, ends: str) -> tuple[str, str | None]:
        # A redirect to a page that is not there is a mistake of somebody's, and no word on the path.
        below = _is_below(at, path)
        match reply.status:
            case status if status in _REFUSED:
                return await self._likeness.beside_its_word(path, reply, "refused")
            case status if status in _GONE and below:
                return await self._likeness.beside_its_word(path, reply, "absent")
            case status if status in REDIRECTS:
                return (
                    ("elsewhere", None) if ends == "elsewhere" else ("unclear", "its redirects lead nowhere")
                )
            case status if status in _SERVED:
                return await self._likeness.state(path, at, reply, moved=not below)
            case status:
                return "unclear", f"the server answers with status {status}"

    async def _ask(self, path: str) -> Reply:
        return await self._visit.ask(path, most_body=MOST_READ)

    def _onward(self, at: str, reply: Reply) -> tuple[str | None, str]:
        """Give what a redirect leads to within the endpoint, or how the way ends."""
        locations = set(reply.values("location"))
        base = f"{self._target.protocol}://{host_header(self._target, self._visit.name)}{at}"
        full = resolved(locations.pop(), base) if len(locations) == 1 else None
        try:
            if full is not None and not stays(full, self._target, self._visit.name):
                return None, "elsewhere"
        except ValueError:
            full = None
        parts = urlsplit(full or "")
        onward = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        askable = full is not None and onward.isascii() and onward.isprintable() and " " not in onward
        return (onward, "") if askable else (None, "astray")


def _is_below(at: str, path: str) -> bool:
    """Say whether one path is the other, or one of its own."""
    own, asked = at.partition("?")[0], path.partition("?")[0].rstrip("/")
    return own == asked or own.startswith(f"{asked}/")


def _leads_to(path: str, at: str, reply: Reply) -> str | None:
    if reply.status in REDIRECTS:
        return safe_address(" | ".join(reply.values("location")))[:_LONGEST] or None
    return safe_address(at)[:_LONGEST] if at != path else None


def _untold(path: str, address: Address, meant: tuple[str, ...], blind: CannotSee) -> ManagementPath:
    return ManagementPath(
        path=path,
        address=str(address),
        open_from=meant,
        state="unclear",
        status=None,
        leads_to=None,
        asks_for_password=False,
        trouble=blind.detail,
    )


PROBE = Probe(
    name="web-management",
    looks_at=Endpoint,
    sees=WebManagementFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
)
