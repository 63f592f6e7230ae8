"""
Let ssh-audit say what it thinks of an SSH server, where its owner asks for a second opinion.

It is another pair of eyes and not trusted: it gets one literal address after a server there has
shown us its lists, and an answer that is not whole, or about another server, counts for nothing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.process import run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.ssh.second_report import SshAuditFacts, read_second
from readiness_audit.probes.ssh.wire import KEXINIT, Conversation, Lists, read_lists

HARMLESS = ("--skip-rate-test",)
"""Else it opens connections as fast as it can, to see whether the server can be worn down."""

LARGEST_ANSWER = 4 * 2**20
_ENDED_WELL = {0, 2, 3}
"""No objections, warnings, failures; anything else says that it saw nothing."""


async def look(target: Endpoint, reach: Reach) -> Seen[SshAuditFacts]:
    """
    Read the server's lists over one connection, and have ssh-audit look at the same address.

    It makes some thirty connections, one after the other. Raises `CannotSee`: ssh-audit is not
    installed, nothing there speaks SSH 2, or its answer is not whole or not about this server.
    """
    version = _installed()
    address, lists = await _lists(target, reach)
    (admitted,) = await reach.gate.admit(
        reach.look, target.host, [target.port], reach.deadline, program="ssh-audit", only=address
    )
    command = [sys.executable, "-I", "-m", "ssh_audit", "-j", *HARMLESS, "-p", str(target.port)]
    deadline = reach.deadline.part(reach.gate.window_left())
    done = await run([*command, "--", str(admitted)], deadline, most_output=LARGEST_ANSWER)
    if done.status not in _ENDED_WELL:
        raise CannotSee(Reason.TOOL_FAILED, f"ssh-audit failed: {done.complaint()}")
    facts = read_second(done.stdout, f"{admitted}:{target.port}", lists, version)
    return Seen(facts=facts, tool=f"ssh-audit {version}", excerpts=(("ssh-audit", done.stdout),))


async def _lists(target: Endpoint, reach: Reach) -> tuple[Address, Lists]:
    try:
        async with await reach.gate.connect(reach.look, target.host, target.port, reach.deadline) as stream:
            talk = Conversation(stream)
            who = await talk.introduce()
            if who.protocol.startswith("1.") and who.protocol != "1.99":
                raise CannotSee(Reason.NOT_ASSESSABLE, "it speaks SSH 1 alone")
            return stream.address, read_lists(await talk.hear(KEXINIT))
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, str(error)) from None


def _installed() -> str:
    if importlib.util.find_spec("ssh_audit") is None:
        raise CannotSee(Reason.TOOL_MISSING, str(MissingExtraError("ssh-audit", "ssh")))
    return importlib.metadata.version("ssh-audit")


PROBE = Probe(
    name="ssh-audit",
    looks_at=Endpoint,
    sees=SshAuditFacts,
    look=look,
    only={"protocol": ("ssh",), "second_opinion": ("ssh-audit",)},
    network=True,
    seconds=60.0,
)
