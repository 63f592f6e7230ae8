"""Timers that are written and explained: systemd itself accepts them, whatever is in a path."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from readiness_audit.cli.timers import Job, calendar, cron_line, service_unit
from readiness_audit.errors import FieldError
from tests.cli.asking import Said

Tool = Callable[..., Said]
ODD = "a b%c d$e'f\"g\\h ü"

JOB = Job(
    system="portal",
    title="Portal",
    command=("/usr/bin/readiness-audit", "run", "--", "/srv/portal/system.yaml"),
    folder="/var/lib/readiness-audit",
    every="week",
    at="03:30",
    account=None,
)


def verified(folder: Path) -> str:
    units = sorted(str(path) for path in folder.glob("readiness-audit-*"))
    assert len(units) == 2
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def arguments_systemd_sees(unit: Path) -> list[str]:
    """Ask systemd's own parser, by way of the syntax check of a unit that only prints its arguments."""
    (line,) = [
        line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart=")
    ]
    return unquoted(line.removeprefix("ExecStart="))


def unquoted(text: str) -> list[str]:
    # systemd.service(5): double quotes group, a backslash escapes, %% is % and $$ is $.
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace_split, lexer.commenters = True, ""
    return [word.replace("%%", "%").replace("$$", "$") for word in lexer]


@pytest.fixture
def odd(portal: Path) -> Path:
    folder = portal.parent.rename(portal.parent.with_name(ODD))
    return folder / "system.yaml"


@pytest.mark.parametrize("scope", ["--user", "--system"])
@pytest.mark.parametrize("every", ["day", "week", "month", "Mon..Fri *-*-* 05:00"])
def test_systemd_accepts_what_is_written(
    tool: Tool, portal: Path, home: Path, tmp_path: Path, scope: str, every: str
) -> None:
    said = tool("schedule", portal, "--every", every, scope, "--out", tmp_path / "units", "--home", home)
    assert said.status == 0, said.err
    assert verified(tmp_path / "units") == ""


def test_systemd_accepts_blanks_percents_quotes_and_dollars_in_paths(
    tool: Tool, odd: Path, tmp_path: Path
) -> None:
    home = tmp_path / f"home {ODD}"
    said = tool("schedule", odd, "--home", home, "--out", tmp_path / "units")
    assert said.status == 0, said.err
    assert verified(tmp_path / "units") == ""
    found = arguments_systemd_sees(tmp_path / "units" / "readiness-audit-portal.service")
    assert found[-1] == str(odd)
    assert str(home) in found


def test_what_is_written_gives_away_few_rights(tool: Tool, portal: Path, tmp_path: Path) -> None:
    tool(
        "schedule", portal, "--system", "--run-as", "audit", "--home", "/srv/records", "--out", tmp_path / "u"
    )
    service = (tmp_path / "u" / "readiness-audit-portal.service").read_text(encoding="utf-8")
    timer = (tmp_path / "u" / "readiness-audit-portal.timer").read_text(encoding="utf-8")
    for line in (
        "User=audit",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "TimeoutStartSec=2h",
        "ReadWritePaths=/srv/records",
        "CapabilityBoundingSet=",
    ):
        assert line in service.splitlines()
    assert {"Persistent=true", "RandomizedDelaySec=15min", "OnCalendar=Mon *-*-* 03:30:00"} <= set(
        timer.splitlines()
    )


def test_nothing_is_switched_on_and_the_commands_for_it_are_told(
    tool: Tool, portal: Path, tmp_path: Path
) -> None:
    said = tool("schedule", portal, "--out", tmp_path / "u", "--lang", "de")
    assert "systemctl --user enable --now readiness-audit-portal.timer" in said.out
    assert "Es wurde nichts eingeschaltet" in said.out
    assert sorted(path.name for path in (tmp_path / "u").iterdir()) == [
        "readiness-audit-portal.service",
        "readiness-audit-portal.timer",
    ]


