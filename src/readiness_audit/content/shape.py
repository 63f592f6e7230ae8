"""
Turn a YAML file into a noun of the model, or say everything that is wrong with it at once.

The model's own dataclasses are the schema; there is no second one. Pydantic holds the data
against them, and the file's tree turns its paths into file, line, column and a caret.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from readiness_audit.content.yaml_tree import Document, Spot
from readiness_audit.errors import ContentError, FieldError, Problem
from readiness_audit.model.evidence import Plain

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

T = TypeVar("T")

_EXTRA = "unexpected_keyword_argument"
_EXPECTED = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
}
_LONGEST_SHOWN = 40
_MISSING = {"missing", "missing_argument", "missing_keyword_only_argument"}


def shape(document: Document, kind: type[T]) -> T:
    """Build a `kind` from a file. Raises `ContentError` with all its problems."""
    try:
        # Strict JSON is the one mode that reads dates and choices from text and nothing else from text.
        (built,) = _adapter(typing.cast("type", kind)).validate_json(json.dumps([document.data]), strict=True)
    except ValidationError as error:
        raise ContentError(_problems(document, kind, error)) from None
    return typing.cast("T", built)


def schema(kind: type) -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of a file that describes a `kind`, for editors."""
    made = _adapter(kind, described=True).json_schema()
    (root,) = made["prefixItems"]
    defs = made.get("$defs", {})
    top = defs.pop(kind.__name__) if "$ref" in root else root
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": defs}


@cache
def _adapter(kind: type, *, described: bool = False) -> TypeAdapter[Any]:
    # Inside a tuple, the settings reach the dataclasses, which cannot carry them: the model knows no library.
    # The sentences under fields are read from the source anew, which takes long; only a schema shows them.
    config = ConfigDict(extra="forbid", use_attribute_docstrings=described)
    whole: Any = tuple.__class_getitem__((kind,))
    return TypeAdapter(whole, config=config)


def _problems(document: Document, kind: type, error: ValidationError) -> list[Problem]:
    told: dict[tuple[Spot, str], Problem] = {}
    for detail in error.errors(include_url=False):
        spot = _spot(document, kind, detail["loc"][1:])
        if spot is None:
            continue
        spot, message, key = _said(document, kind, detail, spot)
        place = document.place(spot, key=key)
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, FieldError) and cause.secret:
            place = dataclasses.replace(place, source="")
        told.setdefault((spot, message), Problem(message=message, place=place))
    return sorted(told.values(), key=lambda problem: (problem.place.line, problem.place.column))


def _spot(document: Document, kind: type, location: tuple[str | int, ...]) -> Spot | None:
    """Turn pydantic's path into one through the file; none where it is about another member of a union."""
    spot: list[str | int] = []
    here: Plain = document.data
    for position, step in enumerate(location):
        if isinstance(here, dict) and isinstance(step, str) and step not in here:
            if position == len(location) - 1 and not _is_tag(kind, step):
                spot.append(step)
                break
            # A step that is not in the data is the name of a union's member.
            if not _is_member(kind, step, here, location[-1]):
                return None
            continue
        match here, step:
            case list(), int() if step < len(here):
                here = here[step]
            case dict(), str():
                here = here[step]
            case _:
                break
        spot.append(step)
    return tuple(spot)


def _is_tag(kind: type, step: str) -> bool:
    return any(member.__name__ == step for member in _reachable(kind))


def _is_member(kind: type, step: str, data: Mapping[str, Plain], last: str | int) -> bool:
    allowed: tuple[object, ...] = ()
    for member in _reachable(kind):
        if member.__name__ == step:
            allowed = get_args(_kind_hint(member))
    if not allowed or data.get("kind") in allowed:
        return True
    # Of an unknown kind, only that it is unknown is worth saying.
    return data.get("kind") not in _kinds(kind) and last == "kind"


def _kinds(kind: type) -> list[str]:
    return sorted({name for member in _reachable(kind) for name in get_args(_kind_hint(member))})


def _kind_hint(member: type) -> object:
    return typing.get_type_hints(member).get("kind")


def _said(document: Document, kind: type, detail: ErrorDetails, spot: Spot) -> tuple[Spot, str, bool]:
    """Say it in our words; gives where, what, and whether the key is meant rather than the value."""
    cause = detail.get("ctx", {}).get("error")
    match detail["type"]:
        case code if code == _EXTRA:
            return spot, _unknown_key(document, kind, spot), True
        case code if code in _MISSING:
            return spot[:-1], f"the key {spot[-1]!r} is missing", False
        case "value_error" if isinstance(cause, FieldError):
            deeper = (int(step) if step.isdecimal() else step for step in cause.field.split("."))
            return (*spot, *deeper), cause.problem, False
        case "literal_error" if spot and spot[-1] == "kind":
            known, given = _kinds(kind), str(detail.get("input"))
            told = f"{given!r} is no kind of target{_meant(given, known)}"
            return spot, f"{told}; known: {', '.join(known)}", False
        case "enum" | "literal_error":
            known, given = re.findall("'([^']*)'", detail["ctx"]["expected"]), str(detail.get("input"))
            told = f"{given!r} is not allowed here{_meant(given, known)}"
            return spot, f"{told}; allowed: {', '.join(known)}", False
        case code:
            said = detail["msg"].removeprefix("Value error, ")
            return spot, _expected(code, detail.get("input")) or said[:1].lower() + said[1:], False


def _expected(code: str, given: object) -> str:
    """Say what a value should be; nothing where that is not known."""
    if given is None and code in _EXPECTED:
        return f"nothing is written here; it {_EXPECTED[code]}"
    if code == "string_type" and isinstance(given, int | float):
        return "must be text; put it between quotation marks"
    if code in _EXPECTED:
        return _EXPECTED[code]
    if code.startswith(("date_from", "date_parsing")):
        return f"{str(given)[:_LONGEST_SHOWN]!r} is not a day; write it as 2026-12-31"
    if code.startswith(("datetime_", "timezone_")):
        shown = f"{str(given)[:_LONGEST_SHOWN]!r} is not a moment"
        return f"{shown}; write it with its zone as 2026-12-31T18:00:00+01:00"
    return ""


def _unknown_key(document: Document, kind: type, spot: Spot) -> str:
    here: Any = document.data
    for step in spot[:-1]:
        here = here[step]
    present = set(here) if isinstance(here, dict) else set()
    fields = [{field.name for field in dataclasses.fields(member)} for member in _reachable(kind)]
    known = max(fields, key=lambda names: len(names & present), default=set())
    return f"unknown key {spot[-1]!r}{_meant(str(spot[-1]), sorted(known - present))}"


def _meant(given: str, known: list[str]) -> str:
    close = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


@cache
def _reachable(kind: type) -> tuple[type[Any], ...]:
    found: dict[type[Any], None] = {}

    def walk(hint: object) -> None:
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            if hint not in found:
                found[hint] = None
                for inner in typing.get_type_hints(hint).values():
                    walk(inner)
        elif get_origin(hint) in {Union, types.UnionType, tuple} or get_args(hint):
            for inner in _arguments(hint):
                walk(inner)

    walk(kind)
    return tuple(found)


def _arguments(hint: object) -> Iterator[object]:
    for argument in get_args(hint):
        if argument is not Ellipsis:
            yield argument
