"""
Read a revocation list about one certificate (RFC 5280, section 5 and 6.3).

A list that is only about some certificates, such as one part of a list that was split up, counts for
a certificate that names the same part. Lists of changes and lists of other authorities' certificates
say nothing by themselves.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from readiness_audit.probes.revocation.told import Doubt, Subject, Told, check_hash, dated, reason_of


def read_list(found: x509.CertificateRevocationList, subject: Subject, now: datetime) -> Told:
    """
    Say what a list says of a certificate, and whether it counts at `now`.

    Raises `Doubt` where it says nothing of it, and whatever the library raises.
    """
    if found.issuer != subject.issuer.subject:
        raise Doubt("it is the list of another authority")
    check_hash(found.signature_hash_algorithm)
    if not _may_sign(subject.issuer):
        raise Doubt("the certificate's issuer may not sign lists")
    if not found.is_signature_valid(subject.issuer.public_key()):  # type: ignore[arg-type]  # raises TypeError for keys that cannot sign
        raise Doubt("its signature is not that of the certificate's issuer")
    for extension in found.extensions:
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _check_part(extension.value, subject.certificate)
        elif isinstance(extension.value, x509.DeltaCRLIndicator):
            raise Doubt("it lists only what has changed")
        elif extension.critical:
            raise Doubt("it has a critical extension, so it may not mean what it seems to say")
    entry = found.get_revoked_certificate_by_serial_number(subject.certificate.serial_number)
    reason = None if entry is None else _reason(entry)
    told = Told(
        kind="crl",
        says="good" if entry is None else "revoked",
        revoked_at=None if entry is None else entry.revocation_date_utc,
        reason=reason,
        this_update=found.last_update_utc,
        next_update=found.next_update_utc,
    )
    return dated(told, now)


def _may_sign(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _check_part(part: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> None:
    if part.indirect_crl or part.only_contains_attribute_certs or part.only_some_reasons is not None:
        raise Doubt("it lists certificates of other authorities, or revocations for some reasons only")
    if part.only_contains_ca_certs:
        raise Doubt("it lists only authorities")
    if part.only_contains_user_certs and _is_authority(certificate):
        raise Doubt("it lists no authorities, and the certificate is that of one")
    if part.relative_name is not None:
        raise Doubt("it is one part of a list, and does not say which")
    if part.full_name is not None and not set(part.full_name) & _named_parts(certificate):
        raise Doubt("it is one part of a list, and not the one this certificate names")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _named_parts(certificate: x509.Certificate) -> set[x509.GeneralName]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return set()
    return {name for point in points for name in point.full_name or ()}


def _reason(entry: x509.RevokedCertificate) -> str | None:
    try:
        return reason_of(entry.extensions.get_extension_for_class(x509.CRLReason).value.reason)
    except x509.ExtensionNotFound:
        return None
