"""See what a domain's records say about its mail: SPF, DKIM, DMARC, MTA-STS, TLS-RPT, TLSA."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Domain
from readiness_audit.probes.naming.asking import Resolvers, Told
from readiness_audit.probes.naming.sender import DkimKey, Dmarc, read_dmarc, read_key
from readiness_audit.probes.naming.spf import Spf, read_spf
from readiness_audit.probes.naming.sts_policy import StsPolicy, fetch_policy
from readiness_audit.probes.naming.tags import one_text, tags_of
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

MOST_EXCHANGES = 20
MOST_SELECTORS = 20
_USAGES = {"2", "3"}
_SELECTORS = {"0", "1"}
_DIGITS_OF = {"1": 64, "2": 128}
"""Hexadecimal digits of a hash, by matching type: SHA-256 and SHA-512 (RFC 6698, section 2.1.3)."""

_STS_ID = re.compile("[A-Za-z0-9]{1,32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A server that takes mail for the domain, as its MX record says; nobody connected to it."""

    host: str
    tlsa_state: str
    """Whether there are TLSA records for port 25: `found`, `absent`, `differs` or `not-seen`."""

    tlsa: int
    """How many TLSA records DANE for SMTP can use: usage 2 or 3, with a whole hash (RFC 7672)."""

    tlsa_authentic: bool
    """Whether the declared validating resolver says that it validated them; else they protect nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What the records of a domain say about its mail."""

    name: str
    telling: int
    """How many resolvers answered at least one question."""

    spf: Spf
    dkim: tuple[DkimKey, ...]
    """One for each declared selector."""

    dkim_declared: int
    dmarc: Dmarc
    mx_state: str
    """`found`; `absent`; `null`: the domain says that it takes no mail (RFC 7505); `differs`; `not-seen`."""

    exchanges: tuple[Exchange, ...]
    mta_sts_state: str
    """Whether there is an MTA-STS record: `found`, `absent`, `several`, `broken`, `differs` or `not-seen`."""

    mta_sts_id: str | None
    mta_sts_policy: StsPolicy
    """What its policy says, as the declared web server hands it out."""

    tls_reports_state: str
    """Whether there is a TLS-RPT record (RFC 8460): `found`, `absent`, `several`, `broken`, ..."""

    tls_reports: tuple[str, ...]
    """Where reports on failed encryption are sent to."""


async def look(target: Domain, reach: Reach) -> Seen[MailFacts]:
    """
    Ask every declared resolver for the records about mail, and read them.

    Raises `CannotSee` where no resolver answers at all.
    """
    if len(target.dkim_selectors) > MOST_SELECTORS:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_SELECTORS} selectors are declared")
    name = target.name.lower().removesuffix(".")
    async with Resolvers(target.resolvers, reach) as resolvers:
        mx = await resolvers.ask(name, "MX")
        if not any(one.answered for one in resolvers.each):
            raise CannotSee(Reason.TIMED_OUT, f"no resolver answers: {resolvers.each[0].trouble}")
        spf = await read_spf(resolvers, name)
        dkim = await asyncio.gather(
            *(read_key(resolvers, name, selector.lower()) for selector in target.dkim_selectors)
        )
        dmarc = await read_dmarc(resolvers, name)
        hosts = sorted({value.partition(" ")[2] for value in mx.values} - {"."})[:MOST_EXCHANGES]
        exchanges = await asyncio.gather(*(_exchange(resolvers, target, host) for host in hosts))
        sts_state, sts = await _tags(resolvers, f"_mta-sts.{name}", "STSv1", "id")
        if sts is not None and not _STS_ID.fullmatch(sts):
            sts_state, sts = "broken", None
        reports_state, reports = await _tags(resolvers, f"_smtp._tls.{name}", "TLSRPTv1", "rua")
        policy = await fetch_policy(target, reach, hosts)
        telling = sum(one.answered > 0 for one in resolvers.each)
    facts = MailFacts(
        name=name,
        telling=telling,
        spf=spf,
        dkim=tuple(dkim),
        dkim_declared=len(target.dkim_selectors),
        dmarc=dmarc,
        mx_state=_mx_state(mx),
        exchanges=tuple(exchanges),
        mta_sts_state=sts_state,
        mta_sts_id=sts,
        mta_sts_policy=policy,
        tls_reports_state=reports_state,
        tls_reports=tuple(uri.strip()[:300] for uri in (reports or "").split(",")[:20] if uri.strip()),
    )
    texts = (("SPF", spf.text), ("MX", "\n".join(mx.values)))
    return Seen(facts=facts, excerpts=tuple((label, text.encode()) for label, text in texts if text))


def _mx_state(mx: Told) -> str:
    if mx.state in {"differs", "not-seen"}:
        return mx.state
    if not mx.values:
        return "absent"
    return "null" if all(value.endswith(" .") for value in mx.values) else "found"


async def _exchange(resolvers: Resolvers, target: Domain, host: str) -> Exchange:
    told = await resolvers.ask(f"_25._tcp.{host}", "TLSA")
    state = told.state if told.state in {"found", "differs", "not-seen"} else "absent"
    pairs = zip(resolvers.each, told.answers, strict=True)
    return Exchange(
        host=host,
        tlsa_state=state,
        tlsa=sum(map(is_usable, told.values)) if state == "found" else 0,
        tlsa_authentic=state == "found"
        and any(answer.authentic for one, answer in pairs if one.text == target.validating_resolver),
    )


def is_usable(record: str) -> bool:
    """Say whether a TLSA record, as text, is one that DANE for SMTP goes by (RFC 7672, section 3.1)."""
    usage, selector, kind, digits = [*record.split(None, 3), "", "", "", ""][:4]
    digits = "".join(digits.split())
    long_enough = len(digits) == _DIGITS_OF[kind] if kind in _DIGITS_OF else kind == "0" and bool(digits)
    return usage in _USAGES and selector in _SELECTORS and long_enough


async def _tags(resolvers: Resolvers, name: str, version: str, wanted: str) -> tuple[str, str | None]:
    found = await one_text(resolvers, name, version)
    if found.text is None:
        return found.state, None
    value = (tags_of(found.text) or {}).get(wanted)
    return ("found", value[:1000]) if value else ("broken", None)


PROBE = Probe(name="maildomain", looks_at=Domain, sees=MailFacts, look=look, network=True)
