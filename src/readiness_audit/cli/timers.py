"""
Write timers for systemd (systemd.service(5), systemd.timer(5)) and lines for cron (crontab(5)).

Paths may hold blanks, quotes, percent and dollar signs; each of the two readers has its own rules
about them. What neither can hold (line ends and other control characters) is refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from readiness_audit.errors import FieldError

LONGEST_CRON_COMMAND = 990
"""Characters; Debian's cron reads no more of a line."""

_SPECIAL_UNIT = re.compile(r'[\\"]')
_WEEKDAY = "(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
_OFTEN = "(?:minutely|hourly|daily|weekly|monthly|quarterly|semi-?annually|annually|yearly)"
_NUMBERS = r"[0-9*][0-9*:.,/~-]{0,60}"
_ZONE = "(?: (?:UTC|[A-Z][A-Za-z_]{0,30}/[A-Z][A-Za-z0-9_/+-]{0,60}))?"
_CALENDAR = re.compile(
    rf"(?:(?i:{_OFTEN})|(?i:{_WEEKDAY}(?:(?:,|\.\.|-){_WEEKDAY}){{0,6}})(?: {_NUMBERS}){{0,2}}"
    rf"|{_NUMBERS}(?: {_NUMBERS})?){_ZONE}",
    re.ASCII,
)
"""What is no calendar event to systemd gives a timer that never runs, and nobody notices."""

_CRON_TIMES = re.compile(
    r"(@(hourly|daily|weekly|monthly|yearly)|[0-9*][0-9*,/-]*( [A-Za-z0-9*][A-Za-z0-9*,/-]*){4})"
)
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,30}", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


_FOR_THE_MACHINE = """\
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
CapabilityBoundingSet=
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run again and again."""

    system: str
    """Id of the system."""

    title: str
    command: tuple[str, ...]
    """With absolute paths only."""

    folder: str
    """Where records are kept: the only place that is written to."""

    every: str
    """`day`, `week`, `month`, or the words of systemd.time(7) or crontab(5)."""

    at: str
    """HH:MM, for the first three."""

    account: str | None
    """The account it runs as, of the whole machine's manager; none for the user's own."""

    def __post_init__(self) -> None:
        for word in (*self.command, self.folder, self.title):
            if not word.isprintable():
                raise FieldError("path", f"{word!r} holds a control character, which no timer can")
        if not _TIME.fullmatch(self.at):
            raise FieldError("at", f"{self.at!r} is not a time of day: write HH:MM, such as 02:30")
        if self.account is not None and not _ACCOUNT.fullmatch(self.account):
            raise FieldError("run-as", f"{self.account!r} is not the name of an account")


def service_unit(job: Job) -> str:
    """
    Write the service: one audit, with as few rights as it needs.

    What needs capabilities or a network target is left to services of the whole machine: a user's
    own manager has neither.
    """
    network = "Wants=network-online.target\nAfter=network-online.target\n" if job.account else ""
    account = f"User={job.account}\n" if job.account else ""
    return f"""\
[Unit]
Description={_text(f"readiness-audit of {job.title}")}
Documentation=man:systemd.service(5)
{network}
[Service]
Type=oneshot
{account}ExecStart={" ".join(_argument(word) for word in job.command)}
# 3 is NO-GO and 4 INCONCLUSIVE: the unit is then failed, so that an OnFailure= or a monitoring sees it.
TimeoutStartSec=2h
Nice=10
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={_word(job.folder)}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
{_FOR_THE_MACHINE if job.account else ""}"""


def timer_unit(job: Job) -> str:
    """Write the timer: what was missed while the machine was off is caught up once."""
    return f"""\
[Unit]
Description={_text(f"Ask again whether {job.title} is ready")}

[Timer]
OnCalendar={calendar(job)}
Persistent=true
RandomizedDelaySec=15min

[Install]
WantedBy=timers.target
"""


def calendar(job: Job) -> str:
    """Give the times as systemd writes them. Raises `FieldError` for what cannot be that."""
    known = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}
    if job.every in known:
        return f"{known[job.every]} {job.at}:00"
    if not _CALENDAR.fullmatch(job.every):
        told = "day, week, month, or a calendar event as in systemd.time(7), such as 'Mon,Thu *-*-* 04:00'"
        raise FieldError("every", f"{job.every!r} says no time: write {told}")
    return job.every


def cron_line(job: Job) -> str:
    """Write the line for cron; with an account, one for /etc/cron.d. Raises `FieldError`."""
    # Cron takes the first percent sign for a line end, whatever the quotes around it.
    command = shlex.join(job.command).replace("%", "\\%") + " >/dev/null"
    if len(command) > LONGEST_CRON_COMMAND:
        raise FieldError("path", f"the command is longer than cron reads ({LONGEST_CRON_COMMAND} characters)")
    return " ".join([_cron_times(job), *([job.account] if job.account else []), command]) + "\n"


def _cron_times(job: Job) -> str:
    hour, minute = job.at.split(":")
    known = {"day": "* * *", "week": "* * 1", "month": "1 * *"}
    if job.every in known:
        return f"{int(minute)} {int(hour)} {known[job.every]}"
    if not _CRON_TIMES.fullmatch(job.every):
        raise FieldError("every", f"{job.every!r} is not five fields of crontab(5), such as '30 2 * * 1-5'")
    return job.every


def _argument(word: str) -> str:
    return _word(word).replace("$", "$$")


def _word(word: str) -> str:
    escaped = _SPECIAL_UNIT.sub(r"\\\g<0>", word).replace("%", "%%")
    return f'"{escaped}"' if not re.fullmatch(r"[A-Za-z0-9_./:=@%+,-]+", escaped) else escaped


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "%%")


def unit_names(system: str) -> Sequence[str]:
    """Give the file names of the service and the timer of a system."""
    return f"readiness-audit-{system}.service", f"readiness-audit-{system}.timer"
