"""
The reports on the example record, as they were looked at and found good.

`python -m tests.rendering.golden` writes them anew; look at what changed before keeping it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from readiness_audit.model.texts import Language
from readiness_audit.rendering import FORMATS, render
from tests.records import a_record

FOLDER = Path(__file__).parents[1] / "golden"
FILES: Mapping[str, tuple[str, Language]] = {
    f"report.{language}{format_.extension}": (name, language)
    for name, format_ in FORMATS.items()
    for language in Language
}


def made(name: str) -> str:
    """Make the report that a golden file holds."""
    format_, language = FILES[name]
    return render(a_record(), format_, language, sha256="0123456789abcdef" * 4)


def write() -> None:
    """Write every golden file."""
    FOLDER.mkdir(exist_ok=True)
    for name in FILES:
        (FOLDER / name).write_text(made(name), encoding="utf-8")


if __name__ == "__main__":
    write()