def test_a_shell_gets_the_very_path_from_crons_line(tool: Tool, odd: Path, tmp_path: Path) -> None:
    said = tool("schedule", odd, "--kind", "cron", "--every", "30 2 * * 1-5", "--out", tmp_path / "u")
    assert said.status == 0, said.err
    (file,) = (tmp_path / "u").iterdir()
    line = file.read_text(encoding="utf-8")
    assert line.startswith("30 2 * * 1-5 /")
    # crontab(5): a percent sign ends the command, unless a backslash stands before it; cron takes that away.
    assert "%" not in line.replace("\\%", "")
    command = line.removeprefix("30 2 * * 1-5 ").replace("\\%", "%").strip().removesuffix(" >/dev/null")
    heard = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True
    ).stdout.split(b"\0")
    assert heard[-2].decode() == str(odd)


def test_cron_of_the_machine_names_the_account() -> None:
    assert cron_line(replace(JOB, account="audit")).startswith("30 3 * * 1 audit /usr/bin/")
    assert cron_line(replace(JOB, every="month", at="00:05")).startswith("5 0 1 * * /usr/bin/")


def test_the_times_of_systemd_are_what_systemd_calls_them() -> None:
    for every in ("day", "week", "month"):
        event = calendar(replace(JOB, every=every))
        done = subprocess.run(["systemd-analyze", "calendar", event], capture_output=True, check=False)
        assert done.returncode == 0, event


@pytest.mark.parametrize(
    ("every", "known"),
    [
        ("hourly", True),
        ("semiannually", True),
        ("Mon,Thu *-*-* 04:00", True),
        ("monday..Fri 22:30", True),
        ("*-*-01 03:00 Europe/Berlin", True),
        ("*:0/15", True),
        ("Woche", False),
        ("Montag 03:00", False),
        ("jeden Tag", False),
        ("never", False),
    ],
)
def test_a_time_is_taken_that_systemd_understands_and_no_other(every: str, *, known: bool) -> None:
    done = subprocess.run(["systemd-analyze", "calendar", every], capture_output=True, check=False)
    assert (done.returncode == 0) is known
    if known:
        assert calendar(replace(JOB, every=every)) == every
    else:
        with pytest.raises(FieldError, match="says no time: write day, week, month"):
            calendar(replace(JOB, every=every))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", "25:00"),
        ("at", "3:30"),
        ("every", "never\nExecStart=/bin/sh"),
        ("every", "%h"),
        ("folder", "/srv/\nUser=root"),
        ("title", "new\nline"),
        ("account", "root;id"),
        ("account", "a b"),
        ("command", ("/usr/bin/readiness-audit", "run", "--", "/srv/\x1b.yaml")),
    ],
)
def test_what_could_add_a_line_of_its_own_is_refused(field: str, value: object) -> None:
    with pytest.raises(FieldError):
        calendar(replace(JOB, **{field: value}))  # type: ignore[arg-type] # fields by name


def test_crons_times_are_not_systemds(tool: Tool, portal: Path, tmp_path: Path) -> None:
    said = tool("schedule", portal, "--kind", "cron", "--every", "Mon..Fri 05:00", "--out", tmp_path / "u")
    assert said.status == 2
    assert "crontab(5)" in said.err
    with pytest.raises(FieldError):
        cron_line(replace(JOB, command=("/" + "x" * 1000,)))


def test_what_is_there_is_not_replaced(tool: Tool, portal: Path, tmp_path: Path) -> None:
    words = ("schedule", portal, "--out", tmp_path / "u")
    assert tool(*words).status == 0
    assert tool(*words).status == 2


def test_an_account_only_makes_sense_for_the_machine(tool: Tool, portal: Path) -> None:
    assert tool("schedule", portal, "--user", "--run-as", "audit").status == 2


def test_a_user_has_no_network_target_of_its_own() -> None:
    assert "network-online" not in service_unit(JOB)
    assert "network-online" in service_unit(replace(JOB, account="audit"))
