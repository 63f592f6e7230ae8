"""Have a signature stamped by a time-stamping authority (RFC 3161), after its record was kept."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import click

from readiness_audit.cli.clock import now
from readiness_audit.errors import ReadinessError, SignatureError
from readiness_audit.rendering.safe import visible

SECONDS = 20.0
"""How long an authority may take. What it does not do in time is not done; the record is kept already."""

_PORTS = {"http": 80, "https": 443}
_OK = 200


def check_address(authority: str) -> None:
    """Refuse what is no address of an authority, and a library that is missing, before anything is begun."""
    _parts(authority)
    from readiness_audit.ledger.stamp import request_for

    request_for(b"")


def stamp(folder: Path, authority: str) -> None:
    """
    Have the signature of a kept record stamped, and put the answer beside it as it came.

    Where that fails, it is said, and the record stays as it is: kept, signed, and not stamped.
    """
    from readiness_audit.ledger import stamp as stamps
    from readiness_audit.ledger.folder import read_files
    from readiness_audit.ledger.manifest import SIGNATURE, STAMP

    try:
        files = read_files(folder)
        if STAMP in files:
            return
        envelope = files[SIGNATURE]
        request = stamps.request_for(envelope)
        answer = _asked(authority, request)
        at = stamps.check_answer(answer, request, envelope)
        stamps.keep_stamp(folder, answer)
    except ReadinessError as error:
        click.echo(visible(f"not stamped: {error}"), err=True)
    else:
        # Which clock is right nobody knows here; that they differ is worth knowing.
        skew = (now() - at).total_seconds()
        click.echo(f"stamped: {at.isoformat()}, {skew:+.0f} s by our clock", err=True)


def _asked(authority: str, request: bytes) -> bytes:
    import asyncio

    from readiness_audit.probes.reach.blind import CannotSee

    try:
        return asyncio.run(_ask(_parts(authority), request))
    except CannotSee as blind:
        raise SignatureError(f"the authority {authority} gave no answer: {blind.detail}") from None
    except TimeoutError:
        raise SignatureError(f"the authority {authority} gave no answer in {SECONDS:.0f} s") from None


async def _ask(address: SplitResult, request: bytes) -> bytes:
    from readiness_audit.ledger.stamp import LARGEST
    from readiness_audit.model.evidence import Look
    from readiness_audit.model.system import Authorisation, Pace
    from readiness_audit.probes.reach.deadline import Deadline
    from readiness_audit.probes.reach.gate import Gate
    from readiness_audit.probes.reach.secure import SecureStream
    from readiness_audit.probes.web.exchange import ask_for

    host, deadline = address.hostname or "", Deadline(SECONDS)
    port = address.port or _PORTS[address.scheme]
    at = now()
    # Whoever named the authority allowed this one connection, and no other.
    granted = Authorisation(
        targets=(host,),
        valid_from=at - timedelta(minutes=1),
        valid_until=at + timedelta(minutes=1),
        approved_by="--timestamp",
        contact="--timestamp",
    )
    gate = Gate(granted, Pace.NORMAL, now)
    try:
        async with await gate.connect(Look(probe="stamp", target=host), host, port, deadline) as stream:
            more = (("Content-Type", "application/timestamp-query"),)
            path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
            asking = partial(
                ask_for,
                host=address.netloc,
                path=path,
                deadline=deadline,
                method="POST",
                more=more,
                content=request,
                most_body=LARGEST,
            )
            if address.scheme == "http":
                reply = await asking(stream)
            else:
                # Whom we speak to does not matter: the answer is signed, and checked.
                async with SecureStream(stream, host) as secure:
                    await secure.shake_hands()
                    reply = await asking(secure)
    finally:
        await gate.close()
    if reply.status != _OK or reply.body_truncated or reply.body_problem:
        raise SignatureError(f"the authority {host} answered with status {reply.status} and no time stamp")
    return reply.body


def _parts(authority: str) -> SplitResult:
    from readiness_audit.errors import FieldError
    from readiness_audit.model.grammar import check_host

    try:
        parts = urlsplit(authority)
        check_host("--timestamp", parts.hostname or "")
        _ = parts.port
        usable = (
            parts.scheme in _PORTS and not parts.username and authority.isascii() and authority.isprintable()
        )
    except (ValueError, FieldError):
        usable = False
    if not usable or " " in authority:
        raise click.UsageError(
            f"--timestamp {authority!r:.100} is not an address such as http://tsa.example/tsr"
        )
    return parts
