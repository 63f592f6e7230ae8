import time

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.tls.tls import PROBE, TlsFacts
from tests.looking import look_at
from tests.servers.certificates import make, names
from tests.servers.hostile.tls import NOT_TLS, UNSTEADY, WITHOUT_CERTIFICATE, fussy, unsteady
from tests.servers.listener import listening

SECONDS = 2.0
SPARE = 0.5


def look(port: int) -> TlsFacts:
    target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=port, protocol="tls")
    return look_at(PROBE, target, seconds=SECONDS).facts


@pytest.mark.parametrize("name", NOT_TLS)
def test_a_server_that_shows_nothing_is_never_an_empty_list_of_versions(name: str) -> None:
    hostile = NOT_TLS[name]
    with listening(hostile.serve) as server:
        begun = time.monotonic()
        with pytest.raises(CannotSee) as blind:
            look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert blind.value.reason == hostile.reason
    assert "\n" not in blind.value.detail
    assert blind.value.detail.isprintable()
    assert server.connections <= 12


@pytest.mark.parametrize("name", WITHOUT_CERTIFICATE)
def test_a_version_without_a_certificate_says_why(name: str) -> None:
    with listening(WITHOUT_CERTIFICATE[name].serve) as server:
        begun = time.monotonic()
        facts = look(server.port)
        assert time.monotonic() - begun < SECONDS + SPARE
    assert [version.state for version in facts.versions].count("accepted") == 1
    assert facts.certificates == ()
    assert facts.chains_seen == 0
    assert facts.unseen
    assert [match.seen for match in facts.names] == [False]
    assert not facts.names[0].matches
    assert facts.names[0].problem


def test_silence_on_one_version_is_unclear_and_hanging_up_is_a_refusal() -> None:
    with listening(fussy(make("evil", extensions=[names("evil")]).der)) as server:
        facts = look(server.port)
    assert [(version.state, version.offers) for version in facts.versions] == [
        ("refused", 1),
        ("unclear", 2),
        ("refused", 4),
        ("refused", 1),
        ("accepted", 1),
        ("refused", 1),
    ]
    assert facts.unclear == 1
    assert facts.versions[2].answer == "hangs up"


@pytest.mark.parametrize("name", UNSTEADY)
def test_an_old_version_is_not_refused_where_the_server_hangs_up_on_good_ones_too(name: str) -> None:
    der = make("evil", extensions=[names("evil")]).der
    with listening(unsteady(UNSTEADY[name], der)) as server:
        facts = look(server.port)
    assert {version.name: version.state for version in facts.versions}["TLSv1.1"] != "refused"
    assert server.connections <= 24
