"""
Make the records that have to be refused: `python -m tests.ledger.make_failing` writes `failing/` again.

Each is a whole record folder that differs from `good` in one way; some are signed with the very key
that is trusted, by an owner who is not honest. Keys and records are the same every time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readiness_audit.ledger.canonical import canonical
from readiness_audit.ledger.envelope import envelope_bytes, sign
from readiness_audit.ledger.statement import PAYLOAD_TYPE
from tests.ledger.signing import a_key, copy_of, sign_again, signed_record
from tests.records import EXCERPTS, a_record

FAILING = Path(__file__).parent / "failing"
OURS, FOREIGN, REVOKED = a_key(1), a_key(2), a_key(3)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group Ed25519 signs in: adding it to a signature changes bytes, and must not change an answer."""

Spoil = Callable[[Path], object]
FIRST, SECOND = sorted(EXCERPTS)


def edit(name: str, change: Callable[[bytes], bytes]) -> Spoil:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def both(*steps: Spoil) -> Spoil:
    return lambda folder: [step(folder) for step in steps]


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert old in data, old
        return data.replace(old, new, 1)

    return change


def plainly(name: str, change: Callable[[Any], object]) -> Spoil:
    """Change the JSON in a file and write it canonically."""

    def spoil(folder: Path) -> None:
        plain = json.loads((folder / name).read_bytes())
        change(plain)
        (folder / name).write_bytes(canonical(plain))

    return spoil


def sealed(change: Callable[[dict[str, Any]], object]) -> Spoil:
    """Have our own key sign a changed statement."""
    return lambda folder: sign_again(folder, OURS, payload=change)


def signed_bytes(payload: bytes) -> Spoil:
    """Have our own key sign any bytes as if they were a statement."""
    data = envelope_bytes(PAYLOAD_TYPE, payload, sign(PAYLOAD_TYPE, payload, OURS))
    return lambda folder: (folder / ENVELOPE).write_bytes(data)


