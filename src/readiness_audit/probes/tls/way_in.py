"""Open a connection on which a TLS handshake may begin at once."""

from __future__ import annotations

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.preamble import speak


async def way_in(endpoint: Endpoint, reach: Reach, budget: Deadline) -> Stream:
    """
    Connect, and where the endpoint has one, speak its preamble; all that within `budget`.

    Raises `CannotSee` where either does not come to its end. Waiting for a place at the gate counts, too.
    """
    try:
        async with budget.timeout():
            stream = await reach.gate.connect(reach.look, endpoint.host, endpoint.port, budget)
    except TimeoutError:
        raise CannotSee(Reason.TIMED_OUT, "no connection was made in time") from None
    if endpoint.starttls is not None:
        try:
            await speak(stream, endpoint.starttls, (*endpoint.names, endpoint.host)[0])
        except BaseException:
            stream.close()
            raise
    return stream
