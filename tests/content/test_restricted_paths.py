"""Paths of administration in a system file: read as they are meant, or refused with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness_audit.content.shape import shape
from readiness_audit.content.yaml_tree import parse_yaml
from readiness_audit.errors import ContentError
from readiness_audit.model.system import System
from readiness_audit.model.target import Endpoint
from readiness_audit.model.vantage import MOST_PATHS

GOOD = """\
system: shop
title: Webshop
owner: Jana Beispiel, Systemverantwortliche
stage: rollout
traits: [internet-facing]
vantage_points: [{name: bastion, network: management}, {name: desk, network: office}]
targets:
  - kind: endpoint
    id: shop
    host: shop.example.org
    port: 443
    protocol: https
    restricted:
      - {service: management, paths: [/admin, /wp-admin/, /index.php?module=admin], open_from: [bastion]}
      - {service: management, paths: [/status], open_from: []}
"""


def read(text: str) -> System:
    return shape(parse_yaml(text.encode(), Path("system.yaml")), System)


def refused(find: str, put: str) -> str:
    assert find in GOOD
    with pytest.raises(ContentError) as caught:
        read(GOOD.replace(find, put))
    return str(caught.value)


def test_paths_are_read_with_the_places_they_are_meant_for() -> None:
    (target,) = read(GOOD).targets
    assert isinstance(target, Endpoint)
    assert [(one.paths, one.open_from) for one in target.restricted] == [
        (("/admin", "/wp-admin/", "/index.php?module=admin"), ("bastion",)),
        (("/status",), ()),
    ]


@pytest.mark.parametrize(
    ("put", "said"),
    [
        ("https://shop.example.org/admin", "write the path alone, '/admin'"),
        ("https://shop.example.org", "write the path alone, '/'"),
        ("//shop.example.org/admin", "write the path alone, '/admin'"),
        ("admin", "must begin with '/'"),
        ("''", "must begin with '/'"),
        ("/../admin", "takes a detour: write where it leads to"),
        ("/a/%2E%2e/admin", "takes a detour"),
        ("/a/./admin", "takes a detour"),
        ("'/ad min'", "neither spaces nor control characters"),
        ('"/admin\\u0007"', "neither spaces nor control characters"),
        ('"/admin\\r\\nX: y"', "neither spaces nor control characters"),
        ("/ädmin", "must begin with '/' and hold neither"),
        ("'/admin#top'", "which no server gets"),
        ("'/a\\admin'", "which no server gets"),
        (f"/{'a' * 500}", "is longer than 500 characters"),
        ("/wp-admin/", "/wp-admin/ is named twice: name each path once"),
        ("/status", "/status is named twice"),
    ],
)
def test_what_is_no_path_as_a_server_gets_it_is_refused(put: str, said: str) -> None:
    assert said in refused("[/admin,", f"[{put},")


@pytest.mark.parametrize(
    "secret",
    [
        "https://admin:geheim-4711@shop.example.org/admin",
        "/admin?password=geheim-4711",
        "/admin?a=b&access_token=geheim-4711",
        "/admin?X-Api-Key=geheim-4711",
    ],
)
def test_what_holds_a_secret_is_refused_without_being_shown(secret: str) -> None:
    told = refused("[/admin,", f"['{secret}',")
    assert "write the path alone, such as /admin" in told
    assert "geheim-4711" not in told


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        (
            "[bastion]",
            "[bastoin]",
            "no vantage point called 'bastoin'; declared vantage points: bastion, desk",
        ),
        ("[/status]", "[]", "name at least one path, such as /admin"),
        (
            "protocol: https",
            "protocol: tls",
            "goes with protocol: https or http; ports are restricted at their",
        ),
        ("[/status]", f"[{', '.join(f'/a{n}' for n in range(MOST_PATHS))}]", "name at most 40, the ones"),
        (
            "service: management, paths: [/s",
            "service: database, paths: [/s",
            "'database' is not allowed here",
        ),
        ("[internet-facing]", "[no-ssh]", "add 'web-administration' to the traits"),
    ],
)
def test_what_does_not_fit_together_is_refused(find: str, put: str, said: str) -> None:
    assert said in refused(find, put)


def test_a_system_without_ssh_says_that_it_is_administered_over_the_web() -> None:
    assert read(GOOD.replace("[internet-facing]", "[no-ssh, web-administration]")).targets
