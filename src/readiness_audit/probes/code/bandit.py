"""See what bandit finds in the code: let it look and prove that it looked, or read what it wrote before."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import stat
import sys
from pathlib import Path

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Code
from readiness_audit.probes.code.bandit_report import BanditFacts, read_report
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.process import run
from readiness_audit.probes.reach.reach import Reach

# Without an ini file of its own, bandit takes a `.bandit` file in the code as orders: other
# targets, fewer tests, a file to write to. The code under audit does not give orders.
_NO_ORDERS = ("--ini", "/dev/null")
_FOUND_NOTHING, _FOUND_SOMETHING = 0, 1


async def look(target: Code, reach: Reach) -> Seen[BanditFacts]:
    """Look through the folder, or read the results file. Raises `CannotSee`."""
    if target.path is None:
        return _read(target.results or "", reach)
    return await _run(target.path, reach)


def _read(name: str, reach: Reach) -> Seen[BanditFacts]:
    # Raw text is not kept, as bandit quotes the code and the passwords in it.
    file = reach.evidence.read(name)
    facts = read_report(file.data, name, reach.started)
    return Seen(facts=facts, tool=f"bandit {facts.version}" if facts.version else "")


async def _run(path: str, reach: Reach) -> Seen[BanditFacts]:
    # Its exit status only says whether it found something.
    version = _installed()
    _insist_on_folder(Path(path))
    command = [sys.executable, "-I", "-m", "bandit", "-r", "-q", "-f", "json", *_NO_ORDERS, "--", path]
    done = await run(command, reach.deadline)
    if done.status not in {_FOUND_NOTHING, _FOUND_SOMETHING} or not done.stdout:
        raise CannotSee(Reason.TOOL_FAILED, f"bandit: {done.complaint()}")
    facts = read_report(done.stdout, path, reach.started, root=path, is_of_this_run=True)
    return Seen(facts=facts, tool=f"bandit {version}")


def _installed() -> str:
    if importlib.util.find_spec("bandit") is None:
        raise CannotSee(Reason.TOOL_MISSING, str(MissingExtraError("bandit", "code")))
    return importlib.metadata.version("bandit")


def _insist_on_folder(path: Path) -> None:
    # bandit itself is content with a folder that is not there: it finds nothing in it.
    try:
        about = path.stat()
    except OSError as error:
        reason = Reason.DENIED if isinstance(error, PermissionError) else Reason.NOT_FOUND
        raise CannotSee(reason, f"{path}: {error.strerror}") from None
    if not stat.S_ISDIR(about.st_mode):
        raise CannotSee(Reason.NOT_FOUND, f"{path}: not a folder")


PROBE = Probe(
    name="bandit",
    looks_at=Code,
    sees=BanditFacts,
    look=look,
    seconds=300.0,
)
