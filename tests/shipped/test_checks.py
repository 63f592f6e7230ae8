"""The checks we ship: each keeps its own word, in both languages, and is found where its id says."""

from __future__ import annotations

import re

import pytest

from readiness_audit.content.files import ReadCheck, load_checks
from readiness_audit.model.check import Framework
from readiness_audit.model.texts import Texts
from readiness_audit.probes.built_in import BUILT_IN
from readiness_audit.rendering.reading import LONGEST_LINE
from readiness_audit.shipped import shipped
from readiness_audit.stages.prove import Prover
from readiness_audit.views import VIEWS

CHECKS = load_checks([shipped("checks")])
PROVER = Prover(BUILT_IN, VIEWS)
GRAMMARS = {
    Framework.BSI: r"[A-Z]{3,4}(\.[1-9]\d?){1,3}\.A[1-9]\d?",
    Framework.TR: r"TR-0\d{4}(-[1-9])?",
    Framework.ISO27001: r"(5\.([1-9]|[12]\d|3[0-7])|6\.[1-8]|7\.([1-9]|1[0-4])|8\.([1-9]|[12]\d|3[0-4]))",
    Framework.CIS: r"([1-9]|1[0-8])\.([1-9]|1[0-4])",
    Framework.NIS2: r"[a-j]",
    Framework.IR: r"([1-9]|1[0-3])(\.[1-9]\d?){1,2}",
    Framework.DIN27076: r"[1-6]",
    Framework.GDPR: r"[1-9]\d?",
    Framework.ASVS: r"V([1-9]|1[0-7])(\.[1-9]\d?){2}",
    Framework.GSPP: r"[A-Z]{3,5}(\.[1-9]\d?){2,4}",
    Framework.VDS: r"([4-9]|1\d)(\.[1-9]\d?){0,3}",
}
"""What a reference looks like, and for ISO/IEC 27001:2022 which controls there are."""

each_check = pytest.mark.parametrize("read", CHECKS.values(), ids=CHECKS.keys())


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text))


@each_check
def test_it_asks_a_probe_or_view_there_is(read: ReadCheck) -> None:
    assert read.check.source in (VIEWS if read.check.probe is None else BUILT_IN)


@each_check
def test_its_expressions_are_without_fault(read: ReadCheck) -> None:
    assert PROVER.examine(read.check) == []


@each_check
def test_it_keeps_its_own_word(read: ReadCheck) -> None:
    assert PROVER.prove(read.check) == []


@each_check
def test_its_file_is_called_after_it(read: ReadCheck) -> None:
    _, _, rest = read.check.id.partition(".")
    assert read.document.path.name == f"{rest.replace('.', '-')}.yaml"
    assert read.document.path.parent.name == read.check.family


@each_check
@pytest.mark.parametrize("field", ["title", "why", "see_for_yourself", "fix", "finding"])
def test_it_speaks_both_languages(read: ReadCheck, field: str) -> None:
    texts: Texts = getattr(read.check, field)
    assert texts.en.strip()
    assert texts.de.strip()
    assert texts.en.strip() != texts.de.strip()


@each_check
def test_it_says_in_a_sentence_of_each_language_what_the_evidence_must_show(read: ReadCheck) -> None:
    told = read.check.must_show
    assert told is not None, "add must_show: below assessable_when"
    for text in (told.en, told.de):
        assert text.endswith(".")
        assert len(text) <= LONGEST_LINE
        assert not re.search(r"facts\.|params\.|==|&&", text)
    assert told.en != told.de


@each_check
def test_its_finding_quotes_the_same_in_both_languages(read: ReadCheck) -> None:
    assert placeholders(read.check.finding.en) == placeholders(read.check.finding.de)


@each_check
def test_its_references_look_like_references(read: ReadCheck) -> None:
    odd = [
        f"{framework}: {reference}"
        for framework, references in read.check.maps_to.items()
        for reference in references
        if not re.fullmatch(GRAMMARS[framework], reference, re.ASCII)
    ]
    assert odd == []


@each_check
def test_it_names_every_reference_once(read: ReadCheck) -> None:
    for references in read.check.maps_to.values():
        assert references
        assert len(references) == len(set(references))


def test_every_framework_has_a_grammar() -> None:
    assert GRAMMARS.keys() == set(Framework)


def test_what_can_never_be_waived() -> None:
    never = {name: read.check.never_waivable for name, read in CHECKS.items()}
    assert {name: where for name, where in never.items() if where != "false"} == {
        "net.scan.authorised": "true",
        "backup.job.recent": "true",
        "db.auth.required": "'internet-facing' in traits",
        "web.default.credentials": "'internet-facing' in traits",
    }
