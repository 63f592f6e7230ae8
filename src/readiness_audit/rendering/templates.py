"""Fill in the templates of reports for people. The only module that knows Jinja2."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from readiness_audit.errors import ReportError
from readiness_audit.rendering import safe
from readiness_audit.rendering.safe import Encoded
from readiness_audit.rendering.story import Story

STYLE = "style.css.j2"


def _html_block(text: str) -> Encoded:
    return Encoded(html.escape(safe.visible_block(text)))


_LINE: Mapping[str, Callable[[str], str]] = {".html": safe.visible, ".md": safe.markdown}
"""How a line of text is made inert. What comes back as plain text, Jinja2 escapes for HTML."""

_BLOCK: Mapping[str, Callable[[str], Encoded]] = {".html": _html_block, ".md": safe.markdown_block}


def template_in(folder: Path) -> Path:
    """Find the one `report.<ext>.j2` of a format; the extension says how text is made inert."""
    found = sorted(folder.glob("report.*.j2"))
    if len(found) != 1:
        raise ReportError(f"{folder}: a report format has exactly one report.<ext>.j2, here are {len(found)}")
    if extension(found[0]) not in _LINE:
        raise ReportError(
            f"{found[0]}: reports are written as {' or '.join(sorted(_LINE))}, and nothing else"
        )
    return found[0]


def extension(template: Path) -> str:
    """Give the extension of what a template becomes: `.html`."""
    return Path(template.stem).suffix


def fill_in(folder: Path, story: Story, say: Callable[..., str]) -> str:
    """
    Fill in the template of the format in `folder`.

    The template sees `story`, `say` for the words around it, and, where the folder holds a
    stylesheet, `style` and its `style_hash` for the content security policy. Whatever it
    writes out is made inert on the way, unless it is markup of the template itself.
    """
    template = template_in(folder)
    line = _LINE[extension(template)]

    def inert(value: object) -> object:
        if hasattr(value, "__html__"):
            return value
        return line(str(value))

    jinja = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=inert,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters["block"] = _BLOCK[extension(template)]
    jinja.filters["css"] = safe.css_string
    try:
        known: dict[str, object] = {"story": story, "say": say}
        if (folder / STYLE).is_file():
            style = jinja.get_template(STYLE).render(known)
            known |= {"style": Encoded(style), "style_hash": Encoded(_hash_of(style))}
        return jinja.get_template(template.name).render(known)
    except (TemplateError, OSError, UnicodeDecodeError, TypeError) as error:
        raise ReportError(f"{template}: {error}") from error


def _hash_of(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
