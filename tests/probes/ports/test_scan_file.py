from __future__ import annotations

import ipaddress
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.grammar import Address
from readiness_audit.model.system import Authorisation
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_ports import common_ports
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.ports.ports import PROBE
from readiness_audit.probes.probe import Seen
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from tests.doors import open_doors
from tests.looking import look_at
from tests.silence import apart

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ENDED = int((NOW - timedelta(days=3)).timestamp())
SCAN = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sT" start="1" version="7.93" xmloutputversion="1.05">
<scaninfo type="connect" protocol="tcp" numservices="5" services="22,80-82,443"/>
<host starttime="1"><status state="up" reason="user-set"/><address addr="192.0.2.5" addrtype="ipv4"/>
<hostnames><hostname name="shop.example" type="user"/><hostname name="ptr.example" type="PTR"/>
</hostnames><ports><extraports state="closed" count="2">
<extrareasons reason="reset" count="2" proto="tcp" ports="81-82"/></extraports>
<extraports state="filtered" count="1">
<extrareasons reason="no-response" count="1" proto="tcp" ports="22"/></extraports>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/><service name="http"/></port>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack"/><service name="&lt;b&gt;"/>
</port></ports></host>
<runstats><finished time="{ENDED}" timestr="" elapsed="1" exit="success"/>
<hosts up="1" down="0" total="1"/></runstats></nmaprun>
"""


def read(folder: Path, text: str | bytes, host: str = "192.0.2.5", *open_ports: str) -> Seen[PortsFacts]:
    (folder / "nmap.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    target = Host(kind="host", id="shop", host=host, open_ports=open_ports, scan="nmap.xml")
    return look_at(PROBE, target, evidence=folder, now=NOW, authorisation=nothing())


def nothing() -> Authorisation:
    """Allow looking at something else: whatever is told was read, not seen."""
    return Authorisation(
        targets=("127.0.0.250",),
        valid_from=NOW - timedelta(days=2),
        valid_until=NOW - timedelta(days=1),
        approved_by="Test, nobody's manager",
        contact="nobody",
    )


def blind_to(folder: Path, text: str | bytes, host: str = "192.0.2.5", *open_ports: str) -> CannotSee:
    with pytest.raises(CannotSee) as blind:
        read(folder, text, host, *open_ports)
    return blind.value


def test_without_its_file_nothing_is_seen(tmp_path: Path) -> None:
    target = Host(kind="host", id="shop", host="127.0.0.1", scan="nmap.xml")
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, target, evidence=tmp_path)
    assert blind.value.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("host", ["192.0.2.6", "other.example", "ptr.example", "2001:db8::5"])
def test_a_scan_of_another_host_shows_nothing(tmp_path: Path, host: str) -> None:
    assert blind_to(tmp_path, SCAN, host).reason is Reason.NOT_FOUND


def changed(old: str, new: str) -> str:
    assert old in SCAN
    return SCAN.replace(old, new)


ADDRESS = '<address addr="192.0.2.5" addrtype="ipv4"/>'
BOMB = '<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        (SCAN[:-60], Reason.UNREADABLE, "not the XML nmap writes"),
        (SCAN[: SCAN.index("<runstats>")] + "</nmaprun>", Reason.UNREADABLE, "no good end"),
        (changed('exit="success"', 'exit="error"'), Reason.UNREADABLE, "no good end"),
        (changed("<!DOCTYPE nmaprun>", BOMB), Reason.UNREADABLE, "not the XML nmap writes"),
        ("<a>" * 200_000, Reason.UNREADABLE, "not the XML nmap writes"),
        (b"\xff\xfe\x00" * 100, Reason.UNREADABLE, "not the XML nmap writes"),
        ("443/tcp open https\n", Reason.UNREADABLE, "not the XML nmap writes"),
        (" " * (8 * 2**20) + SCAN, Reason.TOO_LARGE, "larger than"),
        (changed('version="7.93"', 'version="new"'), Reason.UNREADABLE, "which nmap"),
        (changed('type="connect"', 'type="ack"'), Reason.UNREADABLE, "no scan of TCP connections"),
        (changed("<scaninfo", "<info"), Reason.UNREADABLE, "no scan of TCP connections"),
        (changed("22,80-82,443", "22,80-,443"), Reason.UNREADABLE, "list of ports"),
        (changed("22,80-82,443", "22,80-82,65536"), Reason.UNREADABLE, "list of ports"),
        (changed("22,80-82,443", "22,80-82,٤٤٣"), Reason.UNREADABLE, "list of ports"),
        (changed("22,80-82,443", "22,80-82,443,444"), Reason.UNREADABLE, "state of every port"),
        (changed('state="up"', 'state="down"'), Reason.UNREACHABLE, "was down"),
        (changed('starttime="1"', 'timedout="true"'), Reason.UNREADABLE, "gave up on this host"),
        (changed('count="2">', 'count="3">'), Reason.UNREADABLE, "contradict"),
        (changed('ports="81-82"', 'ports="80-82"'), Reason.UNREADABLE, "contradict"),
        (changed('ports="81-82"', ""), Reason.UNREADABLE, "which ports were closed and which filtered"),
        (changed('state="filtered"', 'state="unfiltered"'), Reason.UNREADABLE, "state of every port"),
        (changed('portid="80"', 'portid="443"'), Reason.UNREADABLE, "a port twice"),
        (changed('portid="80"', 'portid="many"'), Reason.UNREADABLE, "could not be read"),
        (changed(f'time="{ENDED}"', 'time="yesterday"'), Reason.UNREADABLE, "when it ended"),
        (changed(f'time="{ENDED}"', 'time="99999999999"'), Reason.FROM_THE_FUTURE, "has not come yet"),
        (changed(ADDRESS, ADDRESS * 2), Reason.NOT_FOUND, "not about 192.0.2.5"),
        (
            changed("<runstats>", SCAN[SCAN.index("<host ") : SCAN.index("<runstats>")] + "<runstats>"),
            Reason.UNREADABLE,
            "192.0.2.5 twice",
        ),
        (
            changed('<state state="open" reason="syn-ack"/>', '<state state="filtered"/>').replace(
                'state="closed"', 'state="filtered"'
            ),
            Reason.UNREACHABLE,
            "none of 5 ports",
        ),
    ],
)
def test_a_scan_that_is_not_whole_or_contradicts_itself_shows_nothing(
    tmp_path: Path, text: str | bytes, reason: Reason, detail: str
) -> None:
    blind = blind_to(tmp_path, text)
    assert (blind.reason, detail in blind.detail) == (reason, True), blind.detail


def test_a_scan_of_udp_ports_beside_tcp_ports_changes_nothing_about_these(tmp_path: Path) -> None:
    both = changed("<host ", '<scaninfo type="udp" protocol="udp" numservices="2" services="9,53"/>\n<host ')
    both = both.replace('state="closed" count="2">', 'state="closed" count="3">').replace(
        'ports="81-82"/>',
        'ports="81-82"/>\n<extrareasons reason="port-unreach" count="1" proto="udp" ports="9"/>',
    )
    both = both.replace(
        "</ports>",
        '<port protocol="udp" portid="53"><state state="open" reason="udp-response"/></port></ports>',
    )
    alone = read(tmp_path, SCAN, "192.0.2.5", "443/tcp").facts
    assert read(tmp_path, both, "192.0.2.5", "443/tcp").facts == alone


def test_a_scan_that_left_a_declared_port_out_shows_nothing(tmp_path: Path) -> None:
    blind = blind_to(tmp_path, SCAN, "192.0.2.5", "443/tcp", "8443/tcp")
    assert "8443/tcp" in blind.detail


def standing_for(patch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name stand for these, as this machine's resolver would say."""

    async def resolve(host: str) -> tuple[Address, ...]:
        return tuple(
            ipaddress.ip_address(address) for address in ([host] if host[0].isdigit() else addresses)
        )

    patch.setattr(gate, "_resolve", resolve)


