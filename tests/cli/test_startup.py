"""Who types a command waits for little: what is heavy is loaded where it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from readiness_audit.cli import COMMANDS

HEAVY = {"asyncio", "cel_expr_python", "cryptography", "google", "jinja2", "pydantic", "rich", "yaml"}


def loaded(*words: str, **env: str) -> set[str]:
    """Give the top-level modules that a command loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "readiness_audit", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **env},
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "words", [("--version",), ("--help",), ("completion", "bash"), ("history", "--help")]
)
def test_a_quick_question_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    assert loaded(*words) & HEAVY == set()


def test_completing_a_command_loads_nothing_heavy() -> None:
    asked = {"COMP_WORDS": "readiness-audit s", "COMP_CWORD": "1"}
    assert loaded(_READINESS_AUDIT_COMPLETE="bash_complete", **asked) & HEAVY == set()


def test_the_options_of_every_command_can_be_completed_without_anything_heavy() -> None:
    # All in one process: what one of them loads is found whichever it is.
    names = "\n".join(f"import readiness_audit.cli.{name}" for name in COMMANDS)
    told = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{names}\n{told}"], capture_output=True, text=True, check=True, timeout=20
    )
    assert set(done.stdout.split()) & HEAVY == set()
