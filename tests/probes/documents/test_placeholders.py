"""What is a gap in a text, and what only looks like one."""

from __future__ import annotations

import pytest

from readiness_audit.probes.documents.placeholders import find_placeholders, is_gap


@pytest.mark.parametrize(
    "prose",
    [
        "Daraus folgt, dass der Dienst neu startet.",
        "Es folgt eine Liste der Systeme.",
        "Wie folgt:",
        "Daraus folgt",
        "Die Reihenfolge ist wie folgt",
        "Der Neustart folgt auf die Sicherung.",
        "Auf den Neustart folgt die Prüfung der Protokolle durch die Leitstelle.",
        "Daraus folgt noch nicht, dass alles steht.",
        "Wer den Schritten folgt, ist nach einer Stunde fertig.",
        "Die noch offenen Punkte stehen im Register.",
        "Solange Tickets noch offen sind, wird nicht umgestellt.",
        "Die Sicherung wird durch Momentaufnahmen ergänzt.",
        "Das Verzeichnis wird laufend ergänzt.",
        "Der Plan wird um die neuen Standorte erweitert.",
        "Das Formular wird von der Leitung ausgefüllt und abgelegt.",
        "Die Variablen to be defined in the file are listed.",
        "Die ToDo-Liste liegt im Wiki; der TODO-Tag des Compilers auch.",
        "Alle Todos sind erledigt.",
        "Format: Datum als TT.MM.JJJJ schreiben.",
        "Wenn a < b und c > d, dann gilt: x -> y.",
        "List<String> und Map<K, V> sind Typen.",
        "<https://example.org> und <erika@example.org> und <example.org>",
        "Siehe [1], [2] und [x]; Kapitel [3.1].",
        "Abbau der Texte",
        "Platzhalter in spitzen Klammern ersetzt das Programm.",
        "Text [...] Text",
        "Die Folgen sind im Kapitel 3 genannt.",
        "Was soll das??",
        "Der Betrieb ist in Arbeitsschichten eingeteilt.",
        "NN ist ein neuronales Netz.",
        "Die Nennung ist nicht bekannt gegeben worden.",
        "Das ist sehr sehr sehr wichtig.",
        "ja\nja\nja\nja\nja\nja",
        "10 10 10 10 10 10",
    ],
)
def test_finished_prose_has_no_gaps(prose: str) -> None:
    assert find_placeholders(prose) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TODO", "TODO"),
        ("TODO: Kontakte nachtragen", "TODO"),
        ("Hier noch todo: Kontakte", "todo:"),
        ("FIXME", "FIXME"),
        ("Telefon: XXX", "XXX"),
        ("RTO tbd", "tbd"),
        ("RTO (TBD)", "TBD"),
        ("Termin: TBA.", "TBA"),
        ("Lorem ipsum dolor", "Lorem ipsum"),
        ("Schritte: bla bla bla bla Bla bla.", "bla bla bla bla Bla bla"),
        ("folgt", "folgt"),
        ("- folgt noch", "folgt noch"),
        ("Text folgt", "Text folgt"),
        ("Inhalt folgt ...", "Inhalt folgt ..."),
        ("Beschreibung der Kontakte folgt.", "Beschreibung der Kontakte folgt."),
        ("Kontakte folgen", "Kontakte folgen"),
        ("Der Abschnitt folgt noch.", "folgt noch"),
        ("Kontakte (folgt)", "folgt"),
        ("Das Kapitel wird noch ergänzt.", "wird noch ergänzt"),
        ("Das Kapitel wird ergänzt.", "wird ergänzt"),
        ("Die Anlagen werden nachgereicht", "werden nachgereicht"),
        ("Die Frist ist noch offen.", "noch offen"),
        ("RTO noch offen\nRPO 4 h", "noch offen"),
        ("Die Vertretung ist noch zu benennen.", "noch zu benennen"),
        ("Der Termin ist noch nicht bekannt.", "noch nicht bekannt"),
        ("The owner is to be defined.", "to be defined"),
        ("Verantwortlich: N.N.", "N.N."),
        ("Verantwortlich: <Name>", "<Name>"),
        ("Gilt für <Name des Systems>.", "<Name des Systems>"),
        ("Gilt für {{ system.name }}.", "{{ system.name }}"),
        ("Gilt für [Name des Systems].", "[Name des Systems]"),
        ("[Bitte ausfüllen]", "[Bitte ausfüllen]"),
        ("[Hier den Standort eintragen]", "[Hier den Standort eintragen]"),
        ("Ort: [...]", "[...]"),
        ("[…]", "[…]"),
        ("...", "..."),
        ("Stand: TT.MM.JJJJ", "TT.MM.JJJJ"),
        ("Date: YYYY-MM-DD", "YYYY-MM-DD"),
        ("Unklar ???", "???"),
        ("coming soon", "coming soon"),
    ],
)
def test_a_gap_is_found_as_it_is_written(text: str, found: str) -> None:
    assert [gap.rstrip(":") for gap in find_placeholders(text)] == [found.rstrip(":")]


def test_no_place_is_counted_twice() -> None:
    assert find_placeholders("[Name: TODO] und TODO") == ("[Name: TODO]", "TODO")


def test_only_marks_count_in_comments() -> None:
    comment = "TODO prüfen; hier <Name> eintragen; Text folgt noch."

    assert find_placeholders(comment, shown=False) == ("TODO",)


@pytest.mark.parametrize(
    "value", ["", "-", "\u2013", "n/a", "TBD", "<Name>", "noch offen", "folgt", "N.N.", "...", "offen"]
)
def test_a_value_that_says_nothing_is_a_gap(value: str) -> None:
    assert is_gap(value)


@pytest.mark.parametrize("value", ["4 h", "Erika Muster", "2026-05-03", "IT-Leitung (TBD-Team)", "Offenbach"])
def test_a_value_that_says_something_is_none(value: str) -> None:
    assert not is_gap(value)


def test_long_hostile_lines_take_no_time() -> None:
    for piece in ("wird noch ", "[Name ", "<a", "noch ", "folgt ", "{{", "x", "?", "-", " \n"):
        find_placeholders(piece * (100_000 // len(piece)))
