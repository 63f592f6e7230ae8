"""Run the command line as `python -m readiness_audit.cli`."""

from readiness_audit.cli import main

if __name__ == "__main__":
    main()
