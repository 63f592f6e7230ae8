"""The YAML reader: safe on anything, and exact about places."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness_audit.content.yaml_tree import DEEPEST, LARGEST_TEXT, MOST_NODES, parse_yaml, read_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.evidence import Plain

PATH = Path("file.yaml")


def data(text: str) -> Plain:
    return parse_yaml(text.encode(), PATH).data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("22:22", "22:22"),
        ("012", 12),
        ("0o14", 12),
        ("0xff", 255),
        ("-7", -7),
        ("1.10", 1.1),
        ("'1.10'", "1.10"),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("2026-05-03", "2026-05-03"),
        ("! text", "text"),
    ],
)
def test_it_reads_scalars_as_yaml_1_2_does(text: str, value: Plain) -> None:
    found = data(f"key: {text}")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("a: 1\na: 2", "stands here twice"),
        ("[1]: 2", "a key must be text"),
        ("a: !!python/name:os.system x", "tag"),
        ("a: !x 1", "tag"),
        ("a: &x [*x]", "stands for nothing, or for itself"),
        ("a: *nobody", "stands for nothing"),
        ("a: 1\n---\nb: 2", "second document"),
        ("a: [1", "not YAML"),
        ("a:\n\tb: 1", "not YAML"),
        ("a: 12345678901234567890", "too long"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nested more than"),
        ("[" * 100_000, "nested more than"),
        ("{a: " * 100_000, "nested more than"),
        ("\x00", "not YAML"),
    ],
)
def test_it_refuses_what_could_be_misread(text: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        data(text)


def test_it_refuses_a_file_of_a_million_aliases_at_once() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)
    )
    begun = time.monotonic()
    with pytest.raises(ContentError, match=f"more than {MOST_NODES} values"):
        data(bomb)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "text",
    [
        f"long: &a {'x' * 100_000}\nlist: [{'*a, ' * 1000}]",
        f"? &a {'x' * 100_000}\n: 1\nlist: [{'{*a : 1}, ' * 1000}]",
    ],
    ids=["values", "keys"],
)
def test_a_long_text_may_not_be_repeated_without_end(text: str) -> None:
    with pytest.raises(ContentError, match=f"more than {MOST_NODES} values"):
        data(text)


def test_an_alias_within_the_limits_is_read() -> None:
    assert data("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_it_refuses_what_is_too_large_or_not_utf8() -> None:
    with pytest.raises(ContentError, match="larger than"):
        parse_yaml(b"a" * (LARGEST_TEXT + 1), PATH)
    with pytest.raises(ContentError, match=r"file.yaml:2:1: is not UTF-8"):
        parse_yaml(b"a: 1\nb: \xff", PATH)


def test_a_missing_file_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nothing\.yaml.*there is no such file"):
        read_yaml(tmp_path / "nothing.yaml")


def test_it_knows_where_everything_stands() -> None:
    document = parse_yaml(b"# first\na:\n  - b: one\n    c: 'two'\n", PATH)
    value = document.place(("a", 0, "c"))
    assert (value.line, value.column, value.source) == (4, 8, "    c: 'two'")
    key = document.place(("a", 0, "c"), key=True)
    assert (key.line, key.column) == (4, 5)
    assert str(document.place(("a", 0, "nothing"))) == "file.yaml:3:5"


def test_it_finds_a_character_inside_a_text() -> None:
    document = parse_yaml(b"plain: abc def\nquoted: 'abc def'\nblock: |\n  one\n  two three\n", PATH)
    assert str(document.within(("plain",), 1, 5)) == "file.yaml:1:12"
    assert str(document.within(("quoted",), 1, 5)) == "file.yaml:2:14"
    assert str(document.within(("block",), 2, 5)) == "file.yaml:5:7"


def test_a_message_shows_the_line_and_obeys_nothing_in_it() -> None:
    with pytest.raises(ContentError) as caught:
        data("key: \x1b[31mred\nkey: 2")
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "password: [s3cr3t",
        "{id: 1, passphrase: s3cr3t, id: 2}",
        "{id: 1, zugangsdaten: s3cr3t, id: 2}",
        "{id: 1, credentials: s3cr3t, id: 2}",
        "{id: 1, private_key: s3cr3t, id: 2}",
        "{id: 1, schluessel: s3cr3t, id: 2}",
        "{id: 1, Authorization: s3cr3t, id: 2}",
        "pasword: s3cr3t\nx: [",
        "{id: 1, password: s3cr3t, id: 2}",
        "password:\n  s3cr3t: &a [*a]",
        "host: 'user:s3cr3t@example.org'\nhost: 1",
        "url: https://user:s3cr3t@example.org/ : x",
    ],
)
def test_a_line_that_may_hold_a_secret_is_not_shown(text: str) -> None:
    with contextlib.suppress(ContentError):
        document = parse_yaml(text.encode(), PATH)
        assert "s3cr3t" not in document.place(()).drawn()
        return
    with pytest.raises(ContentError) as caught:
        parse_yaml(text.encode(), PATH)
    assert "s3cr3t" not in str(caught.value)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"\n #,?%@`\t\r\x85\ufeff0"), max_size=60))
def test_whatever_it_is_given_it_reads_or_refuses(text: str) -> None:
    with contextlib.suppress(ContentError):
        parse_yaml(text.encode(), PATH).place(("a", 0))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_whatever_bytes_it_is_given_it_reads_or_refuses(raw: bytes) -> None:
    with contextlib.suppress(ContentError):
        parse_yaml(raw, PATH)
