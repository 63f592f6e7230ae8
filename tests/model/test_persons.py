"""One person has many ways of writing a name."""

from __future__ import annotations

import pytest

from readiness_audit.model.persons import same_person


@pytest.mark.parametrize(
    "other", ["anna meier", "Meier, Anna", "Frau Dr. Anna Meier", "MEIER  ANNA", "Prof. Dr. Meier, A\uff4ena"]
)
def test_it_is_still_her(other: str) -> None:
    assert same_person("Anna Meier", other)


@pytest.mark.parametrize("other", ["Anna Maier", "Anna", "Anna Meier-Schulz", "Hanna Meier"])
def test_it_is_somebody_else(other: str) -> None:
    assert not same_person("Anna Meier", other)


def test_a_title_alone_is_somebody_all_the_same() -> None:
    assert not same_person("Dr.", "Prof.")
