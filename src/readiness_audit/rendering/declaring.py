"""Say what a system file lacks, and write the line that a person adds to it."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from readiness_audit.model.target import KINDS, Host, Target
from readiness_audit.rendering.words import Words

# The plan says what is lacking as `endpoint (protocol: http or https), target.protocol == 'https'`.
_LACKS = re.compile(
    r"(?P<several>exactly one )?(?P<kind>[a-z_]{1,40})"
    r"(?: \((?P<only>[a-z_]{1,40}: [\w .-]{1,400}(?:; [a-z_]{1,40}: [\w .-]{1,400})*)\))?"
    r"(?:, (?P<selects>.{1,1000}))?",
    re.ASCII,
)
_EQUALS = re.compile(r"target\.([a-z_]{1,40}) == '([\w.-]{1,80})'", re.ASCII)
_AMONG = re.compile(r"target\.([a-z_]{1,40}) in \[('[\w.-]{1,80}'(?:, ?'[\w.-]{1,80}'){0,40})\]", re.ASCII)
_GIVEN = re.compile(r"size\(target\.([a-z_]{1,40})\) > 0", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*", re.ASCII)
_HAS = re.compile(r"target\.([a-z_]{1,40})\.exists\((\w), \2\.[a-z_]{1,40} == '([\w.-]{1,80})'\)", re.ASCII)

_ITEMS: Mapping[tuple[str, str], str] = {
    ("restricted", "management"): "[{service: management, ports: [22/tcp], open_from: []}]",
    ("restricted", "database"): "[{service: database, ports: [5432/tcp], open_from: []}]",
}
"""Lists of which one item has to say what a check asks for."""

_EXAMPLES: Mapping[str, str] = {
    "host": "app-1.example.org",
    "port": "443",
    "file": "{id}.{ending}",
    "path": "/srv/{id}",
    "open_ports": "[443/tcp]",
    "names": "[www.example.org]",
}
"""What a person may write in a field whose name says all; others get an example of their own kind."""

_OF_KIND: Mapping[tuple[str, str], str] = {
    ("document", "type"): "runbook",
    ("domain", "name"): "shop.example.org",
    ("domain", "resolvers"): "[192.0.2.53, 198.51.100.53]",
    ("endpoint", "host"): "portal.example.org",
    ("nameserver", "host"): "192.0.2.1",
    ("nameserver", "zones"): "[example.org]",
    ("register", "type"): "risks",
    ("results", "format"): "junit",
}
_STANDS_FOR: Mapping[str, tuple[str, str]] = {"access_by": ("access", "{by: local}")}
"""What a target is asked for by, and the field that is written for it, with an example."""

_PORTS: Mapping[str, str] = {
    "elasticsearch": "9200",
    "http": "80",
    "ldap": "389",
    "memcached": "11211",
    "mongodb": "27017",
    "mysql": "3306",
    "postgresql": "5432",
    "rdp": "3389",
    "redis": "6379",
    "smb": "445",
    "smtp": "25",
    "ssh": "22",
    "winrm": "5985",
}
"""Of protocols that are not spoken on the port of the example."""

_NEEDED: Mapping[str, tuple[str, ...]] = {"code": ("path",)}
"""Fields that a target cannot do without, although each alone is optional."""

_ENDINGS: Mapping[str, str] = {"register": "csv", "document": "md", "results": "xml", "attestations": "yaml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A target that the system file would have to declare."""

    kind: str
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields that decide, and what they may hold."""

    given: frozenset[str] = frozenset()
    """Fields that must not be empty."""

    condition: str = ""
    """What else a check asks of its targets, as the check says it."""

    several: bool = False
    """Whether there is more than one already, where exactly one is needed."""

    def joined(self, other: Lack) -> Lack | None:
        """Give the one target that would settle both, if there is one."""
        if self.kind != other.kind or self.several or other.several or self.condition != other.condition:
            return None
        values = dict(self.values)
        for name, allowed in other.values.items():
            values[name] = tuple(value for value in values.get(name, allowed) if value in allowed)
        if not all(values.values()):
            return None
        return dataclasses.replace(self, values=values, given=self.given | other.given)

    def said(self, words: Words) -> str:
        """Name it: `Register (type: risks)`."""
        either = f" {words.say('cause.or')} "
        parts = [
            words.say("cause.field", name=words.texts.get(f"field.{name}", name), value=either.join(allowed))
            for name, allowed in sorted(self.values.items())
        ]
        parts += [words.say("cause.given", name=name) for name in sorted(self.given)]
        if self.condition:
            parts.append(words.say("cause.condition", quote=words.say("form.quote", text=self.condition)))
        kind = words.texts.get(f"kind.{self.kind}", self.kind)
        return words.say("cause.declared", kind=kind, fields=", ".join(parts)) if parts else kind

    def line(self, declared: Iterable[Target]) -> str:
        """
        Write the line the system file needs, as an example; empty where none helps.

        Where a host among `declared` only lacks a field, it is that host's line with the field.
        """
        if self.several or self.kind not in KINDS:
            return ""
        there = list(declared)
        own = self._host_without(there)
        id_ = own.get("id") or _new_name(self._name(), {target.id for target in there})
        shown = {"kind": self.kind, "id": id_}
        for name in self._fields():
            value = self.values.get(name, ("",))[0] or own.get(name) or _example(self.kind, name)
            shown[name] = value.replace("{id}", id_).replace("{ending}", _ENDINGS.get(self.kind, "txt"))
        shown |= {name: value for name, value in own.items() if name not in shown}
        shown |= dict(_STANDS_FOR[name] for name in self.values if name in _STANDS_FOR)
        if shown.get("protocol") in _PORTS:
            shown["port"] = _PORTS[shown["protocol"]]
        return f"- {{{', '.join(f'{name}: {value}' for name, value in shown.items())}}}"

    def _host_without(self, declared: Iterable[Target]) -> Mapping[str, str]:
        """Give what a host says of itself that lacks nothing but fields; nothing where there is none."""
        wanted = {_STANDS_FOR[name][0] if name in _STANDS_FOR else name for name in self.values}
        for target in declared if self.kind == "host" else ():
            if not isinstance(target, Host):
                continue
            said = {
                each.name: _inline(value)
                for each in dataclasses.fields(target)
                if (value := getattr(target, each.name)) != each.default
            }
            if wanted.isdisjoint(said) and all(said.values()):
                return said
        return {}

    def _name(self) -> str:
        values = [self.values[name][0] for name in ("type", "format") if self.values.get(name)]
        example = {"host": "app-1", "endpoint": "portal"}.get(self.kind, self.kind)
        return (values or [example])[0].replace("_", "-").replace(".", "-").lower()

    def _fields(self) -> list[str]:
        asked = {*self.values, *self.given, *_NEEDED.get(self.kind, ())}
        return [
            given.name
            for given in dataclasses.fields(KINDS[self.kind])
            if given.name not in {"kind", "id"}
            and (
                given.name in asked
                or (given.default is dataclasses.MISSING and given.default_factory is dataclasses.MISSING)
            )
        ]


def lack_in(text: str) -> Lack | None:
    """Read what the plan says is not declared; nothing where it says it in another way."""
    found = _LACKS.fullmatch(text)
    if found is None:
        return None
    values: dict[str, tuple[str, ...]] = {}
    for part in (found["only"] or "").split("; ") if found["only"] else ():
        name, _, allowed = part.partition(": ")
        values[name] = tuple(allowed.split(" or "))
    lack = Lack(kind=found["kind"], values=values, several=found["several"] is not None)
    return _selected(lack, found["selects"]) if found["selects"] else lack


def _selected(lack: Lack, selects: str) -> Lack:
    """Take in what a check asks of its targets, as far as it can be said without its language."""
    values, given = dict(lack.values), set[str]()
    for part in selects.split(" && "):
        if equal := _EQUALS.fullmatch(part):
            values[equal[1]] = (equal[2],)
        elif among := _AMONG.fullmatch(part):
            values[among[1]] = tuple(name.strip(" '") for name in among[2].split(","))
        elif filled := _GIVEN.fullmatch(part):
            given.add(filled[1])
        elif (has := _HAS.fullmatch(part)) and (has[1], has[3]) in _ITEMS:
            values[has[1]] = (_ITEMS[has[1], has[3]],)
        else:
            return dataclasses.replace(lack, condition=selects)
    return dataclasses.replace(lack, values=values, given=frozenset(given))


def _inline(value: object) -> str:
    """Write a field as it stands between braces in YAML; empty for one that needs lines of its own."""
    if isinstance(value, str):
        # A JSON string is a YAML string, whatever is in it.
        return str(value) if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
        return f"[{', '.join(map(_inline, value))}]"
    return ""


def _new_name(wanted: str, taken: set[str]) -> str:
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _example(kind: str, name: str) -> str:
    if (kind, name) in _OF_KIND:
        return _OF_KIND[kind, name]
    hint = typing.get_type_hints(KINDS[kind])[name]
    if typing.get_origin(hint) is typing.Literal:
        return str(typing.get_args(hint)[0])
    return _EXAMPLES.get(name, "...")
