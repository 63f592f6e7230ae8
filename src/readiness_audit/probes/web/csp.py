"""
Read Content-Security-Policy the way browsers do (CSP Level 3), and say what it comes to.

What is allowed is what all enforced policies allow. A policy that only reports protects nobody
and is told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.probes.web import csp_sources
from readiness_audit.probes.web.csp_sources import Url

_LONGEST_TEXT = 4096
_MOST_POLICIES = 50
_MOST_TOLD = 100
_LONGEST_SOURCE = 200
_BLANKS = " \t\n\f\r"
_SECRET_NONCE = re.compile(r"('nonce-)[^'\s;]*", re.IGNORECASE)
_NOT_IN_META = frozenset({"report-uri", "frame-ancestors", "sandbox"})

_SCRIPT = ("script-src", "default-src")
_STYLE = ("style-src", "default-src")
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "script-src": _SCRIPT,
    "script-src-elem": ("script-src-elem", *_SCRIPT),
    "script-src-attr": ("script-src-attr", *_SCRIPT),
    "style-src": _STYLE,
    "style-src-elem": ("style-src-elem", *_STYLE),
    "style-src-attr": ("style-src-attr", *_STYLE),
    "worker-src": ("worker-src", "child-src", *_SCRIPT),
    "frame-src": ("frame-src", "child-src", "default-src"),
    **{
        kind: (kind, "default-src")
        for kind in ("object-src", "connect-src", "img-src", "media-src", "font-src", "manifest-src")
    },
}
"""Which directives speak for a kind of resource; the first one a policy has counts (section 6.8.3)."""

_KNOWN = frozenset(FALLBACKS) | {
    "default-src",
    "child-src",
    "base-uri",
    "form-action",
    "frame-ancestors",
    "sandbox",
    "report-uri",
    "report-to",
    "webrtc",
    "upgrade-insecure-requests",
    "block-all-mixed-content",
    "require-trusted-types-for",
    "trusted-types",
}
_LISTS = frozenset(FALLBACKS) | {"default-src", "child-src", "base-uri", "form-action", "frame-ancestors"}
_SCRIPT_KINDS = frozenset({"script-src", "script-src-elem", "script-src-attr", "worker-src"})
_PASSIVE = frozenset({"img-src", "media-src"})
_STRANGER = Url(scheme="https", host="stranger.invalid", port=None, path="/")
_DATA = Url(scheme="data", host=None, port=None, path="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy, taken apart: directive names in small letters, with their values in order."""

    text: str
    directives: Mapping[str, tuple[str, ...]]
    repeated: tuple[str, ...]
    """Directives that came again and are ignored."""

    enforced: bool
    in_header: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CspPolicy:
    """One policy as it was sent."""

    place: str
    """`header` or `meta`, which is an element of the page."""

    enforced: bool
    """Whether browsers act on it; otherwise they only report."""

    text: str
    """As sent, without its nonces; at most 4096 characters."""

    repeated: tuple[str, ...]
    """Directives that came a second time and are therefore ignored."""

    unknown: tuple[str, ...]
    """Directives the specification does not have, most of them misspelt."""

    misread: tuple[str, ...]
    """Sources that browsers pass over, or that lack their quotes and are taken for the name of a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CspKind:
    """What all enforced policies together let in of one kind of resource."""

    kind: str
    """Named by its most exact directive, such as `script-src-elem`."""

    directives: tuple[str, ...]
    """Which directive speaks for it, in each policy that has one: `default-src` where there is no better."""

    sources: tuple[str, ...]
    """The sources of these directives, without nonces; at most 100."""

    limited: bool
    """Whether any policy limits it at all."""

    nothing: bool
    """Whether nothing of this kind is let in."""

    any_host: bool
    """Whether a host nobody named may send it, over HTTPS: `*`, `https:` or no limit."""

    data: bool
    """Whether `data:` addresses are let in."""

    insecure: tuple[str, ...]
    """Sources that let in over a plain connection by name, such as `http:`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Csp:
    """The Content-Security-Policy of an answer: all its policies, and what they come to together."""

    policies: tuple[CspPolicy, ...]
    """Those of the headers first, then those of the page's meta elements."""

    enforced: int
    """How many policies browsers act on."""

    report_only: int
    """How many only report."""

    kinds: tuple[CspKind, ...]
    """By kind of resource; only what is enforced counts."""

    inline_scripts: bool
    """Whether injected script elements run; a nonce, hash or 'strict-dynamic' makes 'unsafe-inline' void."""

    inline_handlers: bool
    """The same for handlers in attributes, such as onclick."""

    inline_styles: bool
    """Whether injected styles are applied."""

    evaluation: bool
    """Whether text may be run as script: 'unsafe-eval', or no limit."""

    foreign_scripts: bool
    """Whether a host nobody named may send scripts; 'strict-dynamic' makes lists of hosts void."""

    data_scripts: bool
    """Whether `data:` addresses may be scripts."""

    strict_dynamic: bool
    """Whether scripts are trusted by nonce or hash alone, with what they load."""

    nonces: bool
    """Whether scripts are trusted by a nonce in any enforced policy."""

    hashes: bool
    """Whether scripts are trusted by their hash in any enforced policy."""

    no_plugins: bool
    """Whether object-src lets nothing in, by itself or by default-src."""

    default_none: bool
    """Whether what no directive names is forbidden: default-src 'none'."""

    base_uri: bool
    """Whether an injected base element cannot send relative addresses to any host."""

    frame_ancestors: bool
    """Whether not every site may show the page in a frame."""

    form_action: bool
    """Whether an injected form cannot send to any host."""

    insecure_active: tuple[str, ...]
    """Kinds other than pictures and media that a plain connection is named for."""

    insecure_passive: tuple[str, ...]
    """Pictures and media, where a plain connection is named for them."""

    upgrades: bool
    """Whether plain addresses in the page are asked for over HTTPS: upgrade-insecure-requests."""

    sandboxed: bool
    trusted_types: bool
    """Whether dangerous places of the page take only checked values: require-trusted-types-for 'script'."""


