"""Maps and conditions of Caddy as owners write them, each with a fault and without it, beside the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.caddy.test_caddy_join import (
    BYPASS,
    FINGERPRINT,
    NOT_GUARDED,
    NOT_OPEN,
    OPTIONAL,
    REFUSE,
    SECURE,
    Object,
    proxy,
    read,
    server,
    to,
)
from tests.source.gateways.joined import found

if TYPE_CHECKING:
    from pathlib import Path

SUBJECT = "{http.request.tls.client.subject}"
PATH = "{http.request.uri.path}"
REQUEST = {("gateway-request-bypass", SECURE, "error"), *NOT_OPEN}
STRIPPED: Object = {"handler": "rewrite", "strip_path_prefix": "/v1"}


def mapped(source: str, rows: Object, default: str | None = "", name: str = "{own}") -> Object:
    """A route with a map, whose inputs that begin with a caret are expressions."""
    mappings = [
        {"input_regexp" if one.startswith("^") else "input": one, "outputs": [output]}
        for one, output in rows.items()
    ]
    made: Object = {"handler": "map", "source": source, "destinations": [name], "mappings": mappings}
    return to(made | ({"defaults": [default]} if default is not None else {}))


def refused(condition: str) -> Object:
    """A route that refuses clients without a certificate under a condition."""
    return to(REFUSE, match=[{"expression": f"{FINGERPRINT} == null && {condition}"}])


def site(*routes: Object, errors: Object | None = None) -> Object:
    """A site that asks for certificates, with the service at the end."""
    more = {"errors": {"routes": [errors]}} if errors else {}
    return server(*routes, to(), client=OPTIONAL, **more)


CASES: dict[str, tuple[Object, set[tuple[str, str, str]]]] = {
    "names that are mapped": (
        site(mapped(SUBJECT, {"CN=alice": "alice"}), to(REFUSE, match=[{"expression": '{own} == ""'}])),
        NOT_OPEN,
    ),
    "names that are mapped, with a name for all others": (
        site(
            mapped(SUBJECT, {"CN=alice": "alice"}, "guest"),
            to(REFUSE, match=[{"expression": '{own} == ""'}]),
        ),
        NOT_GUARDED,
    ),
    "a header that is mapped": (
        site(mapped("{http.request.header.X-Env}", {"internal": 1}, "0"), refused('{own} == "0"')),
        REQUEST,
    ),
    "an expression for a header": (
        site(mapped("{http.request.header.X-Env}", {"^int(.*)$": "$1"}, "0"), refused('{own} == "0"')),
        REQUEST,
    ),
    "paths that are mapped": (site(mapped(PATH, {"/public": "open"}), refused('{own} == ""')), set()),
    "too many paths that are mapped": (
        site(mapped(PATH, {"^/[ps]": "open"}), refused('{own} == ""')),
        NOT_GUARDED,
    ),
    "a path that is mapped before it changes": (
        site(mapped(PATH, {"/secure": "closed"}), refused('{own} == "closed"'), to(STRIPPED)),
        BYPASS,
    ),
    "a path that is mapped after it changed": (
        site(mapped(PATH, {"/secure": "closed"}), to(STRIPPED), refused('{own} == "closed"')),
        set(),
    ),
    "one method that is mapped": (
        site(mapped("{http.request.method}", {"GET": "closed"}), refused('{own} == "closed"')),
        {*BYPASS, *NOT_OPEN},
    ),
    "no method that is open": (
        site(mapped("{http.request.method}", {"OPTIONS": "open"}), refused('{own} != "open"')),
        NOT_OPEN,
    ),
    "a service that is mapped": (
        server(
            mapped("{http.request.host}", {"api.example": "10.0.0.5:8080"}, "10.0.0.9:1"),
            refused("true"),
            to({"handler": "reverse_proxy", "upstreams": [{"dial": "{own}"}]}),
            client=OPTIONAL,
        ),
        NOT_OPEN,
    ),
    "a map of a map": (
        site(
            mapped(PATH, {"^/s": "a"}, "b", "{first}"),
            mapped("{first}", {"a": "closed"}),
            refused('{own} == "closed"'),
        ),
        set(),
    ),
    "a map without a value": (site(mapped(PATH, {"/x": "1"}, None), refused("{own} == null")), NOT_OPEN),
    "a path in a condition": (site(refused('path("/secure*")')), set()),
    "a path and a method in a condition": (site(refused('path("/secure*") && method("GET")')), BYPASS),
    "an expression of paths in a condition": (site(refused('path_regexp("^/secure/?$")')), set()),
    "another path in a condition": (site(refused('!path("/public", "/secure")')), NOT_GUARDED),
    "a header in a condition": (site(refused('!header({"X-Internal": "*"})')), REQUEST),
    "an expression of a header in a condition": (
        site(refused('!header_regexp("X-Internal", "^yes-[0-9]+$")')),
        REQUEST,
    ),
    "an argument in a condition": (site(refused('!query({"debug": ["1", "on"]})')), REQUEST),
    "a version in a condition": (site(refused('protocol("http/1.1+")')), REQUEST),
    "gRPC in a condition": (site(refused('!protocol("grpc")')), REQUEST),
    "gRPC before the guard": (
        site(to(match=[{"protocol": "grpc"}]), to(REFUSE, match=[{"expression": f"{FINGERPRINT} == null"}])),
        REQUEST,
    ),
    "gRPC behind the guard": (
        site(to(REFUSE, match=[{"expression": f"{FINGERPRINT} == null"}]), to(match=[{"protocol": "grpc"}])),
        NOT_OPEN,
    ),
    "all versions in a condition": (site(refused('protocol("http/1.0+")')), NOT_OPEN),
    "the host in a condition": (site(refused('host("api.example")')), NOT_OPEN),
    "a part of the name": (
        site(to(REFUSE, match=[{"expression": f'!{SUBJECT}.contains("CN=alice")'}])),
        {("documented-route-missing", one, "warning") for one in (SECURE, "GET /public")},
    ),
    "the whole name": (site(to(REFUSE, match=[{"expression": f'{SUBJECT} != "CN=alice"'}])), NOT_OPEN),
    "a part of the name that lets others through": (
        site(to(REFUSE, match=[{"expression": f'{SUBJECT} != null && !{SUBJECT}.contains("CN=alice")'}])),
        NOT_GUARDED,
    ),
    "a path in small letters": (site(refused(f'{PATH}.lowerAscii().startsWith("/secure")')), set()),
    "errors that are answered": (
        site(
            to({"handler": "error", "status_code": 403}, match=[{"expression": f"{FINGERPRINT} == null"}]),
            errors=to(REFUSE, match=[{"expression": "{http.error.status_code} in [401, 403]"}]),
        ),
        NOT_OPEN,
    ),
    "errors that are forwarded": (
        site(
            to({"handler": "error", "status_code": 403}, match=[{"expression": f"{FINGERPRINT} == null"}]),
            errors=to(
                match=[{"expression": "{http.error.status_code} >= 400 && {http.error.status_code} < 500"}]
            ),
        ),
        NOT_GUARDED,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("one", "expected"), CASES.values(), ids=CASES)
def test_findings(tmp_path: Path, one: Object, expected: set[tuple[str, str, str]]) -> None:
    """What decides is the value at the time when a condition asks for it."""
    result = read(tmp_path, one)
    assert found(result) == expected
    assert result.undecided == ()


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        (refused("path({http.request.header.X-Path} + 1)"), "the expression"),
        (refused('file({"try_files": ["/x"]})'), "the expression"),
        (
            to(REFUSE, match=[{"not": [{"expression": f'{SUBJECT}.contains("CN=alice")'}]}]),
            "the contrary of a condition that ends with an error",
        ),
        (
            to(REFUSE, match=[{"path": ["/other"], "expression": f'{SUBJECT}.contains("CN=alice")'}]),
            "a condition that ends with an error beside others",
        ),
    ],
)
def test_what_is_not_evaluated_is_undecided(tmp_path: Path, route: Object, reason: str) -> None:
    """Versions of Caddy differ in what follows an error, or the order of matchers decides."""
    result = read(tmp_path, site(route))
    assert any(one.reason and reason in one.reason for one in result.undecided), result.undecided
    assert {drift.rule for drift in result.drifts} <= {"route-not-documented"}


def test_a_map_of_itself_ends(tmp_path: Path) -> None:
    """Caddy does not."""
    loops = mapped("{own}", {"a": "b"})
    result = read(tmp_path, site(loops, refused('{own} == "b"')))
    assert any("maps of maps" in one.reason for one in result.undecided)


def test_the_header_of_a_mapped_name_comes_from_the_certificate(tmp_path: Path) -> None:
    """Another route that lets the client's own through is reported."""
    tells = {"handler": "headers", "request": {"set": {"X-Who": ["{own}"]}}}
    open_route = to(proxy(), match=[{"path": ["/public"]}])
    one = server(
        mapped(SUBJECT, {"CN=alice": "alice"}, "none"),
        to(tells, match=[{"path": ["/secure"]}]),
        open_route,
        refused("true"),
        to(),
        client=OPTIONAL,
    )
    assert ("gateway-trusts-client-header", "GET /public", "note") in found(read(tmp_path, one))
