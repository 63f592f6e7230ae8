"""
Read what testssl.sh or sslyze found of known flaws, in a scan that somebody made before.

`testssl.sh -U --jsonfile-pretty scan.json HOST:PORT`, or
`sslyze --heartbleed --openssl_ccs --robot --compression --json_out=scan.json HOST:PORT`.
Only what such a file says clearly counts: a test that was left out or broke off says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.model.grammar import literal_address
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.network.intake import printable
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.folder import File
from readiness_audit.probes.reach.moment import from_seconds, read_moment
from readiness_audit.probes.reach.strict_json import read_json

LARGEST = 4 * 2**20
PRESENT, ABSENT = "present", "absent"

_BY_TESTSSL = {
    "heartbleed": "heartbleed",
    "CCS": "ccs-injection",
    "ticketbleed": "ticketbleed",
    "ROBOT": "robot",
    "DROWN": "drown",
    "POODLE_SSL": "poodle",
    "SWEET32": "sweet32",
    "LOGJAM": "logjam",
    "FREAK": "freak",
    "CRIME_TLS": "crime",
}
_BAD = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}
_BY_SSLYZE = {
    "heartbleed": ("heartbleed", "is_vulnerable_to_heartbleed"),
    "openssl_ccs_injection": ("ccs-injection", "is_vulnerable_to_ccs_injection"),
    "tls_compression": ("crime", "supports_compression"),
    "robot": ("robot", "robot_result"),
}
_ROBOT = {
    "NOT_VULNERABLE_NO_ORACLE": False,
    "NOT_VULNERABLE_RSA_NOT_SUPPORTED": False,
    "VULNERABLE_WEAK_ORACLE": True,
    "VULNERABLE_STRONG_ORACLE": True,
}
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+~-]{0,30}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlawScan:
    """What a scan says of one endpoint."""

    tool: str
    """`sslyze 6.3.1`."""

    made: datetime
    states: Mapping[str, str]
    """`present` or `absent`, for those flaws it is clear about."""


def read_flaw_scan(file: File, endpoint: Endpoint, started: datetime) -> FlawScan:
    """
    Read the part of a scan that is about `endpoint`, told by its host or one of its names, and its port.

    Raises `CannotSee`: neither program's JSON, not of this endpoint, not finished, without a date,
    or from the future.
    """
    told = _mapping(read_json(file.data, file.name))
    if "sslyze_version" in told:
        return _of_sslyze(file.name, told, endpoint, started)
    if "scanResult" in told:
        return _of_testssl(file.name, told, endpoint, started)
    detail = "this is neither testssl.sh's JSON (--jsonfile-pretty, which has a date) nor sslyze's"
    raise CannotSee(Reason.UNREADABLE, f"{file.name}: {detail}")


def _of_sslyze(name: str, told: Mapping[str, Plain], endpoint: Endpoint, started: datetime) -> FlawScan:
    places = [
        (_mapping(each.get("server_location")), each) for each in _each(told.get("server_scan_results"))
    ]
    found = [
        each
        for place, each in places
        if place.get("port") == endpoint.port
        and _is_called(endpoint, place.get("hostname"), place.get("ip_address"))
    ]
    result = _only(name, found, endpoint)
    if result.get("connectivity_status") != "COMPLETED" or result.get("scan_status") != "COMPLETED":
        raise CannotSee(Reason.UNREADABLE, f"{name}: the scan did not come to its end")
    states: dict[str, str] = {}
    for key, (flaw, field) in _BY_SSLYZE.items():
        test = _mapping(_mapping(result.get("scan_result")).get(key))
        said = _mapping(test.get("result")).get(field)
        if isinstance(said, str):
            said = _ROBOT.get(said)
        if test.get("status") == "COMPLETED" and isinstance(said, bool):
            states[flaw] = PRESENT if said else ABSENT
    made = read_moment(_text(told.get("date_scans_completed")), started)
    return _scan(name, "sslyze", _text(told.get("sslyze_version")), made, states)


def _of_testssl(name: str, told: Mapping[str, Plain], endpoint: Endpoint, started: datetime) -> FlawScan:
    found = [
        each
        for each in _each(told.get("scanResult"))
        if each.get("port") == str(endpoint.port)
        and _is_called(endpoint, each.get("targetHost"), each.get("ip"))
    ]
    result = _only(name, found, endpoint)
    if not isinstance(told.get("scanTime"), int):
        raise CannotSee(Reason.UNREADABLE, f"{name}: the scan did not come to its end")
    states: dict[str, str] = {}
    for each in _each(result.get("vulnerabilities")):
        flaw = _BY_TESTSSL.get(_text(each.get("id")))
        said, severity = _text(each.get("finding")).casefold(), _text(each.get("severity"))
        if flaw is None:
            continue
        if severity in _BAD and "vulnerable" in said and not said.startswith("not vulnerable"):
            states[flaw] = PRESENT
        elif severity == "OK" and said.startswith("not vulnerable"):
            states.setdefault(flaw, ABSENT)
    began = _text(told.get("startTime"))
    made = from_seconds(int(began), started) if _SECONDS.fullmatch(began) else None
    return _scan(name, "testssl.sh", _text(told.get("version")).partition(" ")[0], made, states)


def _scan(name: str, tool: str, version: str, made: datetime | None, states: Mapping[str, str]) -> FlawScan:
    if made is None:
        raise CannotSee(Reason.UNREADABLE, f"{name}: the scan does not say when it was made")
    if not states:
        raise CannotSee(Reason.UNREADABLE, f"{name}: the scan is clear about none of the flaws")
    shown = f"{tool} {version}" if _VERSION.fullmatch(version) else tool
    return FlawScan(tool=shown, made=made, states=states)


def _only(name: str, found: list[Mapping[str, Plain]], endpoint: Endpoint) -> Mapping[str, Plain]:
    if not found:
        detail = f"{name}: the scan is not about {endpoint.host} port {endpoint.port}"
        raise CannotSee(Reason.NOT_FOUND, detail)
    if len(found) > 1:
        raise CannotSee(Reason.UNREADABLE, f"{name}: the scan tells of this endpoint more than once")
    return found[0]


def _is_called(endpoint: Endpoint, *said: Plain) -> bool:
    wanted = {each.removesuffix(".").casefold() for each in (endpoint.host, *endpoint.names)}
    address = literal_address(endpoint.host)
    told = [_text(each).removesuffix(".").casefold() for each in said]
    return any(each in wanted or (address and literal_address(each) == address) for each in told)


def _mapping(value: Plain) -> Mapping[str, Plain]:
    return value if isinstance(value, Mapping) else {}


def _each(value: Plain) -> Iterable[Mapping[str, Plain]]:
    return [_mapping(each) for each in value] if isinstance(value, list | tuple) else []


def _text(value: Plain) -> str:
    return printable(value.encode("utf-8", "replace"), 400) if isinstance(value, str) else ""
