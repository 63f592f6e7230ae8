"""
See what a TLS server lets come after the first handshake: tickets, early data, a second handshake.

Whole handshakes are OpenSSL's; nothing here computes. What a server makes of names and protocols
that are not its own shows in the same way.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.renegotiation import REFUSED, UNCLEAR, Anew, begin_anew
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.tls.answer import State
from readiness_audit.probes.tls.asker import Asker, Reply
from readiness_audit.probes.tls.flaw_offers import OLDER, offer, state_of
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.session_facts import (
    NameAnswer,
    ProtocolAnswer,
    SessionsFacts,
    SessionTicket,
    WholeHandshake,
)
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13
from readiness_audit.probes.tls.way_in import way_in

UNKNOWN_NAME = "readiness-audit.invalid"
NOBODYS_PROTOCOL = "readiness-audit"

_PROTOCOLS = ("h2", "http/1.1", NOBODYS_PROTOCOL)
_AT_ONCE = 4
_SHARE = 0.85
_PATIENCE = 0.7
"""Seconds that tickets are waited for where nothing else comes: servers send them at once."""

_ENDED, _OLDER_ONES = "ended", "older"
_NEW, _NOT_APPLICABLE = Version.TLS13.title, "not_applicable"
_EARLY_DATA = 42


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shaken:
    """What one handshake came to."""

    version: str | None = None
    certificate: str | None = None
    protocol: str | None = None
    tickets: tuple[bytes, ...] = ()
    listened: bool = False
    stayed: bool = False
    """Whether the server was listened to and had not hung up by then."""

    said: str = "a whole handshake"
    refused: bool = False
    """Whether an alert ended it."""


class _Door:
    """One endpoint, at which a few handshakes are done at a time."""

    def __init__(self, target: Endpoint, reach: Reach) -> None:
        self.target = target
        self.reach = reach
        self.name = sni(asked_names(target)[0])
        self.budget = reach.deadline.part(reach.deadline.left() * _SHARE)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def shake(
        self,
        name: str | None,
        *,
        only_newest: bool = False,
        only_older: bool = False,
        protocols: Sequence[str] = (),
        listen: bool = False,
    ) -> _Shaken:
        """Shake hands once, and `listen` for tickets. Never raises."""
        async with self._turns:
            try:
                stream = await way_in(self.target, self.reach, self.budget)
                async with SecureStream(
                    stream,
                    name,
                    only_newest=only_newest,
                    only_older=only_older,
                    protocols=protocols,
                    watch=listen,
                ) as secure:
                    await secure.shake_hands()
                    trouble, stayed = await self._hear_out(secure) if listen else (None, False)
                    chain = secure.chain()
                    return _Shaken(
                        version={"TLSv1": "TLSv1.0"}.get(secure.version(), secure.version()),
                        certificate=hashlib.sha256(chain[0]).hexdigest() if chain else None,
                        protocol=secure.protocol(),
                        tickets=tuple(secure.tickets),
                        listened=listen and trouble is None,
                        stayed=stayed,
                        said=trouble or "a whole handshake",
                    )
            except CannotSee as blind:
                alert = blind.reason is Reason.REFUSED or "unrecognized name" in blind.detail
                return _Shaken(said=blind.detail, refused=alert)

    async def _hear_out(self, secure: SecureStream) -> tuple[str | None, bool]:
        """Wait for what comes after a handshake; say why that is not all, and whether the server stays."""
        if self.target.protocol == "https":
            host = (self.name or self.target.host).encode("ascii", "replace")
            await secure.write(b"HEAD / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        try:
            async with asyncio.timeout(_PATIENCE):
                return None, bool(await secure.read(1))
        except TimeoutError:
            return None, True
        except CannotSee as blind:
            return blind.detail, False

    async def anew(self, *, only_older: bool) -> Anew | str:
        """Shake hands by pyOpenSSL, and say why where that cannot be done."""
        async with self._turns:
            try:
                async with await way_in(self.target, self.reach, self.budget) as stream:
                    found = await begin_anew(stream, self.name, only_older=only_older)
            except (CannotSee, MissingExtraError) as error:
                return error.detail if isinstance(error, CannotSee) else str(error)
        if not found.hung_up:
            return found
        # Hanging up on a second handshake is a refusal of one that does not hang up anyway.
        stays = await self.shake(self.name, only_older=True, listen=True)
        state = REFUSED if stays.stayed else UNCLEAR
        return Anew(stapled=found.stapled, renegotiation=state, said=f"hangs up: {found.said}")


async def look(target: Endpoint, reach: Reach) -> Seen[SessionsFacts]:
    """
    Shake hands about eight times, each time with one thing different.

    Raises `CannotSee` where no handshake comes to its end.
    """
    door = _Door(target, reach)
    newest, older = await asyncio.gather(
        door.shake(door.name, only_newest=True, listen=True),
        door.shake(door.name, only_older=True, listen=True),
    )
    if newest.version is None and older.version is None:
        # Why, with a reason that fits: the same once more, without being caught.
        async with SecureStream(await way_in(target, reach, reach.deadline), door.name) as secure:
            await secure.shake_hands()
    asks_http = target.protocol == "https"
    anew, protocols, names = await asyncio.gather(
        door.anew(only_older=older.version is not None),
        asyncio.gather(*(_protocol(door, each) for each in _PROTOCOLS if asks_http)),
        asyncio.gather(*(_name(door, newest, older, each) for each in (None, UNKNOWN_NAME))),
    )
    whole = (
        await _whole(door, _NEW, newest, (Version.TLS13,), beside=older),
        await _whole(door, _OLDER_ONES, older, OLDER, beside=newest),
    )
    tickets = (*_tickets(newest), *_tickets(older))
    renegotiation, said = _renegotiation(whole[1], anew)
    return Seen(
        facts=SessionsFacts(
            starttls=target.starttls,
            handshakes=whole,
            unclear=sum(one.state == UNCLEAR or (one.state == _ENDED and not one.listened) for one in whole),
            tickets=tickets,
            ticket_count=len(tickets),
            longest_lifetime=max((ticket.lifetime for ticket in tickets), default=None),
            early_data=_early_data(whole[0], tickets),
            renegotiation=renegotiation,
            renegotiation_answer=said,
            stapling=UNCLEAR if isinstance(anew, str) else "yes" if anew.stapled else "no",
            protocols=tuple(protocols),
            names=tuple(names),
        )
    )


async def _whole(
    door: _Door, offered: str, shaken: _Shaken, versions: Sequence[Version], *, beside: _Shaken
) -> WholeHandshake:
    """Say what a handshake came to; where it did not end, our own hellos tell whether they are refused."""
    state = _ENDED
    if shaken.version is None:
        asker = Asker(door.target, door.reach, door.name, door.budget)
        # OpenSSL may lack what the server needs: its failure alone is no refusal.
        replies = await asyncio.gather(*(_offer_all(asker, version) for version in versions))
        refused = all(state_of(reply) is State.REFUSED for reply in replies)
        # Where nothing is accepted, nothing is refused either, and hanging up is only beside what is.
        agreed = [version for version in Version if version.title == beside.version]
        for version in agreed if refused else ():
            await _offer_all(asker, version)
        state = REFUSED if refused and agreed and await asker.doubt() is None else UNCLEAR
    return WholeHandshake(
        offered=offered,
        state=state,
        version=shaken.version,
        tickets=len(shaken.tickets),
        listened=shaken.listened,
        answer=shaken.said,
    )


async def _offer_all(asker: Asker, version: Version) -> Reply:
    return await offer(asker, version, tuple(ALL_SUITES_13 if version is Version.TLS13 else ALL_SUITES))


def _tickets(shaken: _Shaken) -> tuple[SessionTicket, ...]:
    version = shaken.version or ""
    read = (_ticket(version, data) for data in shaken.tickets)
    return tuple(ticket for ticket in read if ticket is not None)


def _ticket(version: str, data: bytes) -> SessionTicket | None:
    early = 0
    body = Cursor(data)
    try:
        lifetime = body.number(4)
        if version == _NEW:
            body.take(4)
            body.vector(1)
            body.vector(2)
            extensions = Cursor(body.vector(2))
            while extensions.left():
                kind, value = extensions.number(2), Cursor(extensions.vector(2))
                if kind == _EARLY_DATA:
                    early = value.number(4)
    except Garbled:
        # OpenSSL breaks off over it, too, so that what came is told as not heard out.
        return None
    return SessionTicket(version=version, lifetime=lifetime, early_data=early)


def _early_data(newest: WholeHandshake, tickets: Sequence[SessionTicket]) -> str:
    if any(ticket.early_data for ticket in tickets):
        return "yes"
    if newest.state == REFUSED:
        return _NOT_APPLICABLE
    return "no" if newest.state == _ENDED and newest.listened else UNCLEAR


def _renegotiation(older: WholeHandshake, anew: Anew | str) -> tuple[str, str]:
    if older.state == REFUSED:
        return _NOT_APPLICABLE, "it accepts nothing older than TLS 1.3, which has none"
    if isinstance(anew, str) or anew.renegotiation is None:
        return UNCLEAR, anew if isinstance(anew, str) else older.answer
    return anew.renegotiation, anew.said


async def _protocol(door: _Door, offered: str) -> ProtocolAnswer:
    shaken = await door.shake(door.name, protocols=(offered,))
    if shaken.version is None:
        state = REFUSED if shaken.refused else UNCLEAR
    else:
        state = "chosen" if shaken.protocol == offered else "ignored"
    return ProtocolAnswer(offered=offered, state=state, answer=shaken.said)


async def _name(door: _Door, newest: _Shaken, older: _Shaken, name: str | None) -> NameAnswer:
    # The same version as the first handshake: a server may have another certificate for another one.
    usual = newest if newest.version is not None else older
    shaken = await door.shake(name, only_newest=newest.version is not None, only_older=newest.version is None)
    if shaken.version is None:
        state = REFUSED if shaken.refused else UNCLEAR
    elif shaken.certificate is None or usual.certificate is None:
        state = UNCLEAR
    else:
        state = "same" if shaken.certificate == usual.certificate else "other"
    return NameAnswer(
        asked="none" if name is None else "unknown",
        state=state,
        certificate=shaken.certificate,
        answer=shaken.said,
    )


PROBE = Probe(
    name="tls-sessions",
    looks_at=Endpoint,
    sees=SessionsFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
