"""
Read one hostile file and say what it holds: the child's side of `read_apart`.

One is started for every such file, so it imports nothing but the reader it is asked for.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

from readiness_audit.probes.reach.blind import CannotSee


def _main(name: str) -> None:
    module, _, function = name.partition(":")
    if not module.startswith("readiness_audit.probes."):
        sys.exit(2)
    reader = getattr(importlib.import_module(module), function)
    # Libraries print; what they print must not get between the words of the answer.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as mouth:
        os.dup2(2, 1)
        try:
            answer = {"seen": reader(sys.stdin.buffer.read())}
        except CannotSee as blind:
            answer = {"blind": [blind.reason, blind.detail]}
        json.dump(answer, mouth)


if __name__ == "__main__":
    _main(sys.argv[1])
