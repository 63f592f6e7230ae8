"""System, check and policy files: read as they are meant, or refused with every fault and its place."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from readiness_audit.content.shape import schema, shape
from readiness_audit.content.yaml_tree import parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.check import Check
from readiness_audit.model.policy import Policy
from readiness_audit.model.system import Pace, Stage, System
from readiness_audit.model.target import Host, Register

GOOD = """\
system: shop
title: Webshop
owner: Jana Beispiel, Systemverantwortliche
stage: rollout
traits: [internet-facing]
authorisation:
  targets: [127.0.0.1, shop.example.org, 10.0.0.0/24]
  valid_from: 2026-11-01T00:00:00+01:00
  valid_until: 2026-12-01T00:00:00+01:00
  approved_by: Leitung
  contact: Bereitschaft
targets:
  - {kind: host, id: web, host: 127.0.0.1, open_ports: [443/tcp]}
  - kind: register
    id: risks
    type: risks
    file: risks.csv
"""


def system(text: str) -> System:
    return shape(parse_yaml(text.encode(), Path("system.yaml")), System)


def test_a_good_file_is_read() -> None:
    read = system(GOOD)
    assert read.stage is Stage.ROLLOUT
    assert read.pace is Pace.NORMAL
    first, second = read.targets
    assert isinstance(first, Host)
    assert first.open_ports == ("443/tcp",)
    assert isinstance(second, Register)


def test_all_faults_are_told_at_once_each_with_its_place() -> None:
    bad = GOOD.replace("stage: rollout", "stage: rolout\nstge: 1").replace("host: 127", "hots: 127")
    with pytest.raises(ContentError) as caught:
        system(bad)
    told = str(caught.value)
    assert "system.yaml:4:8: 'rolout' is not allowed here; did you mean 'rollout'?" in told
    assert "system.yaml:5:1: unknown key 'stge'" in told
    assert "system.yaml:14:27: unknown key 'hots'; did you mean 'host'?" in told
    assert "the key 'host' is missing" in told
    assert " 4 | stage: rolout\n   |        ^^^^^^" in told


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("title: Webshop", "title:", "2:7: nothing is written here; it must be text"),
        ("contact: Bereitschaft", "contact: 0301234567", "must be text; put it between quotation marks"),
        (
            "stage: rollout",
            "stage: rollout\ngo_live: 15.01.2027",
            "'15.01.2027' is not a day; write it as 2026",
        ),
        ("valid_from: 2026-11-01T00:00:00+01:00", "valid_from: 2026-11-01", "is not a moment; write it with"),
        ("id: risks", "id: web", "system.yaml:15:9: two targets are called 'web'"),
        ("  - kind: register", "\t- kind: register", "a tab stands here: indent with blanks"),
        ("title: Webshop", "title: Shop: Web", "put a text that holds ': ' between quotation marks"),
        ("[443/tcp]}", "[443/tcp]", "look at the lines above, too"),
    ],
)
def test_what_people_often_write_wrong_is_told_with_what_would_be_right(
    good: str, bad: str, told: str
) -> None:
    with pytest.raises(ContentError) as caught:
        system(GOOD.replace(good, bad))
    assert told in str(caught.value)


def test_an_unknown_kind_of_target_is_the_only_thing_said_about_it() -> None:
    with pytest.raises(ContentError) as caught:
        system(GOOD.replace("kind: register", "kind: regster"))
    (problem,) = caught.value.problems
    assert "did you mean 'register'?" in problem.message


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ("host: 127.0.0.1", "host: -oN", "is not a host name"),
        ("host: 127.0.0.1", "host: 'a b'", "is not a host name"),
        ("host: 127.0.0.1", 'host: "a\\u0007b"', "is not a host name"),
        ("host: 127.0.0.1", "host: 'user:pw@web'", "is not a host name"),
        ("host: 127.0.0.1", "host: https://web", "is not a host name"),
        ("host: 127.0.0.1", "host: 127.0.0.1:80", "is not a host name"),
        ("host: 127.0.0.1", "host: 1.2.3", "is not a host name"),
        ("host: 127.0.0.1", "host: '0x7f.1'", "is not a host name"),
        ("host: 127.0.0.1", "host: ''", "is not a host name"),
        ("host: 127.0.0.1", "host: '$(id)'", "is not a host name"),
        ("host: 127.0.0.1", "host: 'fe80::1%eth0'", "is not a host name"),
        ("host: 127.0.0.1", f"host: {'a' * 64}.example", "is not a host name"),
        ("443/tcp", "443", "must be text"),
        ("443/tcp", "'443'", "write 443/tcp"),
        ("443/tcp", "0/tcp", "is not a port"),
        ("443/tcp", "65536/tcp", "is not a port"),
        ("443/tcp", "90-80/tcp", "runs backwards"),
        ("443/tcp", "443/sctp", "is not a port"),
        ("risks.csv", "/etc/passwd", "inside the evidence folder"),
        ("risks.csv", "../risks.csv", "inside the evidence folder"),
        ("risks.csv", "a/../../b", "inside the evidence folder"),
        ("risks.csv", "a//b", "inside the evidence folder"),
        ("risks.csv", "'a\\b'", "inside the evidence folder"),
        ("risks.csv", "''", "inside the evidence folder"),
        ("id: risks", "id: web", "two targets are called 'web'"),
        ("id: risks", "id: Ä/b", "is not a name"),
        ("system: shop", "system: ../shop", "is not a name"),
        ("title: Webshop", "title: ''", "one line of printable text"),
        ("title: Webshop", 'title: "a\\u001b[31m"', "one line of printable text"),
        ("title: Webshop", "title: 5", "must be text"),
        ("10.0.0.0/24", "10.0.0.1/24", "is not a network"),
        ("valid_from: 2026-11-01T00:00:00+01:00", "valid_from: 2026-11-01T00:00:00", "needs a zone"),
        ("valid_from: 2026-11-01T00:00:00+01:00", "valid_from: yesterday", "is not a moment"),
        ("valid_until: 2026-12-01", "valid_until: 2026-10-01", "ends before it begins"),
        ("targets: [127.0.0.1, shop.example.org, 10.0.0.0/24]", "targets: []", "at least one host"),
    ],
)
def test_what_could_do_harm_is_refused_when_the_file_is_read(find: str, put: str, said: str) -> None:
    assert find in GOOD
    with pytest.raises(ContentError, match=said) as caught:
        system(GOOD.replace(find, put))
    assert str(caught.value).startswith("system.yaml:")


@pytest.mark.parametrize("secret", ["hunter2", "env:", "file:relative", "command:", "ENV:NAME", "env:A B"])
def test_a_secret_written_out_is_refused(secret: str) -> None:
    backup = f"  - {{kind: backup, id: b, tool: restic, path: /srv/repo, password: '{secret}'}}\n"
    with pytest.raises(ContentError, match="not the secret itself") as caught:
        system(GOOD + backup)
    assert "/srv/repo" not in str(caught.value), "the line with the secret is not shown"


def test_a_system_of_nothing_is_refused() -> None:
    text = GOOD[: GOOD.rindex("targets:")] + "targets: []\n"
    with pytest.raises(ContentError, match="an audit of nothing decides nothing"):
        system(text)


@pytest.mark.parametrize("kind", [System, Check, Policy])
def test_the_schema_for_editors_is_one(kind: type) -> None:
    made = schema(kind)
    jsonschema.Draft202012Validator.check_schema(made)
    assert made["additionalProperties"] is False


def test_the_schema_for_editors_agrees_with_the_reader() -> None:
    validator = jsonschema.Draft202012Validator(schema(System))
    good = parse_yaml(GOOD.encode(), Path("system.yaml")).data
    assert validator.is_valid(good)
    assert isinstance(good, dict)
    assert not validator.is_valid({**good, "stge": 1})
    assert not validator.is_valid({**good, "stage": "rolout"})


def test_attestations_are_kept_in_one_file() -> None:
    more = "".join(f"  - {{kind: attestations, id: a{n}, file: a{n}.yaml}}\n" for n in range(2))
    with pytest.raises(ContentError, match="in one file"):
        system(GOOD + more)
