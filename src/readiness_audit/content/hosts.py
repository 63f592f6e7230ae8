"""
Read hosts from what people already have: nmap's XML, or an Ansible inventory (INI or YAML).

Only names, addresses and open ports are taken. What is read becomes a proposal that a person
looks through before anything is touched.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from readiness_audit.content.source import read_source, refused
from readiness_audit.content.yaml_tree import read_yaml
from readiness_audit.errors import FieldError
from readiness_audit.model.evidence import Plain
from readiness_audit.model.target import Host

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_FILE = 32 * 2**20
MOST_HOSTS = 1000

_SECTION = re.compile(r"\[([^\]:]+)(?::(vars|children))?\]")
_NOT_A_NAME = re.compile(r"[^a-z0-9._-]+")


def hosts_from_nmap(path: Path) -> tuple[Host, ...]:
    """
    Read the hosts that were up, with the ports that were open, from nmap's XML (`nmap -oX FILE`).

    Raises `ContentError`: unreadable, not nmap's, without a host, or more than `MOST_HOSTS`.
    """
    import defusedxml  # noqa: PLC0415 - only who imports hosts needs XML
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415 - the same

    data = read_source(path, LARGEST_FILE)
    try:
        root = fromstring(data)
    except (ParseError, defusedxml.DefusedXmlException, ValueError, RecursionError) as error:
        raise refused(path, f"is not nmap's XML: {error}; make it with nmap -oX FILE") from None
    if root.tag != "nmaprun":
        raise refused(path, f"is XML, but not nmap's: it begins with <{root.tag[:40]}>")
    return _hosts(path, [found for host in root.iter("host") if (found := _of_nmap(host)) is not None])


def hosts_from_inventory(path: Path) -> tuple[Host, ...]:
    """
    Read the hosts of an Ansible inventory: YAML where the name ends so, else INI.

    Ranges such as `web[01:10]` and encrypted values are refused. Raises `ContentError`.
    """
    if path.suffix in {".yaml", ".yml", ".json"}:
        found = dict(_of_groups(read_yaml(path).data))
    else:
        found = dict(_of_ini(path))
    return _hosts(path, [(name, address, ()) for name, address in found.items()])


def _hosts(path: Path, found: list[tuple[str, str, tuple[str, ...]]]) -> tuple[Host, ...]:
    if not found:
        raise refused(path, "names no host that could be taken")
    if len(found) > MOST_HOSTS:
        raise refused(path, f"names more than {MOST_HOSTS} hosts: take a part of it")
    made: dict[str, Host] = {}
    for name, address, ports in found:
        short = _NOT_A_NAME.sub("-", name.casefold())[:50].strip("._-") or "host"
        id_ = next(each for each in _numbered(short) if each not in made)
        try:
            made[id_] = Host(kind="host", id=id_, host=address, open_ports=ports)
        except FieldError as error:
            raise refused(path, f"the host {name!r:.80} cannot be taken: {error.problem}") from None
    return tuple(made.values())


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in range(2, MOST_HOSTS + 2))


def _of_nmap(host: Element) -> tuple[str, str, tuple[str, ...]] | None:
    status = host.find("status")
    addresses = [each.get("addr", "") for each in host.findall("address") if each.get("addrtype") != "mac"]
    if not addresses or (status is not None and status.get("state") != "up"):
        return None
    names = [each.get("name", "") for each in host.findall("hostnames/hostname")]
    ports = [
        f"{port.get('portid')}/{port.get('protocol')}"
        for port in host.findall("ports/port")
        if (state := port.find("state")) is not None and state.get("state") == "open"
    ]
    return next(filter(None, names), addresses[0]), addresses[0], tuple(ports)


def _of_groups(groups: Plain) -> Iterator[tuple[str, str]]:
    # The reader bounds the depth.
    for group in groups.values() if isinstance(groups, dict) else ():
        if not isinstance(group, dict):
            continue
        hosts = group.get("hosts")
        for name, given in hosts.items() if isinstance(hosts, dict) else ():
            address = given.get("ansible_host") if isinstance(given, dict) else None
            yield name, address if isinstance(address, str) else name
        yield from _of_groups(group.get("children"))


def _of_ini(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = read_source(path, LARGEST_FILE).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise refused(path, "is not UTF-8; save it as UTF-8") from None
    takes_hosts = True
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        if section := _SECTION.match(bare):
            takes_hosts = section[2] is None
        elif takes_hosts:
            yield _of_line(path, number, bare)


def _of_line(path: Path, number: int, line: str) -> tuple[str, str]:
    try:
        name, *given = shlex.split(line, comments=True)
    except ValueError as error:
        raise refused(path, f"cannot be read as an inventory: {error}", number) from None
    if "[" in name:
        raise refused(path, f"{name!r:.80}: write ranges of hosts out, one a line", number)
    values = dict(word.split("=", 1) for word in given if "=" in word)
    return name, values.get("ansible_host", name)
