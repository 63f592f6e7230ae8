"""Vectors for the rules of Content Security Policy Level 3; each says which section it is from."""

from dataclasses import asdict
from typing import Any

import pytest

from readiness_audit.probes.web.csp import Csp, CspKind, read_policies, sum_up
from readiness_audit.probes.web.csp_sources import (
    allows_inline,
    is_hash,
    is_nonce,
    is_understood,
    lacks_quotes,
    lets_in,
    matches,
    url,
)
from tests.probes.web.vectors import rule, vectors

PAGE = url("https://shop.example/")
STRICT = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


def csp(*values: str, only: tuple[str, ...] = (), metas: tuple[str, ...] = ()) -> Csp:
    policies = [
        *read_policies(values),
        *read_policies(only, enforced=False),
        *read_policies(metas, in_header=False),
    ]
    found = sum_up(policies, PAGE)
    assert found is not None
    return found


def kind(found: Csp, name: str) -> CspKind:
    return next(each for each in found.kinds if each.kind == name)


@pytest.mark.parametrize("values", [[], [""], [";;"], [" , "], ["\u00e4 'self'"]])
def test_without_a_directive_there_is_no_policy(values: list[str]) -> None:
    # Sections 2.2.1 and 2.2.2: a policy with an empty set of directives is not kept.
    assert sum_up(read_policies(values), PAGE) is None


@pytest.mark.parametrize(
    ("section", "value", "directives"),
    [
        ("2.2.1 step 2: split on semicolons", "a b;c d", {"a": ("b",), "c": ("d",)}),
        ("2.2.1 step 2.1: blanks are stripped", " \ta \f b\n;", {"a": ("b",)}),
        ("2.2.1 step 2.2: empty tokens are passed over", ";;a;;", {"a": ()}),
        ("2.2.1 step 2.2: what is not ASCII is passed over", "a \u00e4;c d", {"c": ("d",)}),
        ("2.2.1 step 2.4: names in small letters", "IMG-Src X", {"img-src": ("X",)}),
        ("2.2.1 step 2.5: the first of several counts", "a b;A c;a d", {"a": ("b",)}),
        ("2.2.1 step 2.6: values are split on blanks", "a  b\tc", {"a": ("b", "c")}),
        ("2.3: unknown names are kept", "unheard-of x", {"unheard-of": ("x",)}),
    ],
)
def test_a_policy_is_taken_apart(section: str, value: str, directives: dict[str, tuple[str, ...]]) -> None:
    (policy,) = read_policies([value])
    assert policy.directives == directives, section


def test_commas_and_headers_part_policies_but_not_in_an_element() -> None:
    # Section 2.2.2 (header list values) and 3.3 (an element's content is one policy).
    assert len(read_policies(["a b, c d", "e f"])) == 3
    (policy,) = read_policies(["img-src x, font-src y"], in_header=False)
    assert policy.directives == {"img-src": ("x,", "font-src", "y")}


def test_an_element_cannot_say_everything() -> None:
    # Section 3.3: report-uri, frame-ancestors and sandbox are removed.
    found = csp(metas=("frame-ancestors 'none'; sandbox; report-uri /x; base-uri 'none'",))
    assert (found.frame_ancestors, found.sandboxed, found.base_uri) == (False, False, True)
    assert found.policies[0].place == "meta"


@pytest.mark.parametrize(
    ("source", "understood"),
    [
        # Section 2.3.1.
        ("'self'", True),
        ("'SELF'", True),
        ("'none'", True),
        ("'unsafe-inlin'", False),
        ("https:", True),
        ("custom+scheme.1:", True),
        ("1scheme:", False),
        ("*", True),
        ("*.example.com", True),
        ("*example.com", False),
        ("a.*.example", False),
        ("https://*", True),
        ("https://*:*", True),
        ("example.com:8443", True),
        ("example.com:port", False),
        ("example.com/a/b", True),
        ("example.com?query", False),
        ("https://example.com/#part", False),
        ("my_host.example", False),
        ("'nonce-abc+/-_=='", True),
        ("'NONCE-abc'", True),
        ("'nonce-'", False),
        ("'nonce-a b'", False),
        ("'nonce-abc==='", False),
        ("'sha256-abc='", True),
        ("'SHA512-abc='", True),
        ("'sha1-abc='", False),
        ("'md5-abc'", False),
    ],
)
def test_sources_have_a_grammar(source: str, understood: bool) -> None:  # noqa: FBT001 - columns of a table
    assert is_understood(source) is understood


