"""
See which security layers a remote desktop accepts before anybody logs in.

[MS-RDPBCGR] 2.2.1.1 and 2.2.1.2: each layer is asked for alone, on a connection of its own,
which is given up as soon as the server has chosen.
"""

from __future__ import annotations

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.intake import Intake
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.windows.asking import Answer, State, ask_each

LAYERS = {"standard": 0, "tls": 1, "credssp": 2, "rdstls": 4, "credssp-ex": 8}
_ASKED_WITH = {"credssp": 1 | 2, "credssp-ex": 1 | 2 | 8}
"""What the specification wants set besides the layer itself; else the layer alone is asked for."""

_FAILURES = {
    1: "TLS is required",
    2: "TLS is not allowed",
    3: "the server has no certificate",
    4: "the flags do not fit together",
    5: "CredSSP (NLA) is required",
    6: "TLS with a certificate of the user is required",
}
_LARGEST = 512
_CONFIRM, _RESPONSE, _FAILURE = 0xD0, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RdpLayer:
    """One security layer, and what the server made of being asked for it."""

    name: str
    """`standard` (RDP's own encryption), `tls`, `credssp` (network level authentication), `rdstls` or
    `credssp-ex` (the same as `credssp`, with the user told early whether they may come in)."""

    state: str
    """`accepted`, `refused`, or `unclear` where the server kept silent or spoke something else."""

    answer: str
    """What became of it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RdpFacts:
    """What a remote desktop showed before any log-in."""

    layers: tuple[RdpLayer, ...]
    """Every security layer."""

    accepted: int
    """How many of them are accepted."""

    unclear: int
    """How many are neither accepted nor refused."""

    nla_required: bool
    """Whether the server says itself that it takes nothing but CredSSP."""


async def look(target: Endpoint, reach: Reach) -> Seen[RdpFacts]:
    """Ask for each layer once; raises `CannotSee` where nothing there speaks RDP."""
    answers = await ask_each(target, reach, [_asking(name) for name in LAYERS], reach.deadline)
    layers = tuple(
        RdpLayer(name=name, state=str(answer.state), answer=answer.said)
        for name, answer in zip(LAYERS, answers, strict=True)
    )
    return Seen(
        facts=RdpFacts(
            layers=layers,
            accepted=sum(layer.state == State.ACCEPTED for layer in layers),
            unclear=sum(layer.state == State.UNCLEAR for layer in layers),
            nla_required=any(layer.answer == _FAILURES[5] for layer in layers),
        )
    )


def _asking(name: str) -> Callable[[Stream], Awaitable[Answer[int]]]:
    wanted = LAYERS[name]

    async def ask(stream: Stream) -> Answer[int]:
        await stream.write(_request(_ASKED_WITH.get(name, wanted)))
        chosen, failure = _read(await _next(Intake(stream)))
        if failure is not None:
            return Answer(state=State.REFUSED, said=_FAILURES.get(failure, f"failure {failure}"))
        if chosen == wanted:
            return Answer(state=State.ACCEPTED, said="chosen by the server", told=chosen)
        if chosen in LAYERS.values() and chosen & ~_ASKED_WITH.get(name, wanted) == 0:
            other = next(layer for layer, code in LAYERS.items() if code == chosen)
            return Answer(state=State.REFUSED, said=f"the server chose {other} instead")
        raise Garbled(f"the server chose layer {chosen}, which was not asked for")

    return ask


def _request(protocols: int) -> bytes:
    cookie = b"Cookie: mstshash=nobody\r\n"
    negotiation = struct.pack("<BBHI", 1, 0, 8, protocols)
    body = b"\xe0" + bytes(5) + cookie + negotiation
    return struct.pack(">BBH", 3, 0, 5 + len(body)) + bytes([len(body)]) + body


async def _next(intake: Intake) -> bytes:
    version, _, length = struct.unpack(">BBH", await intake.exactly(4, 4))
    if version != 3 or not 11 <= length <= _LARGEST:  # noqa: PLR2004 - TPKT, RFC 1006
        raise Garbled("what answers there does not speak RDP")
    return await intake.exactly(length - 4, _LARGEST)


def _read(body: bytes) -> tuple[int, int | None]:
    """Give the chosen layer, or the reason of a failure (X.224 connection confirm)."""
    if body[0] != len(body) - 1 or body[1] != _CONFIRM:
        raise Garbled("the answer is no connection confirm of X.224")
    negotiation = body[7:]
    if not negotiation:
        # Servers older than the negotiation know nothing but the standard layer.
        return LAYERS["standard"], None
    if len(negotiation) != 8:  # noqa: PLR2004 - the one length there is
        raise Garbled("the answer to the negotiation has an odd length")
    kind, _, length, value = struct.unpack("<BBHI", negotiation)
    if length != 8 or kind not in {_RESPONSE, _FAILURE}:  # noqa: PLR2004 - as above
        raise Garbled("the answer to the negotiation is of an unknown kind")
    return (value, None) if kind == _RESPONSE else (0, value)


PROBE = Probe(
    name="rdp",
    looks_at=Endpoint,
    sees=RdpFacts,
    look=look,
    only={"protocol": ("rdp",)},
    network=True,
)
