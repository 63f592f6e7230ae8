"""See whether imprint and privacy notice are one click from the start page, and name who answers for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.http import REDIRECTS, read_html
from readiness_audit.probes.web.page import PageLink, PageRead, resolved
from readiness_audit.probes.web.redaction import safe_address
from readiness_audit.probes.web.responses import stays
from readiness_audit.probes.web.visit import Visit

MOST_HOPS = 3
MOST_TRIED = 2
"""Links of one kind that are followed, where the first does not lead to a page."""

_LONGEST = 300
_OK = 200
_BROKEN = 500
_MOST_TEXT = 100_000
_KINDS = {
    "imprint": re.compile(
        r"\b(impressum|imprint|anbieterkennzeichnung|legal[ -]?(notice|disclosure)|site[ -]notice)",
        re.IGNORECASE,
    ),
    "privacy": re.compile(r"datenschutz|\bprivacy\b|data[ -]?protection|\bdsgvo\b|\bgdpr\b", re.IGNORECASE),
}
_MAIL = re.compile(
    r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:\.|\s?\(dot\)\s?|\s?\[dot\]\s?)[\w.-]{2,63}"
)
_PHONE = re.compile(r"(?:tel|fon|phone|telefon)[^\d+]{0,20}\+?[\d(][\d ()/.-]{5,25}\d", re.IGNORECASE)
_POSTAL = re.compile(r"\b(?:[A-Z]{1,2}[- ])?\d{4,5} [A-ZÄÖÜ][a-zäöüß]{2,40}")
_COMPANY = re.compile(
    r"\b(?:GmbH|UG|AG|KG|OHG|GbR|eG|SE|e\. ?K\.|e\. ?V\.|KGaA|mbH|PartG|Ltd|Limited|Inc|S\.?A\.?R?\.?L)(?!\w)"
)
_RESPONSIBLE = re.compile(
    r"verantwortlich|vertreten durch|vertretungsberechtigt|geschäftsführ|inhaber|vorstand|betreiber"
    r"|controller|responsible|represented by|managing director",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalPage:
    """One of the pages a public site must have."""

    kind: str
    """`imprint` or `privacy`."""

    link: str | None
    """The text of the link on the start page; None where there is no such link."""

    address: str | None
    """Where it leads, without user, query and fragment."""

    elsewhere: bool
    """Whether it leads to another endpoint, where nobody went."""

    status: int | None
    """The answer there; None where nobody went, or no answer came."""

    names_responsible: bool
    """Whether a company's form, or a word such as controller or managing director, stands there."""

    has_mail: bool
    """Whether a mail address stands there."""

    has_phone: bool
    has_postal_address: bool
    """Whether a postal code with its town stands there."""

    characters: int
    """How much text people read there."""

    seen: bool
    """Whether the page was read, or is known not to be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalPagesFacts:
    """What stands one click from the start page."""

    scheme: str
    host: str
    """The name that was asked for."""

    start: str
    """The address of the start page, after redirects."""

    links: int
    """Links on the start page, at most 2000."""

    scripts: int
    """Script elements on the start page; where there is no link but scripts, these may make the links."""

    pages: tuple[LegalPage, ...]
    """Imprint, then privacy notice; one row each, found or not."""


async def look(target: Endpoint, reach: Reach) -> Seen[LegalPagesFacts]:
    """
    Read the start page, find the links by their text or address, and follow them at this endpoint.

    Raises `CannotSee` where no page of HTML answers at the endpoint's path.
    """
    async with Visit(target, reach) as visit:
        path, reply, left = await _arrive(visit, target, target.path)
        start = None if reply is None or left else read_html(target, visit.name, path, reply)
        if reply is None or start is None or reply.status != _OK:
            raise CannotSee(Reason.UNREADABLE, _why(reply, elsewhere=left))
        pages = tuple([await _page(visit, target, kind, start) for kind in _KINDS])
    facts = LegalPagesFacts(
        scheme=target.protocol,
        host=visit.name,
        start=safe_address(path)[:_LONGEST],
        links=start.facts.links,
        scripts=start.facts.scripts,
        pages=pages,
    )
    lines = [f"{page.kind} {page.status} {page.address or '-'}" for page in pages]
    return Seen(facts=facts, excerpts=(("legal pages", "\n".join(lines).encode()),))


def _why(reply: Reply | None, *, elsewhere: bool) -> str:
    if elsewhere:
        return "the start page leads to another endpoint, where nobody went"
    if reply is None or reply.status in REDIRECTS:
        return "the start page leads nowhere"
    return f"the start page is no page of HTML (status {reply.status})"


async def _arrive(visit: Visit, target: Endpoint, path: str) -> tuple[str, Reply | None, bool]:
    """Ask, and follow redirects at this endpoint; give where it ended, the answer, and whether it left."""
    for _ in range(MOST_HOPS + 1):
        reply = await visit.ask(path)
        location = reply.first("location")
        if reply.status not in REDIRECTS or location is None:
            return path, reply, False
        try:
            if not stays(location, target, visit.name):
                return path, reply, True
        except ValueError:
            return path, None, False
        onward = _path(resolved(location, f"{target.protocol}://{visit.name}{path}"))
        if onward is None:
            return path, None, False
        path = onward
    return path, None, False


async def _page(visit: Visit, target: Endpoint, kind: str, start: PageRead) -> LegalPage:
    found = [link for link in start.links if _is_about(kind, link)]
    # What is written on a link says more than where it leads to.
    found.sort(key=lambda link: _KINDS[kind].search(link.text) is None)
    best = _row(kind, None, seen=True)
    for link in found[:MOST_TRIED]:
        best = await _follow(visit, target, kind, link)
        if best.status == _OK:
            break
    return best


def _is_about(kind: str, link: PageLink) -> bool:
    scheme = link.address.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        return False
    pattern = _KINDS[kind]
    return pattern.search(link.text) is not None or pattern.search(urlsplit(link.address).path) is not None


async def _follow(visit: Visit, target: Endpoint, kind: str, link: PageLink) -> LegalPage:
    path = _path(link.address)
    try:
        there = path is not None and stays(link.address, target, visit.name)
    except ValueError:
        return _row(kind, link, seen=True)
    if path is None or not there:
        return _row(kind, link, elsewhere=True)
    try:
        at, reply, left = await _arrive(visit, target, path)
    except CannotSee:
        return _row(kind, link)
    if reply is None or left:
        return _row(kind, link, elsewhere=left, seen=not left)
    page = read_html(target, visit.name, at, reply)
    text = "" if page is None else page.text[:_MOST_TEXT]
    # An address that says mailto: or tel: counts, whatever is written on it.
    addresses = [] if page is None else [other.address for other in page.links]
    return LegalPage(
        kind=kind,
        link=link.text,
        address=safe_address(link.address)[:_LONGEST],
        elsewhere=False,
        status=reply.status,
        names_responsible=bool(_COMPANY.search(text) or _RESPONSIBLE.search(text)),
        has_mail=bool(_MAIL.search(text)) or any(one.startswith("mailto:") for one in addresses),
        has_phone=bool(_PHONE.search(text)) or any(one.startswith("tel:") for one in addresses),
        has_postal_address=bool(_POSTAL.search(text)),
        characters=len(text),
        seen=reply.status < _BROKEN and (page is not None or reply.status != _OK),
    )


def _row(kind: str, link: PageLink | None, *, elsewhere: bool = False, seen: bool = False) -> LegalPage:
    return LegalPage(
        kind=kind,
        link=None if link is None else link.text,
        address=None if link is None else safe_address(link.address)[:_LONGEST],
        elsewhere=elsewhere,
        status=None,
        names_responsible=False,
        has_mail=False,
        has_phone=False,
        has_postal_address=False,
        characters=0,
        seen=seen,
    )


def _path(address: str | None) -> str | None:
    if address is None or not address.isascii() or not address.isprintable() or " " in address:
        return None
    parts = urlsplit(address)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


PROBE = Probe(
    name="legal-pages",
    looks_at=Endpoint,
    sees=LegalPagesFacts,
    look=look,
    only={"protocol": ("http", "https")},
    network=True,
)
