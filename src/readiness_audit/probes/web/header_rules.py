"""Say what browsers make of headers that may come several times and hold several values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from readiness_audit.probes.web import csp_sources
from readiness_audit.probes.web.csp import Policy

_REFERRER_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)
_OLD_NAMES = {
    "never": "no-referrer",
    "default": "strict-origin-when-cross-origin",
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}
"""What elements of a page may say, too (HTML, section 4.2.5.1)."""

_FRAME_WORDS = frozenset({"deny", "allowall", "sameorigin"})


def split(values: Iterable[str]) -> list[str]:
    """Give the values of all headers of one name in order, parted at commas (Fetch, section 2.2.2)."""
    return [part.strip(" \t") for part in ",".join(values).split(",")]


def referrer_policy(values: Iterable[str], metas: Iterable[str]) -> str | None:
    """
    Give the Referrer-Policy that a page ends up with; None where browsers go by their own default.

    Of the headers the last value that is a policy counts (Referrer Policy, section 8.1); elements
    of the page come after them.
    """
    told = [value.lower() for value in split(values)]
    inside = (meta.strip(" \t\n\f\r").lower() for meta in metas)
    told += [_OLD_NAMES.get(value, value) for value in inside]
    return next((value for value in reversed(told) if value in _REFERRER_POLICIES), None)


def forbids_guessing(values: Iterable[str]) -> bool:
    """Say whether X-Content-Type-Options has effect: its first value is nosniff (Fetch, section 3.6)."""
    return split(values)[0].lower() == "nosniff"


def framed_by(values: Sequence[str], policies: Iterable[Policy]) -> str:
    """
    Say who may show the page in a frame: `nobody`, `itself`, `named` or `anybody`.

    frame-ancestors of any enforced policy puts X-Frame-Options out of force (HTML, section 7.5);
    of X-Frame-Options only deny and sameorigin have effect, and contradictions mean nobody.
    """
    lists = [
        policy.directives["frame-ancestors"]
        for policy in policies
        if policy.enforced and "frame-ancestors" in policy.directives
    ]
    if lists:
        return min((_named(sources) for sources in lists), key=("nobody", "itself", "named", "anybody").index)
    told = {value.lower() for value in split(values)} if values else set()
    if len(told) > 1:
        return "nobody" if told & _FRAME_WORDS else "anybody"
    return {"deny": "nobody", "sameorigin": "itself"}.get("".join(told), "anybody")


def _named(sources: Sequence[str]) -> str:
    useful = {source.lower() for source in sources if csp_sources.is_understood(source)}
    if csp_sources.is_nothing(sources):
        return "nobody"
    if useful - {csp_sources.NONE} == {"'self'"}:
        return "itself"
    stranger = csp_sources.url("https://stranger.invalid/")
    page = csp_sources.url("https://page.invalid/")
    return "anybody" if csp_sources.lets_in(sources, stranger, page) else "named"
