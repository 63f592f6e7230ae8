import pytest

from readiness_audit.probes.web.cookies import Cookie, read_cookie, redacted


def cookie(name: str = "a", **given: object) -> Cookie:
    plain: dict[str, object] = {
        "secure": False,
        "http_only": False,
        "same_site": None,
        "host_prefix": False,
        "path": None,
        "domain": None,
        "session": True,
    }
    return Cookie(name=name, **{**plain, **given})  # type: ignore[arg-type]  # a table of fields


@pytest.mark.parametrize("value", ["", "a", "=b", " =b; Secure", "; a=b", "justavalue; Secure"])
def test_without_a_name_clients_ignore_it(value: str) -> None:
    assert read_cookie(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=b", cookie()),
        ("a=", cookie()),
        (" a = b ", cookie()),
        ("a=b=c; x=y=z", cookie()),
        ("a=b; Secure", cookie(secure=True)),
        ("a=b;secure;HTTPONLY", cookie(secure=True, http_only=True)),
        ("a=b; Secure=false", cookie(secure=True)),
        ("a=b; secured", cookie()),
        ("a=Secure", cookie()),
        ('a="; Secure"', cookie()),
        ("a=b, Secure", cookie()),
        ("a=b; SameSite=Strict", cookie(same_site="Strict")),
        ("a=b; samesite = LAX ", cookie(same_site="Lax")),
        ("a=b; SameSite=None", cookie(same_site="None")),
        ("a=b; SameSite", cookie()),
        ("a=b; SameSite=Strict; SameSite=odd", cookie()),
        ("a=b; SameSite=Lax; SameSite=Strict", cookie(same_site="Strict")),
        ("a=b; Path=/x", cookie(path="/x")),
        ("a=b; Path=x", cookie()),
        ("a=b; Path=/; Path=/y", cookie(path="/y")),
        ("a=b; Domain=.Example.ORG", cookie(domain="example.org")),
        ("a=b; Domain=", cookie()),
        # RFC 6265bis, section 5.6: blanks around names, a lone semicolon, the last of several domains.
        ("a=b;;Secure;", cookie(secure=True)),
        ("a=b; Domain=a.example; Domain=b.example", cookie(domain="b.example")),
        ("__Secure-a=b; Secure", cookie("__Secure-a", secure=True)),
        ("a=b; Max-Age=", cookie()),
        ("a=b; Max-Age=1 0", cookie()),
        ("a=b; Max-Age=10", cookie(session=False)),
        ("a=b; Max-Age=-1", cookie(session=False)),
        ("a=b; Max-Age=soon", cookie()),
        ("a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT", cookie(session=False)),
        ("__Host-a=b; Secure; Path=/", cookie("__Host-a", secure=True, host_prefix=True, path="/")),
    ],
)
def test_attributes_are_read_as_clients_read_them(value: str, expected: Cookie) -> None:
    assert read_cookie(value) == expected


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a=SECRET; Path=/; Secure", "a=[redacted]; path=/; Secure"),
        ("SECRET", "[redacted]"),
        ("=SECRET", "[redacted]"),
        ("a=SECRET; SECRET", "a=[redacted]; [redacted]"),
        ("a=SECRET; b=SECRET; HttpOnly", "a=[redacted]; [redacted]; HttpOnly"),
        ("a=b=SECRET", "a=[redacted]"),
        ("a=SECRET; Secure=SECRET", "a=[redacted]; Secure"),
    ],
)
def test_the_value_is_never_kept(value: str, kept: str) -> None:
    assert redacted(value) == kept
