"""Whatever a probe may say of a look that showed nothing has its German sentence, and each column a name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import readiness_audit
from readiness_audit.model.texts import Language
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.probes.registers.column import columns_of
from readiness_audit.rendering.words import words_in
from tests.house.sayings import FILLED, sayings

SOURCE = Path(readiness_audit.__file__).parent
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if any(sayings(path))]
GERMAN = words_in(Language.DE, "UTC").heard
NAMES_ONLY = re.compile(rf"((bandit|restic|{FILLED}|{FILLED} {FILLED}): )*{FILLED}")
"""A name before what somebody else said: there is nothing to say in another language."""


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(SOURCE)) for path in FILES])
def test_each_text_of_a_look_that_showed_nothing_has_a_german_sentence(path: Path) -> None:
    unsaid = [
        f"{path.name}:{saying.line}: {saying.text!r}"
        for saying in sayings(path)
        if not NAMES_ONLY.fullmatch(saying.text) and GERMAN.said(saying.text) == saying.text
    ]
    assert unsaid == [], "add them to reports/words/heard.de.json"


def test_the_texts_are_found() -> None:
    assert len(FILES) > 50
    found = [saying.text for saying in sayings(SOURCE / "probes" / "reach" / "process.py")]
    assert f"the program {FILLED} is not installed" in found
    assert f"{FILLED} said more than {FILLED} bytes and was ended" in found


@pytest.mark.parametrize("language", list(Language))
def test_each_column_of_a_register_has_its_words(language: Language) -> None:
    texts = words_in(language, "UTC").texts
    registers = [probe.sees for name, probe in BUILT_IN.items() if name.startswith("register.")]
    columns = {name for sees in registers for name in columns_of(get_args(get_type_hints(sees)["rows"])[0])}
    assert columns == {key.partition(".")[2] for key in texts if key.startswith("column.")}