def test_nonce_and_hash_are_told_apart_and_lost_quotes_are_noticed() -> None:
    assert (is_nonce("'nonce-a'"), is_hash("'nonce-a'"), is_hash("'sha384-a'")) == (True, False, True)
    assert [lacks_quotes(one) for one in ("self", "None", "unsafe-inline", "'self'", "shop")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("section", "source", "address", "page", "fits"),
    [
        ("6.7.2.7 step 1", "*", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.7 step 1", "*", "http://a.example/", "https://shop.example/", True),
        ("6.7.2.7 step 1: not data:", "*", "data:,x", "https://shop.example/", False),
        ("6.7.2.7 step 1: not blob:", "*", "blob:x", "https://shop.example/", False),
        ("6.7.2.7 step 1: the page's own scheme", "*", "ftp://a.example/", "ftp://b.example/", True),
        ("6.7.2.7 step 2.2", "data:", "data:,x", "https://shop.example/", True),
        ("6.7.2.7 step 2.2", "https:", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.7 step 2.1", "https:", "http://a.example/", "https://shop.example/", False),
        ("6.7.2.8: upgrade", "http:", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.8: any case", "HTTPS:", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.8: ws", "ws:", "wss://a.example/", "https://shop.example/", True),
        ("6.7.2.8: ws", "ws:", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.8: wss", "wss:", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.8: wss is not ws", "wss:", "ws://a.example/", "https://shop.example/", False),
        ("6.7.2.7 step 3.1: no host", "a.example", "data:,x", "data:,y", False),
        ("6.7.2.7 step 3.2", "a.example", "http://a.example/", "https://shop.example/", False),
        ("6.7.2.7 step 3.2", "a.example", "https://a.example/", "http://shop.example/", True),
        ("6.7.2.9: the same", "A.example", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.9: another", "a.example", "https://b.example/", "https://shop.example/", False),
        ("6.7.2.9: below", "*.example", "https://a.b.example/", "https://shop.example/", True),
        ("6.7.2.9: not itself", "*.a.example", "https://a.example/", "https://shop.example/", False),
        ("6.7.2.9: not beside", "*.a.example", "https://xa.example/", "https://shop.example/", False),
        ("6.7.2.9: not even this machine", "127.0.0.1", "https://127.0.0.1/", "https://shop.example/", False),
        ("6.7.2.9: no address", "https://*", "https://10.0.0.1/", "https://shop.example/", False),
        ("6.7.2.9: no address", "10.0.0.1", "https://10.0.0.1/", "https://shop.example/", False),
        ("6.7.2.10: usual port", "a.example", "https://a.example:8443/", "https://shop.example/", False),
        ("6.7.2.10: named", "a.example:8443", "https://a.example:8443/", "https://shop.example/", True),
        ("6.7.2.10: usual, named", "a.example:443", "https://a.example/", "https://shop.example/", True),
        ("6.7.2.10: another", "a.example:80", "https://a.example/", "https://shop.example/", False),
        ("6.7.2.10: any", "a.example:*", "https://a.example:8443/", "https://shop.example/", True),
        ("6.7.2.11: exact", "a.example/x", "https://a.example/x", "https://shop.example/", True),
        ("6.7.2.11: exact", "a.example/x", "https://a.example/x/y", "https://shop.example/", False),
        ("6.7.2.11: exact", "a.example/x", "https://a.example/X", "https://shop.example/", False),
        ("6.7.2.11: folder", "a.example/x/", "https://a.example/x/y", "https://shop.example/", True),
        ("6.7.2.11: folder", "a.example/x/", "https://a.example/x", "https://shop.example/", False),
        ("6.7.2.11: decoded", "a.example/%78", "https://a.example/x", "https://shop.example/", True),
        ("6.7.2.11: root and nothing", "a.example/", "https://a.example", "https://shop.example/", True),
        ("6.7.2.7 step 4.1", "'self'", "https://shop.example/x", "https://shop.example/", True),
        ("6.7.2.7 step 4", "'self'", "https://a.shop.example/", "https://shop.example/", False),
        ("6.7.2.7 step 4: upgrade", "'Self'", "https://shop.example/", "http://shop.example/", True),
        ("6.7.2.7 step 4: no downgrade", "'self'", "http://shop.example/", "https://shop.example/", False),
        ("6.7.2.7 step 4: wss", "'self'", "wss://shop.example/", "https://shop.example/", True),
        ("6.7.2.7 step 4: ws", "'self'", "ws://shop.example/", "http://shop.example/", True),
        ("6.7.2.7 step 4: port", "'self'", "https://shop.example:8443/", "https://shop.example/", False),
        ("6.7.2.7 step 5", "'unsafe-inline'", "https://shop.example/", "https://shop.example/", False),
        ("6.7.2.7 step 5", "'none'", "https://shop.example/", "https://shop.example/", False),
    ],
)
def test_what_a_source_lets_in(section: str, source: str, address: str, page: str, fits: bool) -> None:  # noqa: FBT001 - columns of a table
    assert matches(source, url(address), url(page)) is fits, section


def test_after_a_redirect_the_path_does_not_count() -> None:
    # Section 6.7.2.7 step 3.6.
    assert matches("a.example/x", url("https://a.example/y"), PAGE, redirects=1)


@pytest.mark.parametrize(
    ("sources", "fits"),
    [
        # Section 6.7.2.6.
        ([], False),
        (["'none'"], False),
        (["'NONE'"], False),
        (["'none'", "https://a.example"], True),
        (["b.example", "a.example"], True),
    ],
)
def test_a_list_lets_in_what_one_of_it_does(sources: list[str], fits: bool) -> None:  # noqa: FBT001 - columns of a table
    assert lets_in(sources, url("https://a.example/"), PAGE) is fits


@pytest.mark.parametrize(
    ("sources", "script", "style"),
    [
        # Section 6.7.3.2, with the examples of the specification.
        ("'unsafe-inline' http://a.com http://b.com", True, True),
        ("'UNSAFE-inline'", True, True),
        ("'sha512-321cba' 'nonce-abc'", False, False),
        ("http://example.com 'unsafe-inline' 'nonce-abc'", False, False),
        ("'unsafe-inline' 'sha256-abc='", False, False),
        ("'unsafe-inline' 'strict-dynamic'", False, True),
        ("'unsafe-inline' 'nonce-'", True, True),
        ("'self'", False, False),
        ("unsafe-inline", False, False),
        ("", False, False),
    ],
)
def test_when_code_in_the_page_runs(sources: str, script: bool, style: bool) -> None:  # noqa: FBT001 - columns of a table
    assert allows_inline(sources.split(), script=True) is script
    assert allows_inline(sources.split(), script=False) is style


@pytest.mark.parametrize(
    ("value", "name", "governs"),
    [
        # Section 6.8.3.
        ("default-src a", "script-src-elem", "default-src"),
        ("default-src a; script-src b", "script-src-elem", "script-src"),
        ("default-src a; script-src b; script-src-elem c", "script-src-elem", "script-src-elem"),
        ("default-src a; script-src b; script-src-elem c", "script-src-attr", "script-src"),
        ("default-src a; script-src b; script-src-attr c", "script-src-attr", "script-src-attr"),
        ("default-src a; style-src b", "style-src-elem", "style-src"),
        ("style-src-attr b; default-src a", "style-src-attr", "style-src-attr"),
        ("default-src a; script-src b", "worker-src", "script-src"),
        ("default-src a; script-src b; child-src c", "worker-src", "child-src"),
        ("worker-src d; child-src c", "worker-src", "worker-src"),
        ("default-src a; child-src c", "frame-src", "child-src"),
        ("frame-src d; child-src c", "frame-src", "frame-src"),
        *((f"default-src a; {one} b", one, one) for one in ("object-src", "img-src", "font-src")),
        *(("default-src a", one, "default-src") for one in ("connect-src", "media-src", "manifest-src")),
    ],
)
def test_which_directive_speaks_for_what(value: str, name: str, governs: str) -> None:
    assert kind(csp(value), name).directives == (governs,)


def test_what_has_no_fallback_is_open() -> None:
    # Sections 6.3.1, 6.4.1 and 6.4.2: default-src does not speak for these.
    found = csp("default-src 'none'")
    assert (found.base_uri, found.form_action, found.frame_ancestors) == (False, False, False)
    assert (found.no_plugins, found.default_none, found.inline_scripts, found.evaluation) == (
        True,
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("value", "closed"),
    [
        ("'none'", True),
        ("'self'", True),
        ("", True),
        ("https://partner.example", True),
        ("*", False),
        ("https:", False),
        ("http:", False),
        ("data:", True),
    ],
)
def test_ancestors_base_and_forms_are_closed_unless_anybody_fits(value: str, closed: bool) -> None:  # noqa: FBT001 - columns of a table
    found = csp(f"base-uri {value}; form-action {value}; frame-ancestors {value}")
    assert {found.base_uri, found.form_action, found.frame_ancestors} == {closed}


@pytest.mark.parametrize(
    ("value", "evaluation"),
    [
        # Section 4.4: script-src, or else default-src; nothing more exact counts.
        ("script-src 'self' 'unsafe-eval'", True),
        ("default-src 'unsafe-EVAL'", True),
        ("script-src 'self'; default-src 'unsafe-eval'", False),
        ("script-src-elem 'self'", True),
        ("script-src 'self' 'wasm-unsafe-eval'", False),
        ("img-src 'self'", True),
    ],
)
def test_when_text_is_run_as_script(value: str, evaluation: bool) -> None:  # noqa: FBT001 - columns of a table
    assert csp(value).evaluation is evaluation


@pytest.mark.parametrize(
    ("value", "foreign", "data"),
    [
        ("script-src 'self'", False, False),
        ("script-src *", True, False),
        ("script-src https:", True, False),
        ("script-src http:", True, False),
        ("script-src https://*", True, False),
        ("script-src data:", False, True),
        ("script-src * data:", True, True),
        ("img-src 'self'", True, True),
        # Section 8.2: 'strict-dynamic' makes lists of hosts void, scripts only.
        ("script-src https: data: 'strict-dynamic' 'nonce-a'", False, False),
        ("script-src 'strict-dynamic'", False, False),
    ],
)
def test_whose_scripts_run(value: str, foreign: bool, data: bool) -> None:  # noqa: FBT001 - columns of a table
    found = csp(value)
    assert (found.foreign_scripts, found.data_scripts) == (foreign, data)


def test_strict_dynamic_means_nothing_for_pictures() -> None:
    found = csp("default-src https: 'strict-dynamic'")
    assert kind(found, "img-src").any_host
    assert not kind(found, "script-src-elem").any_host


def test_several_policies_let_in_what_all_of_them_do() -> None:
    # Section 8.1: adding a policy can only restrict.
    found = csp("script-src 'unsafe-inline' *", "script-src 'self'", "object-src 'none'")
    assert (found.inline_scripts, found.foreign_scripts, found.no_plugins) == (False, False, True)
    assert kind(found, "script-src-elem").directives == ("script-src", "script-src")
    assert found.enforced == 3


def test_what_only_reports_restricts_nothing() -> None:
    # Section 3.2.
    found = csp("img-src 'self'", only=(STRICT,))
    assert (found.enforced, found.report_only) == (1, 1)
    assert (found.inline_scripts, found.no_plugins, found.base_uri) == (True, False, False)
    assert [policy.enforced for policy in found.policies] == [True, False]
    nothing = csp(only=(STRICT,))
    assert (nothing.enforced, nothing.inline_scripts, nothing.default_none) == (0, True, False)


@pytest.mark.parametrize(
    ("value", "none"),
    [
        ("object-src 'none'", True),
        ("object-src", True),
        ("object-src 'unsafe-inlin'", True),
        ("object-src 'self'", False),
        ("object-src 'none' https:", False),
        ("default-src 'none'; object-src *", False),
    ],
)
def test_when_nothing_is_let_in(value: str, none: bool) -> None:  # noqa: FBT001 - columns of a table
    assert csp(value).no_plugins is none


@pytest.mark.parametrize(
    ("value", "active", "passive"),
    [
        # MDN Observatory tells "insecure scheme" from "insecure scheme in passive content only".
        ("default-src 'self'; script-src http://a.example", {"script-src"}, set()),
        ("default-src 'self'; img-src http:", set(), {"img-src"}),
        ("default-src 'none'; media-src http://a.example", set(), {"media-src"}),
        ("default-src 'none'; connect-src ws://a.example", {"connect-src"}, set()),
        ("default-src https:", set(), set()),
    ],
)
def test_plain_connections_by_name(value: str, active: set[str], passive: set[str]) -> None:
    found = csp(value)
    assert active <= set(found.insecure_active)
    assert bool(active) == bool(found.insecure_active)
    assert set(found.insecure_passive) == passive


def test_what_is_odd_is_told() -> None:
    found = csp("script-scr 'self'; img-src self 'unsafe-inlin' x_y; img-src *; default-src a")
    (policy,) = found.policies
    assert policy.unknown == ("script-scr",)
    assert policy.repeated == ("img-src",)
    assert policy.misread == ("self", "'unsafe-inlin'", "x_y")


def test_further_directives_are_noticed() -> None:
    found = csp("upgrade-insecure-requests; sandbox allow-scripts; require-trusted-types-for 'script'")
    assert (found.upgrades, found.sandboxed, found.trusted_types) == (True, True, True)


def test_nonces_are_not_kept() -> None:
    found = csp("script-src 'nonce-GEHEIM4711' 'NONCE-GEHEIM4711' 'nonce-GEHEIM 4711'")
    assert found.nonces
    assert "GEHEIM" not in str(found)


def test_a_policy_of_a_megabyte_is_read_in_no_time_and_told_in_short() -> None:
    found = csp("script-src " + "https://a.example " * 60_000 + "'unsafe-inline';" + "x y;" * 1000)
    assert found.inline_scripts
    assert len(str(found)) < 60_000


@pytest.mark.parametrize("vector", vectors("csp"), ids=rule)
def test_what_policies_come_to(vector: Any) -> None:  # noqa: ANN401 - from a file
    policies = [
        *read_policies(vector.get("header", [])),
        *read_policies(vector.get("only", []), enforced=False),
        *read_policies(vector.get("meta", []), in_header=False),
    ]
    found, sees = sum_up(policies, PAGE), vector["sees"]
    assert (found is None) is (sees is None)
    if found is None:
        return
    seen: dict[str, Any] = asdict(found)
    kinds = {one["kind"]: one for one in seen.pop("kinds")}
    for name, expected in sees.pop("kinds", {}).items():
        assert {key: _listed(kinds[name][key]) for key in expected} == expected
    assert {key: _listed(seen[key]) for key in sees} == sees


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
