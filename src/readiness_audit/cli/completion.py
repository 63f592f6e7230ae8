"""`readiness-audit completion`: print the completion script for a shell."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

SHELLS = ("bash", "fish", "zsh")
_VARIABLE = "_READINESS_AUDIT_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    r"""
    Print the completion script for a shell.

    \b
    bash: readiness-audit completion bash > ~/.local/share/bash-completion/completions/readiness-audit
    fish: readiness-audit completion fish > ~/.config/fish/completions/readiness-audit.fish
    zsh:  readiness-audit completion zsh > a folder of your $fpath, as _readiness-audit
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion is known for {shell}")
    # Not the class's own `source`: bash's would start a bash to ask for its version.
    completes = kind(click.Group(), {}, "readiness-audit", _VARIABLE)
    click.echo(ShellComplete.source(completes))
