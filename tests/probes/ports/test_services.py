from __future__ import annotations

import ipaddress
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from readiness_audit.model.grammar import Address
from readiness_audit.model.host import PortSet
from readiness_audit.model.system import Authorisation
from readiness_audit.model.target import Host
from readiness_audit.probes.ports.common_ports import common_ports
from readiness_audit.probes.ports.port_facts import PortsFacts
from readiness_audit.probes.ports.ports import PROBE
from readiness_audit.probes.reach import gate
from readiness_audit.probes.reach.blind import CannotSee
from tests.doors import open_doors
from tests.looking import look_at
from tests.servers.pretend_nmap import BOMB, pretend_nmap, saying

FIRST_WORDS = '<?xml version="1.0" encoding="UTF-8"?>\n'
WHOLE = FIRST_WORDS + (
    "<!DOCTYPE nmaprun>\n"
    '<nmaprun scanner="nmap" args="nmap" start="1" version="7.93" xmloutputversion="1.05">'
    '<host><status state="up" reason="user-set"/><address addr="{address}" addrtype="ipv4"/>'
    '<ports><port protocol="tcp" portid="{port}"><state state="open" reason="syn-ack"/>'
    '<service name="{name}" method="table" conf="3"/></port></ports></host>'
    '<runstats><finished time="2" timestr="" elapsed="0.1" exit="{end}"/>'
    '<hosts up="1" down="0" total="1"/></runstats></nmaprun>\n'
)


def host(address: str, *open_ports: str, ports: PortSet = PortSet.DECLARED) -> Host:
    return Host(kind="host", id="shop", host=address, open_ports=open_ports, ports=ports)


def seen(target: Host, *, seconds: float = 30.0, authorisation: Authorisation | None = None) -> PortsFacts:
    return look_at(PROBE, target, seconds=seconds, authorisation=authorisation).facts


def blind_to(target: Host) -> CannotSee:
    with pytest.raises(CannotSee) as blind:
        seen(target)
    return blind.value


def states(facts: PortsFacts) -> list[tuple[int, str, bool, int, int]]:
    return [(row.number, row.state, row.declared, row.tries, row.times_open) for row in facts.ports]


def test_open_closed_and_service_names_are_what_nmap_says_itself() -> None:
    tried = sorted(common_ports())
    with open_doors("127.0.40.8", 22, 80, 443, 3306, 5432, 8080, 27017):
        facts = seen(host("127.0.40.8", ports=PortSet.COMMON))
        truth, closed = asked_nmap("127.0.40.8", tried)
    assert {row.number: (row.state, row.service) for row in facts.ports} == truth
    assert facts.addresses[0].closed == closed
    assert all(row.seen_by_nmap for row in facts.ports)
    version = subprocess.run(["nmap", "--version"], capture_output=True, text=True, check=True).stdout
    assert facts.services_by == f"nmap {version.split()[2]}"


def asked_nmap(address: str, ports: Sequence[int]) -> tuple[dict[int, tuple[str | None, str | None]], int]:
    """Ask nmap, and read its XML without our reader: state and name by port, and how many more are closed."""
    words = ["nmap", "-sT", "-n", "-Pn", "-oX", "-", "-p", ",".join(map(str, ports)), address]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    root = fromstring(done.stdout)
    told = {
        int(row.get("portid", "")): (
            next((state.get("state") for state in row.iter("state")), None),
            next((service.get("name") for service in row.iter("service")), None),
        )
        for row in root.iter("port")
    }
    return told, sum(int(more.get("count", "")) for more in root.iter("extraports"))


def answer(address: str = "127.0.40.9", port: int = 443, name: str = "https", end: str = "success") -> str:
    return WHOLE.format(address=address, port=port, name=name, end=end)


def test_without_nmap_the_sweep_stands_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_doors("127.0.40.9", 443):
        facts = seen(host("127.0.40.9", "443/tcp"))
    assert states(facts) == [(443, "open", True, 3, 3)]
    assert (facts.services_by, facts.services_note) == (None, "the program nmap is not installed")
    assert (facts.ports[0].service, facts.ports[0].seen_by_nmap) == (None, None)


