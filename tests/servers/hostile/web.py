"""Web servers whose answers are well formed and mean ill: lures, secrets, markup, bombs."""

from __future__ import annotations

from tests.servers.hostile.entry import CANARY, PART, TRAP, Hostile, Servers, group
from tests.servers.hostile.http import HEAD, OK, PAGE, bomb, saying, secretive
from tests.servers.listener import Handler

MARKUP = b"<script>alert(1)</script><img src=x onerror=alert(1)>"


def page(*headers: bytes, body: bytes = b"hello", status: bytes = b"200 OK") -> Handler:
    lines = (b"HTTP/1.1 " + status, b"Content-Type: text/html", *headers)
    return saying(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def moved(to: str, status: bytes = b"301 Moved Permanently") -> Handler:
    return page(b"Location: " + to.encode(), status=status)


def lured() -> bytes:
    """A page that calls to the trap in every way a page can."""
    trap = f"http://{TRAP}/".encode()
    parts = (
        b'<meta http-equiv="refresh" content="0;url=%s"><base href="%s">',
        b'<link rel="stylesheet" href="%s"><script src="%s"></script><img src="%s">',
        b'<iframe src="%s"></iframe><object data="%s"></object>',
        b'<a href="%s">Impressum</a><a href="%s">Datenschutz</a><form action="%s"></form>',
    )
    return b"".join(part.replace(b"%s", trap) for part in parts)


LURES: Servers = group(
    PART,
    ("http",),
    Hostile("redirect-away", "Redirects to an address nobody may touch.", moved(f"http://{TRAP}/")),
    Hostile("redirect-to-https-away", "Redirects to HTTPS elsewhere.", moved(f"https://{TRAP}/")),
    Hostile("redirect-for-good", "Redirects with 308.", moved(f"http://{TRAP}/", b"308 Permanent Redirect")),
    Hostile("redirect-without-scheme", "Redirects to //elsewhere.", moved(f"//{TRAP}/")),
    Hostile("redirect-in-number", "Writes the address as one number.", moved("http://2131561741/")),
    Hostile("redirect-with-user", "Hides the address behind a user.", moved(f"http://127.66.0.1@{TRAP}/")),
    Hostile("redirect-to-itself", "Redirects to where it is.", moved("/")),
    Hostile("redirect-to-file", "Redirects to a file of the client.", moved("file:///etc/passwd")),
    Hostile("redirect-to-script", "Redirects to a script.", moved("javascript:alert(1)")),
    Hostile("redirect-of-60-kb", "Redirects to an address of 60,000 letters.", moved("/" + "a" * 60_000)),
    Hostile("refresh-away", "Asks to be left by Refresh.", page(f"Refresh: 0;url=http://{TRAP}/".encode())),
    Hostile(
        "alternative-service",
        "Offers another address by Alt-Svc.",
        page(f'Alt-Svc: h2="{TRAP}:443"; ma=86400'.encode()),
    ),
    Hostile(
        "links-away",
        "Links elsewhere by header: preload, preconnect, canonical.",
        page(
            *(f"Link: <http://{TRAP}/>; rel={rel}".encode() for rel in ("preload", "preconnect", "canonical"))
        ),
    ),
    Hostile(
        "reports-away",
        "Wants reports sent elsewhere.",
        page(
            f"Content-Security-Policy: default-src 'none'; report-uri http://{TRAP}/".encode(),
            f'Reporting-Endpoints: a="http://{TRAP}/"'.encode(),
        ),
    ),
    Hostile("page-of-lures", "Sends a page that loads from elsewhere.", page(body=lured())),
    Hostile(
        "security-txt-away",
        "Names everything elsewhere in a security.txt.",
        saying(
            OK
            + b"Content-Type: text/plain\r\n\r\n"
            + f"Contact: http://{TRAP}/\nCanonical: http://{TRAP}/\n".encode()
        ),
    ),
    rightly=(*HEAD, *PAGE),
)
"""These want to be followed to the trap. A redirect is a fact, not an order."""

ILL: Servers = group(
    PART,
    ("http",),
    Hostile(
        "secretive",
        "Puts a secret wherever servers put secrets.",
        secretive(f"https://x.example/?t={CANARY}"),
    ),
    Hostile(
        "secret-user",
        "Redirects with a password in the address.",
        secretive(f"https://u:{CANARY}@x.example/"),
    ),
    Hostile("packed-bomb", "Sends 50 MB of zeros in 50 kB.", bomb()),
    Hostile(
        "packed-four-times",
        "Announces four packings, one over the other.",
        page(b"Content-Encoding: gzip, gzip, br, zstd", body=bytes(1000)),
    ),
    Hostile(
        "markup-in-headers",
        "Puts markup into its headers.",
        page(b"Server: " + MARKUP, b"X-Powered-By: " + MARKUP),
    ),
    Hostile("markup-in-status", "Puts markup into its status line.", page(status=b"200 " + MARKUP)),
    Hostile(
        "markup-in-cookies",
        "Names cookies with markup.",
        page(b'Set-Cookie: <script>alert(1)</script>=x; Path="><b>'),
    ),
    Hostile(
        "escapes-in-headers",
        "Writes terminal escapes in headers.",
        page(b"Server: \x9b31m\xe2\x80\xae\xc2\x9b2J"),
    ),
    Hostile(
        "formula-in-headers",
        "Calls itself a formula.",
        page(b"Server: =cmd|'/C calc'!A0", b"X-Powered-By: @SUM(1+1)"),
    ),
    Hostile(
        "link-in-headers",
        "Calls itself a link.",
        page(f"Server: [x](http://{TRAP}/) http://{TRAP}/".encode()),
    ),
    Hostile(
        "ninety-cookies",
        "Sets ninety cookies.",
        page(*(f"Set-Cookie: c{n}=v; Path=/".encode() for n in range(90))),
    ),
    Hostile(
        "sixty-hsts",
        "Sends HSTS many times, each otherwise.",
        page(*(f"Strict-Transport-Security: max-age={n}".encode() for n in range(60))),
    ),
    Hostile(
        "enormous-hsts",
        "Gives HSTS an age of 9,000 digits.",
        page(b"Strict-Transport-Security: max-age=" + b"9" * 7000),
    ),
    Hostile(
        "enormous-csp",
        "Sends a policy of thousands of sources.",
        page(b"Content-Security-Policy: script-src " + b"a.b " * 1900),
    ),
    Hostile(
        "csp-of-nonsense",
        "Sends a policy of control signs and commas.",
        page(b"Content-Security-Policy: ;;,,\x80 'nonce-' data: *,script-src"),
    ),
    Hostile("deep-markup", "Nests a page 20,000 deep.", page(body=b"<div>" * 20_000)),
    Hostile(
        "open-markup", "Opens tags and comments it never closes.", page(body=b"<!--" + b"<a href='" * 20_000)
    ),
    Hostile("enormous-cookie", "Sets a cookie of 7 kB.", page(b"Set-Cookie: a=" + b"x" * 7000)),
    rightly=(*HEAD, *PAGE),
)
"""These answer well, and what they say is made to harm whoever shows, keeps or unpacks it."""

TALKATIVE: Servers = group(
    PART,
    ("http",),
    Hostile(
        "secret-body",
        "Gives away keys on every path.",
        page(body=f"DB_PASSWORD={CANARY}\n".encode()),
        rightly=("web.errors.generic", "web.exposed.interfaces"),
    ),
    Hostile(
        "error-with-trace",
        "Answers everything with a traceback.",
        page(body=b"Traceback (most recent call last):\n" + MARKUP, status=b"500 Internal Server Error"),
    ),
    Hostile(
        "yes-to-everything",
        "Answers every path with the same page.",
        page(body=b"ref: refs/heads/main\n"),
        rightly=("web.errors.generic", "web.exposed.interfaces"),
    ),
    rightly=HEAD,
)
"""These answer every path with what should not lie open."""
