"""The words of reports in one language, and how numbers, days and moments are written in it."""

from __future__ import annotations

import json
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType

from readiness_audit.errors import ReportError
from readiness_audit.model.check import Parameter
from readiness_audit.model.texts import Language, Texts
from readiness_audit.rendering.heard import UNHEARD, Heard, heard_as
from readiness_audit.shipped import shipped

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DAY_ALONE = re.compile(rf"(?<![^\s(]){_DAY.pattern}(?![^\s),])", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z", re.ASCII)
_PER_MILLE = 1000
_NOTHING = "-"
"""What checks observe where there is nothing."""


def fill(sentence: str, values: Mapping[str, str]) -> str:
    """
    Put `values` in the place of their {placeholders}, in one pass.

    A value that looks like a placeholder itself stays what it is, and so does a
    placeholder that nothing fills.
    """
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What reports say in one language."""

    language: Language
    texts: Mapping[str, str]
    """By `group.word`."""

    zone: tzinfo
    """Days and moments are shown in it."""

    heard: Heard = UNHEARD
    """What stands for the sentences of probes."""

    def say(self, key: str, **values: str) -> str:
        """Give the words for `key`, with `values` in their places."""
        if key not in self.texts:
            raise ReportError(f"reports/words/{self.language}.json has no words for {key!r}")
        return fill(self.texts[key], values)

    def counted(self, key: str, count: int, **values: str) -> str:
        """Give the words for `count` of something: `key.one` or `key.many`."""
        form = "one" if count == 1 else "many"
        return self.say(f"{key}.{form}", n=self.number(count), **values)

    def text(self, texts: Texts) -> str:
        """Give a text of a check or policy in this language."""
        return texts.said(self.language)

    def column(self, name: str) -> str:
        """Give what forms write above a register's column; one that nobody knows keeps its name."""
        return self.texts.get(f"column.{name}", name)

    def number(self, number: float) -> str:
        """Write a number with the decimal sign and the thousands of the language."""
        whole, _, rest = f"{number:,}".partition(".")
        shown = whole.replace(",", self.texts["form.thousands"])
        return shown + (self.texts["form.decimal"] + rest if rest and rest != "0" else "")

    def percent(self, part: int, whole: int) -> str:
        """Write `part` of `whole` as a percentage, rounded down so that it never says too much."""
        per_mille = part * _PER_MILLE // whole if whole else 0
        return self._percent(per_mille)

    def ratio(self, ratio: float) -> str:
        """Write a limit between 0 and 1 as a percentage."""
        return self._percent(round(ratio * _PER_MILLE))

    def _percent(self, per_mille: int) -> str:
        return self.say("form.percent", number=self.number(per_mille / 10))

    def day(self, day: date) -> str:
        """Write a day: 3 May 2026, 03.05.2026."""
        return self.say("form.day", **self._parts(day))

    def moment(self, moment: datetime) -> str:
        """Write a moment to the minute, with its distance from UTC."""
        return self.say("form.moment", **self._parts(moment.astimezone(self.zone)))

    def clock(self, moment: datetime) -> str:
        """Write the time of a moment to the second, with its distance from UTC."""
        return self.say("form.clock", **self._parts(moment.astimezone(self.zone)))

    def value(self, value: Parameter) -> str:
        """Write a parameter of a check."""
        match value:
            case bool():
                return self.say("say.yes" if value else "say.no")
            case int():
                # Without thousands: it may be a port or a year.
                return str(value)
            case float():
                return self.number(value)
            case str():
                return self.quoted(value)
            case _:
                return ", ".join(
                    json.dumps(item, ensure_ascii=False, sort_keys=True)
                    if isinstance(item, Mapping)
                    else self.value(item)
                    for item in value
                )

    def quoted(self, text: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """Give an observed value; days, moments, `names` and what probes say as the language does."""
        if text == _NOTHING:
            return self.say("say.not-stated")
        try:
            if _DAY.fullmatch(text):
                return self.day(date.fromisoformat(text))
            if _MOMENT.fullmatch(text):
                return self.moment(datetime.fromisoformat(text))
        except ValueError:
            return text
        if names:
            text = ", ".join(names.get(piece, piece) for piece in text.split(", "))
        return self.heard.listed(self.with_days(text))

    def with_days(self, text: str) -> str:
        """Write the days that stand alone in a text as the language does; part of a name they stay."""
        return _DAY_ALONE.sub(self._day_found, text)

    def _day_found(self, found: re.Match[str]) -> str:
        try:
            return self.day(date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    def _parts(self, day: date) -> dict[str, str]:
        parts = {
            "day": str(day.day),
            "dd": f"{day.day:02}",
            "mm": f"{day.month:02}",
            "month": self.texts[f"month.{day.month}"],
            "year": f"{day.year:04}",
        }
        if isinstance(day, datetime):
            parts |= {
                "hour": f"{day.hour:02}",
                "minute": f"{day.minute:02}",
                "second": f"{day.second:02}",
                "zone": _from_utc(day.utcoffset() or timedelta()),
            }
        return parts


def words_in(language: Language, zone: str, folder: Path | None = None) -> Words:
    """Read the words of a language; moments are shown in `zone`. Raises `ReportError` where that fails."""
    path = (folder or shipped("reports")) / "words" / f"{language}.json"
    try:
        groups: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
        heard = path.with_name(f"heard.{language}.json")
        sentences = {} if language is Language.EN else json.loads(heard.read_text(encoding="utf-8"))
        shown_in = zoneinfo.ZoneInfo(zone)
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: {error}") from error
    except zoneinfo.ZoneInfoNotFoundError as error:
        raise ReportError(
            f"the time zone {zone!r} is not known on this machine: install its package tzdata"
        ) from error
    texts = {f"{group}.{word}": text for group, inside in groups.items() for word, text in inside.items()}
    return Words(language=language, texts=texts, zone=shown_in, heard=heard_as(sentences))


def _from_utc(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "-"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")
