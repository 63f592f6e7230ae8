"""What contradicts itself is never passed; `make hostile` looks at each of them a hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.contradictions import OVER, changing, passed, steady

TIMES = 3


@pytest.mark.parametrize("over", OVER)
def test_what_is_always_in_order_passes(over: str, tmp_path: Path) -> None:
    assert passed(over, steady(over, tmp_path), tmp_path, 1) == sorted(OVER[over])


def test_what_is_in_order_now_and_then_never_passes(tmp_path: Path) -> None:
    wrong = {
        name: told
        for name, (over, serve) in changing(tmp_path).items()
        if (told := passed(over, serve, tmp_path, TIMES))
    }
    assert wrong == {}
