"""See how a web server answers a request: status, redirect, headers, cookies. Nothing is followed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import literal_address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web import csp
from readiness_audit.probes.web.cookies import Cookie, read_cookie
from readiness_audit.probes.web.csp_sources import url
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.header_rules import forbids_guessing, framed_by, referrer_policy
from readiness_audit.probes.web.hsts import Hsts, read_hsts
from readiness_audit.probes.web.markup import decoded
from readiness_audit.probes.web.page import Page, PageRead, read_page
from readiness_audit.probes.web.redaction import safe_address, safe_value
from readiness_audit.probes.web.visit import USUAL_PORTS, Visit, host_header, unpacked

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PROTECTING = (
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "cross-origin-resource-policy",
    "access-control-allow-origin",
)
"""Headers that a server sends with each answer, or not at all."""

_LONGEST_LOCATION = 2000
_PAGES = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header of the answer."""

    name: str
    """In small letters."""

    value: str
    """As sent, but for what could be secret; at most 4096 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where the answer sends clients to; nobody went there."""

    location: str
    """As sent, without user, query and fragment."""

    scheme: str | None
    """`http`, `https` or another; that of the request where the address is relative."""

    host: str | None
    """The host it leads to; that of the request where the address is relative."""

    port: int | None
    """The port it leads to."""

    same_host: bool
    """Whether that is the host that was asked."""

    declared_host: bool
    """Whether that is one of the names the service is declared to be called by."""

    permanent: bool
    """Whether clients may remember it: status 301 or 308."""

    problem: str | None
    """Why it cannot be followed, in one line; None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFacts:
    """What a web server answered to one GET."""

    scheme: str
    """`http` or `https`, as the request was sent."""

    host: str
    """The name that was asked for."""

    path: str
    """What was asked for."""

    http_version: str
    """`HTTP/1.0` or `HTTP/1.1`."""

    status: int

    redirect: Redirect | None
    """Where the answer sends clients to; None where its status is no redirect."""

    headers: tuple[Header, ...]
    """All headers of the answer, in order."""

    header_count: int

    hsts: Hsts | None
    """The Strict-Transport-Security header; None where there is none."""

    csp: csp.Csp | None
    """The Content-Security-Policy of headers and page; None where there is none."""

    framed_by: str
    """
    Who may show the page in a frame: `nobody`, `itself`, `named` (the sites that frame-ancestors
    names) or `anybody`. From frame-ancestors; where no policy has it, from X-Frame-Options.
    """

    no_sniff: bool
    """Whether browsers are kept from guessing types: the first X-Content-Type-Options is nosniff."""

    referrer_policy: str | None
    """The last one of headers and page that is a policy; None where browsers go by their own default."""

    page: Page | None
    """What the page loads and where it leads; None where what came is no HTML, or could not be read."""

    cookies: tuple[Cookie, ...]
    """The cookies that were set, without their values."""

    cookie_count: int
    """How many Set-Cookie headers came, those that clients ignore included."""

    cookies_void: int
    """How many of these set no cookie: they are empty, hold control characters, or are larger than 4 KiB."""

    content_type: str | None
    """The Content-Type header; None where there is none."""

    server: str | None
    """The Server header; None where there is none."""

    interim: int
    """How many interim answers (status 1xx) came before."""

    body_size: int
    """Bytes of the body that were read, at most 1 MiB."""

    body_truncated: bool
    """Whether reading stopped before the end of the body."""

    body_problem: str | None
    """What was wrong with the body, in one line."""


async def look(target: Endpoint, reach: Reach) -> Seen[HttpFacts]:
    """
    Ask for the endpoint's path, and once more on a new connection whether that was not by chance.

    Raises `CannotSee` where nothing there answers in HTTP, over TLS if the endpoint is https, and where
    the two answers contradict each other.
    """
    async with Visit(target, reach, patience=reach.deadline.left()) as visit:
        reply = await visit.ask(target.path, last=True)
        try:
            again = await visit.ask(target.path, last=True, most_body=1)
        except CannotSee as blind:
            told = f"it answers with status {reply.status}, and asked again: {blind.detail}"
            raise CannotSee(blind.reason, told) from None
    _hold_together(reply, again)
    return _seen(target, visit.name, reply, reach.started)


def _hold_together(reply: Reply, again: Reply) -> None:
    """Raise `CannotSee` where two answers differ in their status or in which protecting headers they have."""
    if reply.status != again.status:
        told = f"it answers the same question with status {reply.status} and then {again.status}"
        raise CannotSee(Reason.UNREADABLE, told)
    differing = [name for name in PROTECTING if bool(reply.values(name)) != bool(again.values(name))]
    if differing:
        raise CannotSee(Reason.UNREADABLE, f"it answers the same question with and without {differing[0]}")


def read_html(target: Endpoint, name: str, path: str, reply: Reply) -> PageRead | None:
    """Read what came as a page; None where it says that it is no HTML, or is packed in an unknown way."""
    kind = (reply.first("content-type") or "").partition(";")[0].strip().lower()
    body = unpacked(reply)
    if kind not in _PAGES or not body:
        return None
    address = f"{target.protocol}://{host_header(target, name)}{path}"
    return read_page(decoded(body, reply.first("content-type")), address)


def _seen(target: Endpoint, name: str, reply: Reply, at: datetime) -> Seen[HttpFacts]:
    headers = tuple(Header(name=header, value=safe_value(header, value)) for header, value in reply.headers)
    cookies = _cookies(target, name, reply, at)
    page = read_html(target, name, target.path, reply)
    policies = _policies(reply, () if page is None else page.policies)
    address = f"{target.protocol}://{host_header(target, name)}{target.path}"
    facts = HttpFacts(
        scheme=target.protocol,
        host=name,
        path=target.path,
        http_version=reply.version,
        status=reply.status,
        redirect=_redirect(target, name, reply),
        headers=headers,
        header_count=len(headers),
        hsts=read_hsts(reply.values("strict-transport-security"), over_https=target.protocol == "https"),
        csp=csp.sum_up(policies, url(address)),
        framed_by=framed_by(reply.values("x-frame-options"), policies),
        no_sniff=forbids_guessing(reply.values("x-content-type-options")),
        referrer_policy=referrer_policy(
            reply.values("referrer-policy"), () if page is None else page.referrers
        ),
        page=None if page is None else page.facts,
        cookies=cookies,
        cookie_count=len(reply.values("set-cookie")),
        cookies_void=len(reply.values("set-cookie")) - len(cookies),
        content_type=_first(headers, "content-type"),
        server=_first(headers, "server"),
        interim=reply.interim,
        body_size=reply.body_size,
        body_truncated=reply.body_truncated,
        body_problem=reply.body_problem,
    )
    lines = [f"{reply.version} {reply.status}", *(f"{header.name}: {header.value}" for header in headers)]
    return Seen(facts=facts, excerpts=(("head of the answer", "\n".join(lines).encode("utf-8")),))


def _cookies(target: Endpoint, name: str, reply: Reply, at: datetime) -> tuple[Cookie, ...]:
    secure = target.protocol == "https"
    read = (read_cookie(one, host=name, over_https=secure, at=at) for one in reply.values("set-cookie"))
    return tuple(cookie for cookie in read if cookie is not None)


def _policies(reply: Reply, metas: Iterable[str]) -> list[csp.Policy]:
    acting = csp.read_policies(reply.values("content-security-policy"))
    watching = csp.read_policies(reply.values("content-security-policy-report-only"), enforced=False)
    return [*acting, *watching, *csp.read_policies(metas, in_header=False)]


def _redirect(target: Endpoint, name: str, reply: Reply) -> Redirect | None:
    if reply.status not in REDIRECTS:
        return None
    locations = reply.values("location")
    scheme: str | None = None
    host: str | None = None
    port: int | None = None
    problem: str | None = None
    if len(set(locations)) != 1:
        problem = "there is no Location header" if not locations else "the Location headers contradict"
    else:
        try:
            scheme, host, port = led_to(locations[0], target, name)
        except ValueError:
            problem = "the Location header is no address"
    wanted = _plain(host)
    return Redirect(
        location=safe_address(" | ".join(locations))[:_LONGEST_LOCATION],
        scheme=scheme,
        host=host,
        port=port,
        same_host=host is not None and wanted == _plain(name),
        declared_host=host is not None and wanted in map(_plain, (*target.names, target.host)),
        permanent=reply.status in {301, 308},
        problem=problem,
    )


def led_to(location: str, target: Endpoint, name: str) -> tuple[str, str, int | None]:
    """Give scheme, host and port that a Location leads to; raises `ValueError` where it is no address."""
    # Browsers take a backslash for a slash, and so must who wants to know where they go.
    parts = urlsplit(location.replace("\\", "/"))
    if not parts.scheme and not parts.netloc and not location.replace("\\", "/").startswith("//"):
        return target.protocol, name, target.port
    if not parts.hostname:
        raise ValueError("there is no host")
    scheme = parts.scheme or target.protocol
    return scheme, parts.hostname, parts.port or USUAL_PORTS.get(scheme)


def _plain(host: str | None) -> str:
    text = (host or "").casefold().removesuffix(".")
    address = literal_address(text)
    return str(address) if address is not None else text


def _first(headers: Iterable[Header], name: str) -> str | None:
    return next((header.value for header in headers if header.name == name), None)


PROBE = Probe(
    name="http",
    looks_at=Endpoint,
    sees=HttpFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
)