def test_an_address_of_the_name_that_was_not_scanned_is_one_nothing_is_known_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_for(monkeypatch, "192.0.2.5", "192.0.2.6", "2001:db8::5")
    facts = read(tmp_path, SCAN, "shop.example", "443/tcp").facts
    assert facts.unscanned == ("192.0.2.6", "2001:db8::5")
    assert (facts.responding, facts.silent, facts.left_out) == (1, 2, ())


def test_of_a_name_that_stands_for_nothing_here_nobody_knows_whether_all_was_scanned(tmp_path: Path) -> None:
    facts = read(tmp_path, SCAN, "shop.example", "443/tcp").facts
    assert (facts.unscanned, facts.silent) == (("shop.example",), 1)


def test_a_scan_is_from_no_vantage_point_that_is_known(tmp_path: Path) -> None:
    facts = read(tmp_path, SCAN, "192.0.2.5", "443/tcp").facts
    assert (facts.vantage, facts.vantage_point, facts.finished) == ("office", None, True)


@pytest.mark.parametrize("host", ["192.0.2.5", "shop.example", "SHOP.example."])
def test_what_the_scan_says_is_told_with_its_tool_and_its_time(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_for(monkeypatch, "192.0.2.5")
    seen = read(tmp_path, SCAN, host, "443/tcp", "22/tcp", "53/udp")
    facts = seen.facts
    assert [(row.number, row.state, row.declared, row.tries, row.service) for row in facts.ports] == [
        (22, "filtered", True, 1, None),
        (80, "open", False, 1, "http"),
        (443, "open", True, 1, None),
    ]
    assert (facts.tried, facts.open, facts.responding, facts.silent) == (5, 2, 1, 0)
    assert [(one.open, one.closed, one.filtered) for one in facts.addresses] == [(2, 2, 1)]
    assert (facts.port_set, facts.not_tried) == ("declared", ("53/udp",))
    assert (seen.tool, facts.scanned_by, facts.scanned_at) == (
        "nmap 7.93",
        "nmap 7.93",
        "2027-02-26T12:00:00Z",
    )
    assert [label for label, _ in seen.excerpts] == ["nmap.xml"]


def scan_with_nmap() -> dict[str, Any]:
    with open_doors("127.0.41.1", 22, 443, 6379, 50_001):
        asked = ["nmap", "-sT", "-n", "-Pn", "-p-", "-oX", "-", "127.0.41.1"]
        done = subprocess.run(asked, capture_output=True, check=True)
        target = Host(kind="host", id="box", host="127.0.41.1", open_ports=("443/tcp", "8443/tcp"))
        swept = look_at(PROBE, target, seconds=30).facts
    return {"scan": done.stdout.decode(), "swept": [[row.number, row.state] for row in swept.ports]}


def test_a_real_scan_of_every_port_says_what_a_sweep_says(tmp_path: Path) -> None:
    told = apart(scan_with_nmap)
    (tmp_path / "nmap.xml").write_text(told["scan"])
    target = Host(
        kind="host", id="box", host="127.0.41.1", open_ports=("443/tcp", "8443/tcp"), scan="nmap.xml"
    )
    facts = look_at(PROBE, target, evidence=tmp_path).facts
    of_every_port = [[row.number, row.state] for row in facts.ports]
    assert [row for row in of_every_port if row[0] != 50_001] == told["swept"]
    assert [50_001, "open"] in of_every_port
    assert 50_001 not in common_ports()
    assert (facts.port_set, facts.tried, facts.addresses[0].closed) == ("all", 65_535, 65_531)
    assert facts.scanned_by is not None
