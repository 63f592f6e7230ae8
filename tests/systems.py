"""Make small systems and policies for tests of the engine."""

from __future__ import annotations

import dataclasses
from typing import Any

from readiness_audit.model.check import Check
from readiness_audit.model.policy import InForce, Rule
from readiness_audit.model.system import Stage, System
from readiness_audit.model.target import Document, Host
from tests.checks import SAID

HOUSE = System(
    system="house",
    title="House",
    owner="Owner, head of the house",
    stage=Stage.ROLLOUT,
    targets=(
        Host(kind="host", id="front", host="127.0.0.1"),
        Host(kind="host", id="back", host="127.0.0.2"),
        Document(kind="document", id="deed", type="deed", file="deed.md"),
    ),
)


def a_house(**different: Any) -> System:  # noqa: ANN401 - fields of System
    """Give a house with two doors and a deed, with some fields different."""
    return dataclasses.replace(HOUSE, **different)


def asking(*checks: Check, rule: Rule | None = None) -> InForce:
    """Give a policy in force that asks `checks`."""
    return InForce(
        policy="test",
        edition="1",
        title=SAID,
        checks=checks,
        left_out=(),
        changed=(),
        rule=rule or Rule(),
    )
