"""
Audit one system twice: as it is shortly before its start, and after everything was mended.

    python examples/demo.py [--lang de|en] [--folder build/demo]

Real services are started on a loopback address of their own, the evidence is filled in with
days around today, and the command line is run on both. Nothing outside this machine is touched;
everything is ended again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demonstration import machine, services
from demonstration.backups import forgotten_backups, well_kept_backups
from demonstration.certificates import make_authority, revocation_list, write_server
from demonstration.filling import Setting, TemplateError, fill_in
from demonstration.machine import NoRoomError
from demonstration.services import Service, serving

EXAMPLE = Path(__file__).parent / "portal"
MARK = "MADE-BY-DEMO"
NAME = "auftragsportal.beispiel-gmbh.example"
GO, FAILED, NO_GO, INTERRUPTED = 0, 1, 3, 130
MEANING: Mapping[int, str] = {GO: "GO", NO_GO: "NO-GO", 4: "INCONCLUSIVE"}
PATIENCE = 30
"""Seconds an interrupted audit has to keep what it knows."""

WANTED: Mapping[str, Sequence[int]] = {
    "https": (8443, 9443, 10443, 4443, 7443),
    "http": (8080, 8000, 8880, 3080, 9080),
}
FORGOTTEN: Mapping[str, Sequence[int]] = {
    # Each stands in the list of high-risk services.
    "database": (6379, 9200, 11211, 27017, 5432),
    "administration": (9090, 8081, 8090, 8888, 9000),
}


@dataclass(frozen=True)
class Stand:
    """Where the demonstration stands: folder, address and ports."""

    folder: Path
    address: str
    ports: Mapping[str, int]
    forgotten: Mapping[str, int]
    lang: Sequence[str]


def main() -> int:
    """Show both, and say whether they came out as they should."""
    asked = _asked()
    # Whoever ends us by a signal gets the same care as whoever presses Ctrl-C, in the background too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        stand = _prepare(asked.folder.resolve(), ["--lang", asked.lang] if asked.lang else [])
        before = _show(stand, "before", "1  The system as it is, some ten days before its start")
        after = _show(stand, "after", "2  The same system, mended")
    except KeyboardInterrupt:
        _say("interrupted; every service of the demonstration is ended")
        return INTERRUPTED
    except (NoRoomError, TemplateError, OSError) as error:
        _say(f"the demonstration cannot be shown: {error}")
        return FAILED
    _tell_what_next(stand, before, after)
    if (before, after) != (NO_GO, GO):
        _say(
            f"expected exit status {NO_GO} (NO-GO), then {GO} (GO); got {before} and {after}: see the reports"
        )
        return FAILED
    return GO


def _prepare(folder: Path, lang: Sequence[str]) -> Stand:
    """Find room on this machine, and make the folder anew."""
    if machine.APART in os.environ:
        machine.switch_loopback_on()
    elif in_the_way := machine.UNWELCOME.intersection(machine.neighbours()):
        told = f"other programs of this machine answer on every address, at {machine.written(in_the_way)}/tcp"
        _say(f"{told}; the demonstration takes a network of its own")
        machine.go_apart(sys.argv)
        raise NoRoomError(f"{told}, and a network of its own is not allowed here; end them first")
    address = machine.own_address()
    ports = machine.choose_ports(address, WANTED)
    if lacking := WANTED.keys() - ports.keys():
        raise NoRoomError(f"no port is free on {address} for: {', '.join(sorted(lacking))}")
    if folder.exists():
        if not (folder / MARK).exists() and any(folder.iterdir()):
            raise NoRoomError(f"{folder} holds something else; give another --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("Made by examples/demo.py, which removes this folder when it runs again.\n")
    return Stand(folder, address, ports, machine.choose_ports(address, FORGOTTEN), lang)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Audit a demonstration system, before and after it was mended."
    )
    parser.add_argument("--lang", choices=["de", "en"], help="language of the reports")
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="where everything is made")
    return parser.parse_args()


def _show(stand: Stand, state: str, title: str) -> int:
    """Prepare one state of the system, start its services, audit it, and give the exit status."""
    print(f"\n{'=' * 78}\n{title}\n{'=' * 78}\n")
    others = machine.neighbours()
    if others:
        _say(
            f"other programs of this machine answer on every address, at {machine.written(others)}/tcp;"
            " the example declares these ports, so that they do not disturb"
        )
    folder = stand.folder / state
    now = datetime.now(UTC).replace(microsecond=0)
    setting = Setting(
        today=now.date(),
        ports=stand.ports,
        words={
            "host": stand.address,
            "name": NAME,
            "folder": str(folder),
            "others": "".join(f", {port}/tcp" for port in others),
        },
    )
    fill_in((EXAMPLE / "common", EXAMPLE / state), folder, setting)
    with serving(stand.address, *_services(stand, state, folder, now)):
        return _audit(stand, state, folder)


def _services(stand: Stand, state: str, folder: Path, now: datetime) -> list[Service]:
    """Make certificates and backups of that state, and say what is to run."""
    authority = make_authority("Beispiel GmbH Interne CA", now)
    anchors = folder / "nachweise" / "tls" / "beispiel-ca.pem"
    anchors.parent.mkdir(parents=True, exist_ok=True)
    anchors.write_bytes(authority.pem)
    anchors.with_suffix(".crl").write_bytes(revocation_list(authority, now))
    pem = folder / "server.pem"
    https, http = stand.ports["https"], stand.ports["http"]
    if state == "before":
        begins, ends = now - timedelta(days=84), now + timedelta(days=6, hours=1)
        write_server(pem, authority, stand.address, NAME, begins=begins, ends=ends)
        forgotten_backups(folder / "sicherungen", now)
        return [
            Service(https, services.CARELESS, services.neglected(pem)),
            Service(http, services.CARELESS),
            *(
                Service(port, None if what == "database" else services.CARELESS)
                for what, port in stand.forgotten.items()
            ),
        ]
    write_server(
        pem, authority, stand.address, NAME, begins=now - timedelta(days=5), ends=now + timedelta(360)
    )
    well_kept_backups(folder / "sicherungen", now)
    return [
        Service(https, services.careful(f"https://{NAME}:{https}", now), services.well_kept(pem)),
        Service(http, services.sent_to(f"https://{NAME}:{https}/")),
    ]


def _audit(stand: Stand, state: str, folder: Path) -> int:
    report = stand.folder / f"{state}.html"
    command = [
        sys.executable,
        "-m",
        "readiness_audit",
        "run",
        str(folder / "system.yaml"),
        "--report",
        f"html:{report}",
        *stand.lang,
    ]
    print(
        f"$ readiness-audit run {_short(folder / 'system.yaml')} --report html:{_short(report)}\n", flush=True
    )
    began = time.monotonic()
    environment = {**os.environ, "READINESS_AUDIT_HOME": str(stand.folder / "home")}
    # In a process group of its own Ctrl-C reaches it through us, and exactly once.
    running = subprocess.Popen(command, env=environment, process_group=0)
    try:
        status = running.wait()
    except KeyboardInterrupt:
        running.send_signal(signal.SIGINT)
        _wait_for_the_end(running)
        raise
    passed = time.monotonic() - began
    print(f"\nexit status {status} ({_meaning(status)}), after {passed:.1f} s", flush=True)
    return status


def _wait_for_the_end(running: subprocess.Popen[bytes]) -> None:
    try:
        running.wait(PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        running.kill()
        running.wait()


def _tell_what_next(stand: Stand, before: int, after: int) -> None:
    """Say where everything lies, and three things to try."""
    print(f"\n{'=' * 78}\nBefore: {_meaning(before)}. After: {_meaning(after)}.\n")
    for what, names in (
        ("reports", ("before.html", "after.html")),
        ("evidence", ("before", "after")),
        ("records", ("home",)),
    ):
        print(f"  {what:<9} {'  '.join(_short(stand.folder / name) for name in names)}")
    runs = sorted(path.name for path in (stand.folder / "home" / "systems" / "auftragsportal").glob("2*"))
    if len(runs) == len(("before", "after")):
        home = f"--home {_short(stand.folder / 'home')}"
        program = _short(Path(sys.executable).with_name("readiness-audit"))
        print("\nTry next:")
        print(f"  {program} report {runs[0]} --format markdown {home}")
        print(f"  {program} explain {runs[0]} {home}")
        print(f"  {program} diff {runs[0]} {runs[1]} {home}")


def _meaning(status: int) -> str:
    return MEANING.get(status, "no decision")


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
