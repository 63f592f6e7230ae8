"""See whether a service that begins in clear offers TLS, and whether anybody may log in before it."""

from __future__ import annotations

from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.tls.clear_login import UNCLEAR, ClearLogin, find_clear_login
from readiness_audit.probes.tls.handshakes import asked_names, sni
from readiness_audit.probes.tls.preamble import PREAMBLES, TlsRefused
from readiness_audit.probes.tls.way_in import way_in

_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StarttlsFacts:
    """What a service does before TLS."""

    protocol: str
    """The protocol it begins with, such as `smtp`."""

    offered: str
    """`offered` where a handshake followed the request for TLS, `refused`, or `unclear`."""

    offered_answer: str
    """What became of the request, in one line."""

    log_in: str
    """
    Whether anybody may log in before TLS: `offered`, `not-offered`, `unclear`, or `not-asked` of databases
    and remote desktops, which have probes of their own. It goes by what the server says; no password is sent.
    """

    log_in_answer: str
    """What that is told by, in one line."""

    log_in_methods: tuple[str, ...]
    """The ways to log in before TLS: `LOGIN`, `PLAIN`, `USER`, `simple bind` ...; at most 30."""


async def look(target: Endpoint, reach: Reach) -> Seen[StarttlsFacts]:
    """
    Ask for TLS and shake hands once, and ask what is offered before on a second connection.

    Raises `CannotSee` where nothing answers, or what answers speaks another protocol.
    """
    protocol = target.starttls or ""
    offered, answer = await _ask_for_tls(target, reach)
    try:
        async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
            login = await find_clear_login(stream, protocol, asked_names(target)[0])
    except (CannotSee, Garbled) as error:
        if offered == UNCLEAR:
            raise CannotSee(Reason.UNREADABLE, answer) from None
        said = error.detail if isinstance(error, CannotSee) else str(error)
        login = ClearLogin(state=UNCLEAR, answer=said)
    return Seen(
        facts=StarttlsFacts(
            protocol=protocol,
            offered=offered,
            offered_answer=answer,
            log_in=login.state,
            log_in_answer=login.answer,
            log_in_methods=login.methods,
        )
    )


async def _ask_for_tls(target: Endpoint, reach: Reach) -> tuple[str, str]:
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    try:
        stream = await way_in(target, reach, budget)
    except TlsRefused as refused:
        return "refused", refused.detail
    try:
        async with SecureStream(stream, sni(asked_names(target)[0])) as secure:
            await secure.shake_hands()
            return "offered", f"a handshake of {secure.version()}"
    except CannotSee as blind:
        return UNCLEAR, blind.detail


PROBE = Probe(
    name="starttls",
    looks_at=Endpoint,
    sees=StarttlsFacts,
    look=look,
    only={"protocol": ("tls",), "starttls": tuple(PREAMBLES)},
    network=True,
)