def read_policies(values: Iterable[str], *, enforced: bool = True, in_header: bool = True) -> list[Policy]:
    """
    Take apart the values of all headers of one name, or of one meta element (sections 2.2.1, 2.2.2, 3.3).

    In headers commas part policies; a policy without any directive is none.
    """
    texts = [text for value in values for text in (value.split(",") if in_header else [value])]
    read = (_read(text, enforced=enforced, in_header=in_header) for text in texts)
    return [policy for policy in read if policy.directives][:_MOST_POLICIES]


def _read(text: str, *, enforced: bool, in_header: bool) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    repeated: list[str] = []
    for token in text.split(";"):
        if not token.isascii():
            continue
        name, *values = re.split(f"[{_BLANKS}]+", token.strip(_BLANKS))
        name = name.lower()
        if not name or (not in_header and name in _NOT_IN_META):
            continue
        if name in directives:
            repeated.append(name)
        else:
            directives[name] = tuple(value for value in values if value)
    return Policy(
        text=text.strip(_BLANKS),
        directives=directives,
        repeated=tuple(repeated),
        enforced=enforced,
        in_header=in_header,
    )


def governing(policy: Policy, kind: str) -> str | None:
    """Name the directive that speaks for a kind of resource; None where none does (section 6.8.3)."""
    return next((name for name in FALLBACKS[kind] if name in policy.directives), None)


