"""
Say whether a chain of certificates, as it was sent, leads to an authority that is trusted.

The library's path validation decides, under our own rules for extensions: the rules of the
public web refuse many a good private authority for an extension it lacks. Where the library
refuses a kind of key or signature as such (strength is another check's question), a plain
walk along the chain (RFC 5280, section 6, without name constraints) decides, and in every
case it says in words what is wrong. Neither depends on the version of Python or OpenSSL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise

from cryptography import x509
from cryptography.x509 import verification

from readiness_audit.probes.tls.certificate import Loaded, guarded
from readiness_audit.probes.web.walk import Walk, check_authority, check_critical, check_purpose, walk

LONGEST_PATH = 10
MOST_SENT = 20
"""Certificates of one chain that are looked at; no honest chain is nearly as long."""

_STORES_KEPT = 4
_PEM_BEGIN, _PEM_END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """The authorities that may vouch for a server."""

    system: tuple[x509.Certificate, ...]
    declared: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One chain of certificates, and whether it leads to a trusted authority."""

    chain: int
    """Its number, counted from 0."""

    shown_to: tuple[str, ...]
    """Who was shown it: protocol version, and the name that was asked for."""

    sent: int
    """How many certificates were sent."""

    trusted: bool
    """Whether it leads, without fetching anything, to an authority that is trusted."""

    trusted_by: str | None
    """Who trusts that authority: `system` for this machine's store, `declared` for `trusted_cas`."""

    problem: str | None
    """Why it is not trusted, in one line."""

    remark: str | None
    """What the rules of the public web hold against a chain that is trusted all the same."""

    complete: bool
    """Whether everything between the server's certificate and an authority was sent."""

    in_order: bool
    """Whether each certificate is followed by its issuer's, as TLS up to 1.2 demands."""

    verified_at: str
    """The moment it was verified for: the start of the run, if the server's certificate is valid then."""

    other_time: bool
    """Whether that is another moment, inside the validity of a certificate that is not valid now."""


