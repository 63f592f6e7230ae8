"""Take what could be secret out of the headers of an answer, before anything of it is kept."""

from __future__ import annotations

import re

from readiness_audit.probes.web.cookies import redacted

REDACTED = "[redacted]"
_LONGEST = 4096

_SECRET = re.compile(
    "auth|token|secret|passw|session|cookie|csrf|xsrf|api-?key|credential|signature|nonce|jwt|bearer"
)
_ADDRESSES = {"location", "content-location", "refresh", "link", "sourcemap"}
_CHALLENGES = {"www-authenticate", "proxy-authenticate"}
_POLICIES = {
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-expose-headers",
}
_USER = re.compile(r"(^|[/\\:=\s<])[^/\\?#@\s]*@")
_QUERY = re.compile(r"([?#;])[^\s<>\"',]+")


def safe_value(name: str, value: str) -> str:
    """
    Give a header's value as it may be kept, at most 4096 characters of it.

    `name` is in small letters. Of cookies only name and known attributes stay, of challenges
    the scheme, of addresses neither user nor query; of what is called like a secret, nothing.
    """
    if name == "set-cookie":
        value = redacted(value)
    elif name in _CHALLENGES:
        scheme, blank, _ = value.partition(" ")
        value = f"{scheme} {REDACTED}" if blank else scheme
    elif name in _ADDRESSES:
        value = safe_address(value)
    elif name not in _POLICIES and _SECRET.search(name):
        value = REDACTED
    return value[:_LONGEST]


def safe_address(text: str) -> str:
    """Give an address without user, parameters, query and fragment: sessions and tickets travel there."""
    if len(text) > _LONGEST:
        # Cut anywhere, it could end in the middle of a secret.
        return REDACTED
    return _QUERY.sub(rf"\1{REDACTED}", _USER.sub(rf"\1{REDACTED}@", text))