def link(name: str, to: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(to)

    return spoil


def other_record(*names: str) -> Spoil:
    """Take files from another record, which our key signed as well."""

    def spoil(folder: Path) -> None:
        with TemporaryDirectory() as place:
            other = signed_record(Path(place), OURS, a_record(run="20261124T084500Z-000001"))
            for name in names:
                shutil.copy(other / name, folder / name)

    return spoil


def raw_signature(folder: Path) -> None:
    """Sign the payload itself, without saying of which type it is."""
    plain = json.loads((folder / ENVELOPE).read_bytes())
    raw = OURS.crypto.sign(base64.b64decode(plain["payload"]))
    plain["signatures"][0]["sig"] = base64.b64encode(raw).decode()
    (folder / ENVELOPE).write_bytes(canonical(plain))


def resign(change: Callable[[bytes], bytes]) -> Spoil:
    """Change the bytes of the signature itself."""

    def spoil(plain: Any) -> None:  # noqa: ANN401 - JSON
        one = plain["signatures"][0]
        one["sig"] = base64.b64encode(change(base64.b64decode(one["sig"]))).decode()

    return plainly(ENVELOPE, spoil)


def malleable(raw: bytes) -> bytes:
    return raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")


def last_letter(plain: Any) -> None:  # noqa: ANN401 - JSON
    """Change bits of the last letter of the signature that mean nothing."""
    text = plain["signatures"][0]["sig"]
    assert text.endswith("==")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    plain["signatures"][0]["sig"] = text[:-3] + letters[letters.index(text[-3]) ^ 1] + "=="


def foreign_as_ours(folder: Path) -> None:
    sign_again(folder, FOREIGN, relist=False)
    plainly(ENVELOPE, lambda plain: plain["signatures"][0].update(keyid=OURS.public.keyid))(folder)


def add_foreign(folder: Path) -> None:
    ours = json.loads((folder / ENVELOPE).read_bytes())
    sign_again(folder, FOREIGN, relist=False)
    theirs = json.loads((folder / ENVELOPE).read_bytes())
    ours["signatures"] += theirs["signatures"]
    (folder / ENVELOPE).write_bytes(canonical(ours))


def swap_excerpts(folder: Path) -> None:
    first, second = (folder / "excerpts" / name for name in (FIRST, SECOND))
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def statement_text(change: Callable[[bytes], bytes]) -> Spoil:
    """Have our key sign a statement whose text was changed."""

    def spoil(folder: Path) -> None:
        payload = base64.b64decode(json.loads((folder / ENVELOPE).read_bytes())["payload"])
        signed_bytes(change(payload))(folder)

    return spoil


def resealed(*steps: Spoil) -> Spoil:
    """Have our key sign what the steps made of the record, list of files and all."""
    return both(*steps, lambda folder: sign_again(folder, OURS))


def sealed_as_it_is(spoil: Spoil) -> Spoil:
    """Change the manifest, and have our key sign the statement of before about it."""

    def change(folder: Path) -> None:
        payload = json.loads(base64.b64decode(json.loads((folder / ENVELOPE).read_bytes())["payload"]))
        spoil(folder)
        sha256 = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        payload["subject"][0]["digest"]["sha256"] = sha256
        signed_bytes(canonical(payload))(folder)

    return change


RECORD, MANIFEST, ENVELOPE = "record.json", "manifest.json", "record.dsse.json"
TWIN = swap(b'"complete":true', b'"complete":true,"complete":true')

SPOILT: dict[str, Spoil] = {
    "record-other-answer": edit(RECORD, swap(b'"result":"no-go"', b'"result":"go"')),
    "record-one-byte": edit(RECORD, swap(b"nginx", b"nginy")),
    "record-truncated": edit(RECORD, lambda data: data[:-1]),
    "record-empty": edit(RECORD, lambda _: b""),
    "record-missing": lambda folder: (folder / RECORD).unlink(),
    "record-one-line-more": edit(RECORD, lambda data: data + b"\n"),
    "record-key-twice": edit(RECORD, TWIN),
    "record-link": link(RECORD, "../good/record.json"),
    "record-of-another-run": other_record(RECORD),
    "excerpt-changed": edit(f"excerpts/{FIRST}", lambda data: b"?" + data[1:]),
    "excerpt-missing": lambda folder: (folder / "excerpts" / FIRST).unlink(),
    "excerpt-extra": lambda folder: (folder / "excerpts" / ("0" * 64)).write_bytes(b"more"),
    "excerpts-swapped": swap_excerpts,
    "excerpt-link": link(f"excerpts/{FIRST}", f"../../good/excerpts/{FIRST}"),
    "excerpts-missing": lambda folder: shutil.rmtree(folder / "excerpts"),
    "file-extra": lambda folder: (folder / "notes.txt").write_bytes(b"read me"),
    "file-hidden": lambda folder: (folder / ".hidden").write_bytes(b"x"),
    "file-extra-key": lambda folder: (folder / "key.pem").write_bytes(FOREIGN.public.pem),
    "manifest-missing": lambda folder: (folder / MANIFEST).unlink(),
    "manifest-relisted": both(
        edit(RECORD, swap(b"nginx", b"nginy")), lambda folder: sign_again(folder, FOREIGN)
    ),
    "manifest-of-another-run": other_record(MANIFEST),
    "manifest-and-record-of-another-run": other_record(MANIFEST, RECORD),
    "manifest-without-an-excerpt": both(
        lambda folder: (folder / "excerpts" / FIRST).unlink(),
        plainly(MANIFEST, lambda plain: plain["files"].pop(0)),
    ),
    "manifest-key-twice": edit(MANIFEST, swap(b'"previous":null', b'"previous":null,"previous":null')),
    "manifest-blank": edit(MANIFEST, swap(b":", b": ")),
    "manifest-other-number": plainly(MANIFEST, lambda plain: plain.update(sequence=2, previous="0" * 64)),
    "signature-missing": lambda folder: (folder / ENVELOPE).unlink(),
    "signature-empty": edit(ENVELOPE, lambda _: b""),
    "signature-of-another-run": other_record(ENVELOPE),
    "signature-one-bit": resign(lambda raw: bytes([raw[0] ^ 1]) + raw[1:]),
    "signature-zero": resign(lambda _: bytes(64)),
    "signature-short": resign(lambda raw: raw[:-1]),
    "signature-long": resign(lambda raw: raw + b"\0"),
    "signature-none": plainly(ENVELOPE, lambda plain: plain.update(signatures=[])),
    "signature-twice": plainly(ENVELOPE, lambda plain: plain.update(signatures=plain["signatures"] * 2)),
    "signature-and-a-foreign-one": add_foreign,
    "signature-foreign": lambda folder: sign_again(folder, FOREIGN, relist=False),
    "signature-foreign-called-ours": foreign_as_ours,
    "signature-revoked": lambda folder: sign_again(folder, REVOKED, relist=False),
    "signature-malleable": resign(malleable),
    "signature-other-last-letter": plainly(ENVELOPE, last_letter),
    "signature-without-type": raw_signature,
    "signature-with-more": plainly(ENVELOPE, lambda plain: plain["signatures"][0].update(cert="")),
    "envelope-payload-changed": plainly(
        ENVELOPE, lambda plain: plain.update(payload=base64.b64encode(b"{}").decode())
    ),
    "envelope-key-twice": edit(ENVELOPE, swap(b'"payloadType":', b'"payloadType":"x","payloadType":')),
    "envelope-with-more": plainly(ENVELOPE, lambda plain: plain.update(keys=[OURS.public.pem.decode()])),
    "envelope-blank": edit(ENVELOPE, swap(b",", b", ")),
    "envelope-line-more": edit(ENVELOPE, lambda data: data + b"\n"),
    "envelope-other-type-claimed": plainly(ENVELOPE, lambda plain: plain.update(payloadType="text/plain")),
    "envelope-other-type-signed": lambda folder: sign_again(
        folder, OURS, payload_type="application/vnd.readiness-audit.sign-off+json"
    ),
    "envelope-list": edit(ENVELOPE, lambda data: b"[" + data + b"]"),
    "statement-other-answer": sealed(lambda said: said["predicate"].update(result="go")),
    "statement-other-run": sealed(lambda said: said["predicate"].update(run="20261124T084500Z-000001")),
    "statement-other-system": sealed(lambda said: said["predicate"].update(system="payroll")),
    "statement-other-policy": sealed(lambda said: said["predicate"]["policy"].update(sha256="0" * 64)),
    "statement-other-checks": sealed(lambda said: said["predicate"]["checks"].update(count=1)),
    "statement-other-tool": sealed(lambda said: said["predicate"].update(tool="another 1.0")),
    "statement-other-time": sealed(
        lambda said: said["predicate"].update(judged_at="2026-11-22T08:45:41.250000Z")
    ),
    "statement-other-record": sealed(lambda said: said["predicate"]["record"].update(sha256="0" * 64)),
    "statement-other-previous": sealed(lambda said: said["predicate"].update(previous="0" * 64)),
    "statement-with-more": sealed(lambda said: said["predicate"].update(note="fine")),
    "statement-with-less": sealed(lambda said: said["predicate"].pop("result")),
    "statement-other-predicate-type": sealed(
        lambda said: said.update(predicateType="https://slsa.dev/provenance/v1")
    ),
    "statement-other-type": sealed(lambda said: said.update(_type="https://in-toto.io/Statement/v0.1")),
    "statement-two-subjects": sealed(lambda said: said.update(subject=said["subject"] * 2)),
    "statement-no-subject": sealed(lambda said: said.update(subject=[])),
    "statement-subject-is-the-record": sealed(lambda said: said["subject"][0].update(name=RECORD)),
    "statement-other-manifest": sealed(lambda said: said["subject"][0]["digest"].update(sha256="0" * 64)),
    "statement-is-no-json": signed_bytes(b"it is fine"),
    "statement-is-empty": signed_bytes(b""),
    "statement-key-twice": statement_text(swap(b'"complete":true', b'"complete":true,"complete":true')),
    "statement-blank": statement_text(swap(b":", b": ")),
    "signed-record-key-twice": sealed_as_it_is(
        both(edit(RECORD, TWIN), lambda folder: sign_again(folder, FOREIGN))
    ),
    "signed-excerpt-nobody-names": resealed(
        lambda folder: (folder / "excerpts" / ("0" * 64)).write_bytes(b"more")
    ),
    "signed-without-an-excerpt": resealed(lambda folder: (folder / "excerpts" / FIRST).unlink()),
    "signed-other-run-in-the-manifest": resealed(
        plainly(MANIFEST, lambda plain: plain.update(run="20261124T084500Z-000001"))
    ),
    "signed-other-system-in-the-manifest": resealed(
        plainly(MANIFEST, lambda plain: plain.update(system="payroll"))
    ),
    "signed-manifest-of-schema-1": sealed_as_it_is(
        plainly(
            MANIFEST,
            lambda plain: (
                [plain.pop(name) for name in ("previous", "sequence", "system")] + [plain.update(schema=1)]
            ),
        )
    ),
}


def make(into: Path) -> None:
    """Write every record that has to be refused, the good one, and the keys."""
    into.mkdir(parents=True, exist_ok=True)
    for name, key in (("ours", OURS), ("foreign", FOREIGN), ("revoked", REVOKED)):
        (into / f"{name}.pem").write_bytes(key.public.pem)
    with TemporaryDirectory() as place:
        base = a_record()
        good = copy_of(signed_record(Path(place), OURS, replace(base)), into / "good")
    for name, spoil in SPOILT.items():
        spoil(copy_of(good, into / f"{name}_fail"))
    for folder in into.iterdir():
        for path in folder.rglob("*") if folder.is_dir() else ():
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    if FAILING.exists():
        shutil.rmtree(FAILING)
    make(FAILING)
