"""
Make text that came from a target inert: one encoder for each kind of output.

Whatever a server, a file or a person could write is shown, never obeyed: no colour, no
cursor, no link, no markup, no reversed reading direction. Nothing is dropped silently;
what cannot be seen is written out, as a backslash and the number of the character.
"""

from __future__ import annotations

import re

TAB_WIDTH = 4
_HIGHEST_BYTE = 0xFF
_HIGHEST_SHORT = 0xFFFF

# Listed one by one instead of asked of `unicodedata`, whose answers differ between Pythons: controls,
# soft hyphen, invisible letters, zero-width, bidirectional controls, separators, surrogates, variation
# selectors, tags.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Marks that strike out or enclose what stands before them; others pile up over the lines around.
_OVERLAYS = r"\u0334-\u0338\u0488\u0489\u20d0-\u20f0"
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# Blanks that no browser joins push away what follows them.
_BLANK = r"[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_ODD = f"[{_HIDDEN}{_OVERLAYS}]|(?<={_MARK}{_MARK}){_MARK}|(?<={_BLANK}){_BLANK}"
_IN_A_LINE = re.compile(_ODD)
_IN_A_BLOCK = re.compile(f"(?!\n)(?:{_ODD})")

_MARKDOWN_SIGNS = re.compile(r"[\\`*_{}\[\]<>&|~$^]")
_MARKDOWN_START = re.compile(r"(?:[#+=:-]|[0-9]{1,9}(?=[.)](?: |$)))")
# Names of little pictures, which GitHub and GitLab put in their place: a green tick among them.
_PICTURE = re.compile(r":[a-z0-9_+-]*[g-z_+][a-z0-9_+-]*:", re.IGNORECASE)
_MARKDOWN_LINKABLE = re.compile(rf"@|:/|www\.|(?:mailto|xmpp|tel):|{_PICTURE.pattern}", re.IGNORECASE)
_UNQUOTABLE = re.compile(r"[`|\\]")
_CSS_PLAIN = re.compile(r"[A-Za-z0-9 ]")


class Encoded(str):
    """Text that has been made inert for the output it goes to, and is not encoded twice."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell Jinja2 that its own escaping is not wanted any more."""
        return str(self)


def visible(text: str) -> str:
    """
    Give one line in which every control, invisible or direction-changing character can be seen.

    So can marks that strike other letters out, the third of a pile of marks, and the second of odd blanks.
    """
    return _IN_A_LINE.sub(_written_out, text)


def visible_block(text: str) -> str:
    """Do the same for text of several lines: line ends stay, tabs become blanks."""
    return _IN_A_BLOCK.sub(_written_out, text.replace("\r\n", "\n").expandtabs(TAB_WIDTH))


def markdown(text: str) -> Encoded:
    """
    Write `text` so that Markdown (CommonMark, with GitHub's additions) shows it as it is.

    Words that programs like to turn into links (addresses, host names with `www.`, mail
    addresses) are set as code, where nobody looks for links.
    """
    words = visible(text).strip(" ").split(" ")
    encoded = " ".join(_markdown_word(word) for word in words)
    # A backslash before a digit is no escape, so a number's own sign is the one to be disarmed.
    if start := _MARKDOWN_START.match(encoded):
        at = start.end() if start[0].isdigit() else 0
        encoded = f"{encoded[:at]}\\{encoded[at:]}"
    return Encoded(encoded)


def markdown_block(text: str) -> Encoded:
    """Write `text` of several lines as a code block whose fence it cannot close."""
    shown = visible_block(text).strip("\n")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Encoded(f"{fence}text\n{shown}\n{fence}")


def css_string(text: str) -> Encoded:
    """Write `text` as a quoted string of a stylesheet."""
    inside = "".join(sign if _CSS_PLAIN.fullmatch(sign) else f"\\{ord(sign):x} " for sign in visible(text))
    return Encoded(f'"{inside}"')


def json_text(dumped: str) -> str:
    """Write what can hide in JSON, whose grammar allows it only within strings, as JSON's own escapes."""
    return _IN_A_BLOCK.sub(_json_escape, dumped)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= _HIGHEST_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _HIGHEST_SHORT else f"\\U{code:08x}"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _markdown_word(word: str) -> str:
    if not _MARKDOWN_LINKABLE.search(word):
        return _MARKDOWN_SIGNS.sub(r"\\\g<0>", word)
    if not _UNQUOTABLE.search(word):
        # What ends a sentence or a bracket around it is no part of the address, but may be of a picture.
        plain = word.rstrip(".,;:!?" if "(" in word else ".,;:!?)") or word
        end = max([len(plain), *(found.end() for found in _PICTURE.finditer(word))])
        return f"`{word[:end]}`{word[end:]}"
    # Neither as code nor escaped would it be safe everywhere: take the link's own sign away.
    broken = _MARKDOWN_LINKABLE.sub(lambda found: found[0][:-1] + f"\\x{ord(found[0][-1]):02x}", word)
    return _MARKDOWN_SIGNS.sub(r"\\\g<0>", broken)
