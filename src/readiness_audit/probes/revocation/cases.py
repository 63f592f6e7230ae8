"""One certificate in question: who issued it, what is heard of it, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from cryptography import x509

from readiness_audit.probes.revocation.facts import Standing, Statement
from readiness_audit.probes.revocation.hold import hold, papers_in
from readiness_audit.probes.revocation.pointers import Pointer, demands_staple, pointers_in
from readiness_audit.probes.revocation.told import Subject, Told, moment
from readiness_audit.probes.tls.certificate import Loaded, facts_of, guarded, is_self_signed
from readiness_audit.probes.tls.chain import Anchors


@dataclass(slots=True, kw_only=True)
class Case:
    """One certificate in question, and everything heard of it."""

    loaded: Loaded
    subject: Subject | None
    self_signed: bool
    pointers: tuple[Pointer, ...]
    stapled: bool = False
    heard: list[tuple[str, str, Told]] = field(default_factory=list)
    """Source, place, and what was told."""

    left_out: tuple[str, ...] = ()
    """Hosts it points to that were not to be asked."""


def case_of(leaf: Loaded, others: Sequence[Loaded], anchors: Anchors) -> Case:
    """Find who issued a certificate, among what was sent with it and the authorities."""
    parsed = leaf.parsed
    subject: Subject | None = None
    self_signed = False
    pointers: tuple[Pointer, ...] = ()
    if parsed is not None:
        self_signed = bool(guarded(partial(is_self_signed, parsed), []))
        pointers = guarded(partial(pointers_in, parsed), []) or ()
        near = [other.parsed for other in others if other.parsed is not None]
        issuer = None if self_signed else _issuer(parsed, (*near, *anchors.declared, *anchors.system))
        subject = None if issuer is None else Subject(certificate=parsed, issuer=issuer)
    return Case(loaded=leaf, subject=subject, self_signed=self_signed, pointers=pointers)


def _issuer(leaf: x509.Certificate, among: Iterable[x509.Certificate]) -> x509.Certificate | None:
    def issued(by: x509.Certificate) -> bool:
        if by.subject != leaf.issuer:
            return False
        leaf.verify_directly_issued_by(by)
        return True

    return next((one for one in among if guarded(partial(issued, one), [])), None)


def take(case: Case, source: str, place: str, data: bytes, now: datetime) -> None:
    """Hold everything in `data` against a certificate."""
    papers, problem = papers_in(data)
    if problem is not None:
        case.heard.append((source, place, Told(kind=None, problem=problem)))
    for paper in papers:
        if case.subject is not None:
            case.heard.append((source, place, hold(paper, case.subject, now)))


def standing(case: Case, now: datetime) -> Standing:
    """Say what is known of a certificate: the worst that counts of what was heard."""
    read = facts_of(case.loaded, chain=0, position=0, now=now)
    counting = [(source, place, told) for source, place, told in case.heard if told.counts]
    source, place, told = min(counting, key=_worst_first, default=("", "", None))
    parsed = case.loaded.parsed
    return Standing(
        called=next(iter((*read.dns_names, *read.ip_addresses)), None) or read.subject or read.sha256,
        sha256=read.sha256,
        serial=read.serial,
        lifetime_days=read.lifetime_days,
        self_signed=case.self_signed,
        issuer_known=case.subject is not None,
        pointers=tuple(pointer.url for pointer in case.pointers),
        must_staple=parsed is not None and bool(guarded(partial(demands_staple, parsed), [])),
        stapled=case.stapled,
        status="untold" if told is None else told.says or "untold",
        revoked_at=None if told is None or told.revoked_at is None else moment(told.revoked_at),
        reason=None if told is None else told.reason,
        told_by=None if told is None else f"{source} {place}",
        problem=_problem(case) if told is None else None,
    )


def _worst_first(heard: tuple[str, str, Told]) -> int:
    return ("revoked", "unknown", "good").index(heard[2].says or "good")


def _problem(case: Case) -> str:
    if case.loaded.parsed is None:
        return f"the certificate cannot be read: {case.loaded.trouble}"
    if case.self_signed:
        return "it is its own issuer, so nobody else can revoke it"
    if case.subject is None:
        return "its issuer's certificate was neither sent nor is it among the authorities"
    if case.heard:
        source, place, told = case.heard[0]
        return f"{source} {place}: {told.problem}"
    if case.left_out:
        return f"nothing was stapled or filed; {case.left_out[0]} was not to be asked"
    return "nothing was stapled or filed, and it names nobody to ask"


def statements(number: int, case: Case) -> Iterable[Statement]:
    """Give everything that was heard of the certificate of that number."""
    return (_statement(number, *heard) for heard in case.heard)


def _statement(number: int, source: str, place: str, told: Told) -> Statement:
    return Statement(
        certificate=number,
        source=source,
        place=place,
        kind=told.kind,
        counts=told.counts,
        says=told.says,
        revoked_at=None if told.revoked_at is None else moment(told.revoked_at),
        reason=told.reason,
        this_update=None if told.this_update is None else moment(told.this_update),
        next_update=None if told.next_update is None else moment(told.next_update),
        problem=told.problem,
    )
