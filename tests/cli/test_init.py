"""A first system file: what is written is what we accept, and nothing of anybody's is replaced."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from readiness_audit.cli.new_system import Answers, system_file
from readiness_audit.content.files import load_system
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.system import Stage, Trait
from readiness_audit.model.target import Endpoint, Host, Register
from readiness_audit.model.texts import Language
from readiness_audit.probes.built_in import BUILT_IN
from tests.cli.asking import Said
from tests.looking import look_at

Tool = Callable[..., Said]

NMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -oX - 192.0.2.0/28" version="7.93" xmloutputversion="1.05">
<host><status state="up"/><address addr="192.0.2.10" addrtype="ipv4"/>
<address addr="00:00:5E:00:53:01" addrtype="mac"/>
<hostnames><hostname name="app-1.example.org" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="22"><state state="open"/></port>
<port protocol="tcp" portid="443"><state state="open"/></port>
<port protocol="udp" portid="53"><state state="open"/></port>
<port protocol="udp" portid="514"><state state="open|filtered"/></port>
<port protocol="tcp" portid="8080"><state state="filtered"/></port></ports></host>
<host><status state="down"/><address addr="192.0.2.11" addrtype="ipv4"/></host>
<host><status state="up"/><address addr="2001:db8::1" addrtype="ipv6"/></host>
</nmaprun>
"""
INI = """\
mail.example.org
[web]
web-1 ansible_host=192.0.2.21 http_port=80
web-2.example.org   # the second
[web:vars]
proxy=proxy.example.org
[all:children]
web
"""
INVENTORY = """\
all:
  hosts:
    mail.example.org:
  children:
    web:
      hosts:
        web-1: {ansible_host: 192.0.2.21}
        web-2.example.org:
"""


