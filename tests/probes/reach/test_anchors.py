import ssl
from pathlib import Path

import pytest

from readiness_audit.probes.reach.anchors import machine_anchors


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "all.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "each"))
    return tmp_path


def test_a_machine_without_a_store_trusts_nobody(places: Path) -> None:
    assert not list(places.iterdir())
    assert machine_anchors() == b""


def test_the_file_is_read_before_the_folder(places: Path) -> None:
    (places / "each").mkdir()
    (places / "each" / "one.pem").write_bytes(b"one")
    (places / "each" / "two.pem").write_bytes(b"two")
    assert machine_anchors() == b"one\ntwo"
    (places / "all.pem").write_bytes(b"all")
    assert machine_anchors() == b"all"


def test_it_is_where_openssl_looks() -> None:
    paths = ssl.get_default_verify_paths()
    assert paths.cafile is not None
    assert machine_anchors() == Path(paths.cafile).read_bytes()
