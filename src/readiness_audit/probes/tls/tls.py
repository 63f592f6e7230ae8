"""See which TLS versions a server accepts, which certificates it shows, and who vouches for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.anchors import machine_anchors
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.tls.certificate import Certificate, Loaded, facts_of, guarded, load
from readiness_audit.probes.tls.chain import MOST_SENT, Anchors, Chain, authorities, judge_path
from readiness_audit.probes.tls.handshakes import Asked, Round, Sighting, ask_round, asked_names
from readiness_audit.probes.tls.names import matching, san_of

MOST_NAMES = 50
"""Names of one endpoint; each is asked for on a connection of its own."""

_LARGEST_CAS = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsVersion:
    """One protocol version, and what the server made of an offer of it alone."""

    name: str
    """`SSLv2`, `SSLv3`, `TLSv1.0`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`."""

    code: int
    """Its number in the protocol, higher for newer ones: 2, 768 (SSLv3), 769 to 772."""

    state: str
    """`accepted`, `refused`, or `unclear` where the server kept silent or spoke something else."""

    answer: str
    """What the server answered: the suite it chose, the alert it sent, or what else became of the offer."""

    offers: int
    """How many offers were made: 2 where the first answer was neither a yes nor a clear no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """One name the service is called by, and one chain of certificates that was shown to who asked for it."""

    name: str
    """As declared; the host, where no names are declared."""

    seen: bool
    """Whether a certificate was shown to who asked for this name."""

    chain: int | None
    """The chain that was shown; None where none was."""

    matches: bool
    """Whether the certificate is for this name (RFC 9525; its common name does not count)."""

    matched_by: str | None
    """The entry of the certificate that stands for it."""

    wildcard: bool
    """Whether that entry is a wildcard."""

    problem: str | None
    """Why it does not match, or why no certificate was seen, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What a server showed of its TLS."""

    endpoint: str
    """The id of the endpoint in the system file, for those who hold other lists beside these facts."""

    host: str
    """Name or address it was connected to by, as declared."""

    port: int

    starttls: str | None
    """The protocol that asked for TLS on each connection, such as `smtp`; None where TLS came at once."""

    versions: tuple[TlsVersion, ...]
    """Every protocol version, oldest first."""

    unclear: int
    """How many versions are neither accepted nor refused, so that nothing can be said of them."""

    accepts_13: bool
    """Whether TLS 1.3 is accepted."""

    chains_seen: int
    """How many different chains of certificates were shown, over all versions and names; 0 where none was."""

    chains: tuple[Chain, ...]
    """Each of them, in the order they were first seen."""

    certificates: tuple[Certificate, ...]
    """The certificates of all chains, leaf first, chain by chain; at most 20 of each."""

    names: tuple[NameMatch, ...]
    """Each name with each chain that was shown to it; at least one entry for each name."""

    unseen: tuple[str, ...]
    """Where no certificate could be seen: version or name, and why, one line each."""

    system_anchors: int
    """How many authorities the store of the looking machine holds; 0 means it can vouch for nobody."""

    declared_anchors: int
    """How many authorities `trusted_cas` names."""


async def look(target: Endpoint, reach: Reach) -> Seen[TlsFacts]:
    """
    Offer each version alone, shake hands for each name, and read what was shown.

    Raises `CannotSee` where nothing there speaks TLS, or no version is accepted.
    """
    if len(asked_names(target)) > MOST_NAMES:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_NAMES} names are declared for one endpoint")
    anchors = anchors_of(target, reach)
    heard = await ask_round(target, reach)
    ders = tuple(dict.fromkeys(sighting.chain for sighting in heard.sightings if sighting.chain))
    loaded = {chain: tuple(load(der) for der in chain) for chain in ders}
    certificates = tuple(
        facts_of(one, chain=number, position=position, now=reach.started)
        for number, chain in enumerate(ders)
        for position, one in enumerate(loaded[chain][:MOST_SENT])
    )
    facts = TlsFacts(
        endpoint=target.id,
        host=target.host,
        port=target.port,
        starttls=target.starttls,
        versions=tuple(_version(asked) for asked in heard.versions),
        unclear=sum(asked.answer.state == "unclear" for asked in heard.versions),
        accepts_13=heard.versions[-1].answer.state == "accepted",
        chains_seen=len(ders),
        chains=tuple(
            judge_path(
                loaded[chain],
                anchors,
                chain=number,
                shown_to=_shown_to(chain, heard.sightings),
                now=reach.started,
            )
            for number, chain in enumerate(ders)
        ),
        certificates=certificates,
        names=tuple(_names(asked_names(target), heard, ders, loaded)),
        unseen=tuple(
            f"{sighting.version or 'handshake'} for {sighting.name}: {sighting.trouble}"
            for sighting in heard.sightings
            if sighting.trouble is not None
        ),
        system_anchors=len(anchors.system),
        declared_anchors=len(anchors.declared),
    )
    excerpts = {
        one.sha256: (f"certificate {number}.{position}", one.der)
        for number, chain in enumerate(ders)
        for position, one in enumerate(loaded[chain][:MOST_SENT])
    }
    return Seen(facts=facts, excerpts=tuple(excerpts.values()))


def anchors_of(target: Endpoint, reach: Reach) -> Anchors:
    """Give who may vouch for an endpoint; raises `CannotSee` where its own authorities cannot be read."""
    declared = b""
    if target.trusted_cas is not None:
        declared = reach.evidence.read(target.trusted_cas, _LARGEST_CAS).data
        if not authorities(declared):
            raise CannotSee(Reason.UNREADABLE, f"{target.trusted_cas}: holds no certificate that can be read")
    return Anchors(system=authorities(machine_anchors()), declared=authorities(declared))


def _version(asked: Asked) -> TlsVersion:
    return TlsVersion(
        name=asked.version.title,
        code=int(asked.version),
        state=str(asked.answer.state),
        answer=asked.answer.said,
        offers=asked.tries,
    )


def _shown_to(chain: tuple[bytes, ...], sightings: Iterable[Sighting]) -> tuple[str, ...]:
    shown = (f"{sighting.version} {sighting.name}" for sighting in sightings if sighting.chain == chain)
    return tuple(dict.fromkeys(shown))


def _names(
    names: Sequence[str],
    heard: Round,
    ders: Sequence[tuple[bytes, ...]],
    loaded: Mapping[tuple[bytes, ...], Sequence[Loaded]],
) -> Iterable[NameMatch]:
    for name in names:
        sightings = [sighting for sighting in heard.sightings if sighting.name == name]
        shown = dict.fromkeys(sighting.chain for sighting in sightings if sighting.chain)
        if not shown:
            why = next((sighting.trouble for sighting in sightings if sighting.trouble), None)
            yield _match(name, chain=None, by=None, problem=why or "no certificate was shown")
        for chain in shown:
            by, problem = _held_against(name, loaded[chain][0])
            yield _match(name, chain=ders.index(chain), by=by, problem=problem)


def _held_against(name: str, leaf: Loaded) -> tuple[str | None, str | None]:
    parsed = leaf.parsed
    if parsed is None:
        return None, f"the certificate cannot be read: {leaf.trouble}"
    problem: list[str] = []
    san = guarded(lambda: san_of(parsed), problem)
    if san is None:
        return None, f"the names in the certificate cannot be read: {problem[0]}"
    by = matching(name, san)
    if by is not None:
        return by, None
    count = len(san.dns) + len(san.addresses)
    return None, f"none of the {count} names in the certificate is this one"


def _match(name: str, *, chain: int | None, by: str | None, problem: str | None) -> NameMatch:
    return NameMatch(
        name=name,
        seen=chain is not None,
        chain=chain,
        matches=by is not None,
        matched_by=by,
        wildcard=by is not None and by.startswith("*"),
        problem=problem,
    )


PROBE = Probe(
    name="tls",
    looks_at=Endpoint,
    sees=TlsFacts,
    look=look,
    only={"protocol": ("https", "tls")},
    network=True,
)
