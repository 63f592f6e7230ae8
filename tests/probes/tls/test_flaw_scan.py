import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import Folder
from readiness_audit.probes.tls.flaw_facts import FlawsFacts
from readiness_audit.probes.tls.flaw_scan import FlawScan, read_flaw_scan
from readiness_audit.probes.tls.tls_flaws import PROBE
from tests.looking import look_at
from tests.servers.certificates import authority, make, names
from tests.servers.choosing_tls import Manner, choosing
from tests.servers.listener import listening

NOW = datetime(2026, 11, 24, tzinfo=UTC)
RSA_PSK = 0x0094


def sslyze() -> dict[str, Any]:
    """What sslyze 6.3.1 wrote about an `openssl s_server`, without what nobody asked it for."""
    done = {"status": "COMPLETED", "error_reason": None, "error_trace": None}
    return {
        "invalid_server_strings": [],
        "date_scans_started": "2026-11-23T13:46:38.766087Z",
        "date_scans_completed": "2026-11-23T13:46:39.476250Z",
        "sslyze_version": "6.3.1",
        "server_scan_results": [
            {
                "server_location": {
                    "hostname": "127.0.0.1",
                    "port": 42133,
                    "connection_type": "DIRECT",
                    "ip_address": "127.0.0.1",
                    "http_proxy_settings": None,
                },
                "connectivity_status": "COMPLETED",
                "scan_status": "COMPLETED",
                "scan_result": {
                    "tls_compression": {**done, "result": {"supports_compression": False}},
                    "openssl_ccs_injection": {**done, "result": {"is_vulnerable_to_ccs_injection": False}},
                    "heartbleed": {**done, "result": {"is_vulnerable_to_heartbleed": False}},
                    "robot": {**done, "result": {"robot_result": "NOT_VULNERABLE_NO_ORACLE"}},
                    "ssl_2_0_cipher_suites": {"status": "NOT_SCHEDULED", "result": None},
                },
            }
        ],
    }


def testssl() -> dict[str, Any]:
    """What testssl.sh 3.0.8 wrote about the same, without what is not about flaws."""
    return {
        "Invocation": "testssl --warnings off -U --color 0 --jsonfile-pretty scan.json 127.0.0.1:42133",
        "version": "3.0.8  from ",
        "startTime": "1795441690",
        "scanResult": [
            {
                "targetHost": "127.0.0.1",
                "ip": "127.0.0.1",
                "port": "42133",
                "vulnerabilities": [
                    finding("heartbleed", "OK", "not vulnerable, no heartbeat extension"),
                    finding("CCS", "OK", "not vulnerable"),
                    finding("ticketbleed", "INFO", "not applicable, not HTTP"),
                    finding("ROBOT", "OK", "not vulnerable"),
                    finding("secure_renego", "OK", "supported"),
                ],
            }
        ],
        "scanTime": 58,
    }


testssl.__test__ = False  # type: ignore[attr-defined]  # its name is the program's
PROGRAMS: Mapping[str, Callable[[], dict[str, Any]]] = {"sslyze": sslyze, "testssl.sh": testssl}


def finding(name: str, severity: str, said: str) -> dict[str, str]:
    return {"id": name, "severity": severity, "cwe": "CWE-310", "finding": said}


def read(folder: Path, data: bytes | object, host: str = "127.0.0.1", *called: str) -> FlawScan:
    written = data if isinstance(data, bytes) else json.dumps(data).encode()
    (folder / "scan.json").write_bytes(written)
    endpoint = Endpoint(kind="endpoint", id="shop", host=host, port=42133, protocol="tls", names=called)
    return read_flaw_scan(Folder(folder).read("scan.json"), endpoint, NOW)


def test_there_is_no_scan_without_a_file(tmp_path: Path) -> None:
    target = Endpoint(kind="endpoint", id="a", host="127.0.0.1", port=1, protocol="tls", scan="scan.json")
    with pytest.raises(CannotSee) as blind:
        look_at(PROBE, target, evidence=tmp_path)
    assert blind.value.reason is Reason.NOT_FOUND


