"""See every cipher suite, group and option that a TLS server accepts, by offering one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.tls import features
from readiness_audit.probes.tls.answer import State
from readiness_audit.probes.tls.asker import Asker, UnfinishedError
from readiness_audit.probes.tls.enumeration import Found, find, finish_groups
from readiness_audit.probes.tls.flight import Contradiction, Flight
from readiness_audit.probes.tls.groups import GROUPS, group_name
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.suite_traits import SSL2_CIPHERS, traits_of
from readiness_audit.probes.tls.suites_seen import (
    AcceptedGroup,
    AcceptedSuite,
    SuitesFacts,
    UsedSignature,
    VersionSuites,
)

_SHARE = 0.93
"""How much of the deadline offers may take."""


async def look(target: Endpoint, reach: Reach) -> Seen[SuitesFacts]:
    """
    Offer every suite and group of every version until nothing more is accepted.

    Raises `CannotSee` where nothing there speaks TLS, or no version is accepted.
    """
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    asker = Asker(target, reach, sni(asked_names(target)[0]), budget)
    versions = await asyncio.gather(*(find(asker, version) for version in Version))
    if all(found.state is not State.ACCEPTED for found in versions):
        raise _nothing(versions, asker.contradictions)
    for found in versions:
        _tell_apart(found)
    older = next((found for found in reversed(versions[:-1]) if found.flights), None)
    if older is not None:
        await _groups(asker, older)
    fallback = await features.fallback(asker, versions)
    alpn, protocol = await features.protocols(asker, versions)
    for found in reversed(versions):
        await features.turn(asker, found)
    doubt = await asker.doubt()
    for found in versions if doubt is not None else ():
        _take_back(found)
    groups = tuple(_accepted_groups(versions, older))
    suites = tuple(suite for found in versions for suite in _suites(found))
    settled = all(found.state is not State.UNCLEAR for found in versions) and not asker.contradictions
    settled = settled and doubt is None
    return Seen(
        facts=SuitesFacts(
            starttls=target.starttls,
            versions=tuple(_version(found) for found in versions),
            suite_count=len(suites),
            suites=suites,
            group_count=len(groups),
            groups=groups,
            signatures=tuple(
                UsedSignature(version=found.version.title, name=name)
                for found, name in features.signatures(versions)
            ),
            finished=settled and all(found.suites_done for found in versions),
            groups_finished=settled
            and all(found.groups_done for found in (versions[-1], older) if found is not None),
            unfinished=(
                *(f"{found.version.title}: {found.trouble}" for found in versions if found.trouble),
                *((doubt,) if doubt is not None else ()),
            ),
            contradictions=tuple(dict.fromkeys(asker.contradictions)),
            compression=features.of_flights(
                versions, lambda flight: flight.compression != 0, every=False, needs_extensions=False
            ),
            secure_renegotiation=features.of_flights(
                versions, features.has(features.RENEGOTIATION), every=True, needs_extensions=False
            ),
            extended_master_secret=features.of_flights(
                versions, features.has(features.MASTER_SECRET), every=True
            ),
            encrypt_then_mac=_over_cbc(versions),
            heartbeat=features.of_flights(versions, features.has(features.HEARTBEAT), every=False),
            truncated_hmac=features.of_flights(versions, features.has(features.SHORT_MAC), every=False),
            session_tickets=features.in_clear(versions, features.has(features.TICKET)),
            stapling=features.in_clear(versions, lambda flight: flight.stapled),
            fallback_protection=fallback,
            alpn=alpn,
            alpn_protocol=protocol,
            connections=asker.connections,
        )
    )


def _nothing(versions: Sequence[Found], contradictions: Sequence[str]) -> CannotSee:
    if contradictions:
        return CannotSee(Reason.UNREADABLE, f"what answers there contradicts itself: {contradictions[0]}")
    refused = [found for found in versions if found.state is State.REFUSED]
    if refused:
        last = refused[-1]
        detail = f"it speaks TLS but agrees to no version; to {last.version.title}: {last.said}"
        return CannotSee(Reason.REFUSED, detail)
    # That no SSLv2 comes back says little: everybody else's answer to it is gibberish, too.
    unheard = [found.unheard for found in versions[1:] if found.unheard is not None]
    garbled = [each for each in unheard if each.garbled]
    if garbled:
        return CannotSee(Reason.UNREADABLE, f"what answers there does not speak TLS: {garbled[-1].said}")
    told = [each for each in unheard if each.reason is not Reason.TIMED_OUT]
    if not unheard:
        return CannotSee(Reason.TIMED_OUT, "the time for this look was over before anything was heard")
    return CannotSee((told or unheard)[-1].reason, (told or unheard)[-1].said)


def _tell_apart(found: Found) -> None:
    # Beside accepted versions, hanging up on one (twice) is a refusal, and so is anything but SSLv2 to
    # an offer of SSLv2; silence is not.
    unheard = found.unheard
    if found.state is not State.UNCLEAR or unheard is None:
        return
    if unheard.hung_up or (unheard.garbled and found.version is Version.SSL2):
        found.state = State.REFUSED
        found.said = "hangs up" if unheard.hung_up else unheard.said
        found.suites_done = found.groups_done = True
        found.trouble = None
    else:
        found.trouble = found.trouble or unheard.said


def _take_back(found: Found) -> None:
    """Where hanging up is no refusal, leave open what was told by it alone."""
    if found.state is State.REFUSED and found.unheard is not None:
        found.state = State.UNCLEAR
    if found.state is not State.REFUSED:
        found.suites_done = found.groups_done = False


async def _groups(asker: Asker, older: Found) -> None:
    try:
        await finish_groups(asker, older)
    except UnfinishedError as error:
        older.trouble = str(error)
    except Contradiction as error:
        older.trouble = f"it contradicts itself: {error}"


def _version(found: Found) -> VersionSuites:
    return VersionSuites(
        name=found.version.title,
        state=str(found.state),
        answer=found.said,
        suite_count=len(found.flights) + len(found.ssl2),
        finished=found.suites_done,
        groups_finished=found.groups_done,
        preference=features.preference(found),
        trouble=found.trouble,
    )


def _suites(found: Found) -> Iterable[AcceptedSuite]:
    for code in found.ssl2:
        yield _suite(found, code, SSL2_CIPHERS.get(code, f"0x{code:06X}"), None)
    for flight in found.flights:
        yield _suite(found, flight.suite, flight.name, flight)


def _suite(found: Found, code: int, name: str, flight: Flight | None) -> AcceptedSuite:
    traits = traits_of(name)
    older = flight if flight is not None and found.version is not Version.TLS13 else None
    return AcceptedSuite(
        version=found.version.title,
        name=name,
        code=code,
        key_exchange=traits.key_exchange,
        authentication=traits.authentication,
        encryption=traits.encryption,
        bits=traits.bits,
        mode=traits.mode,
        mac=traits.mac,
        export=traits.export,
        forward_secrecy=traits.forward_secrecy,
        group=group_name(older.group) if older is not None and older.group is not None else None,
        prime_bits=older.prime_bits if older is not None else None,
        signature=older.signature if older is not None else None,
        trouble=older.trouble if older is not None else None,
    )


def _accepted_groups(versions: Sequence[Found], older: Found | None) -> Iterable[AcceptedGroup]:
    for found in (older, versions[-1]):
        for code in found.groups if found is not None else ():
            one = GROUPS.get(code)
            yield AcceptedGroup(
                version=found.version.title if found is not None else "",
                name=group_name(code),
                kind=one.kind if one is not None else "unknown",
                bits=one.bits if one is not None else 0,
                named=True,
            )
    for found in versions:
        sizes = {flight.prime_bits for flight in found.flights if flight.prime_bits is not None}
        for bits in sorted(sizes):
            yield AcceptedGroup(
                version=found.version.title, name=f"DH {bits}", kind="finite field", bits=bits, named=False
            )


def _over_cbc(versions: Sequence[Found]) -> str:
    only_cbc = [
        Found(
            version=found.version,
            state=found.state,
            flights=[flight for flight in found.flights if flight.traits.mode == "CBC"],
        )
        for found in versions
    ]
    state = features.of_flights(only_cbc, features.has(features.ENCRYPT_THEN_MAC), every=True)
    none_is_cbc = all(found.suites_done for found in versions) and not any(one.flights for one in only_cbc)
    return features.WITHOUT_MEANING if none_is_cbc else state


PROBE = Probe(
    name="tls-suites",
    looks_at=Endpoint,
    sees=SuitesFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
