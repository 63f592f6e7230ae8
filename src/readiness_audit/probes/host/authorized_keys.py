"""See which keys may log in to which accounts of a host, wherever its SSH server looks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Host
from readiness_audit.probes.host.key_lines import NoKey, read_line
from readiness_audit.probes.host.machine import Machine
from readiness_audit.probes.host.report import READ, Section, the
from readiness_audit.probes.host.seeing import WAYS_IN, Inside, see_inside
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.reach import Reach

MOST_KEYS = 20_000
_OTHER_WAYS = ("authorizedkeyscommand", "authorizedprincipalscommand", "trustedusercakeys")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedKey:
    """One key in the file of one account."""

    account: str
    """Whom it logs in as; of a listing that was brought, the name of the home."""

    file: str
    line: int
    """Line in the file, counted from 1."""

    type: str
    """`ssh-ed25519`, `ssh-rsa`, `sk-ssh-ed25519@openssh.com`, ..."""

    bits: int
    fingerprint: str
    """SHA-256, as `ssh-keygen -l` writes it."""

    options: tuple[str, ...]
    """Names of its options, such as `from` and `command`; what stands behind them is not kept."""

    comment: str | None
    """What is written behind it; what looks like a secret is taken out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """One file of keys."""

    account: str
    file: str
    state: str
    """`read`; `denied`; `odd` (no regular file, or a place we do not understand); or `too-large`."""

    keys: int
    lines_unread: int
    """Lines that are neither a key nor a remark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedKeysFacts:
    """Which keys may log in."""

    seen_by: str
    """`local`, `ssh` or `files`: whether the host was looked at now, or what was brought from it."""

    modified_at: str | None
    """Of files, when the oldest was made, in UTC; None where the host itself was looked at."""

    machine: Machine
    """Which machine was seen; what the same machine showed for another host too counts for neither."""

    accounts: int | None
    """Accounts whose files were looked for; None in a listing that was brought, which does not tell."""

    places: tuple[str, ...]
    """Where keys were looked for: the server's `AuthorizedKeysFile`."""

    places_known: bool
    """Whether the server itself named the places; its usual ones were assumed otherwise."""

    other_ways: tuple[str, ...]
    """Settings by which keys come from elsewhere and are not among these: `TrustedUserCAKeys`, commands."""

    files: tuple[KeyFile, ...]
    """Every file that is there, or that we were not allowed to look for."""

    files_unread: int
    lines_unread: int
    key_count: int
    keys: tuple[AuthorizedKey, ...]


async def look(target: Host, reach: Reach) -> Seen[AuthorizedKeysFacts]:
    """
    Read every account's file of authorised keys; private keys and other files are left alone.

    Raises `CannotSee` where the host cannot be seen from inside, or no such file was brought.
    """
    inside = await see_inside(target, reach)
    sections = [section for section in inside.sections if section.name == "authorized-keys"]
    accounts, places = _searched(inside, sections)
    files: list[KeyFile] = []
    keys: list[AuthorizedKey] = []
    for section in sections:
        account, _, path = section.subject.partition(" ")
        found, unread = _read(account, path, section)
        state = "read" if section.status == READ else section.status
        files.append(KeyFile(account=account, file=path, state=state, keys=len(found), lines_unread=unread))
        keys += found
        if len(keys) > MOST_KEYS:
            raise CannotSee(Reason.TOO_LARGE, f"more than {MOST_KEYS} authorised keys")
    options = _server_says(inside)
    return Seen(
        facts=AuthorizedKeysFacts(
            seen_by=inside.by,
            modified_at=inside.modified_at,
            machine=inside.machine,
            accounts=accounts,
            places=places,
            places_known=bool(options),
            other_ways=tuple(_elsewhere(options)),
            files=tuple(files),
            files_unread=sum(file.state != "read" for file in files),
            lines_unread=sum(file.lines_unread for file in files),
            key_count=len(keys),
            keys=tuple(keys),
        )
    )


def _searched(inside: Inside, sections: Sequence[Section]) -> tuple[int | None, tuple[str, ...]]:
    if any(section.name == "accounts" for section in inside.sections):
        listed = the(inside.sections, "accounts")
        if listed.status != READ:
            raise CannotSee(Reason.TOO_LARGE, "the host has more accounts than are looked through")
        names = [line for line in listed.lines if line]
        if not names:
            raise CannotSee(Reason.EMPTY, "the host named none of its accounts")
        return len(names), the(inside.sections, "places").lines
    if inside.by != "files":
        raise CannotSee(Reason.UNREADABLE, "the report of the host does not list its accounts")
    if not sections:
        raise CannotSee(Reason.NOT_FOUND, "no file with authorised keys is declared")
    return None, ()


def _read(account: str, path: str, section: Section) -> tuple[list[AuthorizedKey], int]:
    found: list[AuthorizedKey] = []
    unread = 0
    for number, line in enumerate(section.lines, 1):
        try:
            one = read_line(line)
        except NoKey:
            unread += 1
            continue
        if one is not None:
            found.append(
                AuthorizedKey(
                    account=account,
                    file=path,
                    line=number,
                    type=one.key.type,
                    bits=one.key.bits,
                    fingerprint=one.key.fingerprint,
                    options=one.options,
                    comment=one.comment or None,
                )
            )
    return found, unread


def _server_says(inside: Inside) -> tuple[str, ...]:
    for section in inside.sections:
        if section.name == "sshd" and section.status == READ:
            return section.lines
    return ()


def _elsewhere(options: Sequence[str]) -> Iterator[str]:
    for line in options:
        name, _, value = line.partition(" ")
        if name in _OTHER_WAYS and value not in {"", "none"}:
            yield name


PROBE = Probe(
    name="authorized-keys",
    looks_at=Host,
    sees=AuthorizedKeysFacts,
    look=look,
    only=WAYS_IN,
    network=True,
)
