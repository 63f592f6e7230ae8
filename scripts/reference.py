"""
Write `docs/reference/` again, from the checks, the facts types and the commands.

    python scripts/reference.py

A test compares; whoever changes a check, a fact or an option runs this and commits the result.
"""

from __future__ import annotations

from pathlib import Path

from readiness_audit.cli.loading import load_content
from readiness_audit.cli.references import pages

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def main() -> None:
    """Write every page, and take away the pages of what is no more."""
    made = pages(load_content(()))
    for stale in set(REFERENCE.glob("**/*.md")) - {REFERENCE / name for name in made}:
        stale.unlink()
    for name, text in made.items():
        path = REFERENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
