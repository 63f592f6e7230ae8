"""Reports show what is waived as it was found, and how every agreement stands, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from readiness_audit.model.governance import NOTHING_AGREED, Kind, Refusal, Standing, State
from readiness_audit.model.texts import Language
from readiness_audit.rendering import render
from readiness_audit.rendering.reasons import reasons
from readiness_audit.rendering.telling import tell
from readiness_audit.rendering.words import words_in
from tests.governed import a_governed_record

RECORD = a_governed_record()
EN, DE = (words_in(language, "Europe/Berlin") for language in (Language.EN, Language.DE))


def test_what_is_waived_is_a_finding_as_it_was_found() -> None:
    story = tell(RECORD, EN)
    assert [(finding.check, finding.waived) for finding in story.findings] == [
        ("test.functional.results", ("waived until 4 December 2026 by Dr. Max Muster (W-2)",)),
        ("tls.protocol.minimum", ("waived until 31 January 2027 by Dr. Max Muster (W-1)",)),
        ("net.ports.allowlist", ()),
    ]
    assert story.matrix.total == (1, 3, 1, 0, 1, 6)
    assert "2" in story.waived


def test_every_agreement_is_told_with_its_state_and_its_reason() -> None:
    told = [(each.name, each.state, each.why) for each in tell(RECORD, DE).agreements]
    assert told == [
        ("Ausnahme W-1", "wirksam", ""),
        ("Ausnahme W-2", "wirksam, läuft bald ab", ""),
        ("Ausnahme W-3", "abgelaufen, ohne Wirkung", ""),
        ("Ausnahme W-4", "gehört zu nichts Offenem", ""),
        ("Ausnahme W-5", "ohne Wirkung", "niemand hat sie genehmigt"),
        (
            "Ausnahme W-6",
            "ohne Wirkung",
            "genehmigt durch dieselbe Person, die sie beantragt hat oder verantwortet",
        ),
        ("Ausnahme W-7", "ohne Wirkung", "widerrufen"),
        ("Auflage", "gehört zu nichts Offenem", ""),
        ("Auflage A-001", "wirksam, läuft bald ab", ""),
        ("Ausnahme W-8", "ohne Wirkung", "die Form stimmt nicht (Zeile 41)"),
    ]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("format_", ["terminal", "markdown", "html"])
def test_every_report_for_people_has_all_of_it(format_: str, language: Language) -> None:
    report = " ".join(render(RECORD, format_, language).split())
    words = EN if language is Language.EN else DE
    for number in range(1, 9):
        assert f"W-{number}" in report
    assert words.say("state.expiring") in report
    assert words.say("refusal.revoked") in report
    without = render(a_governed_record(NOTHING_AGREED), format_, language)
    assert words.say("say.standings") not in without


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.EN, "W-1 lets tls.protocol.minimum (portal*) be borne until 31 January 2027: Two cash"),
        (Language.EN, "The risk is taken on with likelihood low, impact high."),
        (Language.EN, "Exception W-7 tls.protocol.minimum (portal*): no effect, since: it was revoked."),
        (
            Language.EN,
            "Close port 8080. Responsible is Jana Beispiel, due by 15 December 2026; Max",
        ),
        (Language.DE, "Das Restrisiko ist übernommen: Eintrittshäufigkeit gering, Schadenshöhe hoch."),
        (Language.DE, "Ausnahme W-5 tls.protocol.minimum (portal*): ohne Wirkung, denn: niemand"),
        (Language.DE, "Beantragt durch Jana Beispiel am 02.11.2026, genehmigt durch Dr. Max Muster"),
        (Language.DE, "Ausnahme genehmigt bis 31.01.2027 durch Dr. Max Muster (W-1)"),
    ],
)
def test_explaining_a_record_tells_agreements_as_sentences(language: Language, said: str) -> None:
    assert said in reasons(RECORD, language)


def test_the_machine_report_has_the_overlay_beside_the_verdict() -> None:
    report = json.loads(render(RECORD, "json", Language.EN))
    [waived] = [each for each in report["verdicts"] if each["check"] == "tls.protocol.minimum"]
    assert (waived["outcome"], waived["waived"]["waiver"], waived["waived"]["until"]) == (
        "fail",
        "W-1",
        "2027-01-31",
    )
    assert report["tally"]["waived"] == 2
    assert [each["state"] for each in report["decision"]["standings"]].count("refused") == 4


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.EN, "it goes on from others for the same point, together extended more often"),
        (Language.DE, "sie setzt andere zum selben Punkt fort, zusammen öfter verlängert"),
    ],
)
@pytest.mark.parametrize("format_", ["terminal", "markdown", "html"])
def test_one_that_goes_on_from_others_is_told_with_their_ids(
    format_: str, language: Language, said: str
) -> None:
    continued = Standing(
        kind=Kind.WAIVER,
        id="W-9",
        check="tls.protocol.minimum",
        target="portal",
        state=State.REFUSED,
        refusal=Refusal.CONTINUED,
        detail="W-41, W-42, W-43",
    )
    standings = (*RECORD.decision.standings, continued)
    record = replace(RECORD, decision=replace(RECORD.decision, standings=standings))
    report = " ".join(render(record, format_, language).split())
    assert said in report
    assert "W-41, W-42, W-43" in report
