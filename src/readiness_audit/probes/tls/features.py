"""What a server's hellos say of its options, and the few offers that ask for one of them alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.tls.answer import State
from readiness_audit.probes.tls.asker import Asker, UnfinishedError
from readiness_audit.probes.tls.enumeration import Found
from readiness_audit.probes.tls.flight import Contradiction, Flight, Refusal
from readiness_audit.probes.tls.groups import GROUPS_12, GROUPS_13
from readiness_audit.probes.tls.hello import FALLBACK_SCSV, Version

YES, NO, UNCLEAR, WITHOUT_MEANING = "yes", "no", "unclear", "not_applicable"

RENEGOTIATION, MASTER_SECRET, ENCRYPT_THEN_MAC, TICKET = 0xFF01, 23, 22, 35
HEARTBEAT, SHORT_MAC = 15, 4
_ALPN = 16
_PROTOCOLS = ("h2", "http/1.1")
_INAPPROPRIATE_FALLBACK, _NO_PROTOCOL = 86, 120


def of_flights(
    versions: Sequence[Found], shows: Callable[[Flight], bool], *, every: bool, needs_extensions: bool = True
) -> str:
    """
    Say whether the flights of SSLv3 to TLS 1.2 show an option.

    `every` asks for all of them, for what protects; otherwise one is enough, for what harms.
    Where only TLS 1.3 is accepted, which has none of these options, it has no meaning.
    """
    older = [found for found in versions if Version.SSL3 <= found.version <= Version.TLS12]
    if needs_extensions:
        older = [found for found in older if found.version is not Version.SSL3]
    shown = [shows(flight) for found in older for flight in found.flights]
    if shown:
        return YES if (all(shown) if every else any(shown)) else NO
    known = all(found.state is State.REFUSED for found in older)
    return WITHOUT_MEANING if known else UNCLEAR


def in_clear(versions: Sequence[Found], shows: Callable[[Flight], bool]) -> str:
    """Say the same of what TLS 1.3 has as well, but encrypted, so that it cannot be told from that alone."""
    told = of_flights(versions, shows, every=False)
    return UNCLEAR if told == WITHOUT_MEANING else told


def has(extension: int) -> Callable[[Flight], bool]:
    """Ask whether a flight has an extension."""
    return lambda flight: extension in flight.extensions


async def turn(asker: Asker, found: Found) -> None:
    """Offer the accepted suites in the opposite order, where that was not done in passing."""
    if len(found.flights) > 1 and found.turned is None:
        order = [flight.suite for flight in found.flights][::-1]
        groups = GROUPS_13 if found.version is Version.TLS13 else GROUPS_12
        try:
            reply = await asker.ask(found.version, order, groups)
        except (UnfinishedError, Contradiction):
            return
        if isinstance(reply, Flight):
            found.turned = reply.suite


def preference(found: Found) -> str:
    """Say whose order of suites wins: `server`, `client`, `mixed`, `single`, `none` or `unclear`."""
    if found.state is State.REFUSED:
        return "none"
    if found.ssl2:
        return "client"
    if len(found.flights) == 1 and found.suites_done:
        return "single"
    if found.turned is None:
        return UNCLEAR
    whose = {found.flights[-1].suite: "client", found.flights[0].suite: "server"}
    return whose.get(found.turned, "mixed")


async def fallback(asker: Asker, versions: Sequence[Found]) -> str:
    """
    Pretend that a connection with the newest version failed, and say whether the server notices (RFC 7507).

    Gives `yes`, `no`, `unclear`, or `not_applicable` where there is no older version to fall back to.
    """
    accepted = [found for found in versions if found.state is State.ACCEPTED and found.flights]
    if len(accepted) < 2:  # noqa: PLR2004 - something to fall back to
        settled = all(found.state is not State.UNCLEAR for found in versions)
        return WITHOUT_MEANING if settled else UNCLEAR
    older = accepted[-2]
    suites = [FALLBACK_SCSV, *(flight.suite for flight in older.flights)]
    try:
        reply = await asker.ask(older.version, suites, GROUPS_12)
    except (UnfinishedError, Contradiction):
        return UNCLEAR
    if isinstance(reply, Refusal) and reply.alert == _INAPPROPRIATE_FALLBACK:
        return YES
    return NO if isinstance(reply, Flight) else UNCLEAR


async def protocols(asker: Asker, versions: Sequence[Found]) -> tuple[str, str | None]:
    """
    Offer HTTP/2 and HTTP/1.1 inside, in TLS 1.2 or older, where the choice comes in clear text (RFC 7301).

    Gives the state (`yes`, `no`, `unclear`) and the protocol that was chosen. The suites are offered in
    the opposite order on the same connection.
    """
    older = [found for found in versions if Version.TLS10 <= found.version <= Version.TLS12 and found.flights]
    if not older:
        return UNCLEAR, None
    newest = older[-1]
    order = [flight.suite for flight in newest.flights][::-1]
    try:
        reply = await asker.ask(newest.version, order, GROUPS_12, protocols=_PROTOCOLS)
    except (UnfinishedError, Contradiction):
        return UNCLEAR, None
    if isinstance(reply, Refusal) and reply.alert == _NO_PROTOCOL:
        return YES, None
    if not isinstance(reply, Flight):
        return UNCLEAR, None
    newest.turned = reply.suite
    if _ALPN not in reply.extensions:
        return NO, None
    return YES, _protocol(reply.extensions[_ALPN])


def signatures(versions: Iterable[Found]) -> Iterable[tuple[Found, str]]:
    """Give each algorithm a version's key exchanges were signed with, once."""
    for found in versions:
        seen = dict.fromkeys(flight.signature for flight in found.flights if flight.signature)
        yield from ((found, name) for name in seen)


def _protocol(data: bytes) -> str | None:
    try:
        chosen = Cursor(Cursor(data).vector(2)).vector(1).decode("ascii", "replace")
    except Garbled:
        return None
    return chosen if chosen in _PROTOCOLS else None
