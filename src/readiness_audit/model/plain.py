"""
Turn the nouns into plain data and back: what records are written and read as.

The two functions know nothing about files or formats. Reading is strict: a key too
many or too few, or a value of another type, is an error with its path.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar, Union, cast, get_args, get_origin

from readiness_audit.errors import RecordError
from readiness_audit.model.evidence import Plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
_Reader = Callable[[object, str], object]


def to_plain(value: object) -> Plain:
    """Give `value` (a noun of the model, or what is inside one) as data that JSON can hold."""
    given: Plain
    match value:
        case enum.Enum():
            given = str(value.value)
        case str() | bool() | int() | float() | None:
            given = value
        case datetime():
            given = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            given = value.isoformat()
        case tuple() | list():
            given = [to_plain(item) for item in value]
        case Mapping():
            given = {str(to_plain(key)): to_plain(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value):
            names = _field_names(cast("Hashable", type(value)))
            given = {name: to_plain(getattr(value, name)) for name in names}
        case _:
            raise TypeError(f"{type(value).__name__} is not a noun of the model")
    return given


def from_plain(kind: type[T], data: Plain) -> T:
    """Build the `kind` that `data` describes. Raises `RecordError` with the path of what is wrong."""
    return cast("T", _reader(cast("Hashable", kind))(data, kind.__name__))


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("type[DataclassInstance]", kind)))


@cache
def _reader(kind: Hashable) -> _Reader:
    origin, inside = get_origin(kind), get_args(kind)
    reader: _Reader
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        reader = _dataclass_reader(kind)
    elif origin in {Union, types.UnionType}:
        reader = _union_reader(inside)
    elif origin is Literal:
        reader = _literal_reader(inside)
    elif origin is tuple:
        reader = _tuple_reader(_reader(inside[0]))
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        reader = _mapping_reader(_reader(inside[0]), _reader(inside[1]))
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        reader = _text_reader(kind, kind.__name__)
    elif kind is datetime:
        reader = _text_reader(_moment, "a moment")
    elif kind is date:
        reader = _text_reader(date.fromisoformat, "a date")
    elif kind in {str, bool, int, float, types.NoneType}:
        reader = _scalar_reader(cast("type", kind))
    else:
        # `Plain` itself: data that stays what it is.
        reader = _as_it_is
    return reader


def _as_it_is(data: object, _: str) -> object:
    return data


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without zone")
    return moment


def _dataclass_reader(kind: type[DataclassInstance]) -> _Reader:
    names = frozenset(_field_names(kind))
    readers: dict[str, _Reader] = {}

    def read(data: object, path: str) -> object:
        if not isinstance(data, dict) or data.keys() != names:
            wrong = sorted(names ^ data.keys()) if isinstance(data, dict) else [type(data).__name__]
            raise RecordError(f"{path}: these keys are too many or missing: {', '.join(map(str, wrong))}")
        if not readers:
            hints = typing.get_type_hints(kind)
            readers.update({name: _reader(hints[name]) for name in names})
        try:
            return kind(**{name: readers[name](item, f"{path}.{name}") for name, item in data.items()})
        except ValueError as error:
            raise RecordError(f"{path}: {error}") from None

    return read


def _union_reader(members: tuple[Hashable, ...]) -> _Reader:
    classes = [member for member in members if isinstance(member, type) and dataclasses.is_dataclass(member)]
    others = [_reader(member) for member in members if member not in classes]

    def read(data: object, path: str) -> object:
        if isinstance(data, dict) and classes:
            for member in classes:
                if _describes(member, data):
                    return _reader(member)(data, path)
            raise RecordError(f"{path}: fits none of {', '.join(member.__name__ for member in classes)}")
        for reader in others:
            with contextlib.suppress(RecordError):
                return reader(data, path)
        raise RecordError(f"{path}: {data!r:.80} is not allowed here")

    return read


def _describes(kind: type[DataclassInstance], data: Mapping[object, object]) -> bool:
    told = _told_kinds(kind)
    return data.get("kind") in told if told else data.keys() == set(_field_names(kind))


@cache
def _told_kinds(kind: Hashable) -> tuple[object, ...]:
    return get_args(typing.get_type_hints(kind).get("kind"))


def _literal_reader(allowed: tuple[object, ...]) -> _Reader:
    def read(data: object, path: str) -> object:
        if data not in allowed:
            raise RecordError(f"{path}: {data!r:.80} is none of {', '.join(map(str, allowed))}")
        return data

    return read


def _tuple_reader(inner: _Reader) -> _Reader:
    def read(data: object, path: str) -> object:
        if not isinstance(data, list):
            raise RecordError(f"{path}: must be a list")
        return tuple([inner(item, f"{path}[]") for item in data])

    return read


def _mapping_reader(keys: _Reader, values: _Reader) -> _Reader:
    def read(data: object, path: str) -> object:
        if not isinstance(data, dict):
            raise RecordError(f"{path}: must be a mapping")
        return {keys(key, path): values(item, f"{path}.{key}") for key, item in data.items()}

    return read


def _text_reader(make: Callable[[str], object], said: str) -> _Reader:
    def read(data: object, path: str) -> object:
        with contextlib.suppress(ValueError):
            if isinstance(data, str):
                return make(data)
        raise RecordError(f"{path}: {data!r:.80} is not {said}")

    return read


def _scalar_reader(kind: type) -> _Reader:
    allowed = (int, float) if kind is float else (kind,)

    def read(data: object, path: str) -> object:
        if not isinstance(data, allowed) or (isinstance(data, bool) and kind is not bool):
            raise RecordError(f"{path}: {data!r:.80} is not {kind.__name__}")
        return float(cast("float", data)) if kind is float else data

    return read
