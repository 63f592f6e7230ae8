"""
Write records as canonical JSON (RFC 8785), and read nothing else back.

The same record is the same bytes everywhere, so a hash or signature over them means
something. Reading insists on that form: what is not exactly what we would have written
(a key twice, NaN, a number no computer holds exactly, half a character) is refused.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from readiness_audit.errors import RecordError
from readiness_audit.ledger.migration import migrated
from readiness_audit.model.evidence import Observed, Plain
from readiness_audit.model.plain import from_plain, to_plain
from readiness_audit.model.record import SCHEMA, Record

LARGEST_RECORD = 256 * 2**20
"""Bytes of `record.json`."""

DEEPEST_FACTS = 64
"""Levels of lists and mappings inside the facts of one look."""

# Where Python and RFC 8785 may write a number differently: 1.0, 1e-05, and whole ones that may be too large.
# A number stands between these marks; text that looks like one there only costs time.
_ODD_NUMBER = re.compile(r"[:,\[]-?(?:\d+\.0|\d+(?:\.\d+)?e[+-]\d+|\d{16,})[,\]}]", re.ASCII)
_TOO_LARGE = 2**53
# Above this, sorting keys by character and by UTF-16 unit can differ.
_ODD_TEXT = re.compile("[\ud800-\U0010ffff]")


def record_bytes(record: Record, plain: Plain = None) -> bytes:
    """
    Give the bytes of `record.json`; `plain` is `to_plain(record)` where that is known already.

    Raises `RecordError` where facts cannot be written as JSON.
    """
    with collecting_later():
        _check_depth(record)
        data = canonical(to_plain(record) if plain is None else plain)
    if len(data) > LARGEST_RECORD:
        raise RecordError(
            f"the record is larger than {LARGEST_RECORD >> 20} MiB: audit fewer targets at once"
        )
    return data


def record_from(data: bytes) -> Record:
    """
    Read the bytes of a `record.json`.

    A record of an older schema is told as this version would have kept it; its number stays its own.
    Raises `RecordError`: not canonical JSON, of a newer schema, or not a record.
    """
    with collecting_later():
        plain = strict(data, LARGEST_RECORD)
        check_schema(plain, SCHEMA, "record")
        is_old = isinstance(plain, dict) and plain["schema"] != SCHEMA
        record = migrated(from_plain(Record, plain, whole=not is_old))
        _check_depth(record)
    return record


def check_schema(plain: Plain, newest: int, said: str) -> None:
    """Refuse what a later version of this program wrote: it could be misread."""
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise RecordError(f"the {said} does not say which schema it follows: it is not one of ours")
    if schema > newest:
        raise RecordError(
            f"the {said} has schema {schema} and this version reads schemas up to {newest}: "
            "read it with a newer readiness-audit"
        )


def canonical(plain: Plain) -> bytes:
    """Give plain data as RFC 8785 has it. Raises `RecordError` for what JSON cannot hold exactly."""
    try:
        return _encoded(plain)
    except (ValueError, TypeError) as error:
        raise RecordError(f"this cannot be written as JSON: {error}") from None
    except RecursionError:
        raise RecordError("this cannot be written as JSON: it is nested too deeply") from None


def whole_as_int(plain: Plain) -> Plain:
    """Turn 24.0 into 24, as RFC 8785 writes it, wherever it stands; what is written often is so once."""
    if isinstance(plain, dict):
        return {key: whole_as_int(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [whole_as_int(item) for item in plain]
    if isinstance(plain, float) and plain.is_integer() and abs(plain) < _TOO_LARGE:
        return int(plain)
    return plain


def strict(data: bytes, limit: int) -> Plain:
    """Read canonical JSON of at most `limit` bytes. Raises `RecordError` for anything else."""
    if len(data) > limit:
        raise RecordError(f"larger than {limit} bytes")
    try:
        # Bytes would be read as UTF-16 or UTF-32 as well.
        text = data.decode("utf-8")
        plain: Plain = json.loads(text, parse_constant=_refuse_constant)
        same = _encoded(plain) == data
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8 text from byte {error.start} on") from None
    except (ValueError, TypeError) as error:
        raise RecordError(f"not JSON as we write it: {error}") from None
    except RecursionError:
        raise RecordError("nested too deeply") from None
    if not same:
        json.loads(text, object_pairs_hook=_refuse_twins)
        raise RecordError("not in canonical form (RFC 8785): it was changed, or another program wrote it")
    return plain


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put off garbage collection: a record of a million parts has no cycles, and takes 1/3 less time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _encoded(plain: Plain) -> bytes:
    # The C encoder is many times faster and writes the same bytes where nothing odd occurs.
    if isinstance(plain, dict | list):
        text = _by_c(plain)
        if _ODD_NUMBER.search(text):
            # Nearly always hours or megabytes that happen to be whole.
            text = _by_c(whole_as_int(plain))
        if not _ODD_NUMBER.search(text) and (text.isascii() or not _ODD_TEXT.search(text)):
            return text.encode()
    import rfc8785  # noqa: PLC0415 - most records are written and read without it

    data = rfc8785.dumps(plain)
    # 1e16 is written as a whole number; too large a one could not be read again.
    json.loads(data, parse_int=_whole)
    return data


def _by_c(plain: Plain) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _whole(digits: str) -> int:
    number = int(digits)
    if abs(number) >= _TOO_LARGE:
        raise ValueError(f"{digits[:40]} is too large to be held exactly")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _refuse_twins(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"the key {twin!r:.80} is there twice")
    return found


def _check_depth(record: Record) -> None:
    level: list[object] = [piece.facts for piece in record.evidence if isinstance(piece, Observed)]
    level += [case.given for check in record.policy.checks for case in check.cases]
    for _ in range(DEEPEST_FACTS):
        level = [
            item
            for node in level
            for item in (node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise RecordError(f"facts are nested deeper than {DEEPEST_FACTS} levels")
