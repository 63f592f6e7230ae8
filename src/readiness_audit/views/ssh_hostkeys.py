"""
Host keys of an SSH server, held beside those of every other SSH server in the audit.

Two endpoints at one address are one host, whose servers may share their keys.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from readiness_audit.model.evidence import Plain
from readiness_audit.views.recorded import Facts, text
from readiness_audit.views.view import Inputs, Need, Takes, View


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKey:
    """One host key of this server that another one has too."""

    type: str
    """`ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ..."""

    fingerprint: str
    """SHA-256, as `ssh-keygen -l` writes it."""

    endpoint: str
    """The other one, at another address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKeys:
    """The host keys of one server, and who else has them."""

    address: str | None
    """Where it was looked at; None in records that do not tell."""

    key_count: int
    """Keys that this server showed."""

    unseen_count: int
    """Keys that it offers and did not show."""

    shared: tuple[SharedKey, ...]
    """One entry for each key and each other endpoint that has it."""

    servers: int
    """SSH servers that showed a key, with this one."""

    servers_unseen: tuple[str, ...]
    """Endpoints of which not every key, or no address, is known."""


def join(inputs: Inputs) -> HeldKeys:
    """Find every key of one server among those of the others."""
    own = inputs["server"]
    address = text(own, "address")
    holders: dict[str, list[str]] = defaultdict(list)
    unseen: list[str] = []
    servers = 0
    for name, facts in sorted(inputs["servers"].items()):
        if not isinstance(facts, dict):
            unseen.append(name)
            continue
        keys = _shown(facts)
        there = text(facts, "address")
        servers += bool(keys)
        if not keys or there is None or len(keys) < len(_listed(facts)):
            unseen.append(name)
        if there is None or there != address:
            for key in keys:
                holders[text(key, "fingerprint") or ""].append(name)
    shown = _shown(own)
    return HeldKeys(
        address=address,
        key_count=len(shown),
        unseen_count=len(_listed(own)) - len(shown),
        shared=tuple(
            SharedKey(
                type=text(key, "type") or "", fingerprint=text(key, "fingerprint") or "", endpoint=endpoint
            )
            for key in shown
            for endpoint in holders.get(text(key, "fingerprint") or "", ())
        ),
        servers=servers,
        servers_unseen=tuple(unseen),
    )


def _listed(facts: Facts) -> list[dict[str, Plain]]:
    found = facts.get("host_keys")
    return [key for key in found if isinstance(key, dict)] if isinstance(found, list | tuple) else []


def _shown(facts: Facts) -> list[dict[str, Plain]]:
    return [key for key in _listed(facts) if text(key, "fingerprint")]


VIEW = View(
    name="ssh-hostkeys",
    sees=HeldKeys,
    needs=(Need(role="server", probe="ssh"), Need(role="servers", probe="ssh", takes=Takes.EVERY)),
    join=join,
)
