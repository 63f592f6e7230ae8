"""
Look at SSH servers at the same time, as a run does, and print the facts as JSON: the other half of `ssh.py`.
With `lists` before the port, read one server's version and lists alone.

Imports what a command needs for that and nothing of the benchmark's own, since it is timed from its start.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from readiness_audit.model.evidence import Look
from readiness_audit.model.system import Authorisation, Pace
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.reach.gate import Gate
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.ssh.ssh import PROBE
from readiness_audit.probes.ssh.wire import KEXINIT, Conversation, Lists, read_lists


def gate() -> Gate:
    now = datetime.now(UTC)
    granted = Authorisation(
        targets=("127.0.0.1",),
        valid_from=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
        approved_by="Benchmark",
        contact="nobody",
    )
    return Gate(granted, Pace.FAST, lambda: now)


async def lists(way: Gate, port: int) -> Lists:
    """Read version and lists of one server, over one connection."""
    look = Look(probe="ssh", target="shell")
    async with await way.connect(look, "127.0.0.1", port, Deadline(10)) as stream:
        talk = Conversation(stream)
        await talk.introduce()
        return read_lists(await talk.hear(KEXINIT))


async def alone(port: int) -> dict[str, object]:
    way = gate()
    try:
        return dataclasses.asdict(await lists(way, port))
    finally:
        await way.close()


async def looks(ports: list[int]) -> list[dict[str, object]]:
    way = gate()

    async def one(port: int) -> dict[str, object]:
        target = Endpoint(kind="endpoint", id="shell", host="127.0.0.1", port=port, protocol="ssh")
        reach = Reach(
            look=Look(probe="ssh", target=str(port)),
            deadline=Deadline(60),
            gate=way,
            evidence=Folder(Path("/nonexistent")),
            started=datetime.now(UTC),
        )
        return dataclasses.asdict((await PROBE.look(target, reach)).facts)

    try:
        return list(await asyncio.gather(*(one(port) for port in ports)))
    finally:
        await way.close()


if __name__ == "__main__":
    if sys.argv[1] == "lists":
        told: object = asyncio.run(alone(int(sys.argv[2])))
    else:
        told = asyncio.run(looks([int(port) for port in sys.argv[1:]]))
    print(json.dumps(told))
