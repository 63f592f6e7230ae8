"""Reports have the same words in both languages, and numbers and dates in the manner of each."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import readiness_audit.rendering
from readiness_audit.errors import ReportError
from readiness_audit.model.check import Framework, Severity
from readiness_audit.model.decision import Result, RuleName
from readiness_audit.model.evidence import Reason
from readiness_audit.model.governance import Kind, Level, Refusal, State
from readiness_audit.model.policy import Rule
from readiness_audit.model.release import Flaw, Why
from readiness_audit.model.release import State as Release
from readiness_audit.model.sign_off import Choice, Needed
from readiness_audit.model.system import Need, Stage, Trait
from readiness_audit.model.target import KINDS
from readiness_audit.model.texts import Language
from readiness_audit.model.vantage import Vantage
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering.words import Words, fill, words_in
from readiness_audit.shipped import shipped

PLACEHOLDERS = re.compile(r"\{[a-z_]+\}")


def words(language: Language) -> Words:
    return words_in(language, "Europe/Berlin")


EN, DE = words(Language.EN), words(Language.DE)


def test_both_languages_have_the_same_keys() -> None:
    assert EN.texts.keys() == DE.texts.keys()


def test_both_languages_fill_in_the_same_values() -> None:
    form = {key for key in EN.texts if key.startswith("form.")}
    for key in EN.texts.keys() - form:
        assert set(PLACEHOLDERS.findall(EN.texts[key])) == set(PLACEHOLDERS.findall(DE.texts[key])), key


def test_no_key_is_written_twice() -> None:
    for language in Language:
        text = (shipped("reports") / "words" / f"{language}.json").read_text(encoding="utf-8")

        def only_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
            assert len(dict(pairs)) == len(pairs)
            return dict(pairs)

        json.loads(text, object_pairs_hook=only_once)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("result", list(Result)),
        ("result-said", list(Result)),
        ("recommends", list(Result)),
        ("rule-name", list(RuleName)),
        ("outcome", list(Outcome)),
        ("severity", list(Severity)),
        ("severities", list(Severity)),
        ("severity-means", list(Severity)),
        ("reason", [*Reason, "stale"]),
        ("remedy", [*Reason, "stale", "not-taken", "several", "undeclared"]),
        ("stage", list(Stage)),
        ("need", list(Need)),
        ("trait", list(Trait)),
        ("vantage", list(Vantage)),
        ("framework", list(Framework)),
        ("kind", list(KINDS)),
        ("point", [str(number) for number in range(1, 11)]),
        ("point-status", ["pass", "partial", "fail", "open", "incomplete", "aside", "none"]),
        ("criteria", list(Rule.__slots__)),
        ("needed", list(Needed)),
        ("choice", list(Choice)),
        ("flaw", list(Flaw)),
        ("release-cause", list(Why)),
        ("cover", [f"status.{state}" for state in Release]),
        ("agreed", list(Kind)),
        ("state", list(State)),
        ("refusal", list(Refusal)),
        ("level", list(Level)),
    ],
)
def test_everything_a_record_can_say_has_words(language: Language, group: str, names: list[str]) -> None:
    for name in names:
        assert words(language).say(f"{group}.{name}").strip()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rule", list(RuleName))
def test_every_rule_has_a_sentence(language: Language, rule: RuleName) -> None:
    texts = words(language).texts
    assert f"rule.{rule}" in texts or {f"rule.{rule}.one", f"rule.{rule}.many"} <= texts.keys()


def test_every_word_a_template_or_the_code_asks_for_is_there() -> None:
    places = [
        *Path(readiness_audit.rendering.__file__).parent.glob("*.py"),
        *shipped("reports").glob("*/*.j2"),
    ]
    asked = re.compile(r"""(?:say|counted)\(\s*["']([a-z-]+\.[a-z0-9.-]+)["'][,)]""")
    for place in places:
        for key in asked.findall(place.read_text(encoding="utf-8")):
            assert key in EN.texts or f"{key}.one" in EN.texts, (place.name, key)


def test_the_binding_german_words_are_used() -> None:
    assert [DE.say(f"result.{result}") for result in Result] == [
        "Freigabe",
        "Freigabe mit Auflagen",
        "keine Freigabe",
        "nicht entscheidbar (keine Freigabe)",
    ]
    assert [DE.say(f"outcome.{outcome}") for outcome in Outcome] == [
        "erfüllt",
        "nicht erfüllt",
        "nicht geprüft",
        "Nachweis abgelaufen",
        "entbehrlich",
    ]
    assert [DE.say(f"severity.{severity}") for severity in Severity] == [
        "Schwerwiegende Abweichung",
        "Abweichung",
        "Geringfügige Abweichung",
        "Hinweis",
    ]
    # What stands above a column is not ours to choose: forms and registers call it that.
    own = [text for key, text in DE.texts.items() if not key.startswith("column.")]
    assert not [text for text in own if "Abnahme" in text or "Befund" in text or "Mangel" in text]


def test_german_dates_and_numbers_are_german() -> None:
    assert DE.day(date(2026, 5, 3)) == "03.05.2026"
    assert DE.moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "02.07.2026, 00:30 Uhr (UTC+2)"
    assert DE.number(1234.5) == "1.234,5"
    assert DE.ratio(0.955) == "95,5\xa0%"
    assert DE.value((443, 0.5, True, "x", "2026-05-03")) == "443, 0,5, ja, x, 03.05.2026"
    assert DE.value(8443) == "8443"


def test_english_dates_and_numbers_are_english() -> None:
    assert EN.day(date(2026, 5, 3)) == "3 May 2026"
    assert EN.moment(datetime(2026, 1, 1, 22, 30, tzinfo=UTC)) == "1 January 2026, 23:30 (UTC+1)"
    assert EN.number(1234567) == "1,234,567"
    assert EN.quoted("2026-05-03T10:00:00Z") == "3 May 2026, 12:00 (UTC+2)"


@pytest.mark.parametrize(
    "text", ["2026-13-45", "2026-02-30T10:00:00Z", "2026-05-03T99:99:99Z", "2026", "1.2"]
)
def test_what_only_looks_like_a_date_stays_as_it_is(text: str) -> None:
    assert DE.quoted(text) == text


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(949, 1000, "94.9"), (9499, 10000, "94.9"), (1, 1, "100"), (0, 0, "0")]
)
def test_a_percentage_is_never_rounded_up(part: int, whole: int, shown: str) -> None:
    assert EN.percent(part, whole) == f"{shown}\xa0%"


