"""`readiness-audit run`: audit a system and give the answer."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import readiness_audit
from readiness_audit.cli import keeping, options
from readiness_audit.cli.clock import now
from readiness_audit.cli.exits import exit_for
from readiness_audit.cli.loading import Subject, load_content, load_subject, policy_in_force, senses
from readiness_audit.cli.progress import watching
from readiness_audit.ledger.folder import new_run_id
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import Origin
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
    strict: bool,
) -> None:
    """
    Audit a system and give the answer.

    SYSTEM is a system file. The answer is GO, GO WITH CONDITIONS, NO-GO or INCONCLUSIVE, and so
    is the exit status: 0, 0 (with --strict 3), 3 or 4. The record is kept.
    """
    subject = load_subject(system)
    in_force = policy_in_force(policy, load_content(content))
    done = _audited(subject, in_force, seconds)
    keeping.keep_and_tell(
        done,
        out=out,
        home=home,
        format_=format_,
        reports=reports,
        language=language,
        system_file=system,
    )
    record = done.record
    ctx.exit(exit_for(record.decision.result, strict=strict, complete=record.origin.complete))


def _audited(subject: Subject, policy: InForce, seconds: float | None) -> Audited:
    import asyncio

    from readiness_audit.audit import audit

    # The scheduler's way of ending us is taken like a person's: what is known is kept. A shell lets what it
    # sends to the background ignore the one, and then the other would come to nothing too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    if os.geteuid() == 0:
        click.echo("note: running as root is not needed; an ordinary account looks as well", err=True)
    with watching() as watch:
        return asyncio.run(
            audit(
                subject.system,
                policy,
                senses(),
                subject.folder,
                now,
                _origin(now()),
                governance=subject.governance,
                seconds=seconds,
                watch=watch,
            )
        )


def _origin(started: datetime) -> Callable[[datetime, bool], Origin]:
    run = new_run_id(started, os.urandom(3))

    def origin(finished: datetime, complete: bool) -> Origin:
        return Origin(
            run=run,
            tool=f"readiness-audit {readiness_audit.__version__}",
            started_at=started,
            finished_at=finished,
            looked_from=platform.node(),
            complete=complete,
        )

    return origin