def test_what_both_programs_say_is_read(tmp_path: Path) -> None:
    by_sslyze, by_testssl = read(tmp_path, sslyze()), read(tmp_path, testssl())
    assert (by_sslyze.tool, by_testssl.tool) == ("sslyze 6.3.1", "testssl.sh 3.0.8")
    assert by_sslyze.states == dict.fromkeys(["heartbleed", "ccs-injection", "crime", "robot"], "absent")
    assert by_testssl.states == dict.fromkeys(["heartbleed", "ccs-injection", "robot"], "absent")
    assert by_sslyze.made == datetime(2026, 11, 23, 13, 46, 39, 476250, tzinfo=UTC)
    assert by_testssl.made == datetime(2026, 11, 23, 13, 48, 10, tzinfo=UTC)


def test_flaws_they_found_are_there(tmp_path: Path) -> None:
    first, second = sslyze(), testssl()
    results = first["server_scan_results"][0]["scan_result"]
    results["robot"]["result"]["robot_result"] = "VULNERABLE_STRONG_ORACLE"
    results["heartbleed"]["result"]["is_vulnerable_to_heartbleed"] = True
    listed = second["scanResult"][0]["vulnerabilities"]
    listed += [
        finding("SWEET32", "LOW", "uses 64 bit block ciphers, VULNERABLE"),
        finding("LOGJAM", "HIGH", "VULNERABLE, uses DH EXPORT ciphers"),
        finding("CCS", "HIGH", "likely VULNERABLE"),
    ]
    assert read(tmp_path, first).states["robot"] == read(tmp_path, first).states["heartbleed"] == "present"
    states = read(tmp_path, second).states
    assert {name for name, state in states.items() if state == "present"} == {
        "sweet32",
        "logjam",
        "ccs-injection",
    }


def test_a_test_that_broke_off_or_is_not_sure_says_nothing(tmp_path: Path) -> None:
    first, second = sslyze(), testssl()
    results = first["server_scan_results"][0]["scan_result"]
    results["robot"]["result"]["robot_result"] = "UNKNOWN_INCONSISTENT_RESULTS"
    results["heartbleed"] |= {"status": "ERROR", "result": None}
    second["scanResult"][0]["vulnerabilities"][3] = finding("ROBOT", "WARN", "test failed, not vulnerable?")
    assert set(read(tmp_path, first).states) == {"ccs-injection", "crime"}
    assert set(read(tmp_path, second).states) == {"heartbleed", "ccs-injection"}


def test_an_endpoint_is_known_by_its_names_too(tmp_path: Path) -> None:
    told = testssl()
    told["scanResult"][0] |= {"targetHost": "Shop.example.", "ip": "192.0.2.7"}
    assert read(tmp_path, told, "shop.example").states
    assert read(tmp_path, told, "10.0.0.1", "shop.example").states
    assert read(tmp_path, told, "192.0.2.7").states
    with pytest.raises(CannotSee, match="not about"):
        read(tmp_path, told, "evil.example")