def test_without_its_reader_nmap_is_not_started(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_nmap(bin_folder, f"open({str(bin_folder / 'started')!r}, 'w')")
    monkeypatch.setitem(sys.modules, "nmap", None)
    with open_doors("127.0.40.9", 443):
        facts = seen(host("127.0.40.9", "443/tcp"))
    assert facts.services_by is None
    assert "python-nmap is not installed" in (facts.services_note or "")
    assert not (bin_folder / "started").exists()


def test_nmap_is_given_one_literal_address_and_the_open_ports_alone(
    bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(_host: str) -> tuple[Address, ...]:
        return (ipaddress.ip_address("127.0.40.9"),)

    monkeypatch.setattr(gate, "_resolve", resolve)
    note = bin_folder / "asked"
    pretend_nmap(bin_folder, f"open({str(note)!r}, 'w').write(repr(sys.argv[1:]))\n{saying(answer())}")
    with open_doors("127.0.40.9", 443):
        facts = seen(host("localhost", "443-445/tcp"))
    asked = note.read_text()
    assert asked.endswith("'-oX', '-', '-p', '443', '--', '127.0.40.9']")
    assert asked.startswith("['-sT', '-n', '-Pn', ")
    assert facts.services_by == "nmap 7.93"
    assert [row.service for row in facts.ports] == ["https", None, None]


def test_nmap_contradicting_the_sweep_is_shown(bin_folder: Path) -> None:
    pretend_nmap(bin_folder, saying(answer().replace('state="open"', 'state="closed"')))
    with open_doors("127.0.40.9", 443):
        (row,) = seen(host("127.0.40.9", "443/tcp")).ports
    assert (row.state, row.seen_by_nmap) == ("open", False)


@pytest.mark.parametrize(
    ("behaviour", "note"),
    [
        ("os.kill(os.getpid(), 11)", "signal 11"),
        ("sys.exit(3)", "nmap failed: exit status 3"),
        ("sys.stderr.write('\\x1b[31mno route\\n'); sys.exit(1)", "no route"),
        ("pass", "not the XML nmap writes"),
        (saying("Starting Nmap 7.93\n443/tcp open https\n"), "not the XML nmap writes"),
        ("sys.stdout.buffer.write(bytes(range(256)) * 100)", "not the XML nmap writes"),
        ("while True: sys.stdout.write('<' * 100000)", "said more than"),
        (saying("<a>" * 200_000), "not the XML nmap writes"),
        (saying(answer()[:-60]), "not the XML nmap writes"),
        (saying(answer(end="error")), "no good end"),
        (saying(answer().replace("finished", "started")), "no good end"),
        (saying(answer().replace("nmaprun", "masscan")), "not the XML nmap writes"),
        (saying(answer().replace("<!DOCTYPE nmaprun>", BOMB)), "not the XML nmap writes"),
        (saying(answer().replace("<!DOCTYPE nmaprun>", "<!DOCTYPE nmaprun>" * 2)), "not the XML nmap writes"),
        (saying(answer().replace('version="7.93"', 'version="&#x1b;[31m"')), "not the XML nmap writes"),
        (saying(answer().replace('version="7.93"', 'version="new"')), "does not say which nmap"),
        (saying(answer(address="127.0.40.10")), "not about 127.0.40.9"),
        (
            saying(answer().replace("<host>", "<host><!--").replace("</host>", "--></host>")),
            "could not be read",
        ),
        (saying(answer().replace("<host>", "<x>").replace("</host>", "</x>")), "not about 127.0.40.9"),
        (saying(answer(port=444)), "not about the ports"),
        (saying(answer().replace('portid="443"', 'portid="many"')), "could not be read"),
        (saying(answer().replace("<hosts", "<guests")), "could not be read"),
    ],
)
def test_an_nmap_that_fails_or_lies_names_nothing_and_says_why(
    bin_folder: Path, behaviour: str, note: str
) -> None:
    pretend_nmap(bin_folder, behaviour)
    with open_doors("127.0.40.9", 443):
        facts = seen(host("127.0.40.9", "443/tcp"))
    assert states(facts) == [(443, "open", True, 3, 3)]
    assert facts.services_by is None
    assert note in (facts.services_note or "")
    assert (facts.services_note or "").isprintable()
    assert (facts.ports[0].service, facts.ports[0].seen_by_nmap) == (None, None)


def test_an_nmap_that_hangs_costs_at_most_half_of_what_is_left(bin_folder: Path) -> None:
    pretend_nmap(bin_folder, "time.sleep(60)")
    began = time.monotonic()
    with open_doors("127.0.40.9", 443):
        facts = seen(host("127.0.40.9", "443/tcp"), seconds=2.0)
    assert time.monotonic() - began < 2
    assert facts.services_by is None
    assert "did not finish within" in (facts.services_note or "")
    assert facts.open == 1


@pytest.mark.parametrize("name", ["<script>", "x" * 100, "&#8238;evil", "a b", ""])
def test_a_service_name_that_is_no_name_is_left_out(bin_folder: Path, name: str) -> None:
    pretend_nmap(bin_folder, saying(answer(name=name.replace("<", "&lt;"))))
    with open_doors("127.0.40.9", 443):
        facts = seen(host("127.0.40.9", "443/tcp"))
    assert facts.services_by == "nmap 7.93"
    assert (facts.ports[0].service, facts.ports[0].seen_by_nmap) == (None, True)
