"""What a check holds for machines is said the way people read it, and whole in the annex."""

from __future__ import annotations

from dataclasses import replace

import pytest

from readiness_audit.model.texts import Language
from readiness_audit.rendering.plainly import brief_parameters, named, set_aside_by, spoken, unbroken
from readiness_audit.rendering.words import words_in
from tests.record_checks import a_check

DE = words_in(Language.DE, "UTC")
SECTIONS = (
    {"name": "Störungen / incidents", "pattern": "störung|incident"},
    {"name": "RTO", "pattern": "rto"},
)
CHECK = replace(
    a_check("docs.sections", ("All there", "Alles da")),
    parameters={"min_words": 40, "roles": "(?i)^(it|edv)$", "sections": SECTIONS, "none": ()},
)


def test_parts_are_called_by_their_names_and_patterns_stand_in_the_annex() -> None:
    told = brief_parameters(CHECK, DE)
    assert told == "min_words = 40; sections = Störungen, RTO; weitere Parameter in Anhang C"


def test_a_page_of_names_stands_in_the_annex() -> None:
    suites = tuple({"name": f"TLS_ECDHE_WITH_AES_{n}"} for n in range(50))
    assert (
        brief_parameters(replace(CHECK, parameters={"listed": suites}), DE) == "weitere Parameter in Anhang C"
    )


def test_what_has_a_name_in_both_languages_is_called_by_one() -> None:
    assert named(CHECK, Language.DE) == {"Störungen / incidents": "Störungen", "RTO": "RTO"}
    assert named(CHECK, Language.EN)["Störungen / incidents"] == "incidents"


def test_a_sentence_calls_parameters_by_their_names() -> None:
    assert spoken(SECTIONS, DE) == "Störungen, RTO"
    assert spoken((1, 2), DE) == "1, 2"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("'database' in traits (declared: none)", "database (angegeben: nichts davon)"),
        (
            "'host-access' in traits && !('no-ssh' in traits) (declared: no-ssh, own-code)",
            "host-access und nicht no-ssh (angegeben: no-ssh)",
        ),
        (
            "stage == 'rollout' && traits.exists(t, t in ['own-domain', 'mail-domain']) (declared: own-code)",
            "Stufe Einführung (Rollout) und (own-domain oder mail-domain) (angegeben: nichts davon)",
        ),
        ("size(traits) > 3", "size(traits) > 3"),
        (
            "not declared: host, target.udp_ports == 'common'",
            "Rechner (udp_ports: common) (nicht angegeben)",
        ),
        ("not declared: host, 1 == 1", "Rechner (Bedingung „1 == 1“) (nicht angegeben)"),
    ],
)
def test_what_makes_a_check_needless_is_said_in_words(reason: str, told: str) -> None:
    assert set_aside_by(reason, DE) == told


def test_sentences_are_joined_and_commands_stay_lines() -> None:
    sentence = (
        "Den Plan Zeile für Zeile bis gestern durchgehen und jede Nachricht im Postausgang, im Intranet oder"
    )
    command = "openssl s_client -connect HOST:443 -servername NAME </dev/null | openssl x509 -noout -enddate"
    assert unbroken(f"{sentence}\nim Protokoll suchen.\nEnde.\n") == f"{sentence} im Protokoll suchen.\nEnde."
    assert unbroken(f"{command}\nDer Tag liegt später.") == f"{command}\nDer Tag liegt später."
    assert unbroken(f"{sentence}\n  {command}") == f"{sentence}\n  {command}"
