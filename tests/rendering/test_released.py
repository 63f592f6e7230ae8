"""Whether the release is in force, as reports tell it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest

from readiness_audit.model.decision import Result
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.model.texts import Language
from readiness_audit.rendering import FORMATS, render
from readiness_audit.rendering.reasons import reasons
from readiness_audit.rendering.released import release_line
from readiness_audit.rendering.words import words_in
from tests.rendering.test_json_report import SCHEMA
from tests.stages.a_week_later import PORTS, a_week_later, failing
from tests.stages.signing import (
    OTHER,
    a_go,
    a_sign_off,
    decided,
    everybody,
    stands,
    with_condition,
    with_waiver,
)

LINES = json.loads(Path(__file__).with_name("release_lines.json").read_text(encoding="utf-8"))
"""Written by hand: the line for each way a release can stand."""

MISSING = LINES["missing"]
BECAUSE = {"reason": "The old system stops on Monday."}


def flat(text: str) -> str:
    return " ".join(text.replace("│", " ").replace("\\", "").replace("&amp;", "&").split())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_every_report_says_that_a_sign_off_is_missing(format_: str, language: Language) -> None:
    release = stands(everybody("isb"))
    text = flat(render(a_go(), format_, language, release=release))
    assert MISSING[language] in text
    assert "Erika Beispiel" in text or format_ == "terminal"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_report_that_was_given_none_does_not_guess(format_: str, language: Language) -> None:
    text = render(a_go(), format_, language)
    if format_ == "json":
        assert json.loads(text)["release"] is None
    else:
        for state in ("but not in force", "in force since", "wirksam seit", "aber nicht wirksam"):
            assert state not in text


@pytest.mark.parametrize("language", list(Language))
def test_the_machine_report_has_its_shape_with_a_release_too(language: Language) -> None:
    signed = [
        *everybody("isb"),
        a_sign_off("isb", record_sha256=OTHER),
        a_sign_off("management", person="X Y"),
    ]
    report = json.loads(render(a_go(), "json", language, release=stands(signed)))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(report)
    assert report["release"]["state"] == "not-yet-in-force"
    assert report["release"]["title"] == MISSING[language]
    (cause,) = report["release"]["causes"]
    assert (cause["why"], cause["role"], cause["flaw"]) == ("sign-off-missing", "isb", "other-record")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("signed", [everybody(), [*everybody("isb"), a_sign_off("isb", decision=Choice.NO)]])
def test_the_page_of_a_release_that_is_over_is_not_green(signed: list[SignOff], language: Language) -> None:
    release = stands(signed, at=datetime(2029, 1, 1, tzinfo=UTC))
    over = words_in(language, "UTC").say(f"cover.status.{release.state}")
    go = words_in(language, "UTC").say("recommends.go")
    page = render(a_go(), "html", language, release=release)
    assert 'class="answer no-go"' in page
    assert 'class="answer go"' not in page
    first = flat(page).split("</main>")[0].split("<nav")[0]
    assert over in first
    assert go not in first
    assert go not in flat(render(a_go(), "terminal", language, release=release))
    assert f"### {over}" in render(a_go(), "markdown", language, release=release)


BESIDE = {
    "missing": {"en": "GO (by rule, not yet in force)", "de": "Freigabe (nach Regel, noch nicht wirksam)"},
    "in-force": {"en": "GO", "de": "Freigabe"},
    "against": {
        "en": "NO-GO (by rule; GO by decision of the persons)",
        "de": "keine Freigabe (nach Regel; Freigabe durch Entscheidung der Unterzeichnenden)",
    },
}
"""Written by hand: what a page opens with."""


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", sorted(BESIDE))
def test_the_rule_result_never_stands_alone_where_persons_have_another_say(
    name: str, language: Language
) -> None:
    record, release = STANDING[name]
    told = BESIDE[name][language]
    screen = render(record, "terminal", language, release=release).splitlines()
    assert next(line for line in screen if line.startswith("│")).strip("│ ")[2:] == told
    markdown = render(record, "markdown", language, release=release)
    assert next(line for line in markdown.splitlines() if line.startswith("### ")).endswith(f": {told}")
    page = render(record, "html", language, release=release)
    assert f"<title>{told} " in page
    assert ('class="answer go"' in page) is (name == "in-force")


NO_GO, BOUND = decided(a_go(), Result.NO_GO), with_condition(a_go(), date(2026, 12, 15))
WORSE = a_week_later(failing(a_go(), PORTS, "9200/tcp"))
STANDING = {
    "missing": (a_go(), stands(everybody("isb"))),
    "in-force": (a_go(), stands(everybody())),
    "no": (a_go(), stands([*everybody("isb"), a_sign_off("isb", decision=Choice.NO)])),
    "validity": (a_go(), stands(everybody(), at=datetime(2027, 2, 24, 12, tzinfo=UTC))),
    "condition": (BOUND, stands(everybody(), record=BOUND, at=datetime(2026, 12, 16, 12, tzinfo=UTC))),
    "waiver": (
        a_go(),
        stands(
            [*everybody(), a_sign_off("management")],
            record=with_waiver(a_go()),
            at=datetime(2027, 2, 1, 12, tzinfo=UTC),
        ),
    ),
    "regression": (a_go(), stands(everybody(), later=WORSE, at=datetime(2026, 12, 1, 12, tzinfo=UTC))),
    "rule": (NO_GO, stands([], record=NO_GO)),
    "no-as-well": (NO_GO, stands([a_sign_off("isb", decision=Choice.NO)], record=NO_GO)),
    "against": (NO_GO, stands([*everybody(**BECAUSE), a_sign_off("management", **BECAUSE)], record=NO_GO)),
}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", sorted(STANDING))
def test_the_line(name: str, language: Language) -> None:
    record, release = STANDING[name]
    assert release_line(record, release, words_in(language, "Europe/Berlin")) == LINES[name][language]


@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_a_no_go_that_nobody_signed_is_not_said_twice(format_: str) -> None:
    record, release = STANDING["rule"]
    assert LINES["rule"]["en"] not in flat(render(record, format_, Language.EN, release=release))


def test_every_line_is_tried() -> None:
    assert STANDING.keys() == LINES.keys()


@pytest.mark.parametrize("format_", ["html", "markdown", "terminal"])
def test_a_reason_against_the_rules_is_printed(format_: str) -> None:
    record = decided(a_go(), Result.NO_GO)
    release = stands([*everybody(**BECAUSE), a_sign_off("management", **BECAUSE)], record=record)
    text = flat(render(record, format_, Language.EN, release=release))
    assert (
        "Against the rule result (NO-GO), Gerd Leitung (Management) decides: release. "
        "Reason given: The old system stops on Monday."
    ) in text


def test_what_people_write_is_shown_and_not_obeyed() -> None:
    evil = "<script>alert(1)</script> [x](javascript:1) \x1b[31m"
    signed = [
        *everybody("isb"),
        replace(a_sign_off("isb"), person="<img src=x onerror=alert(1)>", comment=None),
    ]
    release = replace(stands(signed), unusable=(evil,))
    html = render(a_go(), "html", Language.EN, release=release)
    assert "<script" not in html
    assert "<img" not in html
    for format_ in ("html", "markdown", "terminal"):
        assert "\x1b" not in render(a_go(), format_, Language.EN, release=release)
    assert "[x](javascript" not in render(a_go(), "markdown", Language.EN, release=release)


@pytest.mark.parametrize("language", list(Language))
def test_explaining_a_record_ends_with_how_its_release_stands(language: Language) -> None:
    text = reasons(a_go(), language, stands(everybody("isb")))
    assert MISSING[language] in text
    assert MISSING[language] not in reasons(a_go(), language)
