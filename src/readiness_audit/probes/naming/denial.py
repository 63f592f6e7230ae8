"""
Whether a signed zone proves that it hands a name on without a DS record.

That a resolver shows no DS record is its word; the proof is an NSEC record (RFC 4035, section 5.2) or
NSEC3 records (RFC 5155, sections 8.6 and 8.9) of the zone above. Their signatures are checked by the caller.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dns.name import Name
    from dns.rdata import Rdata
    from dns.rrset import RRset

MOST_ITERATIONS = 150
"""Rounds of hashing (RFC 9276 wants none); what asks for more proves nothing here."""

_NS, _SOA, _DS = 2, 6, 43
_SHA1 = 1
_OPT_OUT = 1


def spans(records: RRset, signatures: Iterable[Rdata]) -> bool:
    """Say whether the signatures are over this very name, and not over a wildcard (RFC 4035, 5.3.4)."""
    labels = len(records.name.labels) - 1
    return all(getattr(one, "labels", None) == labels for one in signatures)


def no_ds_by_nsec(name: Name, proofs: Iterable[RRset]) -> bool:
    """Say whether one of these NSEC records shows a delegation of `name` without a DS record."""
    return any(rrset.name == name and _bare(rdata) for rrset in proofs for rdata in rrset)


def no_ds_by_nsec3(name: Name, zone: Name, proofs: Sequence[RRset]) -> bool:
    """Say the same of NSEC3 records; a zone may leave unsigned delegations out of them (opt-out)."""
    import dns.dnssec  # noqa: PLC0415 - an extra, and slow to import

    entries = [(own, rdata) for rrset in proofs if (own := _hash_in(rrset.name, zone)) for rdata in rrset]
    if not entries or any(one.algorithm != _SHA1 or one.iterations > MOST_ITERATIONS for _, one in entries):
        return False
    salts = {(one.salt, one.iterations) for _, one in entries}
    if len(salts) != 1:
        return False
    salt, iterations = salts.pop()

    def hashed(what: Name) -> bytes:
        return base64.b32hexdecode(dns.dnssec.nsec3_hash(what, salt, iterations, _SHA1))

    if any(own == hashed(name) for own, _ in entries):
        return any(own == hashed(name) and _bare(rdata) for own, rdata in entries)
    closer = name
    while closer != zone:
        encloser = closer.parent()
        if any(own == hashed(encloser) for own, _ in entries):
            wanted = hashed(closer)
            return any(rdata.flags & _OPT_OUT and _covers(own, rdata.next, wanted) for own, rdata in entries)
        closer = encloser
    return False


def _bare(rdata: Any) -> bool:  # noqa: ANN401 - either of two types of record
    return _lists(rdata, _NS) and not _lists(rdata, _DS) and not _lists(rdata, _SOA)


def _lists(rdata: Any, kind: int) -> bool:  # noqa: ANN401 - either of two types of record
    # All three types lie in the first window of the map of types (RFC 4034, section 4.1.2).
    at, bit = divmod(kind, 8)
    return any(
        window == 0 and at < len(bits) and bool(bits[at] & (0x80 >> bit)) for window, bits in rdata.windows
    )


def _hash_in(owner: Name, zone: Name) -> bytes | None:
    """Give the hash that an NSEC3 record of `zone` has for a name."""
    if len(owner.labels) != len(zone.labels) + 1 or owner.parent() != zone:
        return None
    try:
        return base64.b32hexdecode(owner.labels[0].upper())
    except binascii.Error:
        return None


def _covers(own: bytes, following: bytes, wanted: bytes) -> bool:
    if own < following:
        return own < wanted < following
    # The last one leads back to the first.
    return wanted > own or wanted < following
