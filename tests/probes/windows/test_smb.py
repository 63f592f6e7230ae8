import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from readiness_audit.model.evidence import Reason
from readiness_audit.model.target import Endpoint
from readiness_audit.probes.reach.blind import CannotSee
from readiness_audit.probes.windows.smb import PROBE, SmbFacts
from tests.looking import look_at
from tests.servers.limiting import at_most
from tests.servers.listener import Handler, free_port, listening
from tests.servers.windows import samba

ALL = ("SMB 1", "SMB 2.0.2", "SMB 2.1", "SMB 3.0", "SMB 3.0.2", "SMB 3.1.1")
IN_NMAP = dict(zip(("NT LM 0.12", "202", "210", "300", "302", "311"), ALL, strict=True))


def look(port: int) -> SmbFacts:
    target = Endpoint(kind="endpoint", id="files", host="127.0.0.1", port=port, protocol="smb")
    return look_at(PROBE, target).facts


def told_by_nmap(port: int) -> tuple[list[str], str]:
    """The independent answer: the versions that are accepted, and what is said of signing."""
    scripts = ["--script", "+smb-protocols,+smb2-security-mode", "--script-args", f"smbport={port}"]
    done = subprocess.run(
        ["nmap", "-n", "-Pn", "-sT", "-p", str(port), *scripts, "127.0.0.1"],
        capture_output=True,
        text=True,
        check=True,
    )
    versions = re.findall(r"^\|[_ ]+(NT LM 0\.12|\d{3})(?: .*)?$", done.stdout, re.MULTILINE)
    signing = re.search(r"Message signing (.*)$", done.stdout, re.MULTILINE)
    return [IN_NMAP[version] for version in versions], signing[1] if signing else ""


def listed_by_smbclient(port: int, *who: str) -> int | None:
    """The independent answer: how many shares a visitor without a password sees."""
    done = subprocess.run(
        ["smbclient", *who, "-g", "-L", "127.0.0.1", "-p", str(port)],
        capture_output=True,
        text=True,
        check=False,
    )
    shares = re.findall(r"^(?:Disk|IPC)\|", done.stdout, re.MULTILINE)
    return len(shares) or None


def test_where_nothing_listens_it_says_refused() -> None:
    with pytest.raises(CannotSee) as blind:
        look(free_port())
    assert blind.value.reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("options", "signing"),
    [
        ((), "enabled"),
        (("server min protocol = NT1", "map to guest = Bad User"), "enabled"),
        (("server min protocol = SMB3", "server signing = mandatory", "restrict anonymous = 2"), "required"),
        (("server max protocol = SMB2_02",), "enabled"),
    ],
    ids=["as it comes", "with SMB 1 and guests", "hardened", "old"],
)
def test_versions_signing_and_visitors_are_those_nmap_and_smbclient_see(
    options: tuple[str, ...], signing: str, tmp_path: Path
) -> None:
    with samba(tmp_path, *options) as port:
        facts = look(port)
        versions, said = told_by_nmap(port)
        anonymous = listed_by_smbclient(port, "-N")
        guest = listed_by_smbclient(port, "-U", "nobody-at-all%", "--option=client min protocol=SMB2")
    assert tuple(one.name for one in facts.dialects) == ALL
    assert [one.name for one in facts.dialects if one.state == "accepted"] == versions
    assert {one.state for one in facts.dialects} <= {"accepted", "refused"}
    assert (facts.accepted, facts.unclear) == (len(versions), 0)
    assert ("required" in said and "not required" not in said) is (signing == "required")
    assert {one.signing for one in facts.dialects if one.state == "accepted" and one.code > 1} == {signing}
    assert [visit.who for visit in facts.visits] == ["anonymous", "guest"]
    assert [visit.shares for visit in facts.visits] == [anonymous, guest]
    assert facts.visits_unclear == 0


def test_a_server_of_smb_1_alone_is_seen_as_one(tmp_path: Path) -> None:
    with samba(tmp_path, "server min protocol = NT1", "server max protocol = NT1") as port:
        facts = look(port)
        versions, _ = told_by_nmap(port)
    assert versions == ["SMB 1"]
    assert [one.state for one in facts.dialects] == ["accepted", *["refused"] * 5]
    assert facts.visits == ()


