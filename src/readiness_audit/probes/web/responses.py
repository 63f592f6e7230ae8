"""See how a web server answers what its pages do not ask: odd addresses, methods, foreign origins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.exchange import ACCEPTED, Reply
from readiness_audit.probes.web.http import REDIRECTS, led_to
from readiness_audit.probes.web.leaks import traces_in
from readiness_audit.probes.web.page import resolved
from readiness_audit.probes.web.redaction import safe_address
from readiness_audit.probes.web.visit import USUAL_PORTS, Visit, host_header, is_whole, unpacked

MOST_READ = 2**20
MOST_HOPS = 8
MALFORMED = "/%c0%ae%c0%ae/%zz"
"""Bytes that are no UTF-8, and a percent sign that nothing valid follows."""

PACKINGS = "gzip, deflate, br, zstd"
"""What browsers take."""

_LONGEST = 500
_MOST_METHODS = 50
_BROKEN = 500
_OK = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What the server answers to a request that must go wrong."""

    request: str
    """`unknown-path` or `malformed-address`."""

    status: int | None
    """None where no answer came."""

    traces: tuple[str, ...]
    """What it tells about its inside, by name: `python-traceback`, `java-stack`, `file-path` ..."""

    size: int
    """Bytes that were read, at most 1 MiB."""

    trouble: str | None
    """Why its content could not be looked at, in one line; None where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAnswer:
    """What the server lets scripts of another site read (CORS; Fetch, section 3.3)."""

    origin: str
    """Who asked: `foreign`, a site made up for this request, or `null`, which any page can be."""

    status: int | None
    """None where no answer came."""

    allowed: str
    """Access-Control-Allow-Origin: `none`, `any` (a star), `same` (the site that asked), or `other`."""

    credentials: bool
    """Whether it may be read with the cookies of whoever is logged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One answer on the way from the endpoint's path to a page."""

    address: str
    """What was asked for, without user, query and fragment."""

    status: int
    location: str | None
    """Where it leads, without user, query and fragment; None where the way ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebResponsesFacts:
    """How a web server answers what browsers do not ask by themselves."""

    scheme: str
    host: str
    """The name that was asked for."""

    path: str
    """The endpoint's path, for methods, origins and the way to a page."""

    errors: tuple[ErrorPage, ...]
    errors_seen: int
    """How many of these could be looked at."""

    methods: tuple[str, ...]
    """The methods the server says it allows, in capital letters; empty where it does not say."""

    options_status: int | None
    """The answer to OPTIONS; None where none came."""

    trace_status: int | None
    """The answer to TRACE; None where none came."""

    trace_echoes: bool
    """Whether TRACE gives the request back, with its headers."""

    origins: tuple[OriginAnswer, ...]
    origins_seen: int
    """How many of these were answered."""

    compression_seen: bool
    """Whether the path was answered to somebody who takes compressed content."""

    compression: str | None
    """How its content came then: `gzip`, `br`, ...; None where it came as it is, or no answer came."""

    hops: tuple[Hop, ...]
    """The way from the endpoint's path to a page, at this endpoint; at most 8."""

    way_ends: str
    """
    `answer` (with what is no redirect), `elsewhere` (it leads to another host, port or scheme), `loop`,
    `too-long`, `astray` (the Location is none) or `silence` (no answer came).
    """

    requests: int
    connections: int


async def look(target: Endpoint, reach: Reach) -> Seen[WebResponsesFacts]:
    """
    Ask about a dozen things of one endpoint; redirects are followed as long as they stay there.

    Raises `CannotSee` where nothing there answers in HTTP, over TLS if the endpoint is https.
    """
    token = secrets.token_hex(8)
    async with Visit(target, reach) as visit:
        unknown = await visit.ask(f"/{token}", most_body=MOST_READ)
        errors = (
            _error("unknown-path", unknown, None),
            _error("malformed-address", *await _try(visit, MALFORMED)),
        )
        options, _ = await _try(visit, target.path, method="OPTIONS")
        trace, _ = await _try(visit, target.path, method="TRACE", more=(("X-Trace", token),))
        foreign = f"https://{token}.invalid"
        origins = (
            _origin("foreign", foreign, (await _try(visit, target.path, more=(("Origin", foreign),)))[0]),
            _origin("null", "null", (await _try(visit, target.path, more=(("Origin", "null"),)))[0]),
        )
        packed, _ = await _try(visit, target.path, more=((ACCEPTED, PACKINGS),))
        hops, way_ends = await _way(visit, target)
    facts = WebResponsesFacts(
        scheme=target.protocol,
        host=visit.name,
        path=target.path,
        errors=errors,
        errors_seen=sum(error.trouble is None for error in errors),
        methods=_methods(options),
        options_status=None if options is None else options.status,
        trace_status=None if trace is None else trace.status,
        trace_echoes=trace is not None and trace.status in _OK and token.encode() in (unpacked(trace) or b""),
        origins=origins,
        origins_seen=sum(origin.status is not None for origin in origins),
        compression_seen=packed is not None,
        compression=None if packed is None else _compression(packed),
        hops=hops,
        way_ends=way_ends,
        requests=visit.requests,
        connections=visit.connections,
    )
    lines = [f"{error.request}: {error.status} {' '.join(error.traces) or '-'}" for error in errors]
    lines += [f"{hop.status} {hop.address} -> {hop.location or '-'}" for hop in hops]
    return Seen(facts=facts, excerpts=(("answers, without content", "\n".join(lines).encode()),))


