"""Hold the names a service is called by against the names in its certificate (RFC 9525)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509

from readiness_audit.model.grammar import Address, literal_address


@dataclass(frozen=True, slots=True, kw_only=True)
class San:
    """What a certificate says it is for. Its common name is not among it: no client looks there any more."""

    dns: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()


def san_of(certificate: x509.Certificate) -> San:
    """Read the subject alternative names; raises whatever the library raises over broken ones."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return San()
    addresses = found.get_values_for_type(x509.IPAddress)
    return San(
        dns=tuple(found.get_values_for_type(x509.DNSName)),
        addresses=tuple(
            address
            for address in addresses
            if isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address)
        ),
    )


def matching(name: str, san: San) -> str | None:
    """
    Give the entry of a certificate that stands for `name`, or None.

    An address is only matched by an address entry. A wildcard stands for exactly one whole label,
    the left-most, and not for a name directly under a top-level domain.
    """
    address = literal_address(name)
    if address is not None:
        return str(address) if address in san.addresses else None
    wanted = _labels(name.removesuffix("."))
    return _first(entry for entry in san.dns if _fits(_labels(entry), wanted))


def _fits(entry: list[str], wanted: list[str]) -> bool:
    if not all(entry) or len(entry) != len(wanted):
        return False
    if entry[0] == "*":
        return len(entry) > 2 and entry[1:] == wanted[1:]  # noqa: PLR2004 - a name and its top-level domain
    return entry == wanted


def _labels(name: str) -> list[str]:
    # Only ASCII letters are folded: other scripts come as A-labels, and the rest would match by accident.
    return name.translate(_FOLD).split(".")


def _first(found: Iterable[str]) -> str | None:
    return next(iter(found), None)


_FOLD = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