def test_zones_without_a_whole_hour_are_written_out() -> None:
    kathmandu = words_in(Language.EN, "Asia/Kathmandu")
    assert kathmandu.clock(datetime(2026, 1, 1, 12, tzinfo=UTC)) == "17:45:00 (UTC+5:45)"
    assert words_in(Language.EN, "UTC").clock(datetime(2026, 1, 1, 12, tzinfo=UTC)) == "12:00:00 (UTC)"


def test_a_value_that_looks_like_a_placeholder_is_not_filled_in_again() -> None:
    assert fill("{a} {b} {c}", {"a": "{b}", "b": "2"}) == "{b} 2 {c}"


def test_a_word_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ReportError, match=r"say\.nonsense"):
        EN.say("say.nonsense")


def test_a_zone_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ReportError, match="tzdata"):
        words_in(Language.EN, "Europe/Nowhere")


def test_a_folder_without_words_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"en\.json"):
        words_in(Language.EN, "UTC", tmp_path)


def test_a_day_in_a_list_is_written_as_the_language_does_and_one_in_a_name_stays() -> None:
    german, english = words(Language.DE), words(Language.EN)
    assert german.quoted("2026-09-08, 2026-11-09") == "08.09.2026, 09.11.2026"
    assert german.with_days("2026-10-09 (2)") == "09.10.2026 (2)"
    assert english.with_days("since 2026-10-09") == "since 9 October 2026"
    for name in ("dump-2026-10-09.tar", "a/2026-10-09/b", "2026-10-09T12:00:00Z", "2026-13-09"):
        assert german.with_days(name) == name


def test_an_observed_value_that_has_a_name_is_called_by_it() -> None:
    names = {"Datenschutz / data protection": "data protection"}
    assert words(Language.EN).quoted("RTO, Datenschutz / data protection", names) == "RTO, data protection"
