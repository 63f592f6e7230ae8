"""What probes say in English is said in German; what nobody knows stays as it was said."""

from __future__ import annotations

import json
import re

from readiness_audit.model.texts import Language
from readiness_audit.rendering.heard import LONGEST, heard_as
from readiness_audit.rendering.words import words_in
from readiness_audit.shipped import shipped

PLACEHOLDERS = re.compile(r"\{[a-z_]+\}")
DE = words_in(Language.DE, "Europe/Berlin").heard
EN = words_in(Language.EN, "Europe/Berlin").heard


def test_a_sentence_after_a_files_name_is_said_in_german() -> None:
    assert (
        DE.said("dokumente/a: b.md: there is no such file") == "dokumente/a: b.md: diese Datei gibt es nicht"
    )


def test_what_differs_is_taken_over() -> None:
    assert DE.said("127.0.0.1 refuses connections to port 9443") == (
        "127.0.0.1 lehnt Verbindungen zu Port 9443 ab"
    )


def test_why_nothing_was_sent_is_said_whole() -> None:
    told = (
        "a.example (192.0.2.1) is not covered by the authorisation; nothing was sent to a.example for tls:a"
    )
    assert (
        DE.said(told)
        == "a.example (192.0.2.1) steht nicht in der Prüfgenehmigung; für tls:a wurde nichts gesendet"
    )


def test_what_nobody_knows_stays() -> None:
    for text in ("", "restic: Fatal: wrong password", "there is no such file at all", "x" * (LONGEST + 1)):
        assert DE.said(text) == text


def test_english_stays() -> None:
    assert EN.said("a.md: there is no such file") == "a.md: there is no such file"


def test_a_value_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    heard = heard_as({"{one} and {two}": "{two} und {one}"})
    assert heard.said("{two} and 2") == "2 und {two}"


def test_both_sides_of_a_sentence_have_the_same_placeholders() -> None:
    sentences = json.loads((shipped("reports") / "words" / "heard.de.json").read_text(encoding="utf-8"))
    # The address that a second sentence repeats need not be said twice.
    for english, said in sentences.items():
        assert set(PLACEHOLDERS.findall(said)) >= set(PLACEHOLDERS.findall(english)) - {"{again}"}, english


def test_a_sentence_inside_another_one_is_said_as_well() -> None:
    assert DE.said("no resolver answers: 192.0.2.53 did not answer in time") == (
        "kein Resolver antwortet: 192.0.2.53 hat nicht rechtzeitig geantwortet"
    )


def test_a_name_inside_a_sentence_is_no_state() -> None:
    assert DE.said("absent has no address") == "absent hat keine Adresse"


def test_a_list_is_said_piece_by_piece_and_a_sentence_with_a_comma_as_a_whole() -> None:
    assert DE.listed("Expires is missing, it is not UTF-8") == "Expires fehlt, nicht in UTF-8"
    assert (
        DE.listed("yes or no (ja, nein, x, 1, 0, true, false)") == "ja oder nein (auch x, 1, 0, true, false)"
    )
    assert DE.listed("Erika Mustermann, absent") == "Erika Mustermann, nicht vorhanden"


def test_a_word_alone_is_never_a_sentence_with_a_gap() -> None:
    """Names are asked about by the thousand; no pattern may be meant for them."""
    patterns = words_in(Language.DE, "UTC").heard.patterns
    assert patterns
    assert [pieces for pieces, _, _ in patterns if not any(" " in piece for piece in pieces)] == []


def test_what_an_interrupted_run_did_not_reach_is_told_in_german() -> None:
    assert (
        DE.said("the run was ended before this look was done")
        == "der Lauf wurde beendet, bevor dies erhoben war"
    )


def test_what_people_changed_about_an_exception_is_told_in_german() -> None:
    assert DE.said("waiver W-7 on portal") == "W-7 für portal"
    told = DE.said("in force until 2027-01-31, approved by Max Mustermann")
    assert told == "wirksam bis 2027-01-31, genehmigt durch Max Mustermann"
