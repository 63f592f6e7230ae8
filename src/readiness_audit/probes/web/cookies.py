"""
Read Set-Cookie the way clients do (RFC 6265bis, sections 5.6 and 5.7), and never its value.

Where that draft and RFC 6265 differ, the draft is what browsers do today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from readiness_audit.model.grammar import literal_address
from readiness_audit.probes.web.cookie_dates import read_cookie_date

_KEPT = {"domain", "path", "expires", "max-age", "samesite"}
_FLAGS = {"secure": "Secure", "httponly": "HttpOnly", "partitioned": "Partitioned"}
_AGE = re.compile("-?[0-9]+", re.ASCII)
_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None"}
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PREFIXES = ("__Host-", "__Secure-")
_LONGEST = 200
_LONGEST_PAIR = 4096
_LONGEST_ATTRIBUTE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie that was set, without its value."""

    name: str
    """Empty where it has none: clients keep such a cookie, too."""

    secure: bool
    """Whether it is only sent over HTTPS."""

    http_only: bool
    """Whether scripts are kept from it."""

    same_site: str | None
    """`Strict`, `Lax` or `None` as written; None where it does not say, or says something else."""

    host_prefix: bool
    """Whether its name begins with `__Host-`, which clients only accept from the host itself."""

    secure_prefix: bool
    """Whether its name begins with `__Secure-`, which clients only accept with Secure."""

    path: str | None
    """Where it is sent; None means: below the folder of what was asked for."""

    domain: str | None
    """Which names below it is sent to, too; None means: to this host alone."""

    session: bool
    """Whether it is gone when the browser is closed: no valid Max-Age, and no valid Expires."""

    removes: bool
    """Whether it has expired already: such a cookie only takes an earlier one of its name away."""

    ignored: str | None
    """Why clients do not keep it, in one line; None where they do."""


def read_cookie(value: str, *, host: str, over_https: bool, at: datetime) -> Cookie | None:
    """
    Read one Set-Cookie value of an answer from `host`, at the moment `at`.

    None for one that is no cookie for clients: empty, with control characters, or larger than they take.
    """
    if _CONTROLS.search(value):
        return None
    name, content, rest = _parted(value)
    if not 0 < len(name) + len(content) <= _LONGEST_PAIR:
        return None
    # The last of several attributes of one name counts; what is too long is none.
    pairs = map(_attribute, rest.split(";"))
    found = {key: text for key, text in pairs if key and _is_valid(key, text)}
    path, domain = found.get("path", ""), found.get("domain", "").removeprefix(".").lower()
    age, expires = found.get("max-age"), read_cookie_date(found.get("expires", ""))
    same_site = _SAME_SITE.get(found.get("samesite", "").lower())
    cookie = Cookie(
        name=name[:_LONGEST],
        secure="secure" in found,
        http_only="httponly" in found,
        same_site=same_site,
        host_prefix=_begins(name, "__Host-"),
        secure_prefix=_begins(name, "__Secure-"),
        path=path[:_LONGEST] if path.startswith("/") else None,
        domain=domain[:_LONGEST] or None,
        session=age is None and expires is None,
        removes=age.startswith("-") or not age.strip("0")
        if age is not None
        else expires is not None and expires <= at,
        ignored=None,
    )
    problem = _problem(cookie, content, domain, host, over_https=over_https, attributes=found)
    return replace(cookie, ignored=problem)


def redacted(value: str) -> str:
    """Give a Set-Cookie value without what could be secret in it: its value, and attributes nobody knows."""
    pair, _, rest = value.partition(";")
    name, equals, _ = pair.partition("=")
    told = [f"{name.strip()}=[redacted]" if equals and name.strip() else "[redacted]"]
    for key, text in map(_attribute, rest.split(";")):
        if key in _FLAGS:
            told.append(_FLAGS[key])
        elif key in _KEPT:
            told.append(f"{key}={text}")
        elif key:
            told.append("[redacted]")
    return "; ".join(told)


def _parted(value: str) -> tuple[str, str, str]:
    pair, _, rest = value.partition(";")
    name, equals, content = pair.partition("=")
    if not equals:
        name, content = "", pair
    return name.strip(" \t"), content.strip(" \t"), rest


def _attribute(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(" \t").lower(), value.strip(" \t")


def _is_valid(key: str, text: str) -> bool:
    if len(text) > _LONGEST_ATTRIBUTE:
        return False
    if key == "max-age":
        return _AGE.fullmatch(text) is not None
    return key != "expires" or read_cookie_date(text) is not None


def _begins(text: str, prefix: str) -> bool:
    return text.lower().startswith(prefix.lower())


def _problem(
    cookie: Cookie, content: str, domain: str, host: str, *, over_https: bool, attributes: Mapping[str, str]
) -> str | None:
    prefixed = cookie.host_prefix or cookie.secure_prefix
    looks_prefixed = any(_begins(content, prefix) for prefix in _PREFIXES)
    reasons = {
        "its Domain is not the host's": domain and not _matches(host.lower().removesuffix("."), domain),
        "Secure is only taken over HTTPS": cookie.secure and not over_https,
        "SameSite=None goes with Secure only": cookie.same_site == "None" and not cookie.secure,
        "Partitioned goes with Secure only": "partitioned" in attributes and not cookie.secure,
        "its prefix goes with Secure only": prefixed and not cookie.secure,
        "__Host- goes without Domain only": cookie.host_prefix and domain,
        "__Host- goes with Path=/ only": cookie.host_prefix and attributes.get("path") != "/",
        "it has no name, and its value begins like one with a prefix": not cookie.name and looks_prefixed,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _matches(host: str, domain: str) -> bool:
    return host == domain or (host.endswith(f".{domain}") and literal_address(host) is None)
