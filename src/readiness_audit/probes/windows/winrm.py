"""
See which log-ins Windows Remote Management offers, and whether in clear. Nobody logs in.

One empty request, as its clients begin with ([MS-WSMV] 3.1.5.1 over HTTP): the answer names the ways
to log in. Who offers Basic without TLS takes passwords in clear; Negotiate, Kerberos and CredSSP
encrypt the commands themselves, unless that is switched off, which shows only after a log-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import Conversation, SecureStream
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.web.exchange import Reply, ask_for

PATH = "/wsman"
MOST_METHODS = 20

_SHARE = 0.4
_MOST_READ = 4096
_ASKS_FOR_LOGIN = 401
_SOAP = "application/soap+xml"
_NO_WAY = {Reason.REFUSED, Reason.OUT_OF_SCOPE, Reason.OUTSIDE_WINDOW}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_TOKEN = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,40})(?:\s|$)", re.ASCII)
_PARAMETER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\s*=", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class WinrmFacts:
    """What Windows Remote Management showed to a stranger."""

    tls_first: bool
    """Whether a connection begins with TLS (HTTPS), so that nothing can be sent in clear."""

    login: str
    """`asked` where the answer to a stranger is a demand to log in, `not-asked` where it is none."""

    methods: tuple[str, ...]
    """The ways to log in that are offered, in small letters: `basic`, `kerberos`, `negotiate` and so on."""

    method_count: int
    unreadable: int
    """How many offers could not be read, or were too many."""

    basic: bool
    """Whether Basic is among them, by which the password itself is sent."""

    status: int
    server: str | None
    """What the server calls itself, in one line; None where it does not."""


async def look(target: Endpoint, reach: Reach) -> Seen[WinrmFacts]:
    """
    Ask once in clear, and where that is not answered as WinRM does, within TLS, and in clear once more.

    Raises `CannotSee` where nothing there speaks WinRM.
    """
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    try:
        return await _in_clear(target, reach, budget)
    except CannotSee as plain:
        if plain.reason in _NO_WAY:
            raise
        in_clear = plain
    try:
        stream = await reach.gate.connect(reach.look, target.host, target.port, reach.deadline)
        async with SecureStream(stream, sni(asked_names(target)[0])) as secure:
            await secure.shake_hands()
            reply = await _ask(secure, target, reach.deadline)
    except CannotSee:
        # It speaks no TLS either: what it did in clear says more.
        raise in_clear from None
    within = _facts(reply, tls_first=True)
    try:
        # A server that hung up on the first may do so now and then.
        return await _in_clear(target, reach, reach.deadline.part(reach.deadline.left() * _SHARE))
    except CannotSee:
        return Seen(facts=within)


async def _in_clear(target: Endpoint, reach: Reach, budget: Deadline) -> Seen[WinrmFacts]:
    async with await reach.gate.connect(reach.look, target.host, target.port, budget) as stream:
        return Seen(facts=_facts(await _ask(stream, target, budget), tls_first=False))


async def _ask(conversation: Conversation, target: Endpoint, budget: Deadline) -> Reply:
    name = asked_names(target)[0]
    try:
        async with budget.timeout():
            return await ask_for(
                conversation,
                host=f"[{name}]:{target.port}" if ":" in name else f"{name}:{target.port}",
                path=PATH,
                deadline=budget,
                method="POST",
                more=(("Content-Type", f"{_SOAP};charset=UTF-8"), ("Content-Length", "0")),
                most_body=_MOST_READ,
            )
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, "no answer came in time") from None


def _facts(reply: Reply, *, tls_first: bool) -> WinrmFacts:
    """Read the answer. Raises `CannotSee` where it is none of WinRM's."""
    offers = reply.values("www-authenticate")
    soap = (reply.first("content-type") or "").partition(";")[0].strip().lower() == _SOAP
    asks = reply.status == _ASKS_FOR_LOGIN and bool(offers)
    if not asks and not soap:
        told = f"what answers there does not speak WinRM: status {reply.status} for {PATH}"
        raise CannotSee(Reason.UNREADABLE, told)
    found = [method for offer in offers for method in methods_in(offer)]
    known = tuple(dict.fromkeys(method for method in found if method is not None))
    server = reply.first("server")
    return WinrmFacts(
        tls_first=tls_first,
        login="asked" if asks else "not-asked",
        methods=known[:MOST_METHODS],
        method_count=len(known),
        unreadable=found.count(None) + max(0, len(known) - MOST_METHODS),
        basic="basic" in known,
        status=reply.status,
        server=None if server is None else "".join(c if c.isprintable() else "?" for c in server)[:200],
    )


def methods_in(offer: str) -> Iterable[str | None]:
    """Give the schemes of one WWW-Authenticate header (RFC 9110, 11.6.1), None for what is none."""
    # Commas part both offers and their parameters, and may stand in quotes.
    for part in _QUOTED.sub('""', offer).split(","):
        text = part.strip()
        if not text or _PARAMETER.match(text):
            continue
        scheme = _TOKEN.match(text)
        yield scheme[1].lower() if scheme else None


PROBE = Probe(
    name="winrm",
    looks_at=Endpoint,
    sees=WinrmFacts,
    look=look,
    only={"protocol": ("winrm",)},
    network=True,
)
