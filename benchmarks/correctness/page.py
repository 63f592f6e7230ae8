"""Judge what was heard of the lab, and write the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.correctness.heard import Heard, Pairs
from benchmarks.correctness.lab import Lab
from benchmarks.correctness.problems import (
    OURS,
    REASONS,
    STATED,
    TESTSSL,
    TOOLS,
    VERSIONS,
    pairs_reason,
)
from benchmarks.correctness.tables import Part, table

__all__ = ["Judged", "Lab", "Pairs", "of"]

SPEED_GOAL = 1 / 20
_SERIOUS = re.compile(r"\((blocker|major)\)")


@dataclass(frozen=True)
class Judged:
    """What was heard of the lab, held against what its servers are."""

    seen: Mapping[str, Heard]
    lab: Lab
    told: Mapping[str, Pairs]
    """What OpenSSL could finish a handshake with, server by server."""

    @property
    def tools(self) -> list[str]:
        """Give the tools that were asked, ours first."""
        return [tool for tool in TOOLS if tool in self.seen]

    @property
    def problems(self) -> list[str]:
        """Give the servers with something wrong."""
        return [server.id for server in self.lab.servers if not server.good]

    def stated(self, tool: str, problem: str) -> bool:
        """Tell whether a tool calls a problem wrong, with its reason."""
        pattern = STATED[problem].get(tool)
        return pattern is not None and any(
            re.search(pattern, line) for line in self.seen[tool].said.get(problem, ())
        )

    def false_findings(self, tool: str) -> list[tuple[str, str]]:
        """Give what a tool calls wrong with good servers; of ours, blockers and majors."""
        lines = [
            (server.id, line)
            for server in self.lab.servers
            if server.good
            for line in self.seen[tool].said.get(server.id, ())
        ]
        return [one for one in lines if tool != OURS or _SERIOUS.search(one[1])]

    def beside(self, tool: str, server: str) -> tuple[Pairs, Pairs]:
        """Give the pairs a tool misses of OpenSSL's, and those it has besides."""
        seen = self.seen[tool].pairs.get(server, set())
        return self.told[server] - seen, seen - self.told[server]

    def faults(self) -> list[str]:
        """Say in lines what must not be."""
        faults = [
            f"{OURS} does not state {problem}" for problem in self.problems if not self.stated(OURS, problem)
        ]
        faults += [
            f"{OURS} says of the good server {server}: {line}" for server, line in self.false_findings(OURS)
        ]
        faults += [
            f"no reason is written down why {tool} does not state {problem}"
            for tool in self.tools
            for problem in self.problems
            if tool != OURS and not self.stated(tool, problem) and (tool, problem) not in REASONS
        ]
        faults += [
            f"no reason is written down for the suites of {tool} on {server}: {missed or ''} {more or ''}"
            for tool, server, missed, more in self.differences()
            if pairs_reason(missed, more) is None
        ]
        faults += [
            f"no reason is written down for the versions of {tool} on {server}"
            for tool in self.tools
            for server in self.told
            if (tool, server) not in VERSIONS
            and self.seen[tool].versions.get(server, set()) != _versions(self, server)
        ]
        share = self.share()
        if share is not None and share > SPEED_GOAL:
            faults.append(f"the lab takes {share:.3f} of the time of {TESTSSL}, more than 1/20")
        return faults

    def differences(self) -> Iterable[tuple[str, str, Pairs, Pairs]]:
        """Give tool, server, and the suites it saw too few and too many."""
        for tool in self.tools:
            for server in self.told if self.seen[tool].pairs else ():
                missed, more = self.beside(tool, server)
                if missed or more:
                    yield tool, server, missed, more

    def share(self) -> float | None:
        """Give our time as a share of that of testssl.sh; None where it was not asked."""
        if TESTSSL not in self.seen:
            return None
        return self.seen[OURS].seconds / self.seen[TESTSSL].seconds


def of(
    day: date, judged: Judged, versions: Mapping[str, str], missing: Mapping[str, str], parts: Sequence[Part]
) -> str:
    """Write the whole page."""
    pieces = [
        _HEAD.format(day=day.isoformat()),
        table(("tool", "version"), [*versions.items()]),
        *(f"Not here: {tool}, {why}.\n" for tool, why in missing.items()),
        "## The lab of problems\n",
        _LAB,
        _stated(judged),
        "### Why one does not\n",
        _why(judged),
        "### Good servers\n",
        _good(judged),
        "### Time for the whole lab\n",
        _times(judged),
        "## Versions, suites and certificates\n",
        _FACTS,
        _facts(judged),
        _differences(judged),
        *(part.text for part in parts),
    ]
    return "\n".join(pieces)


def _stated(judged: Judged) -> str:
    rows = [
        (
            server.title,
            server.kind,
            *("yes" if judged.stated(tool, server.id) else "-" for tool in judged.tools),
        )
        for server in judged.lab.servers
        if not server.good
    ]
    counts = [sum(judged.stated(tool, problem) for problem in judged.problems) for tool in judged.tools]
    total = ("**stated**", f"of {len(judged.problems)}", *(f"**{count}**" for count in counts))
    return table(("problem", "server", *judged.tools), [*rows, total])


