"""Follow a chain of certificates by hand, and say in words where it breaks (RFC 5280, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from readiness_audit.probes.tls.certificate import is_self_signed, one_line

_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.CertificatePolicies,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
)
_PURPOSES = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


E = TypeVar("E", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Where a walk along a chain led."""

    problem: str | None
    """Why it did not lead to a trusted authority; None where it did."""

    complete: bool
    """Whether it came to an authority, trusted or not."""


def walk(
    sent: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: datetime, longest: int
) -> Walk:
    """
    Go from the first of `sent` to its issuer, and on, until one of `anchors` is met.

    Each step is checked at the moment `at`: signature, dates, and whether the issuer may issue.
    May raise whatever the library raises over certificates that are broken inside.
    """
    path = [sent[0]]
    while path[-1] not in anchors:
        here = path[-1]
        issuer, problem = _issuer_of(here, [*anchors, *(other for other in sent if other not in path)])
        if issuer is None:
            complete = here.subject == here.issuer
            return Walk(problem=problem or _no_issuer(here, complete=complete), complete=complete)
        path.append(issuer)
        if len(path) > longest:
            return Walk(problem=f"the chain is longer than {longest} certificates", complete=False)
    return Walk(problem=_problem_along(path, at), complete=True)


def check_authority(certificate: x509.Certificate) -> str | None:
    """Say why a certificate may not sign others; None where it may."""
    if certificate.version is x509.Version.v1 and certificate.subject == certificate.issuer:
        return None
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return f"{_title(certificate)} is not marked as an authority (basic constraints)"
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return f"the key of {_title(certificate)} may not sign certificates (key usage)"
    return None


def check_purpose(certificate: x509.Certificate) -> str | None:
    """Say why a certificate may not stand for a server; None where it may."""
    purposes = _extension(certificate, x509.ExtendedKeyUsage)
    if purposes is not None and not _PURPOSES & set(purposes):
        return f"{_title(certificate)} is not meant for servers (extended key usage)"
    return None


def check_critical(
    certificate: x509.Certificate, understood: tuple[type[x509.ExtensionType], ...] = ()
) -> str | None:
    """Say which critical extension is neither understood here nor among `understood`; None where none is."""
    for extension in certificate.extensions:
        if extension.critical and not isinstance(extension.value, (*_UNDERSTOOD, *understood)):
            oid = extension.oid.dotted_string
            return f"{_title(certificate)} has a critical extension that is not understood ({oid})"
    return None


def _problem_along(path: Sequence[x509.Certificate], at: datetime) -> str | None:
    for below, certificate in enumerate(path):
        is_anchor = certificate is path[-1]
        problem = _problem_with(certificate, at, is_anchor=is_anchor and len(path) > 1)
        if problem is None and below > 0:
            problem = check_authority(certificate) or _too_deep(certificate, path[1:below])
        if problem is not None:
            return problem
    return None


def _problem_with(certificate: x509.Certificate, at: datetime, *, is_anchor: bool) -> str | None:
    if at < certificate.not_valid_before_utc:
        return f"{_title(certificate)} is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    if at > certificate.not_valid_after_utc:
        return f"{_title(certificate)} expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if _extension(certificate, x509.NameConstraints) is not None:
        return (
            f"{_title(certificate)} may vouch for some names only, and these are not found to be among them"
        )
    return check_critical(certificate) or (None if is_anchor else check_purpose(certificate))


def _too_deep(certificate: x509.Certificate, between: Sequence[x509.Certificate]) -> str | None:
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or constraints.path_length is None:
        return None
    below = sum(other.subject != other.issuer for other in between)
    if below <= constraints.path_length:
        return None
    return f"more authorities stand below {_title(certificate)} than its path length allows"


def _issuer_of(
    certificate: x509.Certificate, candidates: Sequence[x509.Certificate]
) -> tuple[x509.Certificate | None, str | None]:
    problem = None
    for candidate in candidates:
        if candidate.subject != certificate.issuer or candidate == certificate:
            continue
        try:
            certificate.verify_directly_issued_by(candidate)
        except InvalidSignature:
            problem = f"{_title(certificate)} is not signed by the key of {_title(candidate)}"
        except Exception as error:  # noqa: BLE001 - which exception means "too old to check" is not written down
            name = certificate.signature_algorithm_oid._name  # noqa: SLF001 - it has no public name
            problem = f"the signature of {_title(certificate)} ({name}) cannot be checked: {error}"
        else:
            return candidate, None
    return None, problem


def _no_issuer(certificate: x509.Certificate, *, complete: bool) -> str:
    if not complete:
        return (
            f"the certificate of {one_line(certificate.issuer)!r}, which signed {_title(certificate)}, "
            "was not sent and is not among the trusted ones"
        )
    if is_self_signed(certificate):
        return f"{_title(certificate)} signed itself and is not among the trusted ones"
    return f"{_title(certificate)} claims to have signed itself, but has not"


def _title(certificate: x509.Certificate) -> str:
    return repr(one_line(certificate.subject) or "a certificate without a subject")


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
