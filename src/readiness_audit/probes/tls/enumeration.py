"""
Find every suite and group a server accepts in one version: offer all, take away what was chosen, offer again.

Each connection tells a suite and, where a key is agreed by curves, a group with it; taking both away
finds most groups without a connection of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.tls.answer import State
from readiness_audit.probes.tls.asker import Asker, UnfinishedError, Unheard
from readiness_audit.probes.tls.flight import Contradiction, Flight, Refusal
from readiness_audit.probes.tls.groups import GROUPS_12, GROUPS_13, group_of_certificate
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13
from readiness_audit.probes.tls.suites import COMPACT

# handshake_failure, protocol_version, insufficient_security, and what OpenSSL says where no suite fits.
_DEFINITE = {40, 70, 71, 80}
_MOST_TROUBLE = 2


@dataclass(slots=True, kw_only=True)
class Found:
    """What is known of one version so far."""

    version: Version
    state: State = State.UNCLEAR
    said: str = ""
    flights: list[Flight] = field(default_factory=list)
    """One for each accepted suite, in the order they were chosen."""

    ssl2: tuple[int, ...] = ()
    groups: list[int] = field(default_factory=list)
    groups_done: bool = False
    """Whether no further group is accepted, as far as it matters for this version."""

    suites_done: bool = False
    trouble: str | None = None
    """Why something was not finished."""

    turned: int | None = None
    """The suite that was chosen when all accepted ones were offered in the opposite order."""

    unheard: Unheard | None = None
    """Why nothing was heard at all, where nothing was."""

    def take(self, flight: Flight) -> None:
        """Keep what one flight shows."""
        self.state = State.ACCEPTED
        self.said = self.said or flight.name
        if all(flight.suite != known.suite for known in self.flights):
            self.flights.append(flight)
        if flight.group is not None and flight.group not in self.groups:
            self.groups.append(flight.group)

    def agreeing(self) -> list[Flight]:
        """Give the flights whose key is agreed by curves."""
        return [flight for flight in self.flights if flight.traits.key_exchange == "ECDHE"]


async def find(asker: Asker, version: Version) -> Found:
    """Find what is accepted in `version`; whatever stops it is told in what is given."""
    found = Found(version=version)
    try:
        if version is Version.SSL2:
            await _ssl2(asker, found)
        elif version is Version.TLS13:
            await _newest(asker, found)
        else:
            await _Older(asker, found).run()
    except UnfinishedError as error:
        found.trouble = str(error)
    except Contradiction as error:
        found.trouble = f"it contradicts itself: {error}"
    return found


async def _ssl2(asker: Asker, found: Found) -> None:
    answer = await asker.ask_ssl2()
    if isinstance(answer, Unheard):
        found.unheard = answer
        found.said = answer.said
        return
    found.state, found.said, found.ssl2 = answer.state, answer.said, answer.ciphers
    asker.accepted += len(answer.ciphers)
    found.suites_done = found.groups_done = True


class _Older:
    """SSLv3 to TLS 1.2."""

    def __init__(self, asker: Asker, found: Found) -> None:
        self._asker = asker
        self._found = found
        self._left = sorted(ALL_SUITES, key=lambda code: "_ECDHE_" not in ALL_SUITES[code])
        self._curious = True
        self._narrow = True
        """Whether groups are taken away, too."""

        self._troubled = 0

    async def run(self) -> None:
        found = self._found
        while self._left:
            reply = await self._asker.ask(found.version, self._left, self._groups(), curious=self._curious)
            if isinstance(reply, Flight):
                self._take(reply)
                if self._troubled > _MOST_TROUBLE:
                    found.trouble = f"after its hello: {reply.trouble}"
                    return
            elif not found.flights:
                if self._first_no(reply):
                    return
            elif self._narrow and len(self._groups()) < len(GROUPS_12):
                # It may be the groups that are used up and not the suites.
                self._narrow = False
            elif await self._is_the_end(reply):
                break
        found.suites_done = self._curious
        if not self._curious:
            found.trouble = f"it does not bear a long hello, so that only {len(COMPACT)} suites were offered"

    def _take(self, flight: Flight) -> None:
        found = self._found
        if flight.suite in self._left:
            self._left.remove(flight.suite)
            self._asker.accepted += 1
        new = flight.group is not None and flight.group not in found.groups
        if found.groups and not new:
            # A group it was asked to do without, or a suite without one: the groups get their own turn.
            self._narrow = False
        self._troubled += flight.trouble is not None
        found.take(flight)

    def _groups(self) -> Sequence[int]:
        if not self._narrow:
            return GROUPS_12
        wanted = [*without(self._found), *certificate_group(self._found.flights)]
        return list(dict.fromkeys(wanted)) or GROUPS_12

    def _first_no(self, reply: Refusal | Unheard) -> bool:
        """Say whether nothing more is to be asked, after what became of the very first offer."""
        found = self._found
        if isinstance(reply, Refusal) and (reply.lower or reply.alert in _DEFINITE or not self._curious):
            found.state, found.said = State.REFUSED, reply.said
            found.suites_done = found.groups_done = True
            return True
        if not self._curious:
            found.said = reply.said
            found.unheard = reply if isinstance(reply, Unheard) else None
            return True
        if isinstance(reply, Unheard) and reply.reason is Reason.REFUSED:
            found.said, found.unheard = reply.said, reply
            return True
        # Some servers cannot bear a long hello, or one with much in it.
        self._curious = False
        self._left = list(COMPACT)
        return False

    async def _is_the_end(self, reply: Refusal | Unheard) -> bool:
        if isinstance(reply, Refusal):
            return True
        again = await self._asker.ask(self._found.version, self._left, self._groups(), curious=self._curious)
        if isinstance(again, Flight):
            self._take(again)
            return False
        if isinstance(again, Refusal) or (reply.hung_up and again.hung_up):
            return True
        raise UnfinishedError(f"to what is left of the suites: {again.said}")


async def finish_groups(asker: Asker, found: Found) -> None:
    """Find the groups of TLS 1.2 or older that the suites did not show."""
    agreeing = found.agreeing()
    if not agreeing:
        found.groups_done = found.suites_done
        return
    by_others = [flight for flight in agreeing if flight.traits.authentication != "ECDSA"]
    asked = by_others or agreeing
    # A curve certificate is of use only to who knows its curve (RFC 8422, section 5.1).
    kept = () if by_others else certificate_group(agreeing)
    suites = [flight.suite for flight in asked]
    silent = 0
    while left := without(found):
        beside = [code for code in kept if code not in left]
        reply = await asker.ask(found.version, suites, [*left, *beside])
        match reply:
            case Flight(group=None):
                found.trouble = reply.trouble or "it agrees on keys in a group without a name"
                return
            case Flight(group=int(group)) if group in beside:
                # It takes this one whenever it can, so that nobody ever gets another.
                break
            case Flight():
                found.take(reply)
            case Unheard() if not silent:
                silent += 1
            case Unheard(hung_up=False):
                found.trouble = f"to what is left of the groups: {reply.said}"
                return
            case _:
                break
    found.groups_done = True


def without(found: Found) -> list[int]:
    """Give the groups of TLS 1.2 and older that were not chosen yet."""
    return [code for code in GROUPS_12 if code not in found.groups]


def certificate_group(flights: Sequence[Flight]) -> tuple[int, ...]:
    """Give the group of the curve in the certificate that one of these suites was shown with."""
    leaves = {flight.leaf for flight in flights if flight.leaf and flight.traits.authentication == "ECDSA"}
    found = (group_of_certificate(leaf) for leaf in sorted(leaves))
    return tuple(dict.fromkeys(group for group in found if group is not None))


async def _newest(asker: Asker, found: Found) -> None:
    """TLS 1.3, where every suite goes with every group (RFC 8446, section 4.1.1)."""
    suites, groups = list(ALL_SUITES_13), list(GROUPS_13)
    silent = 0
    while suites or groups:
        turned = [flight.suite for flight in found.flights][::-1]
        reply = await asker.ask(found.version, suites or turned, groups or found.groups)
        if isinstance(reply, Flight):
            found.turned = found.turned or (None if suites else reply.suite)
            _take_newest(asker, found, reply)
            suites = [code for code in suites if code != reply.suite]
            groups = [code for code in groups if code != reply.group]
            if reply.group is None:
                found.trouble = "it wants no key share, so that its groups cannot be told"
                groups = []
            continue
        if isinstance(reply, Unheard) and not (silent and reply.hung_up):
            silent += 1
            if silent > 1 or reply.reason is Reason.REFUSED:
                found.said, found.unheard = found.said or reply.said, reply
                raise UnfinishedError(f"to an offer of TLS 1.3: {reply.said}")
            continue
        if not found.flights:
            found.state = State.REFUSED
            found.said = reply.said
            found.unheard = reply if isinstance(reply, Unheard) else None
            suites, groups = [], []
        elif suites and groups:
            # One of the two is used up; a known group tells which.
            if await _takes_more(asker, found, suites):
                groups = []
                suites = [code for code in suites if code not in {one.suite for one in found.flights}]
            else:
                suites = []
        else:
            suites, groups = [], []
    found.suites_done = True
    found.groups_done = found.trouble is None


async def _takes_more(asker: Asker, found: Found, suites: Sequence[int]) -> bool:
    reply = await asker.ask(found.version, suites, found.groups)
    if isinstance(reply, Flight):
        _take_newest(asker, found, reply)
        return True
    if isinstance(reply, Refusal) or reply.hung_up:
        return False
    raise UnfinishedError(f"to what is left of the suites: {reply.said}")


def _take_newest(asker: Asker, found: Found, flight: Flight) -> None:
    asker.accepted += all(flight.suite != known.suite for known in found.flights)
    found.take(flight)
