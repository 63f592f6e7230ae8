"""A file of content is read once, and again whenever it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.content.files import load_policies
from readiness_audit.content.reading import read
from readiness_audit.errors import ContentError
from readiness_audit.model.policy import Policy

TEXT = """\
policy: mine
edition: "{edition}"
title: {{en: Mine, de: Meine}}
why: {{en: To try., de: Zum Ausprobieren.}}
checks: [{{use: "tls.*"}}]
"""


def test_what_has_not_changed_is_the_same_thing(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.format(edition="1"))
    assert read(path, Policy)[1] is read(path, Policy)[1]


def test_what_has_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    for edition in ("1", "22", "333"):
        path.write_text(TEXT.format(edition=edition))
        assert load_policies([tmp_path])["mine"].edition == edition


def test_another_file_of_the_same_size_under_the_same_name_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.format(edition="1"))
    assert read(path, Policy)[1].edition == "1"
    (tmp_path / "new").write_text(TEXT.format(edition="2"))
    (tmp_path / "new").rename(path)
    assert read(path, Policy)[1].edition == "2"


def test_a_faulty_file_is_told_each_time(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("policy: mine\n")
    for _ in range(2):
        with pytest.raises(ContentError, match="edition"):
            read(path, Policy)
    path.unlink()
    with pytest.raises(ContentError):
        read(path, Policy)
