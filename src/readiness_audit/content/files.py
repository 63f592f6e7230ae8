"""Read system, check and policy files; keep where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from readiness_audit.content.dated import filled_in, load_tables
from readiness_audit.content.reading import read
from readiness_audit.content.shape import shape
from readiness_audit.content.yaml_tree import Document, read_yaml
from readiness_audit.errors import ContentError, Place, Problem
from readiness_audit.model.check import Check, Parameter
from readiness_audit.model.dated import Tables
from readiness_audit.model.policy import Policy, Use
from readiness_audit.model.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCheck:
    """A check and the file it was read from, so that what is wrong inside it can be pointed at."""

    check: Check
    document: Document

    def place(self, key: str, line: int = 1, column: int = 1) -> Place:
        """Say where a character of the text under `key` (with dots between keys) stands."""
        spot = tuple(int(step) if step.isdigit() else step for step in key.split("."))
        return self.document.within(spot, line, column)


def load_system(path: Path) -> System:
    """Read a system file. Raises `ContentError`."""
    return shape(read_yaml(path), System)


def load_checks(folders: Iterable[Path]) -> Mapping[str, ReadCheck]:
    """
    Read every check under `folders` (`<family>/<name>.yaml`), by id.

    Dated lists that checks name are looked for in the folders `policies` beside `folders`.
    Raises `ContentError` with the problems of all files; two checks of one id are one.
    """
    folders = list(folders)
    tables = load_tables(folder.parent / "policies" for folder in folders)
    found: dict[str, ReadCheck] = {}
    problems: list[Problem] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*/*.yaml"))):
        try:
            document, check = read(path, Check)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        place = document.place(("id",))
        taken = {name for known in found.values() for name in (known.check.id, *known.check.aliases)}
        problems.extend(
            Problem(message=f"another check is already called {name}", place=place)
            for name in (check.id, *check.aliases)
            if name in taken
        )
        if check.family != path.parent.name:
            told = f"{check.id} belongs in a folder called {check.family}"
            problems.append(Problem(message=told, place=place))
        check = _with_tables(check, document, tables, problems)
        found[check.id] = ReadCheck(check=check, document=document)
    problems.extend(_unknown_witnesses(found))
    if problems:
        raise ContentError(problems)
    return found


def _unknown_witnesses(found: Mapping[str, ReadCheck]) -> Iterator[Problem]:
    """Give each name in `contradicted_by` that is no check which looks for itself."""
    for one in found.values():
        for number, name in enumerate(one.check.contradicted_by):
            place = one.document.place(("contradicted_by", number))
            if name not in found:
                yield Problem(message=f"there is no check called {name!r}", place=place)
            elif found[name].check.probe == "attestation":
                yield Problem(message=f"{name} asks for a statement, too: name one that looks", place=place)


def load_policies(folders: Iterable[Path]) -> Mapping[str, Policy]:
    """Read every policy directly in `folders`, by id, with dated lists from below. Raises `ContentError`."""
    folders = list(folders)
    tables = load_tables(folders)
    found: dict[str, Policy] = {}
    problems: list[Problem] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        try:
            document, policy = read(path, Policy)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        if policy.policy in found:
            told = f"another policy is already called {policy.policy}"
            problems.append(Problem(message=told, place=document.place(("policy",))))
        found[policy.policy] = _policy_with_tables(policy, document, tables, problems)
    if problems:
        raise ContentError(problems)
    return found


def _with_tables(check: Check, document: Document, tables: Tables, problems: list[Problem]) -> Check:
    def filled(parameters: Mapping[str, Parameter], *spot: str | int) -> Mapping[str, Parameter]:
        return filled_in(
            parameters, tables, lambda name: document.place((*spot, "parameters", name)), problems
        )

    cases = (
        replace(case, parameters=filled(case.parameters, "cases", number))
        for number, case in enumerate(check.cases)
    )
    return replace(check, parameters=filled(check.parameters), cases=tuple(cases))


def _policy_with_tables(
    policy: Policy, document: Document, tables: Tables, problems: list[Problem]
) -> Policy:
    def filled(use: Use, number: int) -> Use:
        def place(name: str) -> Place:
            return document.place(("checks", number, "parameters", name))

        return replace(use, parameters=filled_in(use.parameters, tables, place, problems))

    return replace(policy, checks=tuple(filled(use, number) for number, use in enumerate(policy.checks)))
