"""One entry makes every report, and the same record makes the same report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from readiness_audit.errors import ReportError
from readiness_audit.model.texts import Language
from readiness_audit.model.verdict import Outcome
from readiness_audit.rendering import FORMATS, render
from readiness_audit.shipped import shipped
from tests.records import a_record
from tests.rendering import golden, hostile


@pytest.mark.parametrize("name", sorted(golden.FILES))
def test_reports_are_those_that_were_looked_at(name: str) -> None:
    kept = (golden.FOLDER / name).read_bytes().decode()
    assert golden.made(name) == kept, (
        "if this is meant: python -m tests.rendering.golden, and look at what changed"
    )


def test_there_is_a_golden_file_for_every_format_and_language() -> None:
    assert {(format_, language) for format_, language in golden.FILES.values()} == {
        (format_, language) for format_ in FORMATS for language in Language
    }


def test_a_format_nobody_knows_is_an_error() -> None:
    with pytest.raises(ReportError, match="there are: html, json, markdown, terminal"):
        render(a_record(), "pdf", Language.EN)


def made_folder(root: Path, name: str, template: str, text: str) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / template).write_text(text, encoding="utf-8")
    return folder


def test_somebodys_own_format_is_found_and_made_inert(tmp_path: Path) -> None:
    made_folder(tmp_path, "brief", "report.html.j2", "<p>{{ story.made_by }}</p>\n")
    report = render(hostile.hostile_record(), "brief", Language.EN, folders=(tmp_path,))
    assert report.startswith("<p>Made by &lt;script&gt;")
    assert hostile.shows_nothing_hidden(report)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ story.nonsense }}", "nonsense"),
        ("{% for %}", "Expected"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% include '../../secret' %}", "secret"),
        ("{{ say('no.word') }}", r"no\.word"),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_an_error_with_its_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    made_folder(tmp_path, "brief", "report.md.j2", text)
    with pytest.raises(ReportError, match=problem):
        render(a_record(), "brief", Language.EN, folders=(tmp_path,))


def test_a_format_without_an_encoder_is_refused(tmp_path: Path) -> None:
    made_folder(tmp_path, "brief", "report.tex.j2", "{{ story.system }}")
    with pytest.raises(ReportError, match=r"\.html or \.md"):
        render(a_record(), "brief", Language.EN, folders=(tmp_path,))


def test_a_folder_with_two_templates_is_refused(tmp_path: Path) -> None:
    folder = made_folder(tmp_path, "brief", "report.md.j2", "x")
    (folder / "report.html.j2").write_text("x")
    with pytest.raises(ReportError, match="exactly one"):
        render(a_record(), "brief", Language.EN, folders=(tmp_path,))


def test_other_zones_locales_and_hashes_change_nothing() -> None:
    code = (
        "import hashlib\nfrom readiness_audit.rendering import FORMATS, render\n"
        "from readiness_audit.model.texts import Language\nfrom tests.records import a_record\n"
        "for f in sorted(FORMATS):\n for l in Language:\n"
        "  print(f, l, hashlib.sha256(render(a_record(), f, l).encode()).hexdigest())"
    )
    root = shipped("reports").parent
    told = set()
    for zone, locale, seed in (("UTC", "C", "0"), ("Pacific/Kiritimati", "tr_TR.UTF-8", "7")):
        world = {
            **os.environ,
            "TZ": zone,
            "LANG": locale,
            "LC_ALL": locale,
            "PYTHONHASHSEED": seed,
            "COLUMNS": "40",
        }
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=root, env=world, capture_output=True, text=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1


def test_nothing_heavy_is_loaded_before_a_report_is_asked_for() -> None:
    code = "import sys, readiness_audit.rendering; print({'jinja2', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("form", ["html", "markdown", "terminal"])
def test_a_name_without_end_is_shown_by_its_beginning(form: str) -> None:
    record = a_record()
    verdicts = tuple(
        replace(one, subjects=("x" * 100_000,), count=1) if one.outcome is Outcome.FAIL else one
        for one in record.verdicts
    )
    report = render(replace(record, verdicts=verdicts), form, Language.EN)
    assert "xxx" in report
    assert re.search("x{300}", report) is None
