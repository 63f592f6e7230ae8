"""Find the addresses a name stands for."""

from __future__ import annotations

import socket

from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.probes.reach.aside import in_thread


async def resolve(host: str) -> tuple[Address, ...]:
    """Ask this machine, once, in a thread of its own. Raises `OSError` where the name stands for nothing."""
    literal = literal_address(host)
    if literal is not None:
        return (literal,)
    answers = await in_thread(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    found = [literal_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    return tuple(dict.fromkeys(address for address in found if address is not None))
