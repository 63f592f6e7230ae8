"""`readiness-audit run`: audit a system and give the answer."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import readiness_audit
from readiness_audit.cli import earlier, keeping, options, signing
from readiness_audit.cli.clock import now
from readiness_audit.cli.exits import exit_for
from readiness_audit.cli.loading import Subject, load_content, load_subject, policy_in_force, senses
from readiness_audit.cli.progress import watching
from readiness_audit.ledger.folder import new_run_id
from readiness_audit.ledger.home import records_home
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import Earlier, Origin
from readiness_audit.model.texts import Language

if TYPE_CHECKING:
    from readiness_audit.audit import Audited


@click.command()
@options.system
@options.policy
@options.content
@options.lang
@keeping.format_option
@keeping.report_option
@options.home
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the record in this folder instead of the history.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="End the whole run after so many seconds; what is known is kept.",
)
@click.option(
    "--default-credentials",
    is_flag=True,
    help="Try the passwords that makers ship, where the authorisation says so (default_credentials).",
)
@earlier.from_option
@earlier.with_option
@earlier.resume_option
@signing.key_options
@click.option("--strict", is_flag=True, help="Treat GO WITH CONDITIONS as NO-GO in the exit status.")
@click.pass_context
def command(
    ctx: click.Context,
    system: Path,
    policy: str,
    content: tuple[Path, ...],
    language: Language,
    format_: str,
    reports: tuple[keeping.Wish, ...],
    home: Path | None,
    out: Path | None,
    seconds: float | None,
    default_credentials: bool,
    vantage: str | None,
    others: tuple[Path, ...],
    resumed: Path | None,
    key: str | None,
    passphrase: str | None,
    authority: str | None,
    strict: bool,
) -> None:
    """
    Audit a system and give the answer.

    SYSTEM is a system file. The answer is GO, GO WITH CONDITIONS, NO-GO or INCONCLUSIVE, and so
    is the exit status: 0, 0 (with --strict 3), 3 or 4. The record is kept.
    """
    subject = load_subject(system, home)
    in_force = policy_in_force(policy, load_content(content))
    signed = signing.signing_with(key, passphrase, authority, home or records_home(os.environ))
    subject = replace(subject, system=earlier.looked_at_from(subject.system, vantage))
    asked = _Asked(
        seconds=seconds,
        others=earlier.joined(others, home),
        resumed=None if resumed is None else earlier.interrupted(resumed, home, signed),
        try_passwords=default_credentials,
    )
    done = _audited(subject, in_force, asked)
    keeping.keep_and_tell(
        done,
        out=out,
        home=home,
        format_=format_,
        reports=reports,
        language=language,
        signing=signed,
        system_file=system,
    )
    record = done.record
    ctx.exit(exit_for(record.decision.result, strict=strict, complete=record.origin.complete))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How somebody wants the run to be carried out."""

    seconds: float | None
    others: tuple[Earlier, ...]
    resumed: Earlier | None
    try_passwords: bool


def _audited(subject: Subject, policy: InForce, asked: _Asked) -> Audited:
    import asyncio

    from readiness_audit.audit import Manner, audit

    # The scheduler's way of ending us is taken like a person's: what is known is kept. A shell lets what it
    # sends to the background ignore the one, and then the other would come to nothing too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    takes_root = any(getattr(target, "udp_ports", "none") != "none" for target in subject.system.targets)
    if os.geteuid() == 0 and not takes_root:
        click.echo("note: running as root is not needed; an ordinary account looks as well", err=True)
    with watching() as watch:
        return asyncio.run(
            audit(
                subject.system,
                policy,
                senses(),
                subject.folder,
                now,
                _origin(now(), asked.resumed),
                governance=subject.governance,
                manner=Manner(
                    seconds=asked.seconds,
                    watch=watch,
                    others=asked.others,
                    resumed=asked.resumed,
                    try_passwords=asked.try_passwords,
                ),
            )
        )


def _origin(started: datetime, resumed: Earlier | None) -> Callable[[datetime, bool], Origin]:
    run = new_run_id(started, os.urandom(3))

    def origin(finished: datetime, complete: bool) -> Origin:
        return Origin(
            run=run,
            tool=f"readiness-audit {readiness_audit.__version__}",
            started_at=started,
            finished_at=finished,
            looked_from=platform.node(),
            complete=complete,
            resumes=None if resumed is None else resumed.record.origin.run,
        )

    return origin
