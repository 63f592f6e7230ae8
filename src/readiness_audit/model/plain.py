"""
Turn the nouns into plain data and back: what records are written and read as.

The two functions know nothing about files or formats. Reading is strict: a key too
many or too few, or a value of another type, is an error with its path.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import json
import re
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from readiness_audit.errors import RecordError
from readiness_audit.model.evidence import Plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DEEPEST = 60
LARGEST_WHOLE = 2**53 - 1

# Long runs of digits, and brackets on end, are worth a closer look; few texts have them.
_SUSPICIOUS = re.compile(r"[0-9]{16}|(?:[\[{][^\[{\]}]*){40}")

T = TypeVar("T")
_Reader = Callable[[object], object]
_Writer = Callable[[Any], Plain]


def to_plain(value: object) -> Plain:
    """Give `value` (a noun of the model, or what is inside one) as data that JSON can hold."""
    return _writer(cast("Hashable", type(value)))(value)


def writable(plain: Plain) -> Plain:
    """
    Give the same data as every JSON reader understands it (RFC 8785, RFC 7493).

    What a target said may hold halves of characters; they become question marks. Raises
    `ValueError` on numbers that are not finite or not exact in double precision, and on data
    nested too deep.
    """
    try:
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        return _mended(plain, 0)
    except RecursionError:
        raise ValueError("the data is nested too deep") from None
    return _mended(plain, 0) if _SUSPICIOUS.search(text) else plain


def _mended(plain: Plain, depth: int) -> Plain:
    if depth > DEEPEST:
        raise ValueError("the data is nested too deep")
    match plain:
        case str():
            return plain.encode("utf-8", "replace").decode()
        case int() if abs(plain) > LARGEST_WHOLE:
            raise ValueError(f"{plain} is too large a number for JSON")
        case list():
            return [_mended(item, depth + 1) for item in plain]
        case dict():
            return {str(_mended(key, depth)): _mended(item, depth + 1) for key, item in plain.items()}
        case _:
            return plain


def from_plain(kind: type[T], data: Plain, *, whole: bool = True) -> T:
    """
    Build the `kind` that `data` describes. Raises `RecordError` with the path of what is wrong.

    What an earlier version wrote is not `whole`: fields that came later get their defaults.
    """
    try:
        return cast("T", _reader(cast("Hashable", kind), whole)(data))
    except RecordError as error:
        raise RecordError(f"{kind.__name__}{error}") from None


@cache
def _writer(kind: type) -> _Writer:
    writer: _Writer
    if dataclasses.is_dataclass(kind):
        writer = _fields_writer(_field_names(kind))
    elif issubclass(kind, enum.Enum):
        writer = _write_member
    elif kind is types.NoneType or issubclass(kind, str | int | float):
        writer = _write_as_it_is
    elif issubclass(kind, datetime):
        writer = _write_moment
    elif issubclass(kind, date):
        writer = date.isoformat
    elif issubclass(kind, tuple | list):
        writer = _write_items
    elif issubclass(kind, Mapping):
        writer = _write_mapping
    else:
        raise TypeError(f"{kind.__name__} is not a noun of the model")
    return writer


def _fields_writer(names: tuple[str, ...]) -> _Writer:
    def write(noun: object) -> Plain:
        return {name: to_plain(getattr(noun, name)) for name in names}

    return write


def _write_member(member: enum.Enum) -> Plain:
    return str(member.value)


def _write_as_it_is(scalar: Plain) -> Plain:
    return scalar


def _write_moment(moment: datetime) -> Plain:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _write_items(items: Iterable[object]) -> Plain:
    return [to_plain(item) for item in items]


def _write_mapping(items: Mapping[object, object]) -> Plain:
    return {str(to_plain(key)): to_plain(item) for key, item in items.items()}


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("type[DataclassInstance]", kind)))


@cache
def _reader(kind: Hashable, whole: bool) -> _Reader:  # noqa: FBT001 - the key of a cache
    origin, inside = get_origin(kind), get_args(kind)
    reader: _Reader
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        reader = _dataclass_reader(kind, whole=whole)
    elif origin in {Union, types.UnionType}:
        reader = _union_reader(inside, whole=whole)
    elif origin is Literal:
        reader = _literal_reader(inside)
    elif origin is tuple:
        reader = _tuple_reader(_reader(inside[0], whole))
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        reader = _mapping_reader(_reader(inside[0], whole), _reader(inside[1], whole))
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


def _as_it_is(data: object) -> object:
    return data


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without zone")
    return moment


def _dataclass_reader(kind: type[DataclassInstance], *, whole: bool) -> _Reader:
    names = frozenset(_field_names(kind))
    needed = names if whole else _without_default(kind)
    readers: dict[str, _Reader] = {}

    def read(data: object) -> object:
        if not isinstance(data, dict) or not needed <= data.keys() <= names:
            wrong = (
                sorted((needed - data.keys()) | (data.keys() - names))
                if isinstance(data, dict)
                else [type(data).__name__]
            )
            raise RecordError(f": these keys are too many or missing: {', '.join(map(str, wrong))}")
        if not readers:
            hints = typing.get_type_hints(kind)
            readers.update({name: _reader(hints[name], whole) for name in names})
        values = {}
        for name, item in data.items():
            try:
                values[name] = readers[name](item)
            except RecordError as error:
                raise RecordError(f".{name}{error}") from None
        try:
            return kind(**values)
        except ValueError as error:
            raise RecordError(f": {error}") from None

    return read


@cache
def _without_default(kind: Hashable) -> frozenset[str]:
    missing = dataclasses.MISSING
    return frozenset(
        field.name
        for field in dataclasses.fields(cast("type[DataclassInstance]", kind))
        if field.default is missing and field.default_factory is missing
    )


def _union_reader(members: tuple[Hashable, ...], *, whole: bool) -> _Reader:
    classes = [member for member in members if isinstance(member, type) and dataclasses.is_dataclass(member)]
    others = [_reader(member, whole) for member in members if member not in classes]

    def read(data: object) -> object:
        if isinstance(data, dict) and classes:
            for member in classes:
                if _describes(member, data, whole=whole):
                    return _reader(member, whole)(data)
            raise RecordError(f": fits none of {', '.join(member.__name__ for member in classes)}")
        for reader in others:
            with contextlib.suppress(RecordError):
                return reader(data)
        raise RecordError(f": {data!r:.80} is not allowed here")

    return read


def _describes(kind: type[DataclassInstance], data: Mapping[object, object], *, whole: bool) -> bool:
    told, names = _told_kinds(kind), frozenset(_field_names(kind))
    needed = names if whole else _without_default(kind)
    return data.get("kind") in told if told else needed <= data.keys() <= names


@cache
def _told_kinds(kind: Hashable) -> tuple[object, ...]:
    return get_args(typing.get_type_hints(kind).get("kind"))


def _literal_reader(allowed: tuple[object, ...]) -> _Reader:
    def read(data: object) -> object:
        if data not in allowed:
            raise RecordError(f": {data!r:.80} is none of {', '.join(map(str, allowed))}")
        return data

    return read


def _tuple_reader(inner: _Reader) -> _Reader:
    def read(data: object) -> object:
        if not isinstance(data, list):
            raise RecordError(": must be a list")
        try:
            return tuple([inner(item) for item in data])
        except RecordError as error:
            raise RecordError(f"[]{error}") from None

    return read


def _mapping_reader(keys: _Reader, values: _Reader) -> _Reader:
    def read(data: object) -> object:
        if not isinstance(data, dict):
            raise RecordError(": must be a mapping")
        read_back = {}
        for key, item in data.items():
            name = keys(key)
            try:
                read_back[name] = values(item)
            except RecordError as error:
                raise RecordError(f".{key}{error}") from None
        return read_back

    return read


def _text_reader(make: Callable[[str], object], said: str) -> _Reader:
    def read(data: object) -> object:
        with contextlib.suppress(ValueError):
            if isinstance(data, str):
                return make(data)
        raise RecordError(f": {data!r:.80} is not {said}")

    return read


def _scalar_reader(kind: type) -> _Reader:
    allowed = (int, float) if kind is float else (kind,)

    def read(data: object) -> object:
        if not isinstance(data, allowed) or (isinstance(data, bool) and kind is not bool):
            raise RecordError(f": {data!r:.80} is not {kind.__name__}")
        return float(cast("float", data)) if kind is float else data

    return read
