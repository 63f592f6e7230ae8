"""The command line: words in, one call, one number out. Each command is a file, imported when it is used."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Sequence

import click
from click.shell_completion import CompletionItem

from readiness_audit import __version__

COMMANDS = {
    "accept": "Turn open major deviations of a run into conditions.",
    "checks": "List, show, lint and test checks.",
    "completion": "Print the completion script for a shell.",
    "diff": "Say what changed between two records, and why.",
    "doctor": "Say what is missing here, and what cannot be assessed because of it.",
    "explain": "Explain a check, or how a record came to its decision.",
    "export": "Make one zip of a record for an auditor.",
    "history": "List the runs that were kept.",
    "init": "Write a first system file.",
    "judge": "Judge a kept record again, under this or another policy.",
    "keys": "Make, list, export, trust and revoke keys for signatures.",
    "plan": "Show what a run would look at and ask; nothing is sent.",
    "policies": "List and show policies.",
    "probes": "List probes and views, and show what they see.",
    "prune": "Delete old records; what proves that they existed stays.",
    "report": "Make a report from a kept record.",
    "run": "Audit a system and give the answer.",
    "schedule": "Write a timer that asks again, and explain it.",
    "schema": "Print the JSON Schema of a file, for editors.",
    "sign": "Decide about exactly one record, in one role.",
    "status": "Say how each system stands, and what lapses next.",
    "template": "Write an empty register to fill in.",
    "verify": "Prove offline that a record is what somebody you trust has signed.",
    "waive": "Ask for an exception, approve, extend and revoke it.",
}
"""Every command and its one line, so that help needs no import; a test compares them."""


_BEGIN = "To begin with: init, then doctor, plan and run; report and explain tell what came of it."


class _Commands(click.Group):
    """Finds commands when they are used, and turns our own errors into messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"readiness_audit.cli.{cmd_name}").command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Ours would import every command to ask for its one line, while somebody waits at the keyboard.
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=line)
            for name, line in sorted(COMMANDS.items())
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_BEGIN)
@click.version_option(__version__, "--version", prog_name="readiness-audit")
def command() -> None:
    """Decide, on evidence, whether a system is ready to go live."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its status. Bugs stay visible as bugs."""
    _leave(lambda: command.main(args=arguments, prog_name="readiness-audit", standalone_mode=False))


def _leave(act: Callable[[], object]) -> None:
    from readiness_audit.cli.exits import Exit

    try:
        status = act()
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as wish:
        status = wish.exit_code
    except click.ClickException as error:
        error.show()
        status = Exit.USED_WRONGLY
    except click.Abort:
        status = Exit.INTERRUPTED
    except OSError as error:
        _give_up_output()
        # Of whoever stopped reading us, nothing needs to be said.
        if not isinstance(error, BrokenPipeError):
            click.echo(f"the result could not be written: {error.strerror or error}", err=True)
        status = Exit.TOOL_FAILED
    except Exception as error:  # noqa: BLE001 - what is not ours is raised again
        status = _told(error)
    sys.exit(int(status) if isinstance(status, int) else 0)


def _give_up_output() -> None:
    # Python writes out what is left once more at its end, and must not complain a second time.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> int:
    from readiness_audit.cli.exits import Exit
    from readiness_audit.errors import ReadinessError, StorageError
    from readiness_audit.rendering.safe import visible

    if not isinstance(error, ReadinessError):
        raise error
    for line in str(error).splitlines() or [""]:
        click.echo(visible(line) if line else "", err=True)
    return Exit.TOOL_FAILED if isinstance(error, StorageError) else Exit.USED_WRONGLY
