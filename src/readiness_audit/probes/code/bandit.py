"""Let bandit look for weaknesses in a folder of Python code, and prove that it looked."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import stat
import sys
from pathlib import Path

from readiness_audit.errors import MissingExtraError
from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Code
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.reach.process import run
from readiness_audit.probes.reach.reach import Reach
from readiness_audit.probes.results.bandit_report import BanditFacts, read_report

# Without an ini file of its own, bandit takes a `.bandit` file in the code as orders: other
# targets, fewer tests, a file to write to. The code under audit does not give orders.
_NO_ORDERS = ("--ini", "/dev/null")
_FOUND_NOTHING, _FOUND_SOMETHING = 0, 1


async def look(target: Code, reach: Reach) -> Seen[BanditFacts]:
    """Run bandit over the folder; its exit status only says whether it found something."""
    version = _installed()
    _insist_on_folder(Path(target.path))
    command = [sys.executable, "-I", "-m", "bandit", "-r", "-q", "-f", "json", *_NO_ORDERS, "--", target.path]
    done = await run(command, reach.deadline)
    if done.status not in {_FOUND_NOTHING, _FOUND_SOMETHING} or not done.stdout:
        raise CannotSee(Reason.TOOL_FAILED, f"bandit: {done.complaint()}")
    facts = read_report(done.stdout, target.path, reach.started, root=target.path, is_of_this_run=True)
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
