"""Verify a record with Python's standard library and openssl: python3 verify.py FOLDER PUBLIC_KEY.pem"""
import base64, hashlib, json, pathlib, subprocess, sys, tempfile

def need(so, why):
    return so or sys.exit(f"NOT PROVED: {why}")

def sha256(data):
    return hashlib.sha256(data).hexdigest()

def canonical(plain):
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def load(data, exact=True):
    plain = json.loads(data.decode(), object_pairs_hook=lambda pairs: need(len(dict(pairs)) == len(pairs), "twin keys") and dict(pairs))
    return need(not exact or canonical(plain) == data, "JSON in another form") and plain

def verify(folder, key):
    paths = [path for path in pathlib.Path(folder).rglob("*") if path.is_symlink() or not path.is_dir()]
    need(all(path.is_file() and not path.is_symlink() and path.stat().st_size < 2**28 for path in paths), "odd files")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.name != "record.tsr"}
    envelope, manifest_data = load(files.pop("record.dsse.json")), files.pop("manifest.json")
    payload, signature = (base64.b64decode(text) for text in (envelope["payload"], envelope["signatures"][0]["sig"]))
    seal = {"keyid": sha256(base64.b64decode(pathlib.Path(key).read_text().split("-----")[2])), "sig": base64.b64encode(signature).decode()}
    kind = "application/vnd.in-toto+json"
    need(envelope == {"payload": base64.b64encode(payload).decode(), "payloadType": kind, "signatures": [seal]}, "another key or form")
    with tempfile.TemporaryDirectory() as place:
        signed, sig = pathlib.Path(place, "signed"), pathlib.Path(place, "sig")
        signed.write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)), sig.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-in", str(signed), "-sigfile", str(sig)]
        need(subprocess.run(command, capture_output=True).returncode == 0, "the signature is wrong")
    manifest, record = load(manifest_data), load(files["record.json"], exact=False)
    need(manifest["files"] == [{"name": name, "sha256": sha256(files[name]), "size": len(files[name])} for name in sorted(files)], "other files")
    named = {f"excerpts/{one['sha256']}" for piece in record["evidence"] for one in piece.get("excerpts", ())}
    need(named | {"record.json"} == set(files), "other excerpts than the evidence names")
    origin, policy, decision = record["origin"], record["policy"], record["decision"]
    need(manifest["run"] == origin["run"] and manifest["system"] == record["system"]["system"], "another run")
    predicate = {name: origin[name] for name in ("run", "tool", "complete", "judged_from")} | {name: decision[name] for name in ("result", "judged_at")}
    predicate |= {"schema": 1, "record": {"sha256": sha256(files["record.json"])}} | {name: manifest[name] for name in ("system", "sequence", "previous")}
    predicate["policy"] = {"name": policy["policy"], "edition": policy["edition"], "sha256": sha256(canonical({name: policy[name] for name in policy if name != "checks"}))}
    predicate["checks"] = {"count": len(policy["checks"]), "sha256": sha256(canonical(policy["checks"]))}
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "urn:readiness-audit:record:1", "predicate": predicate}
    need(load(payload) == statement | {"subject": [{"name": "manifest.json", "digest": {"sha256": sha256(manifest_data)}}]}, "another statement")
    print("PROVED:", json.dumps(predicate, indent=1))

if __name__ == "__main__":
    try:
        verify(*sys.argv[1:])
    except Exception as problem:
        sys.exit(f"NOT PROVED: {type(problem).__name__}: {problem}")
