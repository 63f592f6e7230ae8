"""Options that several commands share, said the same way everywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from readiness_audit.model.texts import Language


def language_here(environment: Mapping[str, str]) -> Language:
    """Give the language the user's environment asks for (POSIX locale variables); English otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return Language.DE if value.casefold().startswith("de") else Language.EN
    return Language.EN


lang = click.option(
    "--lang",
    "language",
    type=click.Choice([language.value for language in Language]),
    callback=lambda _ctx, _param, value: Language(value) if value else language_here(os.environ),
    help="Language of the answer; by default, that of your environment.",
)

content = click.option(
    "--content",
    "content",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with checks/, policies/ and reports/ of your own, besides ours. May be repeated.",
)

policy = click.option(
    "--policy", default="kmu-standard", show_default=True, help="Policy to hold the system to."
)

home = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder the records are kept in; by default, your data folder, or READINESS_AUDIT_HOME.",
)

system = click.argument("system", type=click.Path(dir_okay=False, path_type=Path), default="system.yaml")

record = click.argument("record", type=click.Path(path_type=Path))
