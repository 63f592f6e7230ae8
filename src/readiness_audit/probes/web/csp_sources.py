"""What one source of a Content-Security-Policy lets in (CSP Level 3, sections 2.3.1, 6.7.2 and 6.7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from readiness_audit.model.grammar import literal_address

KEYWORDS = frozenset(
    {
        "'self'",
        "'unsafe-inline'",
        "'unsafe-eval'",
        "'strict-dynamic'",
        "'unsafe-hashes'",
        "'report-sample'",
        "'unsafe-allow-redirects'",
        "'wasm-unsafe-eval'",
        "'trusted-types-eval'",
        "'inline-speculation-rules'",
        "'report-sha256'",
        "'report-sha384'",
        "'report-sha512'",
    }
)
NONE = "'none'"
_BASE64 = r"[A-Za-z0-9+/_-]+={0,2}"
_NONCE = re.compile(rf"'(?i:nonce)-{_BASE64}'", re.ASCII)
_HASH = re.compile(rf"'(?i:sha256|sha384|sha512)-{_BASE64}'", re.ASCII)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):", re.ASCII)
_HOST = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]*)://)?(\*|(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?)"
    r"(?::([0-9]{1,5}|\*))?(/[^?#;,\s]*)?",
    re.ASCII,
)
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_UPGRADES = {"http": {"https"}, "ws": {"wss", "http", "https"}, "wss": {"https"}}
_OPEN_SCHEMES = {"http", "https"}
_INSECURE = {"http", "ftp", "ws"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """As much of an address as sources are held against."""

    scheme: str
    host: str | None
    port: int | None
    """None where it is the usual one."""

    path: str


def url(text: str) -> Url:
    """Take an address apart; raises `ValueError` where it is none."""
    parts = urlsplit(text)
    port = parts.port if parts.port != _DEFAULT_PORTS.get(parts.scheme) else None
    return Url(scheme=parts.scheme, host=parts.hostname, port=port, path=parts.path)


def is_nonce(source: str) -> bool:
    """Say whether it is a nonce, written as one."""
    return _NONCE.fullmatch(source) is not None


def is_hash(source: str) -> bool:
    """Say whether it is the hash of a script or style, written as one."""
    return _HASH.fullmatch(source) is not None


def is_understood(source: str) -> bool:
    """Say whether it is a source at all; clients pass over what is none (section 2.3.1)."""
    low = source.lower()
    if low in KEYWORDS or low == NONE or is_nonce(source) or is_hash(source):
        return True
    return _SCHEME.fullmatch(source) is not None or _HOST.fullmatch(source) is not None


def lacks_quotes(source: str) -> bool:
    """Say whether it is a keyword without its quotes, which clients take for the name of a host."""
    return f"'{source.lower()}'" in KEYWORDS | {NONE}


def is_insecure(source: str) -> bool:
    """Say whether it lets in over a plain connection by name: `http:` or `http://shop.example`."""
    if found := _SCHEME.fullmatch(source):
        return found[1].lower() in _INSECURE
    found = _HOST.fullmatch(source)
    return found is not None and (found[1] or "").lower() in _INSECURE


def has(sources: Iterable[str], keyword: str) -> bool:
    """Say whether a keyword is among the sources; its letters may be large or small."""
    return any(source.lower() == keyword for source in sources)


def allows_inline(sources: Sequence[str], *, script: bool) -> bool:
    """
    Say whether code in the page itself runs, whatever it is (section 6.7.3.2).

    Any nonce or hash takes 'unsafe-inline' away; for scripts, so does 'strict-dynamic'.
    """
    if any(is_nonce(source) or is_hash(source) for source in sources):
        return False
    if script and has(sources, "'strict-dynamic'"):
        return False
    return has(sources, "'unsafe-inline'")


def is_nothing(sources: Iterable[str]) -> bool:
    """Say whether a list lets nothing in: 'none' counts alone only, and what is no source never."""
    useful = {source.lower() for source in sources if is_understood(source)}
    return not useful - {NONE, "'report-sample'"}


def lets_in(sources: Sequence[str], wanted: Url, page: Url, *, redirects: int = 0) -> bool:
    """Say whether a list of sources lets an address in, on the page `page` (section 6.7.2.6)."""
    if len(sources) == 1 and sources[0].lower() == NONE:
        return False
    return any(matches(source, wanted, page, redirects=redirects) for source in sources)


def matches(source: str, wanted: Url, page: Url, *, redirects: int = 0) -> bool:
    """Say whether one source lets an address in (section 6.7.2.7)."""
    if source == "*":
        return wanted.scheme in _OPEN_SCHEMES or wanted.scheme == page.scheme
    if source.lower() == "'self'":
        return _is_self(wanted, page)
    if found := _SCHEME.fullmatch(source):
        return _scheme_fits(found[1], wanted.scheme)
    found = _HOST.fullmatch(source)
    if found is None or wanted.host is None:
        return False
    scheme, host, port, path = found.groups()
    return (
        _scheme_fits(scheme or page.scheme, wanted.scheme)
        and _host_fits(host, wanted.host)
        and _port_fits(port, wanted)
        and (redirects > 0 or _path_fits(path or "", wanted.path))
    )


def _is_self(wanted: Url, page: Url) -> bool:
    if wanted.host is None or wanted.host != page.host:
        return False
    if (wanted.scheme, wanted.port) == (page.scheme, page.port):
        return True
    # None stands for the usual port of each scheme: those of http and https go together.
    if wanted.port != page.port:
        return False
    return wanted.scheme in {"https", "wss"} or (page.scheme == "http" and wanted.scheme == "ws")


def _scheme_fits(pattern: str, scheme: str) -> bool:
    pattern = pattern.lower()
    return pattern == scheme or scheme in _UPGRADES.get(pattern, ())


def _host_fits(pattern: str, host: str) -> bool:
    # Only names fit, whatever the pattern: addresses are not for naming.
    if literal_address(host) is not None:
        return False
    pattern = pattern.lower()
    return host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern


def _port_fits(pattern: str | None, wanted: Url) -> bool:
    if pattern is None:
        return wanted.port is None
    port = _DEFAULT_PORTS.get(wanted.scheme) if wanted.port is None else wanted.port
    return pattern == "*" or int(pattern) == port


def _path_fits(pattern: str, path: str) -> bool:
    if not pattern or (pattern == "/" and not path):
        return True
    exact = not pattern.endswith("/")
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) > len(given) or (exact and len(wanted) != len(given)):
        return False
    pairs = zip(wanted if exact else wanted[:-1], given, strict=False)
    return all(unquote_to_bytes(one) == unquote_to_bytes(other) for one, other in pairs)
