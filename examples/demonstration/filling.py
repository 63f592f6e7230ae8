"""
Fill the templates of an example in, so that they read as if they had been written this week.

    {{today-3}}     a day as 2026-11-20        {{heute-3}}   the same day as 20.11.2026
    {{golive+2}}    two days after the start   {{start+2}}   the same day as TT.MM.JJJJ
    {{millis-1}}    yesterday noon in milliseconds since 1970, as Cobertura writes time
    {{port:https}}  a port that was free       {{sha256:nachweise/x.pdf}}  the hash of a file made before
    {{NAME}}        anything else the demonstration gives, such as {{host}} or {{folder}}

A name with two endings says what is made and from what: `liste.xlsx.csv`, `plan.docx.md`,
`genehmigung.pdf.md` and `rechnung.py.txt` become `liste.xlsx`, `plan.docx`, `genehmigung.pdf`, `rechnung.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from demonstration.office_files import docx_of, pdf_of, xlsx_of

_TOKEN = re.compile(r"\{\{(?P<name>[a-z0-9_]+)(?P<days>[+-]\d+)?(?::(?P<of>[\w./-]+))?\}\}")
_DAYS_TO_THE_START = 10
_FRIDAY = 4
_MADE: Mapping[tuple[str, str], Callable[[str], bytes]] = {
    (".xlsx", ".csv"): xlsx_of,
    (".docx", ".md"): docx_of,
    (".pdf", ".md"): pdf_of,
    (".py", ".txt"): str.encode,
}


class TemplateError(Exception):
    """A template asks for something there is not."""


@dataclass(frozen=True)
class Setting:
    """When and where an example is set."""

    today: date
    ports: Mapping[str, int]
    words: Mapping[str, str]

    @property
    def start(self) -> date:
        """The day the system goes live: some ten days ahead, so that it can be signed, Monday to Thursday."""
        day = self.today + timedelta(days=_DAYS_TO_THE_START)
        while day.weekday() >= _FRIDAY:
            day += timedelta(days=1)
        return day


def fill_in(layers: tuple[Path, ...], into: Path, setting: Setting) -> None:
    """Make the files of each layer in `into`; a later layer's file takes the place of an earlier one's."""
    templates = {
        template.relative_to(layer): template
        for layer in layers
        for template in sorted(layer.rglob("*"))
        if template.is_file()
    }
    # Those that name another file's hash come last.
    texts = {name: template.read_text(encoding="utf-8") for name, template in templates.items()}
    for name in sorted(texts, key=lambda name: ("{{sha256:" in texts[name], name)):
        text = _filled(texts[name], into, setting, str(name))
        made, data = _made(name, text)
        path = into / made
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _made(name: Path, text: str) -> tuple[Path, bytes]:
    make = _MADE.get((Path(name.stem).suffix, name.suffix))
    return (name, text.encode()) if make is None else (name.with_suffix(""), make(text))


def _filled(text: str, into: Path, setting: Setting, name: str) -> str:
    def meaning(match: re.Match[str]) -> str:
        told, of = match["name"], match["of"]
        if told in _DAYS and of is None:
            return _DAYS[told](setting, timedelta(days=int(match["days"] or 0)))
        if told == "port" and of in setting.ports:
            return str(setting.ports[of])
        if told == "sha256" and of is not None and (into / of).is_file():
            return hashlib.sha256((into / of).read_bytes()).hexdigest()
        if told in setting.words and of is None:
            return setting.words[told]
        raise TemplateError(f"{name}: nothing is known of {match[0]}")

    return _TOKEN.sub(meaning, text)


def _millis(setting: Setting, days: timedelta) -> str:
    noon = datetime.combine(setting.today + days, time(12), UTC)
    return str(int(noon.timestamp() * 1000))


_DAYS: Mapping[str, Callable[[Setting, timedelta], str]] = {
    "today": lambda setting, days: (setting.today + days).isoformat(),
    "heute": lambda setting, days: f"{setting.today + days:%d.%m.%Y}",
    "golive": lambda setting, days: (setting.start + days).isoformat(),
    "start": lambda setting, days: f"{setting.start + days:%d.%m.%Y}",
    "millis": _millis,
}
