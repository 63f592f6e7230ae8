"""The addresses of responders and lists that a certificate names: facts, which are followed only on order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from readiness_audit.errors import FieldError
from readiness_audit.model import grammar

MOST = 20
LONGEST = 500
_USUAL_PORT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """One address in a certificate."""

    kind: str
    """`ocsp` or `crl`."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where an address leads, as far as it can be followed: plain HTTP, as these services are."""

    host: str
    port: int
    path: str


def pointers_in(certificate: x509.Certificate) -> tuple[Pointer, ...]:
    """Give the addresses a certificate names, at most 20; raises whatever the library raises."""
    return tuple(dict.fromkeys((*_responders(certificate), *_lists(certificate))))[:MOST]


def _responders(certificate: x509.Certificate) -> Iterator[Pointer]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return
    for access in found:
        where = access.access_location
        if access.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            where, x509.UniformResourceIdentifier
        ):
            yield Pointer(kind="ocsp", url=where.value[:LONGEST])


def _lists(certificate: x509.Certificate) -> Iterator[Pointer]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return
    for point in points:
        for name in point.full_name or ():
            if isinstance(name, x509.UniformResourceIdentifier):
                yield Pointer(kind="crl", url=name.value[:LONGEST])


def demands_staple(certificate: x509.Certificate) -> bool:
    """Say whether a certificate demands of its server to staple (RFC 7633)."""
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in features


def way_of(url: str) -> Way | None:
    """Say where an address leads, strictly; None where it is no plain HTTP address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _USUAL_PORT
        host, path = parts.hostname or "", parts.path or "/"
        grammar.check_host("host", host)
        grammar.check_request_path("path", path)
    except (ValueError, FieldError):
        return None
    plain = parts.scheme == "http" and parts.username is None and not parts.fragment and url.isascii()
    if not plain or not url.isprintable() or " " in url:
        return None
    return Way(host=host, port=port, path=f"{path}?{parts.query}" if parts.query else path)
