"""Find the sign-offs that belong to a record, and say how its release stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import click

from readiness_audit.cli.clock import now
from readiness_audit.errors import ContentError, RecordError, SigningKeyError
from readiness_audit.ledger.folder import Kept, open_record
from readiness_audit.ledger.home import remember_system_file, remembered_system_file, runs_of
from readiness_audit.ledger.index import history
from readiness_audit.model.record import Record
from readiness_audit.model.release import Release, State, Why
from readiness_audit.model.seal import Seal
from readiness_audit.model.sign_off import Choice, SignOff
from readiness_audit.stages.release import release

MOST_SIGNED = 50
"""Signed records that are looked at, the newest first: older ones are over anyway."""

system_option = click.option(
    "--system",
    "system_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="System file that decisions and conditions lie beside; by default, that of the last run.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The sign-offs of one system, as they were found."""

    file: Path
    sign_offs: tuple[SignOff, ...]
    """Those in the file, and every no that was there before."""

    unusable: tuple[str, ...]
    seals: Mapping[SignOff, Seal] = field(default_factory=dict)
    """What became of the signatures they bear."""

    gone: frozenset[SignOff] = frozenset()
    """Those that are no longer in the file."""

    def with_one_more(self, sign_off: SignOff, seal: Seal | None = None) -> HandedOver:
        """Give the same with another sign-off, and what its signature is worth where it bears one."""
        seals = self.seals if seal is None else {**self.seals, sign_off: seal}
        return replace(self, sign_offs=(*self.sign_offs, sign_off), seals=seals)


def handed_over(base: Path, system: str, given: Path | None) -> HandedOver | None:
    """
    Read the sign-offs beside the system file of `system`; none where nobody knows which file that is.

    Raises `ContentError` where the system file or the sign-offs are not usable, and `RecordError`
    where the system file is another system's.
    """
    path = given or remembered_system_file(base, system)
    return None if path is None else beside(base, path, system)


def beside(base: Path, path: Path, system: str) -> HandedOver:
    """
    Read the sign-offs beside the system file at `path`; their signatures are checked by the keys in `base`.

    Raises `ContentError` and `RecordError`.
    """
    from readiness_audit.content.files import load_system
    from readiness_audit.content.sign_offs import NAME, load_sign_offs

    declared = load_system(path)
    if declared.system != system:
        raise RecordError(
            f"{path} is the system file of {declared.system}, and the record is about {system}: "
            "name the right one with --system"
        )
    file = path.resolve().parent / (declared.sign_offs or NAME)
    found = load_sign_offs(file)
    gone = _gone(base, system, found.sign_offs)
    sign_offs = (*found.sign_offs, *gone)
    return HandedOver(
        file=file,
        sign_offs=sign_offs,
        unusable=found.unusable,
        seals=_seals(base, system, sign_offs),
        gone=frozenset(gone),
    )


def note_no(base: Path, system: str, sign_offs: Iterable[SignOff]) -> None:
    """Note who said no, for when that is taken out of the file; what goes wrong is told on standard error."""
    from readiness_audit.ledger.noes import remember
    from readiness_audit.rendering.safe import visible

    try:
        remember(base, system, sign_offs)
    except RecordError as error:
        click.echo(visible(f"note: {error}"), err=True)


def _gone(base: Path, system: str, sign_offs: Iterable[SignOff]) -> list[SignOff]:
    """Give every no that was seen before and is no longer among these, and note new ones."""
    from readiness_audit.ledger.noes import said_no
    from readiness_audit.model.persons import who

    # A comment, a day or a spelling may be corrected.
    known = {(each.role, who(each.person), each.record_sha256): each for each in said_no(base, system)}
    here = {
        (each.role, who(each.person), each.record_sha256): each
        for each in sign_offs
        if each.decision is Choice.NO
    }
    if here.keys() - known.keys():
        note_no(base, system, here.values())
    return [each for about, each in known.items() if about not in here]


