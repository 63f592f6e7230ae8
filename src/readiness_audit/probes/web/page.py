"""See what a page of HTML loads, where it leads, and which policies it brings along."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from readiness_audit.probes.web.markup import Piece, pieces
from readiness_audit.probes.web.redaction import safe_address

MOST_LINKS = 2000
_MOST_TOLD = 100
_LONGEST_TEXT = 300
_LONGEST_ADDRESS = 2000
_IN_HEAD = frozenset(
    {"html", "head", "title", "meta", "link", "script", "style", "base", "noscript", "template"}
)
_INVISIBLE = frozenset({"script", "style", "noembed", "noframes", "iframe", "xmp"})
_ACTIVE = {
    "script": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "track": ("src",),
    "use": ("href", "xlink:href"),
}
_PASSIVE = {
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
    "input": ("src",),
    "body": ("background",),
    "image": ("href", "xlink:href"),
}
_SENDING = {"form": ("action",), "button": ("formaction",), "input": ("formaction",)}
_ACTIVE_LINKS = frozenset({"stylesheet", "preload", "modulepreload", "manifest", "import"})
_PASSIVE_LINKS = frozenset({"icon", "apple-touch-icon", "mask-icon"})
_IMPORTED = re.compile(
    r"@import\s{1,20}(?:url\(\s{0,20})?[\"']?\s{0,20}(http:[^\"')\s;]{1,2000})", re.IGNORECASE
)
_PAINTED = re.compile(r"url\(\s{0,20}[\"']?\s{0,20}(http:[^\"')\s]{1,2000})", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_HASH = re.compile(r"sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}(?:\?|\Z)", re.ASCII | re.IGNORECASE)
"""What browsers hold a script to; of anything else they take no notice (Subresource Integrity, 3.3.3)."""

_VEILS = frozenset({"noscript", "template"})
_REMOVED = str.maketrans("", "", "\t\n\r")
_PLAIN = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainAddress:
    """One thing the page loads, or sends to, over a plain connection."""

    element: str
    """The element that names it: `script`, `img`, `form` ..."""

    use: str
    """`active` (may change the page), `passive` (is shown or played), or `form` (is sent to)."""

    address: str
    """Without user, query and fragment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page of HTML loads and where it leads, as far as it is written in the page itself."""

    plain: tuple[PlainAddress, ...]
    """What it loads, or sends to, over a plain connection; at most 100. Scripts may load more."""

    plain_active: int
    """How many of these may change the page."""

    plain_passive: int
    """How many of these are shown or played."""

    plain_forms: int
    """How many of these are sent to."""

    scripts: int
    """Script elements."""

    inline_scripts: int
    """Script elements with their code in the page."""

    foreign_scripts: tuple[str, ...]
    """Other hosts that scripts are loaded from; at most 100."""

    unverified_scripts: int
    """Scripts of other hosts without the hash that browsers would hold them to (integrity)."""

    unverified_hosts: tuple[str, ...]
    """The hosts these come from; at most 100."""

    links: int
    """Links, at most 2000."""

    meta_policies: int
    """Content-Security-Policy elements in the head of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """One link."""

    text: str
    address: str
    """In full, as browsers would ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """A page with what its facts leave out."""

    facts: Page
    policies: tuple[str, ...]
    referrers: tuple[str, ...]
    """What its elements say of the Referrer-Policy."""

    links: tuple[PageLink, ...]
    text: str
    """What people read, in one line."""


@dataclass
class _Reading:
    address: str
    base: str
    in_head: bool = True
    plain: list[PlainAddress] = field(default_factory=list)
    veiled: int = 0
    """How many elements are open whose content is no part of the page for browsers that run scripts."""

    policies: list[str] = field(default_factory=list)
    referrers: list[str] = field(default_factory=list)
    links: list[PageLink] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    scripts: int = 0
    sourced: int = 0
    hosts: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)
    link: str | None = None
    link_begins: int = 0


def read_page(text: str, address: str) -> PageRead:
    """Read a page that was asked for at `address`."""
    reading = _Reading(address=address, base=address)
    for piece in pieces(text):
        if not piece.name:
            _read_text(reading, piece)
        elif piece.ends:
            _end_element(reading, piece.name)
        else:
            _read_tag(reading, piece)
    _end_link(reading)
    uses = [plain.use for plain in reading.plain]
    facts = Page(
        plain=tuple(reading.plain[:_MOST_TOLD]),
        plain_active=uses.count("active"),
        plain_passive=uses.count("passive"),
        plain_forms=uses.count("form"),
        scripts=reading.scripts,
        inline_scripts=reading.scripts - reading.sourced,
        foreign_scripts=tuple(dict.fromkeys(reading.hosts))[:_MOST_TOLD],
        unverified_scripts=len(reading.unverified),
        unverified_hosts=tuple(dict.fromkeys(reading.unverified))[:_MOST_TOLD],
        links=len(reading.links),
        meta_policies=len(reading.policies),
    )
    return PageRead(
        facts=facts,
        policies=tuple(reading.policies),
        referrers=tuple(reading.referrers[:_MOST_TOLD]),
        links=tuple(reading.links),
        text=_one_line(" ".join(reading.words)),
    )


def resolved(address: str, base: str) -> str | None:
    """Give the full address as browsers would ask for it; None where it is none."""
    cleaned = address.strip(" \t\n\r\f\0").translate(_REMOVED)
    if len(cleaned) > _LONGEST_ADDRESS:
        return None
    scheme = cleaned.partition(":")[0].lower()
    if scheme not in {"javascript", "data", "mailto", "tel", "blob"}:
        # Browsers take a backslash for a slash.
        cleaned = cleaned.replace("\\", "/")
    try:
        full = urljoin(base, cleaned)
        urlsplit(full).port  # noqa: B018 - raises where the port is none
    except ValueError:
        return None
    return full


def _read_text(reading: _Reading, piece: Piece) -> None:
    if piece.inside == "style":
        _read_style(reading, piece.text, "style")
    if piece.inside in _INVISIBLE:
        return
    if piece.text.strip():
        reading.in_head = reading.in_head and (bool(piece.inside) or reading.veiled > 0)
        reading.words.append(piece.text)


def _end_element(reading: _Reading, name: str) -> None:
    if name in _VEILS:
        reading.veiled = max(0, reading.veiled - 1)
    elif name == "head":
        reading.in_head = False
    elif name == "a":
        _end_link(reading)


def _read_tag(reading: _Reading, tag: Piece) -> None:
    name, given = tag.name, tag.given
    reading.in_head = reading.in_head and (name in _IN_HEAD or reading.veiled > 0)
    reading.veiled += name in _VEILS
    if name == "base" and "href" in given and reading.base == reading.address:
        reading.base = resolved(given["href"], reading.address) or reading.address
    elif name == "meta":
        _read_meta(reading, tag)
    elif name == "link":
        _read_link(reading, tag)
    elif name in {"a", "area"}:
        _end_link(reading)
        if "href" in given:
            reading.link, reading.link_begins = given["href"], len(reading.words)
            reading.words += [given[key] for key in ("title", "aria-label") if key in given]
    elif name == "script":
        _read_script(reading, tag)
    elif name == "img" and reading.link is not None:
        reading.words.append(given.get("alt", ""))
    for uses, kinds_of in ((_ACTIVE, "active"), (_PASSIVE, "passive"), (_SENDING, "form")):
        _load(reading, tag, uses.get(name, ()), kinds_of)
    _read_style(reading, given.get("style", ""), name)


def _read_link(reading: _Reading, tag: Piece) -> None:
    kinds = set(tag.given.get("rel", "").lower().split())
    if kinds & _ACTIVE_LINKS:
        _load(reading, tag, ("href",), "active")
    elif kinds & _PASSIVE_LINKS:
        _load(reading, tag, ("href",), "passive")


def _read_meta(reading: _Reading, tag: Piece) -> None:
    if reading.veiled or "content" not in tag.given:
        return
    # Written with a blank more, browsers do not know it.
    if tag.given.get("http-equiv", "").lower() == "content-security-policy" and reading.in_head:
        reading.policies.append(tag.given["content"])
    if tag.given.get("name", "").lower() == "referrer":
        reading.referrers.append(tag.given["content"])


def _read_script(reading: _Reading, tag: Piece) -> None:
    reading.scripts += 1
    if "src" not in tag.given:
        return
    reading.sourced += 1
    address = resolved(tag.given["src"], reading.base)
    host = urlsplit(address).hostname if address else None
    if host is not None and host != urlsplit(reading.address).hostname:
        reading.hosts.append(host)
        if not any(map(_HASH.match, tag.given.get("integrity", "").split())):
            reading.unverified.append(host)


def _load(reading: _Reading, tag: Piece, attributes: Iterable[str], use: str) -> None:
    for attribute in attributes:
        value = tag.given.get(attribute)
        if value is None:
            continue
        several = attribute == "srcset"
        for one in [part.strip().split(" ")[0] for part in value.split(",")] if several else [value]:
            address = resolved(one, reading.base)
            if one.strip() and address is not None and urlsplit(address).scheme == _PLAIN:
                _tell(reading, tag.name, use, address)


def _read_style(reading: _Reading, text: str, element: str) -> None:
    if _PLAIN not in text.lower():
        return
    imported = _IMPORTED.findall(text)
    for address in imported:
        _tell(reading, element, "active", address)
    for address in _PAINTED.findall(text):
        if address not in imported:
            _tell(reading, element, "passive", address)


def _tell(reading: _Reading, element: str, use: str, address: str) -> None:
    told = safe_address(address)[:_LONGEST_TEXT]
    reading.plain.append(PlainAddress(element=element, use=use, address=told))


def _end_link(reading: _Reading) -> None:
    if reading.link is not None and len(reading.links) < MOST_LINKS:
        address = resolved(reading.link, reading.base)
        if address is not None:
            text = _one_line(" ".join(reading.words[reading.link_begins :])[: 10 * _LONGEST_TEXT])
            reading.links.append(PageLink(text=text[:_LONGEST_TEXT], address=address))
    reading.link = None


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()
