"""
Ask which ways to log in a server offers, through the `ssh` client, as a user who does not exist.

The client asks once with the method `none`, which is how a list of methods is asked for (RFC 4252
section 5.2), and holds neither key, agent nor password. It gets one literal address, no file of
settings, and nothing of a server's words but names of our own lists.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.process import find_program, run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.ssh.wire import Lists

PATIENCE = 6.0
"""Seconds for the client; one that is let in without anything would stay for ever."""

_SPARE = 0.7
_LARGEST_ANSWER = 256 * 2**10
_TIMED_OUT = 124
_DENIED = re.compile(r": Permission denied \(([a-z0-9@.,_-]{1,1000})\)\.$", re.ASCII)
_WELCOME = re.compile(r'Authenticated to .* using "none"\.$', re.ASCII)

_ALONE = (
    "BatchMode=yes",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
    "CanonicalizeHostname=no",
    "IdentityFile=none",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "PreferredAuthentications=none",
    "ProxyCommand=none",
    "ControlPath=none",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "LogLevel=VERBOSE",
)
"""No keys, no agent, no files but the client's own, no way around the address given."""

_USUAL: Mapping[str, tuple[str, ...]] = {
    "KexAlgorithms": (
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha256",
    ),
    "HostKeyAlgorithms": (
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ),
    "Ciphers": (
        "chacha20-poly1305@openssh.com",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
    ),
    "MACs": (
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "hmac-sha1-etm@openssh.com",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
        "hmac-sha1",
    ),
}
"""What OpenSSH's client offers by itself, by the name of the option."""

_OLD: Mapping[str, tuple[str, ...]] = {
    "KexAlgorithms": (
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group1-sha1",
        "sntrup761x25519-sha512@openssh.com",
    ),
    "HostKeyAlgorithms": ("ssh-rsa", "ssh-dss"),
    "Ciphers": ("aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"),
    "MACs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96", "hmac-md5-etm@openssh.com"),
}
"""What it can be told to offer as well, for a server that knows nothing better."""


_CHEAP = ("ecdh-sha2-nistp256", "curve25519-sha256", "curve25519-sha256@libssh.org")
"""Exchanges that cost both sides next to nothing; the one the client likes best takes 60 ms of each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How somebody may log in."""

    user: str
    """The name that was asked about."""

    methods: tuple[str, ...]
    """In the server's order; empty where `anybody` is let in."""

    anybody: bool
    """Whether the server let somebody who does not exist in, without anything."""


async def ways_in(target: Endpoint, reach: Reach, address: Address, lists: Lists) -> Ways:
    """
    Ask for the ways to log in at `address`, which is one of the target's.

    Raises `CannotSee`: the client is not installed, finds nothing in common with the server,
    takes too long, or says nothing that could be read.
    """
    # `timeout` ends the client and keeps what it said: of one that is let in, that is the answer.
    program, clock = find_program("ssh"), find_program("timeout")
    user = f"readiness-audit-{secrets.token_hex(4)}"
    seconds = min(PATIENCE, reach.deadline.left() - _SPARE)
    if seconds <= 0:
        raise CannotSee(Reason.TIMED_OUT, "no time was left to ask for the ways to log in")
    (admitted,) = await reach.gate.admit(
        reach.look, target.host, (target.port,), reach.deadline, program="ssh", only=address
    )
    options = [word for option in (*_ALONE, *_concessions(lists)) for word in ("-o", option)]
    command = [clock, f"{seconds:.1f}", program, "-F", "none", *options, "-N", "-T"]
    command += ["-p", str(target.port), "-l", user, "--", str(admitted)]
    done = await run(command, reach.deadline, most_output=_LARGEST_ANSWER)
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if any(_WELCOME.search(line) for line in lines):
        return Ways(user=user, methods=(), anybody=True)
    if done.status == _TIMED_OUT:
        raise CannotSee(Reason.TIMED_OUT, "the ssh client got no answer to who may log in")
    # A server's own text may stand anywhere before; the client's verdict is its last line.
    denied = _DENIED.search(lines[-1].rstrip()) if lines else None
    if denied is None:
        raise CannotSee(Reason.TOOL_FAILED, f"the ssh client found no way to ask: {done.complaint()}")
    return Ways(user=user, methods=tuple(filter(None, denied[1].split(","))), anybody=False)


def _concessions(lists: Lists) -> Iterable[str]:
    """
    Have the client take a cheap exchange where the server has one: nothing secret will be said.

    Also have it offer old algorithms where the server has no other. Gives only names we know.
    """
    offered: Mapping[str, Sequence[str]] = {
        "KexAlgorithms": lists.kex,
        "HostKeyAlgorithms": lists.host_key,
        "Ciphers": (*lists.cipher_to_server, *lists.cipher_to_client),
        "MACs": (*lists.mac_to_server, *lists.mac_to_client),
    }
    for option, names in offered.items():
        if not any(name in names for name in _USUAL[option]):
            old = [name for name in _OLD[option] if name in names]
            if old:
                yield f"{option}=+{','.join(old)}"
    cheap = next((name for name in _CHEAP if name in lists.kex), None)
    if cheap is not None:
        yield f"KexAlgorithms={cheap}"