def _seals(base: Path, system: str, sign_offs: Sequence[SignOff]) -> Mapping[SignOff, Seal]:
    signed = [each for each in sign_offs if each.signature is not None]
    # Most have signed nothing, and should not wait for what checks signatures.
    if not signed:
        return {}
    from readiness_audit.ledger.entries import seal_of
    from readiness_audit.ledger.keyring import store_of

    try:
        store = store_of(base)
    except SigningKeyError as error:
        raise RecordError(str(error)) from None
    found = {each: seal_of(each, system, store) for each in signed}
    return {each: seal for each, seal in found.items() if seal is not None}


def release_of(
    record: Record, sha256: str, handed: HandedOver, at: datetime, later: Iterable[Record] = ()
) -> Release:
    """Say how the release stands that `record` is about."""
    return release(
        record,
        sha256,
        handed.sign_offs,
        at,
        later,
        unusable=handed.unusable,
        seals=handed.seals,
        gone=handed.gone,
    )


def release_for(kept: Kept, base: Path, given: Path | None, at: datetime) -> Release | None:
    """
    Say how the release of a kept record stands; none, and why on standard error, where that is not known.

    What was named by hand must be usable: raises `ContentError` and `RecordError`.
    """
    system = kept.record.system.system
    try:
        handed = handed_over(base, system, given)
    except (ContentError, RecordError) as error:
        if given is not None:
            raise
        from readiness_audit.rendering.safe import visible

        click.echo(visible(f"note: sign-offs could not be read: {str(error).splitlines()[0]}"), err=True)
        return None
    if handed is None:
        return None
    return release_of(kept.record, kept.sha256, handed, at, later_runs(base, kept.record))


def release_after(record: Record, sha256: str, base: Path, system_file: Path) -> Release | None:
    """
    Note where the system file lies, for those who ask later, and say how a new record's release stands.

    What goes wrong is told on standard error: the record is kept all the same.
    """
    from readiness_audit.rendering.safe import visible

    system = record.system.system
    try:
        remember_system_file(base, system, system_file)
    except RecordError as error:
        click.echo(visible(f"note: {error}"), err=True)
    try:
        handed = beside(base, system_file, system)
    except (ContentError, RecordError) as error:
        click.echo(visible(f"note: sign-offs could not be read: {str(error).splitlines()[0]}"), err=True)
        return None
    return release_of(record, sha256, handed, now())


def later_runs(base: Path, record: Record) -> Iterator[Record]:
    """
    Give the finished runs under the same policy that looked for themselves after `record`, newest first.

    One that cannot be read is left out; `status` tells of it.
    """
    system = record.system.system
    for entry in history(base, system, -1).entries:
        if entry.complete and entry.judged_from is None and entry.policy == record.policy.policy:
            if entry.finished <= record.decision.judged_at:
                return
            with contextlib.suppress(RecordError):
                yield open_record(runs_of(base, system) / entry.run).record


def signed_records(base: Path, system: str, sign_offs: Sequence[SignOff]) -> list[Kept]:
    """Open the records that somebody has signed, the newest first; what is gone or altered is left out."""
    found: list[Kept] = []
    folders = {runs_of(base, system) / Path(each.run).name for each in sign_offs}
    # Those that are there: entries about runs that never were must not push the others out.
    for folder in sorted(filter(Path.is_dir, folders), reverse=True)[:MOST_SIGNED]:
        try:
            kept = open_record(folder)
        except RecordError:
            continue
        if kept.record.system.system == system and kept.record.origin.complete:
            found.append(kept)
    return found


def is_decided(found: Release) -> bool:
    """Say whether persons have decided: it came into force, or somebody said no."""
    refused = any(cause.why is Why.PERSON_SAYS_NO for cause in found.causes)
    return refused or (found.in_force_since is not None and found.state is not State.NOT_YET)
