"""Take bytes that may be an OCSP response or a revocation list, and hold them against a certificate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from cryptography import x509
from cryptography.x509 import ocsp

from readiness_audit.probes.revocation.crl import read_list
from readiness_audit.probes.revocation.ocsp import LARGEST, read_response
from readiness_audit.probes.revocation.told import Doubt, Subject, Told
from readiness_audit.probes.tls.certificate import guarded

MOST_LISTS = 20
LARGEST_LIST = 10 * 2**20
_PEM = re.compile(rb"-----BEGIN X509 CRL-----[A-Za-z0-9+/=\s]{1,15000000}-----END X509 CRL-----")

Paper = x509.CertificateRevocationList | ocsp.OCSPResponse


def papers_in(data: bytes) -> tuple[Sequence[Paper], str | None]:
    """Give every OCSP response or list in `data`, DER or PEM, or say why there is none."""
    problem: list[str] = []
    if b"-----BEGIN" in data[: 2**16]:
        blocks = _PEM.findall(data)
        if len(blocks) > MOST_LISTS:
            # Any of them may be the one that names the certificate.
            return (), f"it holds more than {MOST_LISTS} lists"
        lists = [guarded(partial(x509.load_pem_x509_crl, block), problem) for block in blocks]
        found: list[Paper] = [one for one in lists if one is not None]
    elif (one := guarded(partial(x509.load_der_x509_crl, data), problem)) is not None:
        found = [one]
    elif len(data) <= LARGEST and (answer := guarded(partial(ocsp.load_der_ocsp_response, data), [])):
        found = [answer]
    else:
        found = []
    return found, None if found else "it is neither an OCSP response nor a revocation list that can be read"


def hold(paper: Paper, subject: Subject, now: datetime) -> Told:
    """Say what one paper says of a certificate; whatever is wrong with it becomes its problem."""
    listed = isinstance(paper, x509.CertificateRevocationList)
    kind = "crl" if listed else "ocsp"

    def read() -> Told:
        try:
            if isinstance(paper, x509.CertificateRevocationList):
                return read_list(paper, subject, now)
            return read_response(paper, subject, now)
        except Doubt as doubt:
            return Told(kind=kind, problem=str(doubt))

    problem: list[str] = []
    told = guarded(read, problem)
    return told or Told(kind=kind, problem=f"it cannot be read: {problem[0]}")
