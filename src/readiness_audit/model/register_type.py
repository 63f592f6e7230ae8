"""The types of registers. A new one is a line here, and a module and a line beside the other registers."""

from __future__ import annotations

from enum import StrEnum


class RegisterType(StrEnum):
    """What the rows of a register are about."""

    ACCESS_MATRIX = "access-matrix"
    ACCOUNTS = "accounts"
    BUDGET = "budget"
    CERTIFICATES = "certificates"
    COMMUNICATION = "communication"
    DATA_FLOWS = "data-flows"
    DEFECTS = "defects"
    FEEDBACK = "feedback"
    FIREWALL_RULES = "firewall-rules"
    MILESTONES = "milestones"
    PERSONS = "persons"
    REQUIREMENTS = "requirements"
    RESTORES = "restores"
    RISKS = "risks"
    SSH_KEYS = "ssh-keys"
    TRAINING = "training"
