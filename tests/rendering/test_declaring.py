"""The line suggested for a system file is one the system file takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from readiness_audit.content.shape import shape
from readiness_audit.content.yaml_tree import parse_yaml
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.target import KINDS, Endpoint, Host, Target
from readiness_audit.model.texts import Language
from readiness_audit.model.vantage import RestrictedPorts, Vantage
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.rendering.declaring import Lack, lack_in
from readiness_audit.rendering.words import words_in
from readiness_audit.stages.plan import plan
from tests.record_checks import a_check
from tests.records import a_record

EN = words_in(Language.EN, "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The part of a system file that holds the line."""

    targets: tuple[Target, ...]


def read(line: str) -> Target:
    [target] = shape(parse_yaml(f"targets:\n  {line}\n".encode(), Path("system.yaml")), Written).targets
    return target


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_line_for_every_kind_of_target_is_valid(kind: str) -> None:
    assert isinstance(read(Lack(kind=kind).line(())), KINDS[kind])


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_line_for_what_a_probe_lacks_is_something_it_can_see(name: str) -> None:
    record = a_record()
    policy = replace(record.policy, checks=(a_check("a.check", ("A", "B"), probe=name),))
    others = tuple(target for target in record.system.targets if not BUILT_IN[name].can_see(target))
    [step] = plan(replace(record.system, targets=others), policy, BUILT_IN, {}).steps
    lack = lack_in(step.lacks)
    assert lack is not None
    assert BUILT_IN[name].can_see(read(lack.line(())))


def test_the_type_a_check_asks_for_is_in_the_line() -> None:
    lack = lack_in("document, target.type == 'backup-plan'")
    assert lack is not None
    assert lack.said(EN) == "Document (type: backup-plan)"
    assert lack.line(()) == "- {kind: document, id: backup-plan, type: backup-plan, file: backup-plan.md}"


def test_one_of_several_types_is_said_with_all_of_them_and_joined_with_a_check_that_asks_for_one() -> None:
    lack = lack_in("document, target.type in ['runbook', 'backup-plan']")
    only = lack_in("document, target.type == 'backup-plan'")
    assert lack is not None
    assert only is not None
    assert lack.said(EN) == "Document (type: runbook or backup-plan)"
    assert lack.joined(only) == only


@pytest.mark.parametrize("service", ["management", "database"])
def test_a_list_that_must_hold_something_holds_it_in_the_line(service: str) -> None:
    lack = lack_in(f"host, target.restricted.exists(r, r.service == '{service}')")
    assert lack is not None
    target = read(lack.line(()))
    assert isinstance(target, Host)
    assert [one.service for one in target.restricted] == [service]
    assert f"restricted: [{{service: {service}," in lack.said(EN)


def test_a_field_that_must_be_given_is_in_the_line() -> None:
    lack = lack_in("host, size(target.open_ports) > 0")
    assert lack is not None
    assert lack.said(EN) == "Computer (with open_ports given)"
    assert lack.line(()) == "- {kind: host, id: app-1, host: app-1.example.org, open_ports: [443/tcp]}"


def test_a_condition_that_cannot_be_said_is_quoted() -> None:
    lack = lack_in("host, target.id.startsWith('db')")
    assert lack is not None
    assert lack.said(EN) == "Computer (condition “target.id.startsWith('db')”)"


def test_where_there_are_several_nothing_is_to_be_added() -> None:
    lack = lack_in("exactly one register (type: persons)")
    assert lack is not None
    assert lack.several
    assert lack.line(()) == ""


def test_lacks_that_no_one_target_settles_stay_apart() -> None:
    for register in RegisterType:
        one, other = lack_in(f"register (type: {register})"), lack_in("results (format: junit)")
        assert one is not None
        assert other is not None
        assert one.joined(other) is None
    http, tls = lack_in("endpoint (protocol: http)"), lack_in("endpoint (protocol: https or tls)")
    assert http is not None
    assert tls is not None
    assert http.joined(tls) is None


@pytest.mark.parametrize(
    "text", ["", "HOST", "host (type: a) (type: b)", "host (x: <script>)", "a" * 99, "host\n, x"]
)
def test_what_the_plan_never_says_is_not_read(text: str) -> None:
    assert lack_in(text) is None


def test_a_host_that_only_lacks_a_field_is_shown_with_it_and_with_what_it_says_already() -> None:
    lack = lack_in("host, target.restricted.exists(r, r.service == 'database')")
    assert lack is not None
    there = Host(kind="host", id="db", host="2001:db8::5", open_ports=("443/tcp",), vantage=Vantage.LOCAL)
    target = read(lack.line((there,)))
    assert isinstance(target, Host)
    assert replace(target, restricted=()) == there
    assert [one.service for one in target.restricted] == ["database"]


def test_a_host_that_says_something_else_there_is_left_as_it_is() -> None:
    lack = lack_in("host, target.restricted.exists(r, r.service == 'database')")
    assert lack is not None
    bastion = RestrictedPorts(service="management", ports=("22/tcp",), open_from=())
    there = Host(kind="host", id="app-1", host="192.0.2.5", restricted=(bastion,))
    target = read(lack.line((there,)))
    assert isinstance(target, Host)
    assert (target.id, target.host) == ("app-1-2", "app-1.example.org")


@pytest.mark.parametrize(
    ("protocol", "port"), [("postgresql", 5432), ("elasticsearch", 9200), ("https", 443)]
)
def test_an_endpoint_stands_at_the_port_its_protocol_is_spoken_on(protocol: str, port: int) -> None:
    target = read(Lack(kind="endpoint", values={"protocol": (protocol,)}).line(()))
    assert isinstance(target, Endpoint)
    assert (target.protocol, target.port) == (protocol, port)
