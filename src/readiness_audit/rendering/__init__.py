"""
Reports: one record, many formats. Nothing is computed here that decides anything.

To add a format for people, make a folder `reports/<name>/` with one `report.<ext>.j2`; it is
found by its name. To add one for machines, write its module and add its line to `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from readiness_audit.errors import ReportError
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release
from readiness_audit.model.texts import Language
from readiness_audit.shipped import shipped

__all__ = ["FORMATS", "Format", "render", "template_formats"]

Maker: TypeAlias = Callable[[Record, Language, str | None, Release | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write a report."""

    name: str
    extension: str
    """Of its files, with the dot."""

    media_type: str
    make: Maker


def render(
    record: Record,
    format_: str,
    language: Language,
    *,
    sha256: str | None = None,
    folders: Sequence[Path] = (),
    release: Release | None = None,
) -> str:
    """
    Write the report on `record` in a format and a language.

    The same record and `release` give the same text. `sha256` is the record file's own and is printed;
    `release` says whether it is in force, where sign-offs were handed over; `folders` hold further
    formats, each `<name>/report.<ext>.j2`. Raises `ReportError` where
    the format is not known, a template cannot be filled in, or the record contradicts itself.
    """
    if format_ in FORMATS:
        return FORMATS[format_].make(record, language, sha256, release)
    known = template_formats(folders)
    if format_ not in known:
        raise ReportError(
            f"there is no report format {format_!r}; there are: {', '.join(sorted({*FORMATS, *known}))}"
        )
    return _from_template(known[format_], record, language, sha256, release)


def template_formats(folders: Sequence[Path]) -> Mapping[str, Path]:
    """Find formats for people that somebody added: their folders by name; the first one found counts."""
    found: dict[str, Path] = {}
    for folder in folders:
        for template in sorted(folder.glob("*/report.*.j2")):
            found.setdefault(template.parent.name, template.parent)
    return found


# What a format needs is imported when it is asked for: a plan or a `--version` needs none of it.


def _from_template(
    folder: Path, record: Record, language: Language, sha256: str | None, release: Release | None
) -> str:
    from readiness_audit.rendering.telling import tell  # noqa: PLC0415 - see above
    from readiness_audit.rendering.templates import fill_in  # noqa: PLC0415 - Jinja2 is heavy
    from readiness_audit.rendering.words import words_in  # noqa: PLC0415 - see above

    words = words_in(language, record.policy.rule.zone)
    return fill_in(folder, tell(record, words, sha256, release), words.say)


def _html(record: Record, language: Language, sha256: str | None, release: Release | None) -> str:
    return _from_template(shipped("reports") / "html", record, language, sha256, release)


def _markdown(record: Record, language: Language, sha256: str | None, release: Release | None) -> str:
    return _from_template(shipped("reports") / "markdown", record, language, sha256, release)


def _json(record: Record, language: Language, sha256: str | None, release: Release | None) -> str:
    from readiness_audit.rendering.json_report import machine_report  # noqa: PLC0415 - see above

    return machine_report(record, language, sha256, release)


def _terminal(record: Record, language: Language, sha256: str | None, release: Release | None) -> str:
    from readiness_audit.rendering.terminal import PLAIN, terminal_report  # noqa: PLC0415 - rich is heavy

    return terminal_report(record, language, screen=PLAIN, sha256=sha256, release=release)


FORMATS: Mapping[str, Format] = {
    format_.name: format_
    for format_ in (
        Format(name="html", extension=".html", media_type="text/html; charset=utf-8", make=_html),
        Format(name="json", extension=".json", media_type="application/json", make=_json),
        Format(name="markdown", extension=".md", media_type="text/markdown; charset=utf-8", make=_markdown),
        Format(name="terminal", extension=".txt", media_type="text/plain; charset=utf-8", make=_terminal),
    )
}