def test_encryption_is_what_the_server_would_use(tmp_path: Path) -> None:
    with samba(tmp_path, "smb encrypt = off") as port:
        off = look(port)
    (tmp_path / "on").mkdir()
    with samba(tmp_path / "on") as port:
        on = look(port)
    assert [one.encryption for one in off.dialects] == [None] * 6
    # Samba's manual, "server smb3 encryption algorithms": AES-128-GCM comes first, and 3.0 knows CCM alone.
    assert [one.encryption for one in on.dialects[3:]] == ["AES-128-CCM", "AES-128-CCM", "AES-128-GCM"]


def test_a_list_longer_than_one_answer_is_counted_to_its_end(tmp_path: Path) -> None:
    more = [f"[share{number}]\npath = {tmp_path}\ncomment = {'a long comment ' * 9}" for number in range(90)]
    with samba(tmp_path, *more) as port:
        facts = look(port)
        listed = listed_by_smbclient(port, "-N")
    assert listed == 92
    assert [visit.shares for visit in facts.visits] == [92, None]


def test_silence_about_the_shares_is_no_refusal(tmp_path: Path) -> None:
    with samba(tmp_path, "map to guest = Bad User") as port, listening(mute_about(11, port)) as server:
        target = Endpoint(kind="endpoint", id="files", host="127.0.0.1", port=server.port, protocol="smb")
        facts = look_at(PROBE, target, seconds=4).facts
    assert facts.accepted > 0
    assert facts.visits_unclear == 2


def mute_about(command: int, port: int) -> Handler:
    """Pass everything on between client and server but the answers to one command."""

    def handle(client: socket.socket, _: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            while True:
                for sender, receiver in ((client, server), (server, client)):
                    head = sender.recv(4, socket.MSG_WAITALL)
                    message = sender.recv(int.from_bytes(head), socket.MSG_WAITALL)
                    if not message:
                        return
                    if sender is client or message[12] != command:
                        receiver.sendall(head + message)

    return handle


NEGOTIATE, SESSION_SETUP = 0, 1


@pytest.mark.parametrize("status", [0xC00000D0, 0xC000009A, 0xC00000CE], ids=hex)
@pytest.mark.parametrize("command", [NEGOTIATE, SESSION_SETUP])
def test_being_too_busy_is_no_refusal(command: int, status: int, tmp_path: Path) -> None:
    with samba(tmp_path, "map to guest = Bad User") as port, listening(busy(command, status, port)) as server:
        target = Endpoint(kind="endpoint", id="files", host="127.0.0.1", port=server.port, protocol="smb")
        facts = look_at(PROBE, target, seconds=4).facts
    if command == NEGOTIATE:
        # That this Samba takes no dialect of SMB 1 is said otherwise.
        assert (facts.accepted, facts.unclear, facts.visits) == (0, 5, ())
    else:
        assert facts.visits_unclear == 2


@pytest.mark.parametrize("guard", [lambda serve: at_most(1, serve), lambda serve: at_most(2, serve)])
def test_hanging_up_on_who_asks_much_at_once_is_no_refusal(
    guard: Callable[[Handler], Handler], tmp_path: Path
) -> None:
    with (
        samba(tmp_path, "server min protocol = NT1", "map to guest = Bad User") as port,
        listening(guard(busy(NEGOTIATE, 0, port))) as server,
    ):
        target = Endpoint(kind="endpoint", id="files", host="127.0.0.1", port=server.port, protocol="smb")
        facts = look_at(PROBE, target, seconds=6).facts
    assert "refused" not in {one.state for one in facts.dialects}
    assert "refused" not in {one.state for one in facts.visits}


def busy(command: int, status: int, port: int) -> Handler:
    """Pass everything on between client and server, and put this status into the answers to one command."""

    def handle(client: socket.socket, _: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            while True:
                for sender, receiver in ((client, server), (server, client)):
                    head = sender.recv(4, socket.MSG_WAITALL)
                    message = bytearray(sender.recv(int.from_bytes(head), socket.MSG_WAITALL))
                    if not message:
                        return
                    if status and sender is server and message[:1] == b"\xfe" and message[12] == command:
                        message[8:12] = status.to_bytes(4, "little")
                    receiver.sendall(head + message)

    return handle