def hosts_in(folder: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    system = load_system(folder / "system.yaml")
    return [
        (target.id, target.host, target.open_ports) for target in system.targets if isinstance(target, Host)
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_written_loads_and_can_be_planned(tool: Tool, tmp_path: Path, language: str) -> None:
    folder = tmp_path / "new"
    said = tool("init", folder, "--defaults", "--lang", language)
    assert said.status == 0, said.err
    system = load_system(folder / "system.yaml")
    registers = [target for target in system.targets if isinstance(target, Register)]
    assert {register.type for register in registers} == set(RegisterType) - {RegisterType.SSH_KEYS}
    assert (folder / "evidence" / "ssh-keys.csv").is_file()
    plan = tool("plan", folder / "system.yaml", "--lang", "en")
    assert plan.status == 0
    assert "no check asks for it" not in plan.out
    text = (folder / "system.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=system.schema.json\n")
    assert (folder / "system.schema.json").is_file()
    assert ("Prüfgenehmigung" in text) is (language == "de")


def test_every_register_beside_it_is_understood_and_empty(tool: Tool, tmp_path: Path) -> None:
    tool("init", tmp_path / "new", "--defaults", "--lang", "de")
    for target in load_system(tmp_path / "new" / "system.yaml").targets:
        if isinstance(target, Register):
            probe = BUILT_IN[f"register.{target.type}"]
            facts = look_at(probe, target, evidence=tmp_path / "new" / "evidence").facts
            assert facts.row_count == 0


def test_nothing_that_is_there_is_replaced(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "risks.csv").write_text("mine", encoding="utf-8")
    said = tool("init", tmp_path, "--defaults")
    assert said.status == 2
    assert "risks.csv" in said.err
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["risks.csv"]


def test_nobody_is_asked_where_nobody_can_answer(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "readiness_audit", "init", str(tmp_path / "new")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "--defaults" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_person_at_a_terminal_is_asked_and_asked_again_after_a_mistake(tmp_path: Path) -> None:
    answers = [
        "Not A Name",
        "shop",
        'The "shop": 100 % ours',
        "Erika Mustermann, sales",
        "pilot",
        "2026-13-01",
        "2026-12-01",
        "y",
        "y",
        "n",
        "n",
        "https://shop.example.org:8443/x",
        "shop.example.org",
        "-oProxyCommand=x",
        "app-1.example.org 192.0.2.10",
        "backups",
        "/var/backups/shop",
    ]
    mine, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "readiness_audit", "init", str(tmp_path / "new"), "--lang", "en"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.write(mine, "".join(f"{answer}\n" for answer in answers).encode())
        out, err = process.communicate(timeout=20)
    finally:
        os.close(mine)
        os.close(theirs)
    assert process.returncode == 0, err
    assert str(tmp_path / "new" / "system.yaml") in out.decode()
    assert b"Stage" not in out
    system = load_system(tmp_path / "new" / "system.yaml")
    assert (system.system, system.title) == ("shop", 'The "shop": 100 % ours')
    assert system.go_live == date(2026, 12, 1)
    assert system.traits == (Trait.INTERNET_FACING, Trait.PERSONAL_DATA)
    assert [host for _, host, _ in hosts_in(tmp_path / "new")] == ["app-1.example.org", "192.0.2.10"]


def test_a_german_answers_in_german_and_is_asked_again_in_german(tmp_path: Path) -> None:
    answers: tuple[str, ...] = (
        "Mein Laden",
        "laden",
        "Laden",
        "Jürgen Möller, Leitung",
        "Pilotbetrieb",
        "pilot",
        "31.2.2027",
    )
    answers += (
        "15.01.2027",
        "vielleicht",
        "ja",
        "N",
        "",
        "j",
        "https://laden.example.org/",
        "a, b",
        "srv",
        "",
    )
    mine, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "readiness_audit", "init", str(tmp_path / "new"), "--lang", "de"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.write(mine, "".join(f"{answer}\n" for answer in answers).encode())
        _, err = process.communicate(timeout=20)
    finally:
        os.close(mine)
        os.close(theirs)
    said = err.decode()
    assert process.returncode == 0, said
    assert "Error" not in said
    assert [
        said.count(told) for told in ("bitte nur a-z", "bitte pilot", "bitte ein Tag", "bitte j oder n")
    ] == [
        1,
        1,
        1,
        1,
    ]
    system = load_system(tmp_path / "new" / "system.yaml")
    assert system.go_live == date(2027, 1, 15)
    assert system.traits == (Trait.INTERNET_FACING, Trait.DATABASE)
    assert [host for _, host, _ in hosts_in(tmp_path / "new")] == ["a", "b"]
    assert [target.host for target in system.targets if isinstance(target, Endpoint)] == ["laden.example.org"]


def test_hosts_and_their_open_ports_come_from_nmap(tool: Tool, tmp_path: Path) -> None:
    (tmp_path / "scan.xml").write_text(NMAP, encoding="utf-8")
    said = tool("init", tmp_path / "new", "--defaults", "--from-nmap", tmp_path / "scan.xml")
    assert said.status == 0, said.err
    assert hosts_in(tmp_path / "new") == [
        ("app-1.example.org", "192.0.2.10", ("22/tcp", "443/tcp", "53/udp")),
        ("2001-db8-1", "2001:db8::1", ()),
    ]


@pytest.mark.parametrize(("name", "text"), [("hosts.ini", INI), ("hosts", INI), ("hosts.yml", INVENTORY)])
def test_hosts_come_from_an_inventory(tool: Tool, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    said = tool("init", tmp_path / "new", "--defaults", "--from-inventory", tmp_path / name)
    assert said.status == 0, said.err
    assert [(id_, host) for id_, host, _ in hosts_in(tmp_path / "new")] == [
        ("mail.example.org", "mail.example.org"),
        ("web-1", "192.0.2.21"),
        ("web-2.example.org", "web-2.example.org"),
    ]


@pytest.mark.parametrize(
    ("option", "name", "text", "told"),
    [
        ("--from-nmap", "a.xml", "", "is not nmap's XML"),
        ("--from-nmap", "a.xml", "<html></html>", "begins with <html>"),
        ("--from-nmap", "a.xml", "<nmaprun></nmaprun>", "names no host"),
        ("--from-nmap", "a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><nmaprun>&a;</nmaprun>', "is not nmap's XML"),
        ("--from-nmap", "a.xml", NMAP.replace("192.0.2.10", "-oN/etc/x"), "cannot be taken"),
        ("--from-nmap", "a.xml", NMAP.replace('portid="22"', 'portid="99999"'), "cannot be taken"),
        ("--from-inventory", "a", "", "names no host"),
        ("--from-inventory", "a", "web[01:10].example.org\n", "write ranges"),
        ("--from-inventory", "a", "web-1 x='open\n", "cannot be read as an inventory"),
        ("--from-inventory", "a", "-oProxyCommand=x\n", "cannot be taken"),
        ("--from-inventory", "a.yml", "[", "is not YAML"),
        ("--from-inventory", "a.yml", "all: {hosts: {a: {ansible_host: !vault x}}}", "tag"),
        ("--from-inventory", "a", "\n".join(f"h{number}" for number in range(1001)), "more than 1000"),
    ],
)
def test_hosts_that_cannot_be_taken_are_refused(
    tool: Tool, tmp_path: Path, option: str, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    said = tool("init", tmp_path / "new", "--defaults", option, tmp_path / name)
    assert said.status == 2
    assert told in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "new").exists()


def test_words_of_people_stay_words() -> None:
    answers = Answers(
        system="shop",
        title="x: {y: [z, #",
        owner='"\\ \u00e9 & *anchor !tag',
        stage=Stage.OPERATION,
        go_live=None,
        traits=(),
        hosts=(),
        endpoints=(Endpoint(kind="endpoint", id="web", host="no", port=443, protocol="https"),),
        backup="/srv/a # b",
    )
    text = system_file(answers, Language.EN, date(2026, 11, 23))
    assert 'title: "x: {y: [z, #"' in text
    path = Path("/dev/shm") / f"system-{os.getpid()}.yaml"  # noqa: S108 - only to have it read
    path.write_text(text, encoding="utf-8")
    try:
        system = load_system(path)
    finally:
        path.unlink()
    assert (system.title, system.owner) == ("x: {y: [z, #", '"\\ \u00e9 & *anchor !tag')
