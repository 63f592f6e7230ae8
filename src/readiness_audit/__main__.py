"""Run the command line, as `readiness-audit` or `python -m readiness_audit`."""

import gc
import sys

ALLOCATIONS = 200_000
"""
Objects made before garbage in circles is looked for, instead of 700.

Checks and records are large trees that stay: walking them again and again costs a fifth of a command.
"""


def main() -> None:
    """Run it, and leave with 130 where somebody interrupts before there is a command that could."""
    try:
        gc.set_threshold(ALLOCATIONS, 20, 20)
        from readiness_audit.cli import main as command  # noqa: PLC0415 - loading it takes a moment of its own

        command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
