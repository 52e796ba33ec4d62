"""Inputs that single frameworks and gateways know: each that passes the guard is found, each that is refused is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import path_variant, undeclared_input
from specdrift.checks.bypass.path_spellings import shorter_bases
from specdrift.checks.certificate import certificate, unknown_path
from tests.checks.plan_builders import KEY, MTLS, context, http, planned, play, together
from tests.checks.test_bypass_attempts import ADMITTED, DENIED, MISSING, OK, PUBLIC, found, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Request

REFUSED = http(403)
KEYED = ("X-API-Key", "a real/one")


def scheme(name: str) -> Callable[[Request], bool]:
    """Look for credentials of a scheme (RFC 9110 §11.4)."""
    return lambda r: dict(r.headers).get("Authorization", "").startswith(f"{name} ")


def field(name: str, value: str) -> Callable[[Request], bool]:
    """Look for a header field."""
    return lambda r: (name, value) in r.headers


def parameter(text: str) -> Callable[[Request], bool]:
    """Look for a parameter."""
    return lambda r: text in r.target.partition("?")[2].split("&")


SINGLE = {
    "Digest": (scheme("Digest"), "Authorization"),
    "AWS4-HMAC-SHA256": (scheme("AWS4-HMAC-SHA256"), "Authorization"),
    "Last-Event-ID": (field("Last-Event-ID", "1"), "Last-Event-ID"),
    "X-B3-Flags": (field("X-B3-Flags", "1"), "X-B3-Flags"),
    "application/grpc": (field("Content-Type", "application/grpc"), "Content-Type"),
    "csv": (parameter("format=csv"), "format"),
    "_format": (parameter("_format=json"), "_format"),
    "download": (parameter("download=1"), "download"),
    "lang": (parameter("lang=de"), "lang"),
}


@pytest.mark.slow
@pytest.mark.parametrize("answer", [OK, REFUSED], ids=["admitted", "refused"])
@pytest.mark.parametrize(("has", "subject"), SINGLE.values(), ids=SINGLE)
def test_an_input_that_passes_the_guard_is_found(
    has: Callable[[Request], bool], subject: str, answer: HttpFacts
) -> None:
    """One that is refused in another way than the usual one is no finding."""
    findings = found(
        undeclared_input.CHECK,
        lambda r: answer if has(r) and r.target.partition("?")[0] == "/secure" else None,
    )
    assert [finding.subject for finding in findings] == ([subject] if answer is OK else [])


@pytest.mark.parametrize("name", ["api_key", "X-API-Key"])
@pytest.mark.parametrize("answer", [OK, DENIED], ids=["admitted", "refused"])
def test_a_key_is_sent_as_a_parameter_too(name: str, answer: HttpFacts) -> None:
    """A service that reads keys from the query may not ask for the certificate there."""
    own = together(planned())
    use = replace(KEY, scheme=replace(KEY.scheme, parameter=("header", "X-API-Key")))
    requirement = replace(own.operation.requirement, alternatives=((MTLS, use),))
    own = replace(
        own,
        operation=replace(own.operation, requirement=requirement),
        request=replace(own.request, headers=(KEYED,)),
    )
    written = replace(own.request, target=f"/secure?{name}=a%20real%2Fone", headers=())
    ctx = context(own, PUBLIC)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK),
        ctx,
        serving(lambda r: answer if r == written else None),
    )
    findings = undeclared_input.CHECK.judge(ctx, log.classifier()).findings
    start = f"{ADMITTED}with its key of X-API-Key as the parameter {name}: "
    assert [finding.message.startswith(start) for finding in findings] == ([True] if answer is OK else [])


@pytest.mark.parametrize(
    ("base", "others"),
    [
        ("", []),
        ("/api", ["/secure"]),
        ("/api/v1", ["/v1/secure", "/secure", "/api/secure"]),
        ("/a/b/c/d", ["/b/c/d/secure", "/c/d/secure", "/d/secure"]),
    ],
)
def test_the_base_path_is_shortened(base: str, others: list[str]) -> None:
    """By its first segments, and by its last one."""
    assert [each.write(f"{base}/secure") for each in shorter_bases(base)] == others


@pytest.mark.parametrize("answer", [OK, MISSING], ids=["served", "not served"])
def test_a_service_below_a_part_of_the_base_path_is_found(answer: HttpFacts) -> None:
    """A gateway passes it on there without the guard."""
    own = planned("/secure")
    own = replace(own, request=replace(own.request, target="/api/v1/secure"))
    ctx = context(own, base_path="/api/v1")

    def around(request: Request) -> HttpFacts | None:
        if request.target == "/v1/secure":
            return answer
        return DENIED if request.target == "/api/v1/secure" else MISSING

    log = play(
        (unknown_path.CHECK, certificate.CHECK, path_variant.CHECK),
        ctx,
        lambda p: OK if p.identity == "alice" and p.request == own.request else around_of(p.request, around),
    )
    findings = path_variant.CHECK.judge(ctx, log.classifier()).findings
    assert ["/v1/secure" in finding.message for finding in findings] == ([True] if answer is OK else [])


def around_of(request: Request | None, around: Callable[[Request], HttpFacts | None]) -> HttpFacts:
    """Answer a probe that has a request."""
    return (request and around(request)) or MISSING
