"""
Facts types: what a probe promises to see, read as a contract.

A facts type is a frozen dataclass of str, int, float, bool, `| None`, tuples of those, and
nested such dataclasses. From the type alone follow what empty facts look like, how worked
cases are completed, and how recorded numbers get their kind back.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Union, cast, get_args, get_origin

from readiness_audit.model.evidence import Plain


class Kind(enum.Enum):
    """What a field of facts holds."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "yes or no"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The type of one field of facts."""

    kind: Kind
    optional: bool
    many: bool
    group: type | None = None
    """The dataclass, where `kind` is GROUP."""


@cache
def shapes(facts: Hashable) -> Mapping[str, Shape]:
    """Give the fields of a facts type and their shapes, in order. Raises `TypeError` on other types."""
    kind = cast("type", facts)
    hints = typing.get_type_hints(kind)
    return {field.name: _shape(hints[field.name]) for field in dataclasses.fields(kind)}


def hollow(facts: type) -> dict[str, Plain]:
    """Give facts that say nothing: empty texts and lists, zeros, no, and None. No check may pass on them."""
    return {name: _hollow(shape) for name, shape in shapes(facts).items()}


def complete(facts: type, given: Mapping[str, object], path: str = "") -> dict[str, Plain]:
    """
    Fill up partly given facts with hollow values.

    Raises `ValueError` naming the path of a field that the type does not have, or of the
    wrong type.
    """
    known = shapes(facts)
    for name in given:
        if name not in known:
            raise ValueError(f"{path}{name}: there is no such fact; known: {', '.join(known)}")
    return {
        name: _complete(shape, given[name], f"{path}{name}") if name in given else _hollow(shape)
        for name, shape in known.items()
    }


@cache
def restorer(facts: Hashable) -> Callable[[Mapping[str, Plain]], Mapping[str, Plain]] | None:
    """
    Give what turns recorded facts back into the kinds of their type, or None where nothing needs it.

    JSON writes 5.0 as 5; an expression over a number must not become one over a whole number.
    """
    wanted = {
        name: (shape, restorer(shape.group) if shape.group else None)
        for name, shape in shapes(facts).items()
        if shape.kind is Kind.NUMBER or (shape.group and restorer(shape.group))
    }
    if not wanted:
        return None

    def restore(data: Mapping[str, Plain]) -> Mapping[str, Plain]:
        mended = dict(data)
        for name, (shape, inner) in wanted.items():
            value = mended.get(name)
            if shape.many and isinstance(value, list):
                mended[name] = [_restored(item, inner) for item in value]
            else:
                mended[name] = _restored(value, inner)
        return mended

    return restore


def _restored(value: Plain, inner: Callable[[Mapping[str, Plain]], Mapping[str, Plain]] | None) -> Plain:
    if inner is not None:
        return dict(inner(value)) if isinstance(value, dict) else value
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _shape(hint: object) -> Shape:
    origin, inside = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (kept,) = [member for member in inside if member is not types.NoneType]
        return dataclasses.replace(_shape(kept), optional=True)
    if origin is tuple:
        return dataclasses.replace(_shape(inside[0]), many=True)
    if origin is Literal:
        return Shape(kind=Kind.TEXT, optional=False, many=False)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return Shape(kind=Kind.GROUP, optional=False, many=False, group=hint)
    if isinstance(hint, type) and issubclass(hint, str):
        return Shape(kind=Kind.TEXT, optional=False, many=False)
    scalar: dict[object, Kind] = {int: Kind.WHOLE, float: Kind.NUMBER, bool: Kind.FLAG}
    if hint in scalar:
        return Shape(kind=scalar[hint], optional=False, many=False)
    raise TypeError(f"{hint} cannot be a field of facts")


def _hollow(shape: Shape) -> Plain:
    if shape.many:
        return []
    if shape.optional:
        return None
    if shape.group is not None:
        return hollow(shape.group)
    empty: dict[Kind, Plain] = {Kind.TEXT: "", Kind.WHOLE: 0, Kind.NUMBER: 0.0, Kind.FLAG: False}
    return empty[shape.kind]


_FITS: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.WHOLE: (int,),
    Kind.NUMBER: (int, float),
    Kind.FLAG: (bool,),
    Kind.GROUP: (dict,),
}


def _complete(shape: Shape, given: object, path: str) -> Plain:
    if shape.many:
        if not isinstance(given, list | tuple):
            raise ValueError(f"{path}: must be a list")
        one = dataclasses.replace(shape, many=False)
        return [_complete(one, item, f"{path}[{number}]") for number, item in enumerate(given)]
    if given is None and shape.optional:
        return None
    wrong_flag = isinstance(given, bool) and shape.kind is not Kind.FLAG
    if not isinstance(given, _FITS[shape.kind]) or wrong_flag:
        raise ValueError(f"{path}: {given!r} is not {shape.kind.value}")
    if shape.group is not None:
        return complete(shape.group, cast("Mapping[str, object]", given), f"{path}.")
    return float(cast("float", given)) if shape.kind is Kind.NUMBER else cast("Plain", given)
