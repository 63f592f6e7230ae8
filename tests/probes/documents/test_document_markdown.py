"""What is seen of a Markdown document."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.probes.reach.blind import CannotSee
from tests.probes.documents.made import look, seen


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"", Reason.EMPTY, "empty"),
        (b" \n\n", Reason.EMPTY, "no words"),
        (b"---\n\n***\n", Reason.EMPTY, "no words"),
        (b"<!-- only a comment -->\n", Reason.EMPTY, "no words"),
        ("Übergabe".encode("cp1252"), Reason.UNREADABLE, "UTF-8"),
        ("Übergabe".encode("utf-16"), Reason.UNREADABLE, "UTF-16"),
        (b"\0\1\2\3", Reason.UNREADABLE, "neither"),
        (b"<!DOCTYPE html><html><body>Hallo</body></html>", Reason.UNREADABLE, "HTML"),
        (b"{\\rtf1 Hallo}", Reason.UNREADABLE, "RTF"),
        (b"---\na: [\n---\n# T\nText\n", Reason.UNREADABLE, "front matter"),
        (b"---\na: *x\n---\n# T\nText\n", Reason.UNREADABLE, "front matter"),
        (b"wort " * 1_100_000, Reason.TOO_LARGE, "characters"),
        (b"# T\n" * 2_001, Reason.TOO_LARGE, "headings"),
    ],
)
def test_it_says_so_when_there_is_no_text_to_read(
    tmp_path: Path, data: bytes, reason: Reason, said: str
) -> None:
    with pytest.raises(CannotSee) as blind:
        seen(tmp_path, "plan.md", data)

    assert blind.value.reason is reason
    assert said in blind.value.detail
    assert blind.value.detail.startswith("plan.md: ")


def test_it_says_so_when_the_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Plan\n")
    (tmp_path / "link.md").symlink_to("other.md")

    with pytest.raises(CannotSee) as missing:
        look(tmp_path, "plan.md")
    with pytest.raises(CannotSee) as linked:
        look(tmp_path, "link.md")

    assert missing.value.reason is Reason.NOT_FOUND
    assert linked.value.reason is Reason.DENIED


PLAN = """\
---
title: Notfallplan Kasse
version: 1.2
status: Freigegeben
approved_by: Erika Muster
approved_on: 2026-05-03
tags: [Kasse, Notfall]
deep: {a: {b: c}}
---
# Notfallplan

Stand: 3. Mai 2026
**Verantwortliche:r:** IT-Leitung
Nächste Prüfung: Mai 2027

Ein Satz davor.

## 1 Zweck und Geltung

Daraus folgt, dass dieser Plan gilt. Öffnungszeiten: 8-17 Uhr!
<!-- TODO: Anlage -->

- <Name> ruft `ssh <host>` auf
- siehe <https://example.org> und [Plan](https://example.org/TODO)

| Ziel | Wert |
|------|------|
| RPO  | 24 h |
| RTO  | noch offen |

### 1.1 Auslöser

Text folgt

## 2 Ablauf

```
systemctl start kasse  # TODO
```

> # Keine Überschrift

1. Erstens
   # auch keine
