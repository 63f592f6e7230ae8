"""`readiness-audit schedule`: write a timer that asks again, and explain it."""

from __future__ import annotations

import getpass
import os
import shlex
import sys
from pathlib import Path

import click

from readiness_audit.cli import options
from readiness_audit.cli.loading import load_subject
from readiness_audit.cli.timers import Job, cron_line, service_unit, timer_unit, unit_names
from readiness_audit.cli.writing import write_new
from readiness_audit.errors import FieldError
from readiness_audit.ledger.home import records_home
from readiness_audit.model.texts import Language
from readiness_audit.rendering.safe import visible
from readiness_audit.rendering.words import fill

_WORDS = {
    "written": ("written: {path}", "geschrieben: {path}"),
    "enable": (
        "Nothing has been switched on. To do that:",
        "Es wurde nichts eingeschaltet. Einschalten geht so:",
    ),
    "look": (
        "To see when it runs next, and what it said:",
        "Wann er das nächste Mal läuft und was er gesagt hat:",
    ),
    "off": ("To switch it off again:", "Wieder ausschalten:"),
    "exit": (
        "The job ends with 3 for NO-GO, 4 for INCONCLUSIVE; `readiness-audit status` tells where it stands.",
        "Ende mit 3: keine Freigabe, mit 4: nicht entscheidbar; `readiness-audit status` sagt, wie es steht.",
    ),
    "secrets": (
        "Secrets named env:NAME in the system file must be set for the job, too.",
        "Geheimnisse, die in der Systemdatei als env:NAME stehen, müssen auch für den Auftrag gesetzt sein.",
    ),
    "linger": (
        "# so that it runs while nobody is logged in:",
        "# damit er läuft, während niemand angemeldet ist:",
    ),
}


@click.command()
@options.system
@click.option(
    "--every",
    default="week",
    show_default=True,
    metavar="day|week|month|CALENDAR",
    help="How often: CALENDAR as in systemd.time(7), or five fields for cron.",
)
@click.option("--at", default="03:30", show_default=True, metavar="HH:MM", help="Time of day.")
@click.option("--kind", type=click.Choice(["systemd", "cron"]), default="systemd", show_default=True)
@click.option(
    "--user/--system",
    "for_user",
    default=True,
    show_default=True,
    help="For your own account, or for the whole machine.",
)
@click.option("--run-as", metavar="ACCOUNT", help="With --system: the account it runs as; by default, yours.")
@options.policy
@options.content
@options.home
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Folder the files are written to; by default, this one.",
)
@options.lang
def command(
    system: Path,
    every: str,
    at: str,
    kind: str,
    for_user: bool,
    run_as: str | None,
    policy: str,
    content: tuple[Path, ...],
    home: Path | None,
    out: Path,
    language: Language,
) -> None:
    """
    Write a timer that asks again, and explain it.

    SYSTEM is a system file. A systemd service and timer are written, or a line for cron; nothing
    is installed or switched on: the commands for that are printed.
    """
    declared = load_subject(system).system
    folder = (home or records_home(os.environ)).absolute()
    account = None if for_user else run_as or getpass.getuser()
    if run_as and for_user:
        raise click.UsageError("--run-as needs --system: a timer of your own runs as yourself")
    try:
        job = Job(
            system=declared.system,
            title=declared.title,
            command=(*_program(), "run", *_arguments(system, policy, content, folder)),
            folder=str(folder),
            every=every,
            at=at,
            account=account,
        )
        files = _files(job, kind, out)
    except FieldError as error:
        raise click.UsageError(f"{error.field}: {error.problem}") from None
    write_new({path: text.encode() for path, text in files.items()})
    for line in _told(list(files), kind, account, folder, language):
        click.echo(visible(line))


def _program() -> tuple[str, ...]:
    beside = Path(sys.executable).with_name("readiness-audit")
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "readiness_audit")


def _arguments(system: Path, policy: str, content: tuple[Path, ...], folder: Path) -> list[str]:
    own = [word for each in content for word in ("--content", str(each.absolute()))]
    return ["--policy", policy, *own, "--home", str(folder), "--", str(system.absolute())]


def _files(job: Job, kind: str, out: Path) -> dict[Path, str]:
    if kind == "cron":
        return {out / f"readiness-audit-{job.system}.cron": cron_line(job)}
    service, timer = unit_names(job.system)
    return {out / service: service_unit(job), out / timer: timer_unit(job)}


def _told(paths: list[Path], kind: str, account: str | None, folder: Path, language: Language) -> list[str]:
    def say(key: str, **values: str) -> str:
        return fill(_WORDS[key][language is Language.DE], values)

    switch = _cron_commands if kind == "cron" else _systemd_commands
    enable, look, off = switch(paths, account, folder)
    if kind == "systemd" and account is None:
        enable += [say("linger"), "loginctl enable-linger"]
    lines = [say("written", path=str(path)) for path in paths]
    for key, commands in (("enable", enable), ("look", look), ("off", off)):
        lines += ["", say(key), *(f"  {line}" for line in commands)]
    return [*lines, "", say("exit"), say("secrets")]


def _systemd_commands(paths: list[Path], account: str | None, folder: Path) -> list[list[str]]:
    service, timer = (path.name for path in paths)
    files = shlex.join([str(path) for path in paths])
    if account is None:
        control, place = "systemctl --user", "~/.config/systemd/user"
        log = f"journalctl --user -u {service}"
        prepare = [f"mkdir -p -m 700 {shlex.quote(str(folder))}", f"mkdir -p {place}", f"cp {files} {place}/"]
    else:
        control, place = "sudo systemctl", "/etc/systemd/system"
        log = f"journalctl -u {service}"
        owner = shlex.quote(account)
        prepare = [
            f"sudo install -d -m 700 -o {owner} {shlex.quote(str(folder))}",
            f"sudo cp {files} {place}/",
        ]
    return [
        [*prepare, f"{control} daemon-reload", f"{control} enable --now {timer}"],
        [f"{control} list-timers {timer}", log],
        [f"{control} disable --now {timer}"],
    ]


def _cron_commands(paths: list[Path], account: str | None, folder: Path) -> list[list[str]]:
    (path,) = paths
    file = shlex.quote(str(path))
    make = f"mkdir -p -m 700 {shlex.quote(str(folder))}"
    if account is None:
        return [[make, f"(crontab -l; cat {file}) | crontab -"], ["crontab -l"], ["crontab -e"]]
    # Cron reads no file there whose name has a dot.
    place = f"/etc/cron.d/{path.stem.replace('.', '-')}"
    return [
        [f"sudo {make}", f"sudo cp {file} {place}"],
        [f"cat {place}", "journalctl -u cron"],
        [f"sudo rm {place}"],
    ]
