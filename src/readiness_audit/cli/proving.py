"""Do what `verify` was asked for, one thing after the other; whatever does not hold ends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import readiness_audit
from readiness_audit.cli.proofs import Findings
from readiness_audit.errors import RecordError, SignatureError
from readiness_audit.ledger.bundle import read_bundle
from readiness_audit.ledger.canonical import LARGEST_RECORD, record_bytes, record_from
from readiness_audit.ledger.disk import told
from readiness_audit.ledger.folder import check_place
from readiness_audit.ledger.keyring import Revoked
from readiness_audit.ledger.keys import PublicKey
from readiness_audit.ledger.lineage import lineage
from readiness_audit.ledger.manifest import RECORD, STAMP
from readiness_audit.ledger.proof import Proof, prove
from readiness_audit.ledger.sources import FilesSource, Source, folder_source
from readiness_audit.model.texts import Language

if TYPE_CHECKING:
    from readiness_audit.model.record import Record

_REPORT = "reports/report."
_FORMATS = {"html": "html", "json": "json", "md": "markdown", "txt": "terminal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that somebody was handed."""

    name: str
    format_: str
    languages: tuple[Language, ...]
    """In which it may be written."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be proved, and whose word counts."""

    keys: Sequence[PublicKey]
    revoked: Sequence[Revoked] = ()
    listed: bool = False
    """Whether a list of revoked keys was given."""

    held_back: bool = False
    chain: bool = False
    head: str | None = None
    rebuild: bool = False
    reports: Sequence[Report] = ()
    authority: bytes | None = None


def proved(place: Path, wanted: Wanted) -> Findings:
    """
    Prove what is wanted of the record at `place`: a run's folder, its `record.json`, or a zip.

    Raises `RecordError` with the reason why something is not proved.
    """
    folder = place.parent if place.name == RECORD else place
    try:
        with _source(folder) as (source, beside, run):
            proof = prove(source, wanted.keys, wanted.revoked, held_back=wanted.held_back)
            check_place(folder, proof.run)
            if run not in {"", proof.run}:
                raise SignatureError(f"the zip calls it {run}, and it is run {proof.run}")
            found = Findings(proof=proof, beside=tuple(sorted(beside)), listed=wanted.listed)
            found = _stamped(found, source, wanted)
            if wanted.rebuild:
                found = _rebuilt(found, source, beside, wanted.reports)
    except OSError as error:
        raise told(error, f"the record {folder} cannot be read") from None
    if not wanted.chain:
        return found
    beside_it = folder.resolve().parent
    whole = lineage(beside_it, proof.system, wanted.keys, wanted.revoked, wanted.head)
    if folder.resolve().name != proof.run:
        raise SignatureError(
            f"the folder is not called {proof.run}: it does not lie among the others as it was kept"
        )
    return replace(found, lineage=whole, head=wanted.head)


@contextmanager
def _source(folder: Path) -> Iterator[tuple[Source, Mapping[str, bytes], str]]:
    """Open a folder, which may have any name, or a zip: files, what is beside them, the run it names."""
    if folder.is_dir():
        with folder_source(folder) as source:
            yield source, {}, ""
    else:
        bundle = read_bundle(folder)
        yield FilesSource(bundle.record), bundle.beside, bundle.run


def _stamped(found: Findings, source: Source, wanted: Wanted) -> Findings:
    if wanted.authority is None:
        return found
    from readiness_audit.ledger.stamp import LARGEST, check_stamp

    if not found.proof.stamped:
        raise SignatureError(f"it is not stamped: there is no {STAMP}")
    at = check_stamp(source.read(STAMP, LARGEST), found.proof.envelope, wanted.authority)
    return replace(found, stamped_at=at)


def _rebuilt(
    found: Findings, source: Source, beside: Mapping[str, bytes], reports: Sequence[Report]
) -> Findings:
    record = _same(found.proof, source)
    _judge_again(record)
    told_reports = [*reports, *_reports_in(beside)]
    for report in told_reports:
        _compare(report, record, found.proof.record_sha256)
    guides = _guides_in(beside)
    compared = {report.name for report in told_reports} | guides
    return replace(
        found,
        rebuilt=True,
        reports=tuple(report.name for report in told_reports),
        beside=tuple(name for name in found.beside if name not in compared),
    )


def _same(proof: Proof, source: Source) -> Record:
    """Read the record whose bytes were proved."""
    import hashlib

    data = source.read(RECORD, LARGEST_RECORD)
    if hashlib.sha256(data).hexdigest() != proof.record_sha256:
        raise SignatureError("record.json was changed while it was verified")
    return record_from(data)


def _judge_again(record: Record) -> None:
    from readiness_audit.audit import judge_again
    from readiness_audit.cli.loading import senses

    decision = record.decision
    again = judge_again(record, record.policy, senses(), decision.judged_at, record.origin)
    if record_bytes(again) != record_bytes(record):
        what = "another answer" if again.decision != decision else "other verdicts"
        raise SignatureError(
            f"judged again, its evidence comes to {what} than the record says{_version(record)}"
        )


def _compare(report: Report, record: Record, sha256: str) -> None:
    from readiness_audit.rendering import render

    for language in report.languages:
        if render(record, report.format_, language, sha256=sha256).encode() == report.data:
            return
    raise SignatureError(f"the report {report.name} is not what this record alone says{_version(record)}")


def _version(record: Record) -> str:
    ours = f"readiness-audit {readiness_audit.__version__}"
    if record.origin.tool == ours:
        return ""
    return f"; it was made by {record.origin.tool}, and compared by {ours}"


def _reports_in(beside: Mapping[str, bytes]) -> Iterator[Report]:
    for name, data in sorted(beside.items()):
        if name.startswith(_REPORT):
            _, language, extension = name.rpartition("/")[2].split(".")
            yield Report(name=name, format_=_FORMATS[extension], languages=(Language(language),), data=data)


def _guides_in(beside: Mapping[str, bytes]) -> set[str]:
    from readiness_audit.cli.handing_over import guides

    ours = guides()
    for name in ours.keys() & beside.keys():
        if beside[name] != ours[name]:
            raise RecordError(f"{name} is not the one that belongs there")
    return ours.keys() & beside.keys()
