"""The functions our expressions have besides CEL's own. All are pure; times come in as text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from cel_expr_python import cel

_T = cel.Type


def days_between(earlier: str, later: str) -> float:
    """
    Count the days from `earlier` to `later`, negative where `later` comes first.

    Each is a date (`2026-05-03`) or a moment with zone (`2026-05-03T12:00:00Z`, RFC 3339);
    two dates give whole days; with a moment, a date stands for its beginning in UTC.
    Raises `ValueError` where one is neither, which makes the expression an error.
    """
    return (_moment(later) - _moment(earlier)).total_seconds() / 86400


def hours_between(earlier: str, later: str) -> float:
    """Count the hours from `earlier` to `later`; otherwise as `days_between`."""
    return (_moment(later) - _moment(earlier)).total_seconds() / 3600


def whole_days(days: float) -> int:
    """Give the full days in `days`, rounded towards zero, for reports."""
    return int(days)


def _moment(text: str) -> datetime:
    if len(text) == len("2026-05-03"):
        return datetime.combine(date.fromisoformat(text), time.min, UTC)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return moment


def _declared(name: str, result: cel.Type, parameters: list[cel.Type], function: object) -> cel.FunctionDecl:
    overload = cel.Overload(f"{name}_overload", result, parameters, is_member=False, impl=function)
    return cel.FunctionDecl(name, [overload])


FUNCTIONS = (
    _declared("days_between", _T.DOUBLE, [_T.STRING, _T.STRING], days_between),
    _declared("hours_between", _T.DOUBLE, [_T.STRING, _T.STRING], hours_between),
    _declared("whole_days", _T.INT, [_T.DOUBLE], whole_days),
)
