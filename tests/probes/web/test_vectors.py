"""Cookies, HSTS, frames, types, referrers and elements, held to vectors for each rule."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from readiness_audit.probes.web.cookies import read_cookie
from readiness_audit.probes.web.csp import read_policies
from readiness_audit.probes.web.header_rules import forbids_guessing, framed_by, referrer_policy
from readiness_audit.probes.web.hsts import read_hsts
from readiness_audit.probes.web.page import read_page
from tests.probes.web.vectors import rule, vectors

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("vector", vectors("cookies"), ids=rule)
def test_a_cookie_is_what_clients_take_it_for(vector: Any) -> None:  # noqa: ANN401 - from a file
    letter, times = vector.get("repeat", ("", 0))
    found = read_cookie(
        vector["given"] + letter * times,
        host=vector.get("host", "shop.example"),
        over_https=vector.get("over_https", True),
        at=NOW,
    )
    assert (None if found is None else asdict(found)) == vector["expected"]


@pytest.mark.parametrize("vector", vectors("hsts"), ids=rule)
def test_hsts_is_obeyed_or_not(vector: Any) -> None:  # noqa: ANN401 - from a file
    found = read_hsts(vector["given"], over_https=vector.get("over_https", True))
    assert found is not None
    told = asdict(found)
    assert (told.pop("problem") is None) is found.valid
    assert told == vector["expected"]


@pytest.mark.parametrize("vector", vectors("browser_rules", "framed_by"), ids=rule)
def test_who_may_frame_a_page(vector: Any) -> None:  # noqa: ANN401 - from a file
    policies = [
        *read_policies(vector.get("policies", [])),
        *read_policies(vector.get("only", []), enforced=False),
        *read_policies(vector.get("metas", []), in_header=False),
    ]
    assert framed_by(vector.get("options", []), policies) == vector["sees"]


@pytest.mark.parametrize("vector", vectors("browser_rules", "no_sniff"), ids=rule)
def test_whether_types_are_guessed(vector: Any) -> None:  # noqa: ANN401 - from a file
    assert forbids_guessing(vector["given"]) is vector["sees"]


@pytest.mark.parametrize("vector", vectors("browser_rules", "referrer_policy"), ids=rule)
def test_which_referrer_policy_counts(vector: Any) -> None:  # noqa: ANN401 - from a file
    assert referrer_policy(vector["given"], vector.get("metas", [])) == vector["sees"]


@pytest.mark.parametrize("vector", vectors("browser_rules", "elements"), ids=rule)
def test_which_elements_count(vector: Any) -> None:  # noqa: ANN401 - from a file
    read = read_page(vector["page"], "https://shop.example/")
    seen = {
        "policies": list(read.policies),
        "referrers": list(read.referrers),
        "foreign": list(read.facts.foreign_scripts),
        "unverified": read.facts.unverified_scripts,
    }
    expected = {key: value for key, value in vector.items() if key in seen}
    assert expected == {key: seen[key] for key in expected}
    assert expected