"""


def test_sections_words_and_gaps_are_those_a_reader_counts(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.md", PLAN)

    assert (facts.format, facts.name_fits, facts.sections_by, facts.pages) == (
        "markdown",
        True,
        "headings",
        None,
    )
    assert [(each.title, each.name, each.level, each.path) for each in facts.sections] == [
        ("Notfallplan", "notfallplan", 1, "Notfallplan"),
        ("1 Zweck und Geltung", "zweck und geltung", 2, "Notfallplan > 1 Zweck und Geltung"),
        ("1.1 Auslöser", "auslöser", 3, "Notfallplan > 1 Zweck und Geltung > 1.1 Auslöser"),
        ("2 Ablauf", "ablauf", 2, "Notfallplan > 2 Ablauf"),
    ]
    # Section 1: a line of 9 words, list items of 5 and 4, table rows of 2, 3 and 3.
    assert [each.words for each in facts.sections] == [13, 26, 2, 9]
    assert [each.words_with_below for each in facts.sections] == [50, 28, 2, 9]
    assert facts.words == 50 + 1 + 4 + 2 + 2
    assert facts.words_before_sections == 0
    assert [(gap.text, gap.section.rpartition(" > ")[2]) for gap in facts.placeholders] == [
        ("TODO:", "1 Zweck und Geltung"),
        ("<Name>", "1 Zweck und Geltung"),
        ("noch offen", "1 Zweck und Geltung"),
        ("Text folgt", "1.1 Auslöser"),
    ]
    assert facts.placeholder_count == 4
    assert [each.placeholders for each in facts.sections] == [0, 3, 1, 0]
    assert [each.placeholders_with_below for each in facts.sections] == [4, 4, 1, 0]


def test_what_the_document_says_about_itself_is_told(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.md", PLAN)

    assert (facts.title, facts.version, facts.status) == ("Notfallplan Kasse", "1.2", "freigegeben")
    assert (facts.approved_by, facts.approved_on) == ("Erika Muster", "2026-05-03")
    assert (facts.owner, facts.as_of) == ("IT-Leitung", "2026-05-03")
    assert (facts.author, facts.reviewed_on, facts.next_review_on) == (None, None, None)
    assert facts.unreadable_dates == ("Nächste Prüfung: Mai 2027",)
    assert facts.contradictions == ()
    by_name = {entry.name: entry for entry in facts.entries}
    assert (by_name["rpo"].value, by_name["rpo"].filled) == ("24 h", True)
    assert (by_name["rto"].value, by_name["rto"].filled) == ("noch offen", False)


def test_the_file_itself_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    seen(tmp_path, "plan.md", PLAN)
    os.utime(path, (1_777_777_777, 1_777_777_777))

    facts = look(tmp_path, "plan.md")

    assert facts.sha256 == hashlib.sha256(PLAN.encode()).hexdigest()
    assert facts.size == len(PLAN.encode())
    assert facts.file_modified == "2026-05-03T03:09:37Z"
    assert (facts.file, facts.type) == ("plan.md", "runbook")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Version: 2.0 vom 3. Mai 2026", {"version": "2.0", "as_of": "2026-05-03"}),
        ("Freigabe: Erika Muster, 03.05.2026", {"approved_by": "Erika Muster", "approved_on": "2026-05-03"}),
        ("Genehmigt von: E. Muster am 3.5.2026", {"approved_by": "E. Muster", "approved_on": "2026-05-03"}),
        ("Freigegeben am 3. Mai 2026", {"approved_on": "2026-05-03", "approved_by": None}),
        ("Freigegeben von: <Name>", {"approved_by": None}),
        ("Freigegeben von: TBD\nFreigegeben am: TT.MM.JJJJ", {"approved_by": None, "approved_on": None}),
        ("Status: Entwurf", {"status": "entwurf"}),
        ("Status quo der Systeme", {"status": None}),
        ("Approved by: Erika Muster\nApproval date: May 3, 2026", {"approved_by": "Erika Muster",
                                                                   "approved_on": "2026-05-03"}),
        ("* **Owner:** Erika Muster\n* **Last reviewed:** 2026-05-03", {"owner": "Erika Muster",
                                                                        "reviewed_on": "2026-05-03"}),
        ("| Feld | Wert |\n|---|---|\n| Autor/in | Erika Muster |\n| Geprüft am | 3. Mai 2026 |",
         {"author": "Erika Muster", "reviewed_on": "2026-05-03"}),
        ("Gültig bis: 31.12.2026\nLetzte Übung: 2026-05-03", {"valid_until": "2026-12-31",
                                                              "exercised_on": "2026-05-03"}),
        ("Stand: 1.4", {"version": "1.4", "as_of": None}),
    ],
)  # fmt: skip
def test_keys_under_the_title_are_understood(
    tmp_path: Path, head: str, expected: dict[str, str | None]
) -> None:
    facts = seen(tmp_path, "plan.md", f"# Plan\n\n{head}\n\n## Zweck\n\nVersion: 9\nStatus: kaputt\n")

    assert {name: getattr(facts, name) for name in expected} == expected
    assert facts.contradictions == ()


def test_what_is_said_twice_with_different_values_is_a_contradiction(tmp_path: Path) -> None:
    facts = seen(
        tmp_path,
        "plan.md",
        "---\nversion: 1.2\napproved_on: 2026-05-03\n---\n# Plan\nVersion: 1.3\n\n## A\nText\n\n"
        "## Dokumentenlenkung\nFreigegeben am: 01.02.2024\n",
    )

    assert facts.contradictions == ("version", "approved_on")
    assert (facts.version, facts.approved_on) == ("1.2", "2024-02-01")


def test_a_rule_at_the_beginning_is_no_front_matter(tmp_path: Path) -> None:
    facts = seen(tmp_path, "plan.md", "---\n\nEin Satz\n\n---\n\nNoch einer\n")

    assert facts.words == 4
    assert facts.sections_by == "none"
    assert facts.words_before_sections == 4


def test_invisible_characters_hide_nothing(tmp_path: Path) -> None:
    facts = seen(
        tmp_path, "plan.md", "# A\u0308nde\u00adrung\u200b\n\nT\u200bODO und \u202eEnde\u202c \x1b[31mrot\n"
    )

    assert facts.sections[0].title == "Änderung"
    assert facts.placeholders[0].text == "TODO"
    assert facts.title == "Änderung"
