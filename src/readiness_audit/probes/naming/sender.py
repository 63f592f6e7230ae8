"""Keys that mail is signed with (DKIM, RFC 6376 and 8463), and what happens without (DMARC, RFC 7489)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from readiness_audit.probes.naming.asking import Resolvers
from readiness_audit.probes.naming.message import parents
from readiness_audit.probes.naming.tags import Texts, one_text, tags_of

_ED25519_BYTES = 32
_POLICIES = {"none", "quarantine", "reject"}
_MOST_REPORTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """The key record of one declared selector."""

    selector: str
    state: str
    """
    `found`; `absent`; `revoked`: its key is empty; `several` records; `broken`: receivers cannot use it;
    `differs`; `not-seen`.
    """

    algorithm: str | None
    """`rsa` or `ed25519`, where the key could be read."""

    bits: int | None
    """The length of the key; 256 for Ed25519."""

    testing: bool
    """Whether it says that the domain only tests DKIM (t=y), so that receivers need not act on it."""

    problem: str | None
    """Why it is broken or not seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """What receivers are told to do with mail that is not from the domain."""

    state: str
    """`found`; `absent`; `several` records, which count as none; `broken`; `differs`; `not-seen`."""

    at: str | None
    """The domain whose record is in force: this one, or the nearest above it that has one."""

    policy: str | None
    """`none`, `quarantine` or `reject`, as it holds for this very name."""

    subdomain_policy: str | None
    """The policy for names below this one."""

    percent: int | None
    """How much of the mail the policy is applied to; 100 unless the record says otherwise."""

    reports: tuple[str, ...]
    """Where receivers send their summaries (rua)."""

    problem: str | None
    """Why it is broken or not seen, in one line."""


async def read_key(resolvers: Resolvers, name: str, selector: str) -> DkimKey:
    """Read the key record of one selector."""
    found = await one_text(resolvers, f"{selector}._domainkey.{name}", "")
    if found.text is None:
        return _key(selector, found.state, found.problem)
    tags = tags_of(found.text)
    if tags is None or tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return _key(selector, "broken", "it is not a DKIM key record")
    testing = "y" in tags.get("t", "").split(":")
    packed = re.sub(r"[ \t]", "", tags["p"])
    if not packed:
        return _key(selector, "revoked", None, testing=testing)
    try:
        algorithm, bits = _measured(tags.get("k", "rsa").lower(), base64.b64decode(packed, validate=True))
    except Exception as error:  # noqa: BLE001 - a library meeting hostile bytes may raise anything
        problem = f"its key cannot be read: {type(error).__name__}"
        return _key(selector, "broken", problem, testing=testing)
    return DkimKey(
        selector=selector, state="found", algorithm=algorithm, bits=bits, testing=testing, problem=None
    )


def _measured(kind: str, data: bytes) -> tuple[str, int]:
    if kind == "ed25519" and len(data) == _ED25519_BYTES:
        return kind, _ED25519_BYTES * 8
    if kind != "rsa":
        raise ValueError(kind)
    key = load_der_public_key(data)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError(kind)
    return kind, key.key_size


def _key(selector: str, state: str, problem: str | None, *, testing: bool = False) -> DkimKey:
    return DkimKey(
        selector=selector, state=state, algorithm=None, bits=None, testing=testing, problem=problem
    )


async def read_dmarc(resolvers: Resolvers, name: str) -> Dmarc:
    """
    Read the DMARC record in force for `name`.

    Where it has none of its own, that of the nearest name above it counts, without the last label
    alone: a simplification of the organisational domain, for which no list of public suffixes is kept.
    """
    for place in (name, *(above for above in parents(name) if "." in above)):
        found = await one_text(resolvers, f"_dmarc.{place}", "DMARC1")
        if found.state != "absent":
            return _dmarc(found, place, inherited=place != name)
    return _dmarc(Texts(state="absent", text=None, problem=None), None, inherited=False)


def _dmarc(found: Texts, at: str | None, *, inherited: bool) -> Dmarc:
    state, problem = found.state, found.problem
    tags = tags_of(found.text) if found.text is not None else {}
    policy = below = percent = None
    if state == "found":
        tags = tags or {}
        policy = tags.get("p", "").lower()
        below = tags.get("sp", policy).lower()
        percent = int(told) if re.fullmatch(r"[0-9]{1,3}", told := tags.get("pct", "100"), re.ASCII) else None
        if policy not in _POLICIES or below not in _POLICIES:
            state, problem, policy, below = "broken", "it holds no policy that there is", None, None
        elif percent is None or percent > 100:  # noqa: PLR2004 - percent
            state, problem = "broken", "its percentage is none"
    return Dmarc(
        state=state,
        at=at,
        policy=below if inherited else policy,
        subdomain_policy=below,
        percent=percent,
        reports=tuple(
            uri.strip()[:300] for uri in (tags or {}).get("rua", "").split(",")[:_MOST_REPORTS] if uri.strip()
        ),
        problem=problem,
    )