def changed(program: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    told = PROGRAMS[program]()
    change(told)
    return told


def result(told: dict[str, Any]) -> dict[str, Any]:
    listed: list[dict[str, Any]] = told["scanResult" if "scanResult" in told else "server_scan_results"]
    return listed[0]


WRONG: Mapping[str, bytes | object] = {
    "no JSON": b"<xml/>",
    "not UTF-8": b'{"scanResult": "\xff"}',
    "nested deeply": b"[" * 100_000,
    "a key twice": b'{"scanResult": [], "scanResult": []}',
    "not a number": b'{"scanTime": NaN}',
    "a list": [testssl()],
    "flat JSON of testssl.sh, without a date": [finding("ROBOT", "OK", "not vulnerable")],
    "another program's": {"Results": []},
    "nothing": {},
    "no results": changed("sslyze", lambda told: told.pop("server_scan_results")),
    "results that are none": changed("sslyze", lambda told: told.update(server_scan_results="none")),
    "another port": changed("testssl.sh", lambda told: result(told).update(port="443")),
    "another host": changed("sslyze", lambda told: told["server_scan_results"][0].update(server_location={})),
    "the same endpoint twice": changed("testssl.sh", lambda told: told["scanResult"].append(result(told))),
    "broken off": changed("testssl.sh", lambda told: told.pop("scanTime")),
    "no connection": changed("sslyze", lambda told: result(told).update(connectivity_status="ERROR")),
    "an error": changed("sslyze", lambda told: result(told).update(scan_status="ERROR_NO_CONNECTIVITY")),
    "no date": changed("sslyze", lambda told: told.pop("date_scans_completed")),
    "a date that is none": changed("sslyze", lambda told: told.update(date_scans_completed="yesterday")),
    "a start that is none": changed("testssl.sh", lambda told: told.update(startTime="9" * 30)),
    "nothing clear": changed("testssl.sh", lambda told: result(told).update(vulnerabilities=[])),
    "flaws that are none": changed("sslyze", lambda told: result(told).update(scan_result=["robot"])),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_scan_that_cannot_be_relied_on_is_not_read(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotSee) as blind:
        read(tmp_path, WRONG[name])
    assert blind.value.detail.isprintable()
    assert blind.value.detail.startswith("scan.json")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_scan_from_the_future_is_none(program: str, tmp_path: Path) -> None:
    told = PROGRAMS[program]()
    later = NOW + timedelta(days=1)
    told |= {"date_scans_completed": later.isoformat(), "startTime": str(int(later.timestamp()))}
    with pytest.raises(CannotSee) as blind:
        read(tmp_path, told)
    assert blind.value.reason is Reason.FROM_THE_FUTURE


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_damaged_scan_is_read_or_refused(program: str, tmp_path: Path) -> None:
    chance = random.Random(program)  # noqa: S311 - repeatable damage, not secrets
    whole = json.dumps(PROGRAMS[program]()).encode()
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        try:
            scan = read(tmp_path, bytes(data))
        except CannotSee as blind:
            refused = blind.detail
            assert refused.isprintable()
            continue
        assert set(scan.states.values()) <= {"present", "absent"}


def seen(folder: Path, told: dict[str, Any]) -> FlawsFacts:
    """Look at a server whose RSA and heartbeats are not of a kind to be tried, and read this scan beside."""
    der = make("localhost", authority(), [names("localhost")]).der
    manners = {0x0303: Manner([RSA_PSK], keys=bytes(2), extensions=bytes.fromhex("000f000102"))}
    with listening(choosing(manners, der)) as server:
        result(told).setdefault("server_location", {})["port"] = server.port
        result(told)["port"] = str(server.port)
        (folder / "scan.json").write_text(json.dumps(told))
        target = Endpoint(
            kind="endpoint", id="a", host="127.0.0.1", port=server.port, protocol="tls", scan="scan.json"
        )
        return look_at(PROBE, target, evidence=folder, now=NOW).facts


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_scan_says_what_was_not_looked_at(program: str, tmp_path: Path) -> None:
    facts = seen(tmp_path, PROGRAMS[program]())
    told = {flaw.name: flaw for flaw in facts.flaws}
    assert facts.not_looked_at == 0
    assert (told["robot"].state, told["heartbleed"].state) == ("absent", "absent")
    assert told["robot"].told_by.startswith(program)
    assert facts.scan is not None
    assert facts.scan.startswith(program)
    assert facts.scanned_at is not None
    assert facts.scanned_at.startswith("2026-11-23T13:4")


def test_a_flaw_that_only_the_scan_saw_counts(tmp_path: Path) -> None:
    told = testssl()
    result(told)["vulnerabilities"].append(finding("SWEET32", "MEDIUM", "VULNERABLE"))
    facts = seen(tmp_path, told)
    assert [flaw.name for flaw in facts.flaws if flaw.state == "present"] == ["sweet32"]
    assert facts.present == 1
