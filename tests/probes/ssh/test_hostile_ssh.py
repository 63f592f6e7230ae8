import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.ssh.exchange import GROUP_EXCHANGE
from readiness_audit.probes.ssh.facts import SshFacts
from readiness_audit.probes.ssh.keys import FAMILIES
from readiness_audit.probes.ssh.ssh import AT_ONCE, PROBE
from tests.looking import look_at
from tests.servers.fake_ssh import BANNER, key_shown, lists, packet, says, says_and_hangs_up, string
from tests.servers.hostile.ssh import ED25519, LISTS, NOT_SSH, WITHOUT_KEY
from tests.servers.listener import free_port, listening

SECONDS = 1.0
SPARE = 0.7


def look(port: int) -> SshFacts:
    target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=port, protocol="ssh")
    begun = time.monotonic()
    try:
        return look_at(PROBE, target, seconds=SECONDS).facts
    finally:
        assert time.monotonic() - begun < SECONDS + SPARE


def test_it_says_so_when_nothing_answers() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason == "refused"


@pytest.mark.parametrize("name", NOT_SSH)
def test_a_server_that_shows_nothing_is_never_an_empty_list_of_algorithms(name: str) -> None:
    hostile = NOT_SSH[name]
    with listening(hostile.serve) as server:
        with pytest.raises(CannotSee) as blind:
            look(server.port)
        assert server.connections == 1
    assert blind.value.reason == hostile.reason
    assert blind.value.detail.isprintable()
    assert len(blind.value.detail) < 400


@pytest.mark.parametrize("name", WITHOUT_KEY)
def test_a_key_that_was_not_shown_says_why(name: str) -> None:
    with listening(WITHOUT_KEY[name].serve) as server:
        facts = look(server.port)
        assert server.connections <= 3
    assert [algorithm.name for algorithm in facts.algorithms if algorithm.kind == "kex"] == [
        "curve25519-sha256"
    ]
    (key,) = facts.host_keys
    assert (key.type, key.seen, key.bits, key.fingerprint) == ("ssh-ed25519", False, None, None)
    assert key.problem
    assert key.problem.isprintable()
    assert facts.host_keys_unseen == 1
    assert facts.login == "not-seen"
    assert facts.login_methods == ()
    assert facts.login_problem
    assert facts.login_problem.isprintable()


def test_a_group_that_is_offered_and_not_named_is_not_seen() -> None:
    offered = packet(lists(kex=["diffie-hellman-group-exchange-sha256"]))
    for reply in (packet(b"\x1f" + string(b"\x80") + string(b"\x02")), packet(b"\x1f" + string(b"")), b""):
        with listening(says_and_hangs_up(BANNER + offered + reply)) as server:
            facts = look(server.port)
        assert (facts.group_exchange, facts.smallest_group) == ("not-seen", None)
        assert facts.group_problem
        assert facts.host_keys[0].problem == "it offers no key exchange that we know how to begin"


def test_a_group_of_a_million_bits_is_not_believed() -> None:
    offered = packet(lists(kex=["diffie-hellman-group-exchange-sha256"]))
    group = packet(b"\x1f" + string(b"\x7f" * 5000) + string(b"\x02"))
    with listening(says(BANNER + offered + group)) as server:
        facts = look(server.port)
    assert (facts.group_exchange, facts.smallest_group) == ("not-seen", None)


def test_version_1_alone_is_a_fact_and_nothing_else_is_claimed() -> None:
    with listening(says(b"SSH-1.5-1.2.27\r\n" + bytes(300))) as server:
        facts = look(server.port)
        assert server.connections == 1
    assert (facts.protocol, facts.software, facts.lists_seen) == ("1.5", "1.2.27", False)
    assert facts.algorithms == ()
    assert (facts.login, facts.login_problem) == ("not-seen", "it speaks SSH 1 alone")


def test_version_1_beside_2_is_read_on() -> None:
    with listening(says(b"SSH-1.99-Cisco-1.25\n" + LISTS)) as server:
        facts = look(server.port)
    assert (facts.protocol, facts.software, facts.lists_seen) == ("1.99", "Cisco-1.25", True)


