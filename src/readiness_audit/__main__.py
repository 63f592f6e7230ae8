"""Run the command line, as `readiness-audit` or `python -m readiness_audit`."""

import sys


def main() -> None:
    """Run it, and leave with 130 where somebody interrupts before there is a command that could."""
    try:
        from readiness_audit.cli import main as command  # noqa: PLC0415 - loading it takes a moment of its own

        command()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
