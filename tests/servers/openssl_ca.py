"""An authority kept by openssl itself: it issues, revokes, lists and answers for what it has issued."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

_CONFIG = """
[ca]
default_ca = it
[it]
dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = {days}
default_crl_days = 7
unique_subject = no
policy = any
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


class OpensslCa:
    """An authority in a folder; everything is made by `openssl`, nothing by us."""

    def __init__(self, folder: Path, name: str = "Test CA", days: int = 90) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.config = folder / "ca.cnf"
        self.config.write_text(_CONFIG.format(folder=folder, days=days))
        for file, text in (("index.txt", ""), ("serial", "4A0102030405060708\n"), ("crlnumber", "01\n")):
            (folder / file).write_text(text)
        _run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", f"/CN={name}"),
            *("-days", "365", "-config", self.config, "-extensions", "authority"),
        )

    @property
    def pem(self) -> bytes:
        return (self.folder / "ca.pem").read_bytes()

    def issue(self, name: str, *extensions: str, kind: str = "ec") -> Path:
        """Issue a certificate; gives a file with its key and the certificate."""
        keyed = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256") if kind == "ec" else (kind,)
        key, request, made, both = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt", "pem"))
        _run(
            "req",
            "-new",
            "-newkey",
            *keyed,
            "-nodes",
            "-keyout",
            key,
            "-out",
            request,
            "-subj",
            f"/CN={name}",
        )
        wanted = self.folder / f"{name}.ext"
        wanted.write_text(
            "\n".join(("basicConstraints = CA:FALSE", f"subjectAltName = DNS:{name}", *extensions))
        )
        _run(
            *(
                "ca",
                "-batch",
                "-config",
                self.config,
                "-notext",
                "-in",
                request,
                "-out",
                made,
                "-extfile",
                wanted,
            )
        )
        both.write_bytes(key.read_bytes() + made.read_bytes())
        return both

    def revoke(self, name: str, reason: str = "keyCompromise") -> None:
        _run("ca", "-config", self.config, "-revoke", self.folder / f"{name}.crt", "-crl_reason", reason)

    def crl(self, *options: str, config: str = "") -> bytes:
        """Make a revocation list, as PEM; `config` is a section of extensions for it."""
        used = self.folder / "crl.cnf"
        used.write_text(self.config.read_text() + (f"\n[listed]\n{config}\n" if config else ""))
        more = ("-crlexts", "listed") if config else ()
        out = self.folder / "list.pem"
        _run("ca", "-config", used, "-gencrl", "-out", out, *more, *options)
        return out.read_bytes()

    def response(
        self, name: str, *options: str, signer: Path | None = None, force: str = "-ndays=1"
    ) -> bytes:
        """Answer for one certificate, as DER, signed by the authority or by `signer`."""
        out = self.folder / "answer.der"
        key = signer or self.folder / "ca.key"
        said = signer or self.folder / "ca.pem"
        command: tuple[str | Path, ...] = (
            *("ocsp", "-index", self.folder / "index.txt", "-CA", self.folder / "ca.pem"),
            *("-rsigner", said, "-rkey", key, "-issuer", self.folder / "ca.pem"),
            *("-cert", self.folder / f"{name}.crt", "-respout", out),
            *force.split("="),
            *options,
        )
        _run(*command)
        return out.read_bytes()

    @contextlib.contextmanager
    def responder(self, port: int) -> Iterator[None]:
        """Run `openssl ocsp` as a responder over HTTP."""
        command = ["openssl", "ocsp", "-index", str(self.folder / "index.txt"), "-port", str(port)]
        command += ["-CA", str(self.folder / "ca.pem"), "-rsigner", str(self.folder / "ca.pem")]
        command += ["-rkey", str(self.folder / "ca.key"), "-ndays", "1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                # It says so itself; a connection that asks nothing would leave it without an answer for ever.
                assert process.stdout is not None
                assert process.stdout.readline().startswith(b"ACCEPT")
                yield
            finally:
                process.terminate()
                process.wait(10)

    def said_by_openssl(self, name: str, response: bytes) -> str:
        """What `openssl ocsp` makes of a response: the independent reading."""
        file = self.folder / "asked.der"
        file.write_bytes(response)
        done = subprocess.run(
            [
                *(
                    "openssl",
                    "ocsp",
                    "-no_nonce",
                    "-respin",
                    str(file),
                    "-issuer",
                    str(self.folder / "ca.pem"),
                ),
                *("-cert", str(self.folder / f"{name}.crt"), "-CAfile", str(self.folder / "ca.pem")),
            ],
            capture_output=True,
            check=False,
        )
        verified = b"Response verify OK" in done.stderr
        word = done.stdout.decode().partition(".crt: ")[2].partition("\n")[0]
        return word if verified else "not verified"

    def serial(self, name: str) -> str:
        done = _run("x509", "-in", self.folder / f"{name}.crt", "-noout", "-serial")
        return done.decode().strip().partition("=")[2].lower().lstrip("0")


def _run(*arguments: str | Path) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-1500:]
    return done.stdout
