"""
Log in to a host over SSH, run one command there, and take what it says.

Who is logged in to must show a key that was declared, before anything of ours is proved to it. No
password is given, and no agent, settings or known hosts of whoever runs the audit are touched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.host import Access
from readiness_audit.probes.host.errand import Errand
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.plug import plugged
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secret import fetch_secret

MOST_HEARD = 12 * 2**20
"""Bytes a server may send in all, packets and their padding included."""


async def run_there(host: str, access: Access, command: str, stdin: bytes, most: int, reach: Reach) -> Errand:
    """
    Log in to `host` as `access` says, and run `command` with `stdin`; at most `most` bytes come back.

    Raises `CannotSee`: asyncssh is not installed, no usable private key, not reachable, another host
    key, not let in, too much said, or the connection broke.
    """
    try:
        from readiness_audit.probes.host import client  # noqa: PLC0415 - large; only where somebody logs in
    except ImportError:
        raise CannotSee(Reason.TOOL_MISSING, str(MissingExtraError("asyncssh", "host"))) from None
    errand = Errand(
        user=access.user or "",
        key=await fetch_secret(access.key or "", reach.deadline),
        trusted=frozenset(fingerprints(access.host_keys)),
        command=command,
        stdin=stdin,
        room=most,
    )
    key = client.read_private_key(errand.key)
    stream = await reach.gate.connect(reach.look, host, access.port, reach.deadline)
    async with stream, plugged(stream, MOST_HEARD) as plug:
        try:
            async with reach.deadline.timeout():
                await client.converse(errand, key, plug)
        except TimeoutError:
            raise CannotSee(Reason.TIMED_OUT, "the host did not answer to the end in time") from None
        except CannotSee as blind:
            if plug.room < 0:
                raise CannotSee(Reason.TOO_LARGE, "the host sends without end") from None
            raise plug.broken or blind from None
        if plug.room < 0:
            raise CannotSee(Reason.TOO_LARGE, "the host sends without end")
    if errand.room < 0:
        raise CannotSee(Reason.TOO_LARGE, f"the host said more than {most} bytes")
    return errand


def fingerprints(host_keys: Iterable[str]) -> Iterable[str]:
    """Give each declared key by its fingerprint. Raises `CannotSee` where one is not a key at all."""
    for text in host_keys:
        if text.startswith("SHA256:"):
            yield text
            continue
        try:
            blob = base64.b64decode(text.split(" ")[1], validate=True)
        except (binascii.Error, ValueError):
            raise CannotSee(Reason.DENIED, "one of the declared host keys is not a public key") from None
        yield "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
