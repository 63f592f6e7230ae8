"""See whom a database lets in from outside, and whether in clear. No account and no password is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.database import elasticsearch, memcached, mongodb, mysql, postgresql, redis
from readiness_audit.probes.database.facts import Both, DatabaseDoor, DatabaseFacts, State, Told
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

_LOOKS: Mapping[str, Callable[[Endpoint, Reach], Awaitable[Both]]] = {
    "elasticsearch": elasticsearch.look,
    "memcached": memcached.look,
    "mongodb": mongodb.look,
    "mysql": mysql.look,
    "postgresql": postgresql.look,
    "redis": redis.look,
}


_LOG_INS = {
    State.OPEN: "accepted",
    State.LOCKED: "accepted",
    State.CLOSED: "refused",
    State.UNCLEAR: "unclear",
}


async def look(target: Endpoint, reach: Reach) -> Seen[DatabaseFacts]:
    """
    Knock in clear and within TLS, as somebody without an account.

    Raises `CannotSee` where nothing there speaks the declared protocol, or neither way told anything.
    """
    both = await _LOOKS[target.protocol](target, reach)
    told = {"plain": both.plain, "tls": both.tls}
    if all(one.state is State.UNCLEAR for one in told.values()):
        raise CannotSee(Reason.UNREADABLE, both.plain.answer)
    return Seen(
        facts=DatabaseFacts(
            protocol=target.protocol,
            version=both.plain.version or both.tls.version,
            doors=tuple(_door(way, one) for way, one in told.items()),
            unclear=sum(one.state is State.UNCLEAR for one in told.values()),
            plain=str(both.plain.state),
            tls=str(both.tls.state),
            plain_log_ins=both.plain.log_ins or _LOG_INS[both.plain.state],
        )
    )


def _door(way: str, told: Told) -> DatabaseDoor:
    return DatabaseDoor(way=way, state=str(told.state), method=told.method, answer=told.answer)


PROBE = Probe(
    name="database",
    looks_at=Endpoint,
    sees=DatabaseFacts,
    look=look,
    only={"protocol": tuple(_LOOKS)},
    network=True,
)
