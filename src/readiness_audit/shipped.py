"""Where the checks, policies and reports that come with the tool are kept."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(kind: str) -> Path:
    """Find `checks`, `policies` or `reports`, in an installed package or in a checkout."""
    packed = Path(str(files("readiness_audit"))) / "shipped" / kind
    return packed if packed.is_dir() else Path(__file__).parents[2] / kind