@lru_cache(_STORES_KEPT)
def authorities(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Read every certificate of a PEM text that can be read; the others can vouch for nothing."""
    # Every look of a run asks for this machine's store again, and reading it costs more than the handshakes.
    blocks = (piece.partition(_PEM_END) for piece in pem.split(_PEM_BEGIN)[1:])
    texts = (_PEM_BEGIN + body + end + b"\n" for body, end, _ in blocks if end)
    found = (guarded(partial(x509.load_pem_x509_certificate, text), []) for text in texts)
    return tuple(certificate for certificate in found if certificate is not None)


def judge_path(
    sent: Sequence[Loaded], anchors: Anchors, *, chain: int, shown_to: tuple[str, ...], now: datetime
) -> Chain:
    """Try to lead `sent`, leaf first, to one of `anchors`, at `now` or inside the leaf's validity."""
    problem: list[str] = []
    judged = guarded(lambda: _judge(sent, anchors, chain=chain, shown_to=shown_to, now=now), problem)
    if judged is not None:
        return judged
    why = sent[0].trouble or problem[0]
    return _chain(
        sent,
        Trust(problem=f"the server's certificate cannot be read: {why}"),
        chain=chain,
        shown_to=shown_to,
        at=now,
        now=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Who trusts a chain, or why nobody does."""

    by: str | None = None
    problem: str | None = None
    remark: str | None = None
    complete: bool = False


def _judge(
    sent: Sequence[Loaded], anchors: Anchors, *, chain: int, shown_to: tuple[str, ...], now: datetime
) -> Chain:
    leaf = sent[0].parsed
    if leaf is None:
        raise ValueError(sent[0].trouble)
    at = _moment_for(leaf, now)
    # One whose names are broken can be nobody's issuer, and would only break the walk.
    others = [loaded.parsed for loaded in sent[1:MOST_SENT] if loaded.parsed is not None]
    named = [other for other in others if guarded(partial(_names_of, other), []) is not None]
    trust = _trust([leaf, *named], anchors, at)
    return _chain(sent, trust, chain=chain, shown_to=shown_to, at=at, now=now)


def _chain(
    sent: Sequence[Loaded],
    trust: Trust,
    *,
    chain: int,
    shown_to: tuple[str, ...],
    at: datetime,
    now: datetime,
) -> Chain:
    return Chain(
        chain=chain,
        shown_to=shown_to,
        sent=len(sent),
        trusted=trust.by is not None,
        trusted_by=trust.by,
        problem=trust.problem,
        remark=trust.remark,
        complete=trust.complete,
        in_order=guarded(lambda: _in_order(sent), []) or False,
        verified_at=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        other_time=at != now,
    )


def _trust(readable: Sequence[x509.Certificate], anchors: Anchors, at: datetime) -> Trust:
    issuers = [certificate.issuer for certificate in readable]
    for by, store in (("system", anchors.system), ("declared", anchors.declared)):
        # A path can only end in who issued something that was sent, or in what was sent itself.
        near = [anchor for anchor in store if anchor.subject in issuers or anchor in readable]
        if not near:
            continue
        walked = _walk(readable, near, at)
        objection = _held_by_library(readable, near, at)
        if objection is None or walked.problem is None:
            return Trust(by=by, remark=objection, complete=True)
    last = _walk(readable, (*anchors.system, *anchors.declared), at)
    return Trust(problem=last.problem, complete=last.complete)


def _walk(readable: Sequence[x509.Certificate], store: Sequence[x509.Certificate], at: datetime) -> Walk:
    problem: list[str] = []
    walked = guarded(lambda: walk(readable, store, at, LONGEST_PATH), problem)
    return walked or Walk(problem=f"the chain cannot be followed: {problem[0]}", complete=False)


def _held_by_library(
    readable: Sequence[x509.Certificate], store: Sequence[x509.Certificate], at: datetime
) -> str | None:
    problem: list[str] = []

    def verify() -> None:
        policy = (
            verification.PolicyBuilder()
            .store(verification.Store(list(store)))
            .time(at)
            .max_chain_depth(LONGEST_PATH)
            .extension_policies(ca_policy=_authority_rules(), ee_policy=_server_rules())
        )
        # The client's verifier is the one that leaves names alone; they have a question of their own.
        policy.build_client_verifier().verify(readable[0], list(readable[1:]))

    guarded(verify, problem)
    return problem[0] if problem else None


def _authority_rules() -> verification.ExtensionPolicy:
    anyhow = verification.Criticality.AGNOSTIC

    def authority(
        _policy: verification.Policy, certificate: x509.Certificate, _found: x509.ExtensionType | None
    ) -> None:
        if problem := check_authority(certificate) or _problem_of_one(certificate):
            raise ValueError(problem)

    return verification.ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, anyhow, authority)


def _server_rules() -> verification.ExtensionPolicy:
    anyhow = verification.Criticality.AGNOSTIC

    def server(
        _policy: verification.Policy, certificate: x509.Certificate, _found: x509.ExtensionType | None
    ) -> None:
        if problem := _problem_of_one(certificate):
            raise ValueError(problem)

    return verification.ExtensionPolicy.permit_all().may_be_present(x509.ExtendedKeyUsage, anyhow, server)


def _problem_of_one(certificate: x509.Certificate) -> str | None:
    return check_purpose(certificate) or check_critical(certificate, understood=(x509.NameConstraints,))


def _moment_for(leaf: x509.Certificate, now: datetime) -> datetime:
    # Expiry is another check's question; an expired certificate must not hide who vouched for it.
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now < begin:
        return begin
    return max(begin, end - timedelta(seconds=1)) if now > end else now


def _in_order(sent: Sequence[Loaded]) -> bool:
    return all(
        one.parsed is not None and other.parsed is not None and one.parsed.issuer == other.parsed.subject
        for one, other in pairwise(sent)
    )


def _names_of(certificate: x509.Certificate) -> tuple[x509.Name, x509.Name]:
    return certificate.subject, certificate.issuer
