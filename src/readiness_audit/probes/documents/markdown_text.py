"""Read Markdown (CommonMark with tables) into parts. Runs in a child process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from readiness_audit.model.evidence import Plain, Reason
from readiness_audit.probes.documents.front_matter import parted, stated_in
from readiness_audit.probes.documents.parts import MOST_TEXT, Collected, Kind, Reading
from readiness_audit.probes.documents.summary import summarise
from readiness_audit.probes.reach.blind import CannotSee

if TYPE_CHECKING:
    from markdown_it.token import Token

# Where the text of a code span is left out of the search for placeholders.
_CODE = "\N{OBJECT REPLACEMENT CHARACTER}"
_HTML_NAMES = """
    a abbr address article aside b blockquote body br button caption center code col colgroup dd
    del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 head
    header hr html i iframe img input ins kbd label li link main mark meta nav ol optgroup option p
    picture pre q s samp script section select small source span strike strong style sub summary
    sup svg table tbody td template textarea tfoot th thead title tr tt u ul var video wbr
"""
_HTML = frozenset(_HTML_NAMES.split())
_BREAKS = frozenset({"blockquote", "br", "dd", "div", "dt", "hr", "li", "ol", "p", "table", "tr", "ul"})
_UNSHOWN = frozenset({"script", "style", "template"})


def read_markdown(data: bytes) -> Plain:
    """
    Give what a Markdown file holds, as `summarise` tells it; to be called through `read_apart`.

    Raises `CannotSee`: not UTF-8, more than five million characters, or a front matter that is not YAML.
    """
    if len(data) > 4 * MOST_TEXT:
        raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_TEXT} characters of text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotSee(Reason.UNREADABLE, f"the text is not UTF-8 (byte {error.start + 1})") from None
    front, body = parted(text)
    collected = Collected()
    try:
        _collect(_tokens(body), collected)
    except CannotSee:
        raise
    except Exception as error:  # noqa: BLE001 - a parser of hostile text may raise anything
        raise CannotSee(
            Reason.UNREADABLE, f"the Markdown could not be read: {type(error).__name__}"
        ) from None
    reading = Reading(parts=tuple(collected.parts), sections_by="headings", stated=stated_in(front))
    return summarise(reading)


def _tokens(body: str) -> list[Token]:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only the child process that reads Markdown pays for it

    return MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(body)


def _collect(tokens: Sequence[Token], collected: Collected) -> None:
    level = 0
    cells: list[tuple[str, str]] | None = None
    for token in tokens:
        match token.type:
            case "heading_open":
                # A heading inside a list or a quotation does not begin a section.
                level = int(token.tag[1:]) if token.level == 0 else 0
            case "heading_close":
                level = 0
            case "tr_open":
                cells = []
            case "tr_close":
                collected.add_row(cells or ())
                cells = None
            case "inline":
                shown, searched, hidden = _inline(token.children or ())
                if cells is not None:
                    cells.append((shown, searched))
                else:
                    kind = Kind.HEADING if level else Kind.TEXT
                    collected.add(kind, shown, searched=searched, level=level)
                collected.add(Kind.HIDDEN, hidden)
            case _:
                _collect_block(token, collected)


def _collect_block(token: Token, collected: Collected) -> None:
    if token.type in {"fence", "code_block"}:
        collected.add(Kind.CODE, token.content)
    elif token.type == "html_block":
        shown, hidden = _html(token.content)
        collected.add(Kind.TEXT, shown)
        collected.add(Kind.HIDDEN, hidden)


def _inline(children: Sequence[Token]) -> tuple[str, str, str]:
    """Give what is shown, what of it is searched, and what is hidden in comments."""
    shown: list[str] = []
    searched: list[str] = []
    hidden: list[str] = []
    for text, is_code, comment in _pieces(children):
        shown.append(text)
        searched.append(_CODE if is_code else text)
        hidden.append(comment)
    return "".join(shown), "".join(searched), "\n".join(filter(None, hidden))


def _pieces(children: Sequence[Token]) -> Iterator[tuple[str, bool, str]]:
    for child in children:
        match child.type:
            case "softbreak" | "hardbreak":
                yield "\n", False, ""
            case "code_inline":
                yield child.content, True, ""
            case "html_inline":
                text, comment = _html(child.content)
                yield text, False, comment
            case "text" | "image" | "text_special":
                yield child.content, False, ""
            case _:
                pass


class _Html(HTMLParser):
    """Keeps the text; tags of HTML go, and what only looks like one (`<Name>`) stays as it is written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if not self._is_html(tag):
            self.shown.append(self.get_starttag_text() or "")
            return
        self._unshown += tag in _UNSHOWN
        self.shown.append("\n" if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self._unshown = max(0, self._unshown - (tag in _UNSHOWN))
        self.shown.append("\n" if tag in _BREAKS else "")

    def handle_data(self, data: str) -> None:
        if not self._unshown:
            self.shown.append(data)

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    def _is_html(self, tag: str) -> bool:
        # HTML is written in small letters nowadays; <Titel>, <Address> or <Name> in a template is not.
        written = (self.get_starttag_text() or "")[1 : 1 + len(tag)]
        return tag in _HTML and (written.islower() or written.isupper())


def _html(content: str) -> tuple[str, str]:
    parser = _Html()
    parser.feed(content)
    parser.close()
    return "".join(parser.shown), "\n".join(parser.hidden)
