"""A program called nmap that does whatever a test says."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

BOMB = '<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def pretend_nmap(folder: Path, behaviour: str) -> None:
    program = folder / "nmap"
    program.write_text(f"#!{sys.executable}\nimport os, sys, time\n{textwrap.dedent(behaviour)}\n")
    program.chmod(0o755)


def saying(text: str) -> str:
    return f"sys.stdout.write({text!r})"