def test_control_characters_of_a_banner_stay_inert() -> None:
    line = b"SSH-2.0-Evil\x1b]0;owned\x07\xe2\x80\xae and \x00 more\r\n"
    with listening(says(b"hello\r\n\x1b[2J\r\n" + line + LISTS)) as server:
        facts = look(server.port)
    assert facts.software == r"Evil\x1b]0;owned\x07\xe2\x80\xae"
    assert facts.comment == r"and \x00 more"
    assert facts.banner == r"SSH-2.0-Evil\x1b]0;owned\x07\xe2\x80\xae and \x00 more"
    assert not facts.banner_clean
    assert facts.lines_before == 2


def test_types_of_keys_that_are_not_known_are_named_and_not_seen() -> None:
    many = [f"ssh-odd-{number}" for number in range(300)]
    with listening(says(BANNER + packet(lists(host_key=many)))) as server:
        facts = look(server.port)
        assert server.connections <= 3
    assert facts.host_keys_unseen == len(facts.host_keys) == 300


def test_it_asks_for_several_things_at_once_but_takes_three_places_of_a_server_at_most() -> None:
    silent = says(BANNER + packet(lists(host_key=FAMILIES, kex=("curve25519-sha256", *GROUP_EXCHANGE))))
    with ThreadPoolExecutor(1) as pool:
        with listening(silent) as server:
            target = Endpoint(kind="endpoint", id="evil", host="127.0.0.1", port=server.port, protocol="ssh")
            looking = pool.submit(look_at, PROBE, target, seconds=30)
            until = time.monotonic() + 20
            while server.connections < AT_ONCE and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(0.3)
            assert server.connections == AT_ONCE == 3
        facts = looking.result(20).facts
    assert [key.type for key in facts.host_keys] == list(dict.fromkeys(FAMILIES.values()))
    assert facts.host_keys_unseen == len(facts.host_keys)
    assert (facts.group_exchange, facts.login) == ("not-seen", "not-seen")


def test_empty_lists_are_counted_as_nothing() -> None:
    with listening(says(BANNER + packet(lists((), (), (), ())))) as server:
        facts = look(server.port)
    assert facts.lists_seen
    counts = (facts.kex_methods, facts.host_key_algorithms, facts.ciphers, facts.macs)
    assert counts == (0, 0, 0, 0)
    assert facts.host_keys == ()
    assert facts.login == "not-seen"


def test_ciphers_that_differ_by_direction_say_so_and_terrapin_is_told_by_direction() -> None:
    offered = lists(
        kex=["curve25519-sha256", "kex-strict-c-v00@openssh.com"],
        cipher=["aes128-cbc", "aes256-ctr"],
        to_client=["chacha20-poly1305@openssh.com"],
        mac=["hmac-sha2-256-etm@openssh.com"],
    )
    with listening(says(BANNER + packet(offered))) as server:
        facts = look(server.port)
    seen = [(each.name, each.direction, each.place) for each in facts.algorithms if each.kind == "cipher"]
    assert seen == [
        ("aes128-cbc", "to-server", 1),
        ("aes256-ctr", "to-server", 2),
        ("chacha20-poly1305@openssh.com", "to-client", 1),
    ]
    assert facts.ciphers == 3
    assert facts.kex_methods == 1
    assert facts.terrapin_ciphers == ("aes128-cbc", "chacha20-poly1305@openssh.com")
    assert not facts.strict_kex


def test_a_key_is_read_after_asides() -> None:
    asides = packet(b"\x02" + string(b"ignore me")) + packet(b"\x04\x01" + string(b"debug") + string(b""))
    with listening(says(BANNER + LISTS + asides + key_shown(ED25519))) as server:
        facts = look(server.port)
    assert facts.host_keys[0].seen
    assert facts.host_keys[0].bits == 256
    assert facts.host_keys_unseen == 0


def test_a_client_that_is_kept_waiting_costs_no_more_than_the_look_has() -> None:
    with listening(says(BANNER + LISTS + key_shown(ED25519))) as server:
        facts = look(server.port)
        assert facts.host_keys[0].seen
    assert facts.login == "not-seen"
    assert facts.lists_seen
