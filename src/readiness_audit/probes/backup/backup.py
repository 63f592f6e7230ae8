"""See what a place of backups holds, whatever filled it: a way of looking for each tool, the same facts."""

from __future__ import annotations

from readiness_audit.model.target import Backup
from readiness_audit.probes.backup import directory, restic
from readiness_audit.probes.backup.facts import BackupFacts
from readiness_audit.probes.probe import Probe, Seen
from readiness_audit.probes.reach.reach import Reach


async def look(target: Backup, reach: Reach) -> Seen[BackupFacts]:
    """Look the way the target's tool asks for. Raises `CannotSee`."""
    match target.tool:
        case "directory":
            return await directory.look(target, reach)
        case "restic":
            return await restic.look(target, reach)


PROBE = Probe(name="backup", looks_at=Backup, sees=BackupFacts, look=look, seconds=120.0)