def sum_up(policies: Sequence[Policy], page: Url) -> Csp | None:
    """Say what the policies of one answer come to, on the page `page`; None where there is none."""
    if not policies:
        return None
    acting = [policy for policy in policies if policy.enforced]
    kinds = tuple(_kind(kind, acting, page) for kind in FALLBACKS)
    by_kind = {kind.kind: kind for kind in kinds}
    scripts = _lists(acting, "script-src-elem")
    insecure = [kind for kind in kinds if kind.insecure]
    return Csp(
        policies=tuple(_told(policy) for policy in policies),
        enforced=len(acting),
        report_only=len(policies) - len(acting),
        kinds=kinds,
        inline_scripts=_inline(acting, "script-src-elem"),
        inline_handlers=_inline(acting, "script-src-attr"),
        inline_styles=_inline(acting, "style-src-elem"),
        evaluation=all(csp_sources.has(each, "'unsafe-eval'") for each in _lists(acting, "script-src")),
        foreign_scripts=by_kind["script-src-elem"].any_host,
        data_scripts=by_kind["script-src-elem"].data,
        strict_dynamic=any(csp_sources.has(each, "'strict-dynamic'") for each in scripts),
        nonces=any(csp_sources.is_nonce(source) for each in scripts for source in each),
        hashes=any(csp_sources.is_hash(source) for each in scripts for source in each),
        no_plugins=by_kind["object-src"].nothing,
        default_none=any(
            csp_sources.is_nothing(policy.directives.get("default-src", ("*",))) for policy in acting
        ),
        base_uri=_closed(acting, "base-uri", page),
        frame_ancestors=_closed(acting, "frame-ancestors", page),
        form_action=_closed(acting, "form-action", page),
        insecure_active=tuple(kind.kind for kind in insecure if kind.kind not in _PASSIVE),
        insecure_passive=tuple(kind.kind for kind in insecure if kind.kind in _PASSIVE),
        upgrades=any("upgrade-insecure-requests" in policy.directives for policy in acting),
        sandboxed=any("sandbox" in policy.directives for policy in acting),
        trusted_types=any(
            csp_sources.has(policy.directives.get("require-trusted-types-for", ()), "'script'")
            for policy in acting
        ),
    )


def _lists(policies: Iterable[Policy], kind: str) -> list[tuple[str, ...]]:
    names = ((policy, governing(policy, kind)) for policy in policies)
    return [policy.directives[name] for policy, name in names if name is not None]


def _kind(kind: str, policies: Sequence[Policy], page: Url) -> CspKind:
    lists = _lists(policies, kind)
    script = kind in _SCRIPT_KINDS
    names = (governing(policy, kind) for policy in policies)
    flat = tuple(dict.fromkeys(source for each in lists for source in each))
    return CspKind(
        kind=kind,
        directives=tuple(name for name in names if name is not None),
        sources=_few(flat),
        limited=bool(lists),
        nothing=any(map(csp_sources.is_nothing, lists)),
        any_host=all(_lets_in(each, _STRANGER, page, script=script) for each in lists),
        data=all(_lets_in(each, _DATA, page, script=script) for each in lists),
        insecure=_few(
            source
            for source in flat
            if csp_sources.is_insecure(source)
            and all(csp_sources.has(each, source.lower()) or _open(each) for each in lists)
        ),
    )


def _open(sources: Sequence[str]) -> bool:
    return "*" in sources or csp_sources.has(sources, "http:")


def _lets_in(sources: Sequence[str], wanted: Url, page: Url, *, script: bool) -> bool:
    if script and csp_sources.has(sources, "'strict-dynamic'"):
        return False
    return csp_sources.lets_in(sources, wanted, page)


def _inline(policies: Iterable[Policy], kind: str) -> bool:
    script = kind in _SCRIPT_KINDS
    return all(csp_sources.allows_inline(each, script=script) for each in _lists(policies, kind))


def _closed(policies: Iterable[Policy], name: str, page: Url) -> bool:
    lists = (policy.directives[name] for policy in policies if name in policy.directives)
    return any(not csp_sources.lets_in(each, _STRANGER, page) for each in lists)


def _told(policy: Policy) -> CspPolicy:
    flat = [source for name, each in policy.directives.items() if name in _LISTS for source in each]
    misread = (one for one in flat if not csp_sources.is_understood(one) or csp_sources.lacks_quotes(one))
    return CspPolicy(
        place="header" if policy.in_header else "meta",
        enforced=policy.enforced,
        text=_without_nonces(policy.text[: 2 * _LONGEST_TEXT])[:_LONGEST_TEXT],
        repeated=_few(policy.repeated),
        unknown=_few(name for name in policy.directives if name not in _KNOWN),
        misread=_few(misread),
    )


def _few(texts: Iterable[str]) -> tuple[str, ...]:
    short = dict.fromkeys(_without_nonces(text)[:_LONGEST_SOURCE] for text in texts)
    return tuple(short)[:_MOST_TOLD]


def _without_nonces(text: str) -> str:
    return _SECRET_NONCE.sub(r"\1[redacted]", text)
