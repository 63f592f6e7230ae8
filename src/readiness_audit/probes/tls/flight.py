"""Read everything a server says in clear text after its hello: what it chose, and with which keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from readiness_audit.probes.network.wire import Cursor, Garbled
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.answer import certificates
from readiness_audit.probes.tls.groups import group_name
from readiness_audit.probes.tls.hello import Version
from readiness_audit.probes.tls.messages import Alert, Messages
from readiness_audit.probes.tls.server_hello import ServerHello, read_server_hello
from readiness_audit.probes.tls.signatures import signature_name
from readiness_audit.probes.tls.suite_traits import ALL_SUITES, ALL_SUITES_13, Traits, traits_of

_SERVER_HELLO, _CERTIFICATE, _KEYS, _REQUEST, _DONE, _STATUS = 2, 11, 12, 13, 14, 22
_KEY_SHARE = 51
_NAMED_CURVE = 3
_MOST_MESSAGES = 6
_DEFLATE = 1


class Contradiction(Exception):  # noqa: N818 - says what the answer is
    """An answer that TLS forbids to the offer that was made: nothing is told by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a hello offered, to hold the answer against."""

    version: Version
    suites: Collection[int]
    groups: Collection[int]
    compression: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """What a server chose."""

    suite: int
    name: str
    traits: Traits
    compression: int
    extensions: Mapping[int, bytes]
    leaf: bytes | None = None
    group: int | None = None
    """The named group of the key exchange; None where it has none that is named."""

    prime_bits: int | None = None
    """The size of the prime of a Diffie-Hellman exchange."""

    signature: str | None = None
    """The algorithm that the server signed its key exchange with; TLS 1.2 names it."""

    stapled: bool = False
    """Whether a certificate status came with it."""

    trouble: str | None = None
    """Why its key exchange could not be read, where there should have been one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """That the server does not take the offer."""

    said: str
    alert: int | None = None
    lower: bool = False
    """Whether it answered with another version."""


async def hear_flight(stream: Stream, offer: Offer) -> Flight | Refusal:
    """
    Read the answer to `offer`.

    Raises `Contradiction` where it takes what was not offered, `Garbled` where it is not TLS,
    and the stream's `CannotSee`.
    """
    messages = Messages(stream)
    first = await messages.next()
    if isinstance(first, Alert):
        return Refusal(said=f"alert {first.name}", alert=first.code)
    kind, body = first
    if kind != _SERVER_HELLO:
        raise Garbled(f"a handshake message of type {kind} comes where the server's hello should")
    hello = read_server_hello(body)
    if hello.version != offer.version:
        if hello.version > offer.version:
            raise Contradiction(
                f"to an offer of {offer.version.title} it answers with version 0x{hello.version:04X}"
            )
        return Refusal(said=f"answers with version 0x{hello.version:04X} instead", lower=True)
    return await _follow(messages, hello, offer)


async def _follow(messages: Messages, hello: ServerHello, offer: Offer) -> Flight:
    name = (ALL_SUITES_13 if offer.version is Version.TLS13 else ALL_SUITES).get(hello.suite)
    if name is None or hello.suite not in offer.suites:
        told = name or f"0x{hello.suite:04X}"
        raise Contradiction(f"to an offer of {offer.version.title} without {told} it chose {told}")
    if hello.compression not in ((0, _DEFLATE) if offer.compression else (0,)):
        raise Contradiction(f"it chose the compression {hello.compression}, which was not offered")
    flight = Flight(
        suite=hello.suite,
        name=name,
        traits=traits_of(name),
        compression=hello.compression,
        extensions=hello.extensions,
    )
    if offer.version is Version.TLS13:
        return _with_group(flight, _retry_group(hello), offer)
    # The suite is known by now: trouble from here on is trouble with the keys only.
    try:
        return await _read_rest(messages, flight, offer)
    except Garbled as error:
        return replace(flight, trouble=str(error))
    except CannotSee as blind:
        return replace(flight, trouble=blind.detail)


def _retry_group(hello: ServerHello) -> int | None:
    if not hello.retry:
        # Only a pre-shared key goes without a key share, and none was offered.
        raise Contradiction("it takes a TLS 1.3 offer without a key share")
    data = hello.extensions.get(_KEY_SHARE)
    return None if data is None else Cursor(data).number(2)


async def _read_rest(messages: Messages, flight: Flight, offer: Offer) -> Flight:
    leaf: bytes | None = None
    stapled = False
    wants_keys = flight.traits.key_exchange in {"ECDHE", "DHE"}
    for _ in range(_MOST_MESSAGES):
        message = await messages.next()
        if isinstance(message, Alert):
            raise Garbled(f"after its hello comes the alert {message.name}")
        kind, body = message
        if kind == _CERTIFICATE and leaf is None:
            leaf = certificates(body)[0]
        elif kind == _STATUS:
            stapled = True
        elif kind == _KEYS and wants_keys:
            return replace(_with_keys(flight, body, offer), leaf=leaf, stapled=stapled)
        elif kind in {_DONE, _REQUEST}:
            if wants_keys:
                raise Garbled("the server sends no key exchange where its suite needs one")
            return replace(flight, leaf=leaf, stapled=stapled)
        elif kind != _KEYS:
            raise Garbled(f"a handshake message of type {kind} comes after the server's hello")
    raise Garbled("the server's messages after its hello do not end")


def _with_keys(flight: Flight, body: bytes, offer: Offer) -> Flight:
    message = Cursor(body)
    if flight.traits.authentication == "PSK":
        message.vector(2)
    if flight.traits.key_exchange == "DHE":
        prime = message.vector(2)
        for _ in range(2):
            message.vector(2)
        read = replace(flight, prime_bits=int.from_bytes(prime).bit_length())
    else:
        if message.number(1) != _NAMED_CURVE:
            return replace(flight, trouble="its curve has no name")
        group = message.number(2)
        message.vector(1)
        read = _with_group(flight, group, offer)
    signed = flight.traits.authentication not in {"anon", "PSK"}
    if offer.version is Version.TLS12 and signed:
        return replace(read, signature=signature_name(message.number(2)))
    return read


def _with_group(flight: Flight, group: int | None, offer: Offer) -> Flight:
    if group is not None and group not in offer.groups and offer.version is not Version.SSL3:
        raise Contradiction(f"it chose the group {group_name(group)}, which was not offered")
    return replace(flight, group=group)
