"""Run the command line as `python -m readiness_audit`."""

from readiness_audit.cli import main

if __name__ == "__main__":
    main()