def _compression(reply: Reply) -> str | None:
    named = ", ".join(reply.values("content-encoding")).strip().lower()
    return None if named in {"", "identity"} else "".join(c if c.isprintable() else "?" for c in named)[:40]


async def _try(
    visit: Visit, path: str, *, method: str = "GET", more: tuple[tuple[str, str], ...] = ()
) -> tuple[Reply | None, str | None]:
    try:
        return await visit.ask(path, method=method, more=more, most_body=MOST_READ), None
    except CannotSee as blind:
        return None, blind.detail


def _error(request: str, reply: Reply | None, trouble: str | None) -> ErrorPage:
    body = None if reply is None else unpacked(reply, MOST_READ)
    if reply is not None and body is None:
        trouble = "its content is packed in a way that is not understood"
    elif reply is not None and not is_whole(reply, MOST_READ):
        trouble = reply.body_problem or f"its content does not end within {MOST_READ} bytes"
    return ErrorPage(
        request=request,
        status=None if reply is None else reply.status,
        traces=traces_in(body or b""),
        size=0 if reply is None else reply.body_size,
        trouble=trouble,
    )


def _methods(options: Reply | None) -> tuple[str, ...]:
    if options is None or options.status >= _BROKEN:
        return ()
    values = options.values("allow") + options.values("access-control-allow-methods")
    told = (method.strip().upper() for value in values for method in value.split(","))
    return tuple(dict.fromkeys(method[:40] for method in told if method))[:_MOST_METHODS]


def _origin(name: str, asked: str, reply: Reply | None) -> OriginAnswer:
    values = [] if reply is None else reply.values("access-control-allow-origin")
    # Browsers take several such headers for one value that fits nobody.
    allowed = {"*": "any", asked: "same"}.get(values[0].strip(), "other") if len(values) == 1 else "none"
    said = None if reply is None else reply.first("access-control-allow-credentials")
    return OriginAnswer(
        origin=name,
        status=None if reply is None else reply.status,
        allowed=allowed,
        credentials=said == "true",
    )


async def _way(visit: Visit, target: Endpoint) -> tuple[tuple[Hop, ...], str]:
    begin = f"{target.protocol}://{host_header(target, visit.name)}"
    address = begin + target.path
    hops: list[Hop] = []
    been: set[str] = set()
    while len(hops) < MOST_HOPS:
        been.add(address)
        parts = urlsplit(address)
        reply, _ = await _try(visit, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if reply is None:
            return tuple(hops), "silence"
        locations = set(reply.values("location")) if reply.status in REDIRECTS else set()
        location = locations.pop() if len(locations) == 1 else None
        hops.append(Hop(address=_safe(address), status=reply.status, location=location and _safe(location)))
        if reply.status not in REDIRECTS:
            return tuple(hops), "answer"
        onward, ends = _onward(location, address, target, visit.name)
        if onward is None:
            return tuple(hops), ends
        if onward in been:
            return tuple(hops), "loop"
        address = onward
    return tuple(hops), "too-long"


def stays(location: str, target: Endpoint, name: str) -> bool:
    """Say whether an address leads to this endpoint: same scheme, host and port. Raises `ValueError`."""
    scheme, host, port = led_to(location, target, name)
    hosts = {known.casefold().removesuffix(".") for known in (name, *target.names, target.host)}
    same = (host or "").casefold().removesuffix(".") in hosts
    return same and scheme == target.protocol and (port or USUAL_PORTS.get(scheme)) == target.port


def _onward(location: str | None, address: str, target: Endpoint, name: str) -> tuple[str | None, str]:
    if location is None:
        return None, "astray"
    try:
        if not stays(location, target, name):
            return None, "elsewhere"
        onward = resolved(location, address)
    except ValueError:
        return None, "astray"
    askable = onward is not None and onward.isascii() and onward.isprintable() and " " not in onward
    return (onward.partition("#")[0], "") if onward is not None and askable else (None, "astray")


def _safe(address: str) -> str:
    return safe_address(address)[:_LONGEST]


PROBE = Probe(
    name="web-responses",
    looks_at=Endpoint,
    sees=WebResponsesFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
)
