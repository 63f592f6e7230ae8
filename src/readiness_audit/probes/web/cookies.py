"""Read Set-Cookie the way clients do (RFC 6265, section 5.2), and never its value."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEPT = {"domain", "path", "expires", "max-age", "samesite"}
_FLAGS = {"secure": "Secure", "httponly": "HttpOnly", "partitioned": "Partitioned"}
_AGE = re.compile("-?[0-9]+", re.ASCII)
_SAME_SITE = {"strict": "Strict", "lax": "Lax", "none": "None"}
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie that was set, without its value."""

    name: str

    secure: bool
    """Whether it is only sent over HTTPS."""

    http_only: bool
    """Whether scripts are kept from it."""

    same_site: str | None
    """`Strict`, `Lax` or `None` as written; None where it does not say, or says something else."""

    host_prefix: bool
    """Whether its name begins with `__Host-`, which clients only accept from the host itself."""

    path: str | None
    """Where it is sent; None means: below the folder of what was asked for."""

    domain: str | None
    """Which names below it is sent to, too; None means: to this host alone."""

    session: bool
    """Whether it is gone when the browser is closed: no valid Max-Age, and no Expires."""


def read_cookie(value: str) -> Cookie | None:
    """Read one Set-Cookie value; None for one that clients ignore, because it has no name."""
    pair, _, rest = value.partition(";")
    name, equals, _ = pair.partition("=")
    name = name.strip(" \t")
    if not equals or not name:
        return None
    # The last of several attributes of one name counts.
    found = {key: text for key, text in map(_attribute, rest.split(";")) if key}
    path, domain = found.get("path", ""), found.get("domain", "")
    lasting = "expires" in found or _AGE.fullmatch(found.get("max-age", "")) is not None
    return Cookie(
        name=name[:_LONGEST],
        secure="secure" in found,
        http_only="httponly" in found,
        same_site=_SAME_SITE.get(found.get("samesite", "").lower()),
        host_prefix=name.startswith("__Host-"),
        path=path[:_LONGEST] if path.startswith("/") else None,
        domain=domain.removeprefix(".").lower()[:_LONGEST] or None,
        session=not lasting,
    )


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


def _attribute(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(" \t").lower(), value.strip(" \t")