def _why(judged: Judged) -> str:
    titles = {server.id: server.title for server in judged.lab.servers}
    lines = [
        f"- {tool}, {titles[problem]}: {REASONS.get((tool, problem), '**not yet explained**')}."
        for tool in judged.tools
        for problem in judged.problems
        if not judged.stated(tool, problem)
    ]
    return "\n".join(lines) + "\n"


def _good(judged: Judged) -> str:
    rows = []
    for tool in judged.tools:
        found = judged.false_findings(tool)
        said = "; ".join(dict.fromkeys(f"{server}: {_short(line)}" for server, line in found)) or "nothing"
        rows.append((tool, str(len(found)), said))
    minors = sorted(
        {
            line.partition(" (")[0]
            for server in judged.lab.servers
            if server.good
            for line in judged.seen[OURS].said[server.id]
        }
    )
    remark = (
        "Ours also asks for more than a good server of today must have, as minor or information: "
        + ", ".join(f"`{check}`" for check in minors)
        + ". These are true of the servers, and no fault.\n"
        if minors
        else ""
    )
    return table(("tool", "findings", "which"), rows) + "\n" + remark


def _times(judged: Judged) -> str:
    mine = judged.seen[OURS].seconds
    rows = [
        (tool, f"{judged.seen[tool].seconds:.1f} s", f"{judged.seen[tool].seconds / mine:.1f}")
        for tool in judged.tools
    ]
    return table(("tool", f"{len(judged.lab.servers)} servers", "times ours"), rows) + "\n" + _TIMES


def _facts(judged: Judged) -> str:
    every = sum(len(pairs) for pairs in judged.told.values())
    rows = []
    for tool in judged.tools:
        heard = judged.seen[tool]
        right = sum(len(judged.told[server] & heard.pairs.get(server, set())) for server in judged.told)
        extra = (
            [pair for server in judged.told for pair in judged.beside(tool, server)[1]] if heard.pairs else []
        )
        versions = sum(heard.versions.get(server) == _versions(judged, server) for server in judged.told)
        leaves = [
            server for server, leaf in judged.seen[OURS].leaves.items() if heard.leaves.get(server) == leaf
        ]
        rows.append(
            (
                tool,
                f"{versions} of {len(judged.told)}",
                f"{right} of {every}" if heard.pairs else "not asked",
                str(len(extra)) if heard.pairs else "-",
                f"{len(leaves)} of {len(heard.leaves)}",
            )
        )
    return table(("tool", "versions right", "suites of OpenSSL", "others", "same certificate as ours"), rows)


def _versions(judged: Judged, server: str) -> set[str]:
    return {version for version, _ in judged.told[server]}


def _differences(judged: Judged) -> str:
    lines = []
    for tool, server, missed, more in judged.differences():
        counts = ", ".join(
            words
            for words in (f"{len(missed)} fewer" if missed else "", f"{len(more)} more" if more else "")
            if words
        )
        why = pairs_reason(missed, more) or "**not yet explained**"
        lines.append(f"- {tool}, {server}, {counts}: {why}.")
    for tool in judged.tools:
        for server in judged.told:
            heard = judged.seen[tool].versions.get(server, set())
            if heard != _versions(judged, server):
                wanted = ", ".join(sorted(_versions(judged, server)))
                why = VERSIONS.get((tool, server), "**not yet explained**")
                lines.append(
                    f"- {tool}, {server}: versions {', '.join(sorted(heard)) or 'none'}"
                    f" instead of {wanted}: {why}."
                )
    return "\n".join(["", "Differences, each with its reason:\n", *lines, ""])


def _short(line: str) -> str:
    return line if len(line) <= 110 else line[:107] + "..."


_HEAD = """\
# What we say, and what others say

Written by `scripts/correctness` on {day}; do not edit it, run the script. It starts the servers on loopback,
installs the other tools into the folder build (they are never shipped), lets each look at the same servers
and compares. Where a tool differs, the reason stands in one line; a difference without one makes the script
fail.
"""

_LAB = """\
One server for each problem. A tool states a problem where it calls something wrong and says what; data
from which a reader could conclude it does not count, nor does a refusal for another reason. Every tool is
asked for `localhost`, and told to trust the lab's own root where it can be told (nmap cannot).
"""

_TIMES = """\
Wall time, tool after tool, on one machine: the ratios matter, not the seconds. readiness-audit, sslyze and
nmap are one process each; testssl.sh runs six at a time, with `-p -s -S` and the one more section that a
problem needs, not with everything it can do.
"""

_FACTS = """\
Those of the same servers that speak what today's OpenSSL speaks, each with suites of its own. What is so
was asked of OpenSSL itself: one whole handshake for each suite it knows, in each version.
"""
