"""Training beside the list of persons."""

from __future__ import annotations

from pathlib import Path

from tests.views.joining import joined

PERSONS = """\
Personalnummer;Name;Status;Schulungsgruppe;Eintritt
P1;Anna Arendt;aktiv;Anwendende;1.1.2020
P2;Bert Brandt;aktiv;Administration;
P3;Cem Celik;ausgeschieden;;
P4;Dora Dietz;aktiv;;
P5;Emil Ernst;aktiv;keine;
"""
TRAINING = """\
Teilnehmer;Gruppe;Kurs;Datum;Ergebnis;Punkte;Schulungsart
P1;Anwendende;ERP Grundlagen;01.09.2026;teilgenommen;;
P1;Alle;Phishing erkennen;01.03.2026;bestanden;92,5;
P1;Alle;Phishing erkennen;01.03.2025;bestanden;60;
Brandt, Bert;Administratoren;ERP Betrieb;02.09.2026;bestanden;;
P2;Anwendende;ERP Grundlagen;03.09.2026;teilgenommen;;
P4;Anwendende;ERP Grundlagen;04.09.2026;angemeldet;;
P4;Anwendende;ERP Grundlagen;;teilgenommen;;
P4;Anwendende;ERP Grundlagen;05.09.2026;halb da;;
P3;Anwendende;ERP Grundlagen;06.09.2026;;;
Xaver;Anwendende;ERP Grundlagen;06.09.2026;;;
P5;Anwendende;Schutz;07.09.2026;;;Sensibilisierung
"""


def test_without_persons_there_is_nobody_to_train(tmp_path: Path) -> None:
    facts = joined("training", tmp_path, training=TRAINING, persons="Personalnummer;Name;Status\n")
    assert (facts.row_count, facts.rows, facts.users) == (0, (), 0)
    assert facts.obstacles == ("the list of persons has no rows",)


def test_without_courses_nobody_is_trained(tmp_path: Path) -> None:
    facts = joined("training", tmp_path, training=TRAINING.partition("\n")[0], persons=PERSONS)
    assert [trainee.trained_on for trainee in facts.rows] == [None] * 4
    assert (facts.users, facts.admins) == (2, 1)


def test_everybody_who_stays_has_the_training_they_had(tmp_path: Path) -> None:
    facts = joined("training", tmp_path, training=TRAINING, persons=PERSONS)
    told = [(one.person_id, one.needs, one.trained_on, one.awareness_on, one.courses) for one in facts.rows]
    assert told == [
        ("P1", "users", "2026-09-01", "2026-03-01", 3),
        ("P2", "admins", "2026-09-02", None, 2),
        ("P4", "users", None, None, 0),
        ("P5", "none", None, "2026-09-07", 1),
    ]
    assert [one.awareness_score for one in facts.rows] == [92.5, None, None, None]
    assert (facts.rows[1].product_on, facts.rows[1].administration_on) == ("2026-09-03", "2026-09-02")
    assert facts.rows[0].joined_on == "2020-01-01"


def test_what_does_not_count_and_who_is_not_known_is_said(tmp_path: Path) -> None:
    facts = joined("training", tmp_path, training=TRAINING, persons=PERSONS)
    assert facts.uncounted == 3
    assert facts.strangers == ("Xaver",)
    assert (facts.unreadable_count, facts.incomplete_count) == (1, 1)


def test_an_administrator_is_not_trained_by_the_users_course(tmp_path: Path) -> None:
    training = "person_id;group;course;date\nP2;users;Basics;2026-09-01\n"
    facts = joined("training", tmp_path, training=training, persons=PERSONS)
    assert (facts.rows[1].product_on, facts.rows[1].trained_on) == ("2026-09-01", None)
