"""`readiness-audit judge`: judge a kept record again, under this or another policy."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from pathlib import Path

import click

import readiness_audit
from readiness_audit.cli import keeping, options, records, signing
from readiness_audit.cli.clock import moment_of, read_when
from readiness_audit.cli.exits import exit_for
from readiness_audit.cli.loading import load_content, policy_in_force, senses
from readiness_audit.ledger.canonical import record_bytes
from readiness_audit.ledger.folder import Kept, new_run_id, read_excerpts
from readiness_audit.ledger.home import records_home
from readiness_audit.model.evidence import Observed
from readiness_audit.model.plain import to_plain
from readiness_audit.model.policy import InForce
from readiness_audit.model.record import Origin, Record
from readiness_audit.model.texts import Language


@click.command()
@records.argument
@click.option("--policy", help="Policy to hold it to instead of the record's own.")
@click.option(
    "--at",
    "when",
    callback=read_when,
    metavar="TIME",
    help="Judge as of this day (noon in the policy's zone) or moment, or `now`; default: as the record did.",
)
@options.content
@options.lang
@keeping.format_option
@keeping.report_option
@options.home
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the new record in this folder instead of the history.",
)
@click.option("--keep/--no-keep", default=False, help="Keep the new record; --out does so too.")
@signing.key_options
@click.option("--strict", is_flag=True, help="Treat GO WITH CONDITIONS as NO-GO in the exit status.")
@click.pass_context
def command(
    ctx: click.Context,
    record: Path,
    policy: str | None,
    when: date | datetime | None,
    content: tuple[Path, ...],
    language: Language,
    format_: str,
    reports: tuple[keeping.Wish, ...],
    home: Path | None,
    out: Path | None,
    keep: bool,
    key: str | None,
    passphrase: str | None,
    authority: str | None,
    strict: bool,
) -> None:
    """
    Judge a kept record again, under this or another policy.

    RECORD is the folder of a run, or the id of a kept one. Nothing is looked at: what the policy
    asks and the run did not look at cannot be assessed. The same record, policy and time give
    the same bytes, whenever and wherever it is done.
    """
    keeps = keep or out is not None
    if key is not None and not keeps:
        raise click.UsageError("only a record that is kept can be signed: add --keep or --out")
    signed = signing.signing_with(key, passphrase, authority, home or records_home(os.environ))
    kept = records.opened(record, home)
    in_force = kept.record.policy if policy is None else policy_in_force(policy, load_content(content))
    at = kept.record.decision.judged_at if when is None else moment_of(when, in_force.rule.zone)
    again = _judged(kept, in_force, at)
    if keeps:
        from readiness_audit.audit import Audited

        done = Audited(record=again, excerpts=_excerpts(kept, again))
        keeping.keep_and_tell(
            done,
            out=out,
            home=home,
            format_=format_,
            reports=reports,
            language=language,
            signing=signed,
        )
    else:
        sha256 = hashlib.sha256(record_bytes(again)).hexdigest()
        keeping.tell(again, format_=format_, reports=reports, language=language, sha256=sha256)
    ctx.exit(exit_for(again.decision.result, strict=strict, complete=again.origin.complete))


def _judged(kept: Kept, policy: InForce, at: datetime) -> Record:
    from readiness_audit.audit import judge_again

    record = kept.record
    # Nothing of the new record may come from chance or from this machine: its id is made from its causes.
    asked = json.dumps(to_plain(policy), sort_keys=True)
    causes = hashlib.sha256(f"{kept.sha256} {at.isoformat()} {asked}".encode()).digest()
    origin = Origin(
        run=new_run_id(at, causes),
        tool=f"readiness-audit {readiness_audit.__version__}",
        started_at=at,
        finished_at=at,
        looked_from=record.origin.looked_from,
        complete=record.origin.complete,
        judged_from=record.origin.judged_from or record.origin.run,
        resumes=record.origin.resumes,
    )
    return judge_again(record, policy, senses(), at, origin)


def _excerpts(kept: Kept, again: Record) -> dict[str, bytes]:
    raw = read_excerpts(kept.folder)
    observed = (piece for piece in again.evidence if isinstance(piece, Observed))
    return {excerpt.sha256: raw[excerpt.sha256] for piece in observed for excerpt in piece.excerpts}
