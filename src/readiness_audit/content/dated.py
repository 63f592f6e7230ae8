"""Read dated lists, and put their tables where a check or policy names one instead of writing it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from readiness_audit.content.reading import read
from readiness_audit.errors import ContentError, Place, Problem
from readiness_audit.model.check import Parameter
from readiness_audit.model.dated import DatedList, Tables
from readiness_audit.shipped import shipped

_MARK = "list:"


def load_tables(policies: Iterable[Path]) -> Tables:
    """
    Read every dated list in the folders of `policies` (`<family>/<list>@<edition>.yaml`), and those we ship.

    Raises `ContentError` with the problems of all files.
    """
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    folders = dict.fromkeys((shipped("policies"), *policies))
    for path in (path for folder in folders for path in sorted(folder.glob("*/*.yaml"))):
        try:
            document, listed = read(path, DatedList)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        name = f"{listed.list}@{listed.edition}"
        if path.stem != name:
            told = f"the file of this list must be called {name}.yaml"
            problems.append(Problem(message=told, place=document.place(("list",))))
        for table, rows in listed.tables.items():
            found[f"{path.parent.name}/{name}#{table}"] = rows
    if problems:
        raise ContentError(problems)
    return found


def filled_in(
    parameters: Mapping[str, Parameter],
    tables: Tables,
    place: Callable[[str], Place],
    problems: list[Problem],
) -> Mapping[str, Parameter]:
    """
    Give `parameters` with tables in place of references such as `list:tls/bsi-tr-02102-2@2023-01#suites`.

    What names no table is added to `problems`; `place` says where a parameter is written.
    """
    filled: dict[str, Parameter] = {}
    for name, value in parameters.items():
        filled[name] = value
        if not isinstance(value, str) or not value.startswith(_MARK):
            continue
        asked = value.removeprefix(_MARK)
        if asked in tables:
            filled[name] = tables[asked]
        else:
            known = ", ".join(sorted(tables)) or "none"
            problems.append(
                Problem(message=f"there is no dated list {asked!r}; known: {known}", place=place(name))
            )
    return filled
