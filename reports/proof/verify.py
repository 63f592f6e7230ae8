"""Verify a record with Python's standard library and openssl: python3 verify.py FOLDER PUBLIC_KEY.pem"""
import base64, hashlib, json, pathlib, subprocess, sys, tempfile

def need(so, why): return so or sys.exit(f"NOT PROVED: {why}")
def read(path): return need(path.is_file() and not path.is_symlink() and path.stat().st_size < 2**28, path) and path.read_bytes()
def distinct(pairs): return need(len(dict(pairs)) == len(pairs), "a key twice") and dict(pairs)
def canonical(plain): return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
def hashed(data, **more): return more | {"sha256": hashlib.sha256(data).hexdigest()}

sys.excepthook = lambda kind, problem, _: print(f"NOT PROVED: {kind.__name__}: {problem}", file=sys.stderr)
folder, key = map(pathlib.Path, sys.argv[1:])
files = {path.relative_to(folder).as_posix(): read(path) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
manifest, record = (json.loads(files[name].decode(), object_pairs_hook=distinct) for name in ("manifest.json", "record.json"))
origin, policy, decision, checks = record["origin"], record["policy"], record["decision"], record["policy"].pop("checks")

names = {"record.json"} | {f"excerpts/{one['sha256']}" for piece in record["evidence"] for one in piece.get("excerpts", ())}
need(files.keys() - {"record.tsr"} == names | {"manifest.json", "record.dsse.json"}, "other files than the evidence names")
manifest["files"] = [hashed(files[name], name=name, size=len(files[name])) for name in sorted(names)]
need(canonical(manifest | {"run": origin["run"], "system": record["system"]["system"]}) == files["manifest.json"], "bad manifest")

said = {one: origin[one] for one in ("run", "tool", "complete", "judged_from")} | {"record": hashed(files["record.json"])}
said |= {one: manifest[one] for one in ("system", "sequence", "previous")} | {"schema": 1, "result": decision["result"]}
said |= {"judged_at": decision["judged_at"], "checks": hashed(canonical(checks), count=len(checks))}
said |= {"policy": hashed(canonical(policy), name=policy["policy"], edition=policy["edition"])}
statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "urn:readiness-audit:record:1", "predicate": said}
payload = canonical(statement | {"subject": [{"name": "manifest.json", "digest": hashed(files["manifest.json"])}]})

sig = base64.b64decode(json.loads(files["record.dsse.json"])["signatures"][0]["sig"])
seal = {"keyid": hashed(base64.b64decode(key.read_text().split("-----")[2]))["sha256"], "sig": base64.b64encode(sig).decode()}
envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": "application/vnd.in-toto+json", "signatures": [seal]}
need(canonical(envelope) == files["record.dsse.json"], "another statement was signed, or with another key")
with tempfile.TemporaryDirectory() as place:
    pathlib.Path(place, "data").write_bytes(b"DSSEv1 28 application/vnd.in-toto+json %d %b" % (len(payload), payload))
    pathlib.Path(place, "sig").write_bytes(sig)
    ask = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", f"{place}/data", "-sigfile", f"{place}/sig"]
    print(need(not subprocess.run(ask, capture_output=True).returncode, "it is forged") and "PROVED:", json.dumps(said, indent=1))
