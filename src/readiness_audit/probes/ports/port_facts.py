"""What can be told of the TCP ports of a host, by a sweep of ours or by a scan somebody made before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptSaid:
    """What one of nmap's scripts had to say of a port."""

    script: str
    said: str
    """In one line, at most 500 characters; the whole is in the excerpt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One port of one address that was declared, or took a connection."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    number: int
    protocol: str
    """Always `tcp`."""

    state: str
    """`open`, `closed` or `filtered`, as the sweep found it."""

    declared: bool
    """Whether the system says that this port is meant to be reachable."""

    tries: int
    """How often it was asked whether it is open: a declared port that was, three times; any other, once."""

    times_open: int
    """How many of these tries found it open; fewer than `tries` means that it comes and goes."""

    usual: str | None
    """What is usually found behind this number; a habit, not an observation."""

    service: str | None = None
    """What nmap calls the service; None where nmap was not asked or has no name for it."""

    talked: bool = False
    """Whether nmap talked to it to know that; it is from a table of numbers otherwise."""

    product: str | None = None
    """What it says it is, where nmap talked to it: `OpenSSH`."""

    product_version: str | None = None
    """Of the product, in its own words: `9.2p1 Debian 2+deb12u3`."""

    scripts: tuple[ScriptSaid, ...] = ()
    """What nmap's safe scripts said, where the target asks for them."""

    seen_by_nmap: bool | None = None
    """Whether nmap found it open too; None where nmap was not asked. A contradiction is worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSeen:
    """One address of the host, as a whole."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    responded: bool
    """Whether at least one port was open or closed. Where not, the host may be down, or hidden entirely."""

    tried: int
    open: int
    closed: int
    filtered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BothVersions:
    """One port over IPv4 and over IPv6."""

    number: int
    declared: bool
    """Whether the system says that this port is meant to be reachable."""

    usual: str | None
    """What is usually found behind this number; a habit, not an observation."""

    addresses_v4: int
    """How many IPv4 addresses of the host responded."""

    open_v4: int
    """At how many of them the port took a connection."""

    addresses_v6: int
    """How many IPv6 addresses of the host responded."""

    open_v6: int
    """At how many of them the port took a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """One port that is meant to be reachable from some vantage points only."""

    number: int
    service: str
    """`management` or `database`."""

    open_from: tuple[str, ...]
    """Names of the vantage points it may be open from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a sweep that did not come to its end had settled on one address; each as ranges: `22,80-90`."""

    address: str
    open: str
    closed: str
    filtered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortsFacts:
    """What a sweep over the TCP ports of a host showed."""

    host: str
    """As declared."""

    vantage: str
    """Where the sweep was done from, seen from the host: `internet`, `office`, `management` or `local`."""

    vantage_point: str | None
    """The declared vantage point it was done from; None where the run did not say, and for a scan."""

    port_set: str
    """
    Which ports were tried: `declared` ones only, `common` ones too, or `all` there are; `part` for a sweep
    that did not come to its end.
    """

    tried: int
    """How many ports were tried, on each address; of an unfinished sweep, those settled on all of them."""

    declared: int
    """How many TCP ports are meant to be reachable from here."""

    not_tried: tuple[str, ...]
    """Declared UDP ports: a sweep of connections says nothing about them."""

    responding: int
    """How many addresses responded; never zero, since a look where none did shows nothing."""

    silent: int
    """How many addresses did not respond, were left out or not scanned: nothing is known of them."""

    left_out: tuple[str, ...]
    """Addresses of the host that the authorisation does not cover, and that nothing was sent to."""

    unscanned: tuple[str, ...]
    """
    Addresses the name stands for here that a scan which was read says nothing about, counted as silent;
    the name itself where it stands for nothing here.
    """

    open: int
    """How many ports took a connection, over all addresses."""

    addresses: tuple[AddressSeen, ...]
    ports: tuple[Port, ...]
    """Every declared or restricted port in any state, and every other port that was open."""

    restricted: tuple[Restricted, ...]
    """Ports that are declared for some vantage points only, wherever this sweep was done from."""

    finished: bool
    """Whether the sweep came to its end; where not, only what was settled is told."""

    unfinished: str | None
    """Why it did not."""

    begun_at: str | None
    """When the oldest part was settled, where the sweep went on from one that was interrupted; in UTC."""

    settled: tuple[Settled, ...]
    """For an unfinished sweep: every port that is settled, so that a later run can go on from there."""

    services_by: str | None
    """Which nmap named the services; None where none did."""

    services_note: str | None
    """Why no nmap named them."""

    both_versions: tuple[BothVersions, ...]
    """Each port that is declared or open anywhere, over IPv4 beside over IPv6."""

    scanned_by: str | None
    """What made the scan that was read from a file instead of sweeping: `nmap 7.93`. None for a sweep."""

    scanned_at: str | None
    """When the scan that was read ended, in UTC; its vantage is as declared. None for a sweep, made now."""


def both_versions(rows: Sequence[Port], seen: Sequence[AddressSeen]) -> Iterator[BothVersions]:
    """Put side by side over how many IPv4 and IPv6 addresses each port is open."""
    responded = Counter(one.version for one in seen if one.responded)
    for number in sorted({row.number for row in rows}):
        of_port = [row for row in rows if row.number == number]
        is_open = Counter(row.version for row in of_port if row.state == "open")
        yield BothVersions(
            number=number,
            declared=any(row.declared for row in of_port),
            usual=of_port[0].usual,
            addresses_v4=responded[4],
            open_v4=is_open[4],
            addresses_v6=responded[6],
            open_v6=is_open[6],
        )
