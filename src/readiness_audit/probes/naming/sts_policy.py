"""Fetch and read a domain's policy for mail on its way (MTA-STS, RFC 8461), where its server is declared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness_audit.model.grammar import HTTPS, host_and_port
from readiness_audit.model.target import Domain, Endpoint
from readiness_audit.probes.reach.anchors import machine_anchors
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.tls.certificate import guarded, load
from readiness_audit.probes.tls.chain import Anchors, authorities, judge_path
from readiness_audit.probes.tls.names import matching, san_of
from readiness_audit.probes.web.exchange import Reply
from readiness_audit.probes.web.visit import Visit, is_whole, unpacked

PLACE = "/.well-known/mta-sts.txt"
LARGEST = 64 * 2**10
LONGEST_AGE = 31_557_600
"""Seconds; section 3.2 allows no more."""

_PREFIX = "mta-sts."
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(\S(?:[^\r\n]*\S)?)[ \t]*")
_AGE = re.compile("[0-9]{1,10}", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_MODES = frozenset({"enforce", "testing", "none"})
_MOST_PATTERNS = 100
_OK = 200
_MISSING = range(300, 500)
_BUSY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class StsPolicy:
    """What the web server of mta-sts.NAME hands out as the policy."""

    state: str
    """
    `found`; `absent`: it answers with a redirect or that there is none; `broken`: senders cannot use
    what it hands out; `untrusted`: its certificate is not one senders accept; `not-seen`;
    `not-looked-at`: system.yaml does not say where it stands.
    """

    problem: str | None
    """Why it is not `found`, in one line."""

    mode: str | None
    """`enforce`, `testing` or `none`."""

    max_age: int | None
    """How many seconds senders keep it."""

    mx: tuple[str, ...]
    """The names it says the mail servers have; a star stands for one label."""

    uncovered: tuple[str, ...]
    """Mail servers of the domain that none of these names stands for."""


def unseen(state: str, problem: str | None = None) -> StsPolicy:
    """Say why there is no policy to read."""
    return StsPolicy(state=state, problem=problem, mode=None, max_age=None, mx=(), uncovered=())


async def fetch_policy(target: Domain, reach: Reach, exchanges: Iterable[str]) -> StsPolicy:
    """Ask the declared web server, and nobody else; a redirect is not followed (section 3.3)."""
    if target.mta_sts is None:
        return unseen("not-looked-at")
    host, port = host_and_port("mta_sts", target.mta_sts, HTTPS)
    name = _PREFIX + target.name.lower().removesuffix(".")
    web = Endpoint(kind="endpoint", id=target.id, host=host, port=port, protocol="https", names=(name,))
    try:
        async with Visit(web, reach) as visit:
            reply = await visit.ask(PLACE, most_body=LARGEST, last=True)
    except CannotSee as blind:
        return unseen("not-seen", blind.detail)
    if distrust := _distrust(visit.chain, name, reach):
        return unseen("untrusted", distrust)
    return _read_reply(reply, exchanges)


def _distrust(ders: tuple[bytes, ...], name: str, reach: Reach) -> str | None:
    if not ders:
        return "it showed no certificate"
    chain = tuple(load(der) for der in ders)
    anchors = Anchors(system=authorities(machine_anchors()), declared=())
    judged = judge_path(chain, anchors, chain=0, shown_to=(name,), now=reach.started)
    if judged.problem is not None:
        return judged.problem
    if judged.other_time:
        return "its certificate is not valid now"
    leaf = chain[0].parsed
    san = None if leaf is None else guarded(lambda: san_of(leaf), [])
    return None if san is not None and matching(name, san) else f"its certificate is not for {name}"


def _read_reply(reply: Reply, exchanges: Iterable[str]) -> StsPolicy:
    if reply.status in _MISSING and reply.status != _BUSY:
        return unseen("absent", f"the server answers with status {reply.status}")
    if reply.status != _OK:
        return unseen("not-seen", f"the server answers with status {reply.status}")
    body = unpacked(reply, LARGEST)
    if body is None or not is_whole(reply, LARGEST):
        return unseen("not-seen", reply.body_problem or "what came could not be read to its end")
    kind = (reply.first("content-type") or "").partition(";")[0].strip().lower()
    if kind != "text/plain":
        return unseen("broken", "it does not come as text/plain")
    return read_policy(body, exchanges)


def read_policy(body: bytes, exchanges: Iterable[str]) -> StsPolicy:
    """Read a policy as section 3.2 has it: of what comes twice the first counts, but for mx."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return unseen("broken", "it is not UTF-8")
    lines = re.split(r"\r?\n", text)
    if not lines[-1]:
        lines.pop()
    first: dict[str, str] = {}
    patterns: list[str] = []
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            return unseen("broken", f"line {number} is not a name, a colon and a value")
        first.setdefault(match[1], match[2])
        patterns += [match[2]] if match[1] == "mx" else []
    if problem := _problem(first, patterns):
        return unseen("broken", problem)
    return StsPolicy(
        state="found",
        problem=None,
        mode=first["mode"],
        max_age=int(first["max_age"]),
        mx=tuple(patterns[:_MOST_PATTERNS]),
        uncovered=tuple(host for host in exchanges if not any(_stands_for(one, host) for one in patterns)),
    )


def _problem(first: dict[str, str], patterns: list[str]) -> str | None:
    age = first.get("max_age", "")
    reasons = {
        "version is not STSv1": first.get("version") != "STSv1",
        "mode is none of enforce, testing and none": first.get("mode") not in _MODES,
        "max_age is not a number of seconds": _AGE.fullmatch(age) is None,
        "max_age is more than a year": _AGE.fullmatch(age) is not None and int(age) > LONGEST_AGE,
        "mx is missing": not patterns and first.get("mode") != "none",
        "mx is not the name of a host": not all(map(_PATTERN.fullmatch, patterns)),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _stands_for(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower(), host.lower().removesuffix(".")
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return pattern == host
