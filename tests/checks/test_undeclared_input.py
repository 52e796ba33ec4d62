"""Inputs that the document does not declare: which answers are a bypass of the certificate, and which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import undeclared_input
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.checks.inputs.undeclared_kinds import KINDS
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.requirement import Demand
from tests.checks.plan_builders import KEY, MTLS, context, planned, play, together
from tests.checks.test_bypass_attempts import ADMITTED, DENIED, OK, OTHER, PUBLIC, SECURE, found, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Request


def field(name: str, answer: HttpFacts) -> Callable[[Request], HttpFacts | None]:
    """Answer requests for the operation with a header field."""
    return lambda r: answer if r.target == "/secure" and name in dict(r.headers) else None


def has(name: str, value: str) -> Callable[[Request], HttpFacts | None]:
    """Answer requests for the operation with this value of a header field."""
    return lambda r: OK if r.target.partition("?")[0] == "/secure" and (name, value) in r.headers else None


def checker(request: Request) -> HttpFacts | None:
    """Answer health checkers."""
    agent = dict(request.headers).get("User-Agent", "")
    return OK if request.target == "/secure" and "kube-probe" in agent else None


PROGRAMS = ("kube-probe/", "PostmanRuntime/", "Googlebot/", "check_http/", "Prometheus/", "ELB-", "GoogleHC/")


def begins_with(program: str) -> Callable[[Request], HttpFacts | None]:
    """Answer a program by the begin of its User-Agent, as guards compare it."""
    return lambda r: (
        OK
        if r.target.partition("?")[0] == "/secure"
        and dict(r.headers).get("User-Agent", "").startswith(program)
        else None
    )


def many_parameters(request: Request) -> HttpFacts | None:
    """Answer requests with more parameters than a filter reads."""
    return OK if request.target.startswith("/secure?") and request.target.count("&") > 100 else None


def parameter(name: str, answer: HttpFacts) -> Callable[[Request], HttpFacts | None]:
    """Answer requests for the operation with a query parameter."""
    return lambda r: answer if r.target.startswith("/secure?") and f"{name}=" in r.target else None


@pytest.mark.parametrize(
    ("around", "words", "subjects"),
    [
        (field("X-API-Key", OK), "with header field X-API-Key", ["X-API-Key"]),
        (checker, "with header field User-Agent", ["User-Agent"]),
        (parameter("debug", OK), "with parameter debug", ["debug"]),
        (parameter("role", OK), "with parameter role", ["role"]),
        (
            lambda r: OK if r.target.startswith("/secure?") and "test=true" in r.target else None,
            "with parameter test",
            ["test"],
        ),
        (lambda r: OK if ("X-Debug", "1") in r.headers else None, "", []),
        (has("X-Debug", "1"), "with header field X-Debug", ["X-Debug"]),
        (has("X-Internal", "1"), "with header field X-Internal", ["X-Internal"]),
        (has("X-Internal", "true"), "with header field X-Internal", ["X-Internal"]),
        (has("X-Beta", "true"), "with header field X-Beta", ["X-Beta"]),
        (has("X-Debug", "yes"), "with header field X-Debug", ["X-Debug"]),
        (has("X-Internal", "on"), "with header field X-Internal", ["X-Internal"]),
        (has("X-Internal", "no"), "", []),
        (
            lambda r: OK if r.target.startswith("/secure?") and "test=on" in r.target else None,
            "with parameter test",
            ["test"],
        ),
        (has("Accept-Language", "de"), "with header field Accept-Language", ["Accept-Language"]),
        (parameter("padding", OK), "with parameter padding", ["padding"]),
        (lambda r: OK if r.target.startswith("/secure?") else None, "with any parameter", ["any parameter"]),
        (
            lambda r: OK if r.target == "/secure" and r.headers else None,
            "with any header field",
            ["any header field"],
        ),
        (
            lambda r: (
                OK if r.target == "/secure" and "Mozilla" in dict(r.headers).get("User-Agent", "") else None
            ),
            "with header field User-Agent",
            ["User-Agent"],
        ),
        *((begins_with(name), "with header field User-Agent", ["User-Agent"]) for name in PROGRAMS),
        (parameter("authenticated", OK), "with parameter authenticated", ["authenticated"]),
        (many_parameters, "with a long query", ["bundle"]),
        (has("Upgrade", "websocket"), "with header field Upgrade", ["Upgrade"]),
        (has("Content-Type", "application/grpc-web"), "with header field Content-Type", ["Content-Type"]),
        (has("Range", "bytes=999999999-"), "with header field Range", ["Range"]),
        (field("Impersonate-User", OK), "with header field Impersonate-User", ["Impersonate-User"]),
        (field("X-API-Key", DENIED), "", []),
        (field("X-API-Key", OTHER), "", []),
        (lambda r: OK if "X-Debug" in dict(r.headers) else None, "", []),
    ],
    ids=[
        "a key",
        "a health checker",
        "a switch",
        "a role",
        "a switch of another value",
        "a switch for every path",
        "a field of another value",
        "an internal caller",
        "an internal caller, true",
        "an environment of another value",
        "yes",
        "on",
        "no",
        "a switch that is on",
        "a language",
        "a long query",
        "any query",
        "any field",
        "a browser",
        *PROGRAMS,
        "authenticated",
        "more parameters than a filter reads",
        "an upgrade without Connection",
        "gRPC-Web",
        "a range beyond the end",
        "another user",
        "refused",
        "another answer",
        "the same everywhere",
    ],
)
def test_one_input_is_reported_by_its_name(
    around: Callable[[Request], HttpFacts | None], words: str, subjects: list[str]
) -> None:
    """The bundle that contains it is not reported as well."""
    findings = found(undeclared_input.CHECK, around)
    assert [finding.subject for finding in findings] == subjects
    assert [finding.message.startswith(f"{ADMITTED}{words}: ") for finding in findings] == [True] * len(
        findings
    )


def test_inputs_that_only_admit_together_are_one_finding() -> None:
    """The message says which kind they are of."""
    (finding,) = found(
        undeclared_input.CHECK,
        lambda r: OK if {"Origin", "Referer"} <= set(dict(r.headers)) and r.target == "/secure" else None,
    )
    assert (finding.subject, "with the marks of an internal caller" in finding.message) == ("bundle", True)


def test_each_kind_costs_one_request_of_an_operation() -> None:
    """The single inputs wait until their bundle is admitted."""
    probes = list(undeclared_input.CHECK.plan(context(SECURE, PUBLIC)))
    assert len(probes) == len(KINDS) + 2  # several joined, and one of the listener


def test_what_the_request_has_is_left_alone() -> None:
    """A declared parameter or header field has the value that the operation needs."""
    own = planned()
    sent = replace(own.request, target="/secure?debug=0", headers=(("accept-language", "de"),))
    own = replace(own, request=sent)
    requests = [probe.request for probe in undeclared_input.CHECK.plan(context(own, PUBLIC))]
    assert [r.target.count("debug=") for r in requests if r] == [1] * (len(KINDS) + 2)
    assert [sum(name.lower() == "accept-language" for name, _ in r.headers) for r in requests if r] == [1] * (
        len(KINDS) + 2
    )


def test_a_credential_of_other_operations_is_tried_on_those_that_do_not_declare_it() -> None:
    """A gateway that takes either, on one route too many."""
    key = ("X-API-Key", "a real one")
    other = together(planned("/other"))
    scheme = replace(KEY.scheme, parameter=("header", "X-API-Key"))
    requirement = replace(other.operation.requirement, alternatives=((MTLS, replace(KEY, scheme=scheme)),))
    other = replace(
        other,
        operation=replace(other.operation, requirement=requirement),
        request=replace(other.request, headers=(key,)),
    )
    ctx = context(SECURE, other, PUBLIC)
    probes = list(undeclared_input.CHECK.plan(ctx))
    carrying = {
        p.operation.path
        for p in probes
        if p.operation
        and p.request
        and key in p.request.headers
        and p.tag
        and "other operations" in p.tag.name
    }
    assert carrying == {"/secure"}
    assert all(p.identity == "anonymous" for p in probes)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK),
        ctx,
        serving(lambda r: OK if key in r.headers and r.target == "/secure" else None),
    )
    (finding,) = undeclared_input.CHECK.judge(ctx, log.classifier()).findings
    assert (finding.subject, finding.operation) == ("X-API-Key", SECURE.key)
    assert finding.message.startswith(f"{ADMITTED}with the credential of other operations in X-API-Key: ")


@pytest.mark.parametrize("place", [Place.HEADER, Place.QUERY])
def test_what_the_operation_declares_is_left_to_its_other_values(place: Place) -> None:
    """Names of header fields are compared without case (RFC 9110 §5.1), those of parameters as they are."""
    own = planned()
    inputs = tuple(Input(name=name, place=place) for name in ("X-Api-Version", "DEBUG", "version"))
    own = replace(own, operation=replace(own.operation, inputs=inputs))
    requests = [p.request for p in undeclared_input.CHECK.plan(context(own, PUBLIC)) if p.request]
    fields = {name for request in requests for name, _ in request.headers}
    parameters = {name for request in requests for name, _ in parse_qsl(urlsplit(request.target).query)}
    assert ("X-API-Version" in fields) is (place is Place.QUERY)
    assert ("version" in parameters) is (place is Place.HEADER)
    assert {"API-Version", "debug"} <= fields | parameters


def test_a_token_is_sent_as_a_parameter_too() -> None:
    """A service that reads tokens from the query may not ask for the certificate there (RFC 6750 §2.3)."""
    token = ("Authorization", "Bearer a-real+one")
    own = together(planned())
    own = replace(own, request=replace(own.request, headers=(token, ("Accept", "text/plain"))))
    with_token = replace(
        own.request, target="/secure?access_token=a-real%2Bone", headers=own.request.headers[1:]
    )
    ctx = context(own, PUBLIC)
    log = play(
        (unknown_path.CHECK, certificate.CHECK, undeclared_input.CHECK),
        ctx,
        serving(lambda r: OK if r == with_token else None),
    )
    (finding,) = undeclared_input.CHECK.judge(ctx, log.classifier()).findings
    assert finding.message.startswith(f"{ADMITTED}with its token as the parameter access_token: ")


@pytest.mark.parametrize(
    "breaks",
    [
        lambda r: "%ff" in r.target,
        lambda r: dict(r.headers).get("Authorization") == "Basic %",
        lambda r: "=" not in dict(r.headers).get("Cookie", "="),
        lambda r: dict(r.headers).get("Accept-Language", "").endswith("q="),
    ],
    ids=["query", "password", "cookie", "language"],
)
def test_what_a_guard_cannot_read_must_not_let_through(breaks: Callable[[Request], bool]) -> None:
    """A gateway that takes an error of the guard for a yes."""
    (finding,) = found(
        undeclared_input.CHECK, lambda r: OK if r.target.startswith("/secure") and breaks(r) else None
    )
    assert "malformed" in finding.message or finding.subject in finding.message


def test_a_declared_credential_is_left_to_another_check() -> None:
    """A made-up value of the operation's own key is no undeclared input."""
    keyed = planned(demand=Demand.ONE_OF_SEVERAL)
    use = next(
        use for uses in keyed.operation.requirement.alternatives for use in uses if use.scheme.parameter
    )
    scheme = replace(use.scheme, parameter=("header", "x-api-key"))
    requirement = replace(keyed.operation.requirement, alternatives=((replace(use, scheme=scheme),),))
    own = replace(keyed, operation=replace(keyed.operation, requirement=requirement))
    sent = {
        name
        for p in undeclared_input.CHECK.plan(context(own, PUBLIC))
        if p.request
        for name, _ in p.request.headers
    }
    assert "X-API-Key" not in sent
    assert "X-Auth-Token" in sent
