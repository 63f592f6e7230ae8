"""See what a directory tells strangers, and whether it takes log-ins in clear. No account is tried."""

from __future__ import annotations

from dataclasses import dataclass, replace

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.intake import HungUp
from readiness_audit.probes.network.wire import Garbled
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.deadline import Deadline
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.reach.secure import SecureStream
from readiness_audit.probes.reach.stream import Stream
from readiness_audit.probes.tls.handshakes import sni
from readiness_audit.probes.windows.ldap_messages import (
    CONFIDENTIALITY,
    HIDDEN,
    INVALID_CREDENTIALS,
    REFUSALS,
    STRONGER_AUTH,
    SUCCESS,
    Directory,
    Result,
)

NOBODY = "cn=readiness-audit-nobody"
"""A name that no account has."""

_NO_WAY = {Reason.REFUSED, Reason.OUT_OF_SCOPE, Reason.OUTSIDE_WINDOW}
"""Where TLS would be met by the same."""

_SHARE = 0.4
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapFacts:
    """What a directory showed to a stranger."""

    tls_first: bool
    """Whether a connection begins with TLS (LDAPS), so that nothing can be sent in clear."""

    start_tls: str
    """`offered` where a handshake followed StartTLS, `refused`, `unclear`, or `not-asked` under LDAPS."""

    start_tls_answer: str
    """What the directory said to it, in one line."""

    anonymous_bind: str
    """`accepted`, `refused` or `unclear`: an anonymous bind before any TLS, or under LDAPS within it."""

    anonymous_bind_answer: str
    """What the directory said to it, in one line."""

    anonymous_read: str
    """`readable` where a stranger was given an entry below the root, `refused`, or `unclear`."""

    anonymous_read_answer: str
    """What the directory said to it, in one line."""

    root_readable: bool
    """Whether the description of the directory itself (root DSE) is readable, as clients expect."""

    naming_contexts: tuple[str, ...]
    """The trees it says it holds; at most 20."""

    plain_bind: str
    """Whether a bind with a name and a password is taken in clear: `accepted`, `refused` (also under LDAPS),
    or `unclear`. No password is sent, and many directories, OpenLDAP among them, do not tell without one."""

    plain_bind_answer: str
    """What the directory said to a name that does not exist with an empty password, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """What a stranger learnt on one connection."""

    bind: Result
    root: Result
    reads: tuple[Result, ...]
    """One for each tree, up to the first that was readable."""

    contexts: tuple[str, ...]
    more_contexts: bool
    """Whether it named more trees than were asked for."""

    named: Result | None


async def look(target: Endpoint, reach: Reach) -> Seen[LdapFacts]:
    """
    Bind as nobody, read what strangers may read, and ask for TLS on a second connection.

    A server that says nothing in clear is asked again within TLS. Raises `CannotSee` where nothing
    there speaks LDAP.
    """
    budget = reach.deadline.part(reach.deadline.left() * _SHARE)
    try:
        async with await _connect(target, reach, budget) as stream:
            visit = await _visit(stream, named=True)
    except (CannotSee, Garbled) as plain:
        if isinstance(plain, CannotSee) and plain.reason in _NO_WAY:
            raise
        return await _look_within_tls(target, reach, plain)
    state, said = await _ask_for_tls(target, reach)
    return Seen(facts=_facts(visit, tls_first=False, start_tls=state, start_tls_answer=said))


async def _look_within_tls(target: Endpoint, reach: Reach, plain: CannotSee | Garbled) -> Seen[LdapFacts]:
    try:
        async with SecureStream(await _connect(target, reach, reach.deadline), sni(target.host)) as secure:
            await secure.shake_hands()
            visit = await _visit(secure, named=False)
    except Garbled as error:
        raise CannotSee(Reason.UNREADABLE, f"within TLS: {error}") from None
    except CannotSee:
        # It speaks no TLS either: what it did in clear says more.
        raise _blind(plain) from None
    facts = _facts(visit, tls_first=True, start_tls="not-asked", start_tls_answer="TLS comes first")
    if isinstance(plain, CannotSee) and plain.reason is Reason.TIMED_OUT:
        # Silence is no refusal.
        facts = replace(facts, plain_bind="unclear", plain_bind_answer=plain.detail)
    return Seen(facts=facts)


async def _connect(target: Endpoint, reach: Reach, budget: Deadline) -> Stream:
    return await reach.gate.connect(reach.look, target.host, target.port, budget)


async def _visit(conversation: Stream | SecureStream, *, named: bool) -> _Visit:
    directory = Directory(conversation)
    bind = await directory.bind()
    root = await directory.search("", ["objectClass", "namingContexts", "supportedExtension"])
    told = [name for entry in root.entries for name in entry.get("namingcontexts", ()) if name]
    contexts = tuple(told[:_MOST_NAMES])
    reads: list[Result] = []
    for context in contexts:
        reads.append(await directory.search(context, ["1.1"], below=True))
        if reads[-1].entries:
            break
    return _Visit(
        bind=bind,
        root=root,
        reads=tuple(reads),
        contexts=contexts,
        more_contexts=len(told) > len(contexts),
        named=await directory.bind(NOBODY) if named else None,
    )


async def _ask_for_tls(target: Endpoint, reach: Reach) -> tuple[str, str]:
    try:
        async with await _connect(target, reach, reach.deadline) as stream:
            result = await Directory(stream).start_tls()
            if result.code != SUCCESS:
                return "refused", result.said
            secure = SecureStream(stream, sni(target.host))
            await secure.shake_hands()
            return "offered", f"a handshake of {secure.version()}"
    except HungUp as hung_up:
        return "refused", hung_up.detail
    except Garbled as error:
        return "unclear", str(error)
    except CannotSee as blind:
        return "unclear", blind.detail


def _facts(visit: _Visit, *, tls_first: bool, start_tls: str, start_tls_answer: str) -> LdapFacts:
    plain_bind, plain_bind_answer = _plain_bind(visit)
    return LdapFacts(
        tls_first=tls_first,
        start_tls=start_tls,
        start_tls_answer=start_tls_answer,
        anonymous_bind=_bind_state(visit.bind),
        anonymous_bind_answer=visit.bind.said,
        anonymous_read=_read_state(visit),
        anonymous_read_answer=visit.reads[-1].said if visit.reads else "no tree is named",
        root_readable=bool(visit.root.entries),
        naming_contexts=visit.contexts,
        plain_bind=plain_bind,
        plain_bind_answer=plain_bind_answer,
    )


def _bind_state(bind: Result) -> str:
    if bind.code == SUCCESS:
        return "accepted"
    return "refused" if bind.code in REFUSALS else "unclear"


def _read_state(visit: _Visit) -> str:
    if not visit.reads:
        # Who is not even told the names of the trees is refused, if that itself was a refusal.
        return "refused" if visit.root.code in REFUSALS else "unclear"
    if visit.reads[-1].entries:
        return "readable"
    refused = all(read.code in REFUSALS | HIDDEN for read in visit.reads)
    return "refused" if refused and not visit.more_contexts else "unclear"


def _plain_bind(visit: _Visit) -> tuple[str, str]:
    if visit.named is None:
        return "refused", "TLS comes first"
    if visit.named.code in {STRONGER_AUTH, CONFIDENTIALITY}:
        return "refused", visit.named.said
    if visit.named.code in {SUCCESS, INVALID_CREDENTIALS}:
        return "accepted", visit.named.said
    if visit.bind.code in {STRONGER_AUTH, CONFIDENTIALITY}:
        return "refused", f"to an anonymous bind: {visit.bind.said}"
    return "unclear", visit.named.said


def _blind(plain: CannotSee | Garbled) -> CannotSee:
    return plain if isinstance(plain, CannotSee) else CannotSee(Reason.UNREADABLE, str(plain))


PROBE = Probe(
    name="ldap",
    looks_at=Endpoint,
    sees=LdapFacts,
    look=look,
    only={"protocol": ("ldap",)},
    network=True,
)
