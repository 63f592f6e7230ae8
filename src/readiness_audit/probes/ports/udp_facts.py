"""What can be told of the UDP ports of a host, by nmap now or by a scan somebody made before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpPort:
    """One UDP port of one address."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    number: int
    state: str
    """
    As nmap says it: `open`, where it answered; `closed`, where the host said that nobody listens there;
    `filtered`, where something else refused it; `open|filtered`, where nothing came back, which a service
    that keeps silent looks like, and a firewall too.
    """

    reason: str | None
    """What nmap has that from: `udp-response`, `port-unreach`, `admin-prohibited`, `no-response`."""

    declared: bool
    """Whether the system says that this port is meant to be reachable."""

    usual: str | None
    """What is usually found behind this number; a habit, not an observation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpAddressTried:
    """One address of the host, as a whole."""

    address: str
    version: int
    """Of the Internet Protocol: 4 or 6."""

    responded: bool
    """Whether it showed itself: by a UDP port that was open or closed, or by a TCP port that was."""

    open: int
    closed: int
    filtered: int
    unanswered: int
    """How many UDP ports were `open|filtered`."""

    unanswered_undeclared: int
    """How many of these are not declared. Where others were refused, they stand out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpPortsFacts:
    """What became of each UDP port of a host that was tried."""

    host: str
    """As declared."""

    vantage: str
    """Where it was done from, seen from the host: `internet`, `office`, `management` or `local`."""

    vantage_point: str | None
    """The declared vantage point it was done from; None where the run did not say, and for a scan."""

    port_set: str
    """`common` where all the ports we try were; `part` for a scan from a file that tried fewer."""

    tried: int
    """How many ports were tried, on each address."""

    declared: int
    """How many UDP ports are meant to be reachable."""

    responding: int
    """How many addresses showed themselves."""

    silent: int
    """How many addresses did not, were left out, or could not be scanned: nothing is known of them."""

    left_out: tuple[str, ...]
    """Addresses of the host that the authorisation does not cover, and that nothing was sent to."""

    unscanned: tuple[str, ...]
    """Addresses of the host that were not scanned, each with what kept from it where that is known."""

    open: int
    """How many ports answered, over all addresses."""

    addresses: tuple[UdpAddressTried, ...]
    ports: tuple[UdpPort, ...]
    """Every port that was tried, on every address; of over 2,000, not the closed ones nobody declared."""

    standing_out: tuple[str, ...]
    """Undeclared ports that kept silent at an address which refused others: `514/udp 192.0.2.5 (syslog)`."""

    scanned_by: str
    """What tried them: `nmap 7.93`."""

    scanned_at: str | None
    """When the scan that was read from a file ended, in UTC. None for one made now."""
