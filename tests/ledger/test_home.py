"""Where records live."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from readiness_audit.errors import RecordError
from readiness_audit.ledger.home import records_home, runs_of


def test_it_is_what_the_variable_says() -> None:
    assert records_home({"READINESS_AUDIT_HOME": "/srv/audits"}) == Path("/srv/audits")


@pytest.mark.parametrize("told", ["audits", "~/audits", "./x", "/a\0b"])
def test_a_place_that_depends_on_where_one_stands_is_refused(told: str) -> None:
    with pytest.raises(RecordError, match="absolute path"):
        records_home({"READINESS_AUDIT_HOME": told})


def test_without_it_the_platform_s_place_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/somebody/.local/share")
    for environment in ({}, {"READINESS_AUDIT_HOME": ""}):
        assert records_home(environment) == Path("/home/somebody/.local/share/readiness-audit")


def test_each_system_has_its_folder() -> None:
    assert runs_of(Path("/srv"), "portal") == Path("/srv/systems/portal")


def test_importing_it_costs_nothing() -> None:
    program = "import sys, readiness_audit.ledger.home; print({'platformdirs', 'rfc8785'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
