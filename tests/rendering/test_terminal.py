"""The terminal report leads with the decision, fits its screen, and obeys nothing in the evidence."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from readiness_audit.model.texts import Language
from readiness_audit.rendering import render
from readiness_audit.rendering.terminal import PLAIN, Screen, screen_of, terminal_report
from tests.records import a_record, released
from tests.rendering import hostile
from tests.rendering.test_html import everything_fails

OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Window(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize("language", list(Language))
def test_it_fits_its_screen(width: int, language: Language) -> None:
    report = terminal_report(a_record(), language, screen=Screen(width=width, colour=False))
    assert max(cell_len(line) for line in report.splitlines()) <= width


def test_the_decision_comes_first_then_why_then_what_to_do_then_the_points() -> None:
    report = terminal_report(a_record(), Language.EN)
    places = [
        report.index(text)
        for text in (
            "✗ NO-GO",
            "Main reasons",
            "3 found: test_login",
            "What to do next",
            "Results for the ten success points",
            "Continuous improvement",
            "F-001 Not met: Functional tests passed",
        )
    ]
    assert places == sorted(places)
    assert "See for yourself" not in report


@pytest.mark.parametrize("width", [80, 120])
def test_a_finding_is_at_most_six_lines(width: int) -> None:
    report = terminal_report(a_record(), Language.DE, screen=Screen(width=width, colour=False))
    entries = [
        part for part in report.partition("────")[2].split("\n\n") if re.match("[✗?] [FP]-[0-9]{3} ", part)
    ]
    assert len(entries) == 3
    assert all(len(entry.splitlines()) <= 6 for entry in entries)
    assert all("→ " in entry for entry in entries)


def test_a_name_longer_than_a_line_is_broken_and_what_follows_it_stays() -> None:
    record, name = a_record(), "service-account-" * 8 + "end"
    verdicts = tuple(
        replace(each, subjects=(name, "second"), count=2) if each.subjects else each
        for each in record.verdicts
    )
    report = terminal_report(replace(record, verdicts=verdicts), Language.EN)
    assert f"{name},second" in "".join(report.split())


@pytest.mark.parametrize("language", list(Language))
def test_ten_points_are_never_cut_off(language: Language) -> None:
    report = terminal_report(a_record(), language, screen=Screen(width=80, colour=False))
    head = report[: report.index("F-001 ", report.index(" 10 "))]
    assert "…" not in head


@pytest.mark.parametrize("language", list(Language))
def test_without_colour_there_is_no_control_character_at_all(language: Language) -> None:
    report = terminal_report(hostile.hostile_record(), language)
    assert hostile.shows_nothing_hidden(report)
    assert not [sign for sign in report if ord(sign) < 32 and sign != "\n"]


@pytest.mark.parametrize("language", list(Language))
def test_with_colour_the_only_sequences_are_our_own_colours(language: Language) -> None:
    report = terminal_report(hostile.hostile_record(), language, screen=Screen(width=100, colour=True))
    assert OWN_COLOURS.search(report)
    assert hostile.shows_nothing_hidden(OWN_COLOURS.sub("", report))


def test_markup_and_emoji_names_stay_text() -> None:
    record = a_record(saying="[bold red]markup[/] :warning:")
    report = " ".join(terminal_report(record, Language.EN).split())
    assert "[bold red]markup[/]" in report
    assert ":warning:" in report


def test_a_go_is_short() -> None:
    report = terminal_report(released(a_record()), Language.DE)
    assert "✓ Freigabe\n" in report.replace(" │", "").replace("│ ", "").replace("  ", "")
    assert len(report.splitlines()) < 40


def test_many_open_points_are_counted_and_not_listed() -> None:
    report = terminal_report(everything_fails(a_record(targets=50, checks=40)), Language.EN)
    assert len(report.splitlines()) < 150
    assert re.search(r"\d+ more open points are in the HTML report", report)


def test_an_interrupted_run_says_so() -> None:
    record = a_record()
    record = replace(record, origin=replace(record.origin, complete=False))
    assert terminal_report(record, Language.EN).startswith("! The run was interrupted.")


def test_colours_need_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    assert screen_of(io.StringIO(), {}) == PLAIN
    assert screen_of(Window(), {}) == Screen(width=90, colour=True)
    assert screen_of(Window(), {"NO_COLOR": "1"}).colour is False
    assert screen_of(Window(), {"NO_COLOR": ""}).colour is True
    assert screen_of(Window(), {"TERM": "dumb"}).colour is False


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = render(a_record(), "terminal", Language.EN)
    for name, value in (
        ("COLUMNS", "20"),
        ("FORCE_COLOR", "1"),
        ("TERM", "xterm-256color"),
        ("LANG", "tr_TR"),
        ("TZ", "Asia/Tokyo"),
    ):
        monkeypatch.setenv(name, value)
    assert render(a_record(), "terminal", Language.EN) == plain
