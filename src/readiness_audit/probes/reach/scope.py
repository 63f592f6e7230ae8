"""What an authorisation lets us touch."""

from __future__ import annotations

import ipaddress

from readiness_audit.model.grammar import Address, literal_address
from readiness_audit.model.system import Authorisation


def covers(granted: Authorisation | None, host: str, address: Address) -> bool:
    """Say whether `address`, which `host` stands for, may be touched; a granted name covers all its own."""
    if granted is None:
        return False
    for text in granted.targets:
        if "/" in text:
            network = ipaddress.ip_network(text)
            if address.version == network.version and address in network:
                return True
        elif (literal := literal_address(text)) is not None:
            if literal == address:
                return True
        elif text.rstrip(".").casefold() == host.rstrip(".").casefold():
            return True
    return False
