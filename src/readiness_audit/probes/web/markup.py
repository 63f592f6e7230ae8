"""
Take HTML apart into tags and text, in one pass whose cost grows with the text and nothing else.

The standard library's parser needs quadratic time on some hostile pages. What is told apart here
is what its reader needs (HTML, section 13.2.5): comments, raw text, attributes and entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_TAGS = 50_000
MOST_ATTRIBUTES = 200

_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
_NAME = re.compile(r"/?([A-Za-z][^\s/>]*)")
_BETWEEN = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(r"=?[^\s/>=]*+")
_EQUALS = re.compile(r"\s*+=\s*+")
_BARE = re.compile(r"[^\s>]*+")
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]+)", re.IGNORECASE | re.ASCII)
_WESTERN = frozenset({"iso-8859-1", "latin1", "windows-1252", "cp1252", "iso-8859-15"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One tag or one stretch of text."""

    name: str = ""
    """In small letters; empty for text."""

    ends: bool = False
    """Whether it is the tag at the end of an element."""

    given: Mapping[str, str] = field(default_factory=dict)
    """Attributes by name in small letters; the first of several counts."""

    text: str = ""
    inside: str = ""
    """For raw text: the element it stands in, such as `script`."""


def decoded(body: bytes, content_type: str | None) -> str:
    """Turn the bytes of a page into text; what is not valid becomes a replacement character."""
    found = _CHARSET.search(content_type or "")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    western = found is not None and found[1].lower() in _WESTERN
    return body.decode("cp1252" if western else "utf-8-sig", "replace")


def pieces(text: str) -> Iterator[Piece]:
    """Give tags and text in order; a tag that the text ends in is none, as for browsers."""
    at = 0
    for _ in range(MOST_TAGS):
        opening = _OPENING.search(text, at)
        if opening is None:
            break
        if opening.start() > at:
            yield Piece(text=unescaped(text[at : opening.start()]))
        at = opening.end()
        named = _NAME.match(text, at)
        if named is None:
            at = _after_comment(text, at)
            continue
        given, at = _attributes(text, named.end())
        if at < 0:
            return
        name, ends = named[1].lower(), text[opening.end()] == "/"
        yield Piece(name=name, ends=ends, given={} if ends else given)
        if name in _RAW and not ends:
            closing = re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE).search(text, at)
            until = len(text) if closing is None else closing.start()
            raw = text[at:until]
            at = until
            yield Piece(text=unescaped(raw) if name in {"title", "textarea"} else raw, inside=name)
    else:
        return
    if at < len(text):
        yield Piece(text=unescaped(text[at:]))


def unescaped(text: str) -> str:
    """Put characters in the place of entities; left as they are where a number has no end."""
    try:
        return html.unescape(text)
    except ValueError:
        return text


def _after_comment(text: str, at: int) -> int:
    if text.startswith("!--", at):
        if text.startswith((">", "->"), at + 3):
            return text.index(">", at) + 1
        ends = [end + len(mark) for mark in ("-->", "--!>") if (end := text.find(mark, at + 3)) >= 0]
        return min(ends, default=len(text))
    end = text.find(">", at)
    return len(text) if end < 0 else end + 1


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Give the attributes and where the tag ends; less than 0 where the text ends before it does."""
    given: dict[str, str] = {}
    while True:
        at = _end(_BETWEEN, text, at)
        if at >= len(text):
            return {}, -1
        if text[at] == ">":
            return given, at + 1
        after = _end(_ATTRIBUTE, text, at)
        name, at = text[at:after].lower(), after
        value = ""
        if equals := _EQUALS.match(text, at):
            at = equals.end()
            quote = text[at : at + 1]
            if quote in {'"', "'"}:
                after = text.find(quote, at + 1)
                if after < 0:
                    return {}, -1
                value, at = text[at + 1 : after], after + 1
            else:
                after = _end(_BARE, text, at)
                value, at = text[at:after], after
        if len(given) < MOST_ATTRIBUTES:
            given.setdefault(name, unescaped(value))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()
