"""Write a first system file, with its explanations, from a few answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

from readiness_audit.cli import remarks
from readiness_audit.cli.schemas import schema_of
from readiness_audit.cli.template import made
from readiness_audit.model.register_type import RegisterType
from readiness_audit.model.system import Stage, Trait
from readiness_audit.model.target import Endpoint, Host
from readiness_audit.model.texts import Language, Texts

SYSTEM = "system.yaml"
SCHEMA = "system.schema.json"
EVIDENCE = "evidence"

_Say: TypeAlias = Callable[[Texts], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is known of a new system."""

    system: str
    title: str
    owner: str
    stage: Stage
    go_live: date | None
    traits: tuple[Trait, ...]
    hosts: tuple[Host, ...]
    endpoints: tuple[Endpoint, ...]
    backup: str | None
    """Absolute path of the folder with the backups."""


def files(answers: Answers, language: Language, today: date) -> dict[Path, bytes]:
    """Give every file of a new system, by its path beside the system file."""
    evidence = Path(EVIDENCE)
    forms = {evidence / f"{register}.csv": made(register.value, "csv", language) for register in RegisterType}
    return {
        Path(SYSTEM): system_file(answers, language, today).encode(),
        Path(SCHEMA): (json.dumps(schema_of("system"), indent=2, ensure_ascii=False) + "\n").encode(),
        **forms,
        evidence / "attestations.yaml": made("attestations", "yaml", language),
        **{Path(f"{name}.yaml"): made(name, "yaml", language) for name in ("conditions", "waivers")},
    }


def system_file(answers: Answers, language: Language, today: date) -> str:
    """Write the system file. Words of people are quoted, whatever they hold."""

    def say(text: Texts) -> str:
        return text.said(language)

    head = [
        f"# yaml-language-server: $schema={SCHEMA}",
        *_remark(say(remarks.ABOUT)),
        "",
        f"system: {_quoted(answers.system)}  # {say(remarks.ID)}",
        f"title: {_quoted(answers.title)}",
        f"owner: {_quoted(answers.owner)}  # {say(remarks.OWNER)}",
        f"stage: {answers.stage}  # {say(remarks.STAGE)}",
        f"go_live: {answers.go_live}" if answers.go_live else "# go_live: 2026-12-31",
        "",
        *_remark(say(remarks.PROTECTION)),
        "protection: {confidentiality: normal, integrity: normal, availability: normal}",
        "",
        *_remark(say(remarks.TRAITS)),
        f"traits: [{', '.join(answers.traits)}]",
        "",
        f"evidence: {EVIDENCE}  # {say(remarks.EVIDENCE)}",
        "",
        *_remark(say(remarks.AUTHORISATION)),
        *_authorisation(answers, today),
        "",
        "targets:",
    ]
    return "\n".join([*head, *_network(answers, say), *_kept(answers, say)]) + "\n"


def _network(answers: Answers, say: _Say) -> Iterable[str]:
    yield from _indented(_remark(say(remarks.HOSTS)))
    for host in answers.hosts:
        ports = ", ".join(host.open_ports)
        yield f"  - {{kind: host, id: {host.id}, host: {_quoted(host.host)}, open_ports: [{ports}]}}"
    for endpoint in answers.endpoints:
        place = f"host: {_quoted(endpoint.host)}, port: {endpoint.port}"
        yield f"  - {{kind: endpoint, id: {endpoint.id}, {place}, protocol: {endpoint.protocol}}}"
    if not answers.hosts:
        yield "  # - {kind: host, id: app-1, host: app-1.example.org, open_ports: [22/tcp, 443/tcp]}"
    if not answers.endpoints:
        yield "  # - {kind: endpoint, id: portal, host: portal.example.org, port: 443, protocol: https}"


def _kept(answers: Answers, say: _Say) -> Iterable[str]:
    yield ""
    yield from _indented(_remark(say(remarks.BACKUP)))
    if answers.backup:
        yield f"  - {{kind: backup, id: backup, tool: directory, path: {_quoted(answers.backup)}}}"
    else:
        yield '  # - {kind: backup, id: backup, tool: directory, path: /var/backups/app, pattern: "*.zst"}'
    yield ""
    yield from _indented(_remark(say(remarks.REGISTERS)))
    for register in RegisterType:
        # Nothing asks for it unless the hosts are seen from inside, and doctor would say so.
        unasked = register is RegisterType.SSH_KEYS and Trait.HOST_ACCESS not in answers.traits
        line = f"- {{kind: register, id: {register}, type: {register}, file: {register}.csv}}"
        yield f"  # {line}  # {Trait.HOST_ACCESS}" if unasked else f"  {line}"
    yield ""
    yield from _indented(_remark(say(remarks.PAPERS)))
    yield "  - {kind: attestations, id: attestations, file: attestations.yaml}"
    yield "  # - {kind: document, id: runbook, type: runbook, file: runbook.md}"
    yield "  # - {kind: results, id: tests, format: junit, file: junit.xml}"
    yield "  # - {kind: code, id: source, path: /srv/app/src}"


def _authorisation(answers: Answers, today: date) -> Iterable[str]:
    hosts = [*(host.host for host in answers.hosts), *(endpoint.host for endpoint in answers.endpoints)]
    named = ", ".join(_quoted(host) for host in dict.fromkeys(hosts)) or "portal.example.org, 192.0.2.0/28"
    yield "# authorisation:"
    yield f"#   targets: [{named}]"
    yield f"#   valid_from: {today}T08:00:00+01:00"
    yield f"#   valid_until: {today + timedelta(days=30)}T18:00:00+01:00"
    yield "#   approved_by: Erika Mustermann, IT"
    yield "#   contact: +49 30 1234567"
    yield "#   staff_informed: true"


def _remark(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.strip().splitlines()]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _quoted(text: str) -> str:
    # A JSON string is a YAML string, whatever is in it.
    return json.dumps(text, ensure_ascii=False)
