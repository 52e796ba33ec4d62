"""Refusals of a single operation in the published formats of errors, and the same with data in them."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned, play
from tests.classify.exchanges import answer

CHECKS = (unknown_path.CHECK, certificate.CHECK)
ORDERS = {
    "data": [{"type": "orders", "id": "48213", "customer": "Nordwind", "total": 1893.4, "open": True}],
    "meta": {"version": "4.12.1", "service": "billing"},
}
GRAPHQL_ORDERS = {"data": {"orders": [{"id": "A-48213", "customer": "Nordwind", "total": 1893.4}]}}
QUERY = {"query": "query($id: ID!) {\n  orders(id: $id) { id total }\n}", "variables": {"id": "7"}}
ERROR = {"message": "Not authenticated", "extensions": {"code": "UNAUTHENTICATED"}}
FORBIDDEN = {"status": "403", "title": "Forbidden"}

Refusal = Callable[[], HttpFacts]


def verdict(refusal: HttpFacts | Refusal, served: object, body: object = None) -> Verdict:
    """Judge one operation that refuses in this form; with a body it is a POST."""
    own = planned("/orders", method="POST" if body else "GET")
    if body:
        own = replace(own, request=replace(own.request, body=json.dumps(body).encode()))

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return answer(404, '{"detail": "not found"}')
        if probe.identity != ALICE.name:
            return refusal() if callable(refusal) else refusal
        return answer(200, json.dumps(served() if callable(served) else served))

    ctx = context(own, identities=(ALICE, OLD, SELF_SIGNED))
    log = play(CHECKS, ctx, server)
    judged = certificate.CHECK.judge(ctx, log.classifier())
    return Verdict.DRIFT if judged.findings else judged.operations[0].verdict


orders = partial(verdict, served=ORDERS)
graphql = partial(verdict, served=GRAPHQL_ORDERS, body=QUERY)
Fields = Mapping[str, Any]


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize(
    "body",
    [
        {"errors": [ERROR], "data": None},
        {"errors": [{"message": "A client certificate is required"}]},
        {"errors": [{**ERROR, "path": ["orders"], "locations": [{"line": 2, "column": 3}]}], "data": None},
        {"errors": [{**ERROR, "path": ["orders", "total"]}], "data": {"orders": None}},
    ],
    ids=["without data", "errors alone", "with a location", "a field without data"],
)
def test_graphql_without_data_refuses(body: Fields, status: int) -> None:
    """GraphQL (§7.1): errors beside no data, whatever the status."""
    assert graphql(answer(status, json.dumps(body))) is Verdict.CONSISTENT


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [ERROR], "data": {"orders": [{"id": "A-48213", "total": None}]}},
        {"errors": [ERROR], "data": {"orders": [None, None]}},
        {"errors": [ERROR], "data": {"orders": {"id": None}}},
        {"errors": [ERROR] * 3, "data": None},
        {"errors": [{**ERROR, "path": ["orders", 4, "total"]}], "data": None},
        {"errors": [{**ERROR, "locations": [{"line": 1893, "column": 3}]}], "data": None},
        {"errors": [{**ERROR, "extensions": {"code": "UNAUTHENTICATED", "count": 3}}], "data": None},
        {"errors": [{**ERROR, "extensions": {"code": "NORDWIND_ACCESS"}}], "data": None},
    ],
    ids=["a part", "a size", "an object", "errors", "an index", "a line", "a number", "a name"],
)
def test_graphql_with_something_of_the_data_is_undecided(body: Fields) -> None:
    """Nothing in it is explained by the format."""
    assert graphql(answer(200, json.dumps(body))) is Verdict.UNDECIDED


def test_partial_data_beside_errors_are_found() -> None:
    """The resolver of one field has the guard, those of the others have not."""
    order = {"id": "A-48213-90112", "customer": "Nordwind Logistik", "total": 1893.4}
    part = {"errors": [ERROR], "data": {"orders": [{**order, "total": None}]}}
    served = {"data": {"orders": [order]}}
    assert verdict(answer(200, json.dumps(part)), served, QUERY) is Verdict.DRIFT


REFUSALS: Mapping[str, object] = {
    "JSON:API": {"errors": [FORBIDDEN], "jsonapi": {"version": "1.1"}, "meta": ORDERS["meta"]},
    "JSON:API with a code": {"errors": [{**FORBIDDEN, "code": "CERT_REQUIRED", "detail": "No certificate"}]},
    "the service": {"service": "billing 4.12.1", "error": "client certificate required", "code": 40101},
    "the interface": {"api": "billing", "version": "4.12.1", "message": "Forbidden"},
    "a page of help": {"errors": [{**FORBIDDEN, "links": {"about": "https://docs.example.com/mtls"}}]},
    "RFC 9457": {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.4",
        "title": "Forbidden",
        "status": 403,
    },
    "a page of the status": {"type": "https://httpstatuses.com/403", "title": "Forbidden", "status": 403},
    "RFC 6749": {"error": "invalid_request", "error_description": "mutual TLS is required"},
    "google.rpc": {
        "error": {
            "code": 401,
            "message": "Request is missing required authentication credential.",
            "status": "UNAUTHENTICATED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "CREDENTIALS_MISSING",
                    "domain": "example.com",
                }
            ],
        }
    },
    "Kubernetes": {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 401},
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_published_format_explains_its_own_members(refusal: object) -> None:
    """No second operation is needed to tell these from data."""
    assert orders(answer(403, json.dumps(refusal))) is Verdict.CONSISTENT


@pytest.mark.parametrize(
    "more",
    [
        {"meta": {"total": 17}},
        {"meta": {"open": True}},
        {"meta": {"service": "Nordwind"}},
        {"meta": {"service": "dniwdroN"}},
        {"meta": {"service": "billing 1893.4"}},
        {"meta": {"service": "billing 189340"}},
        {"errors": [FORBIDDEN] * 2},
        {"errors": [{**FORBIDDEN, "code": "NORDWIND_ACCESS"}]},
        {"errors": [{**FORBIDDEN, "code": "SHIPPED_LATE"}]},
        {"errors": [{**FORBIDDEN, "code": "B"}]},
        {"errors": [{**FORBIDDEN, "links": {"about": "https://docs.example.com/nordwind"}}]},
    ],
)
def test_data_in_a_published_format_are_undecided(more: Fields) -> None:
    """The format explains its names, and no value of the operation."""
    assert orders(answer(403, json.dumps({"errors": [FORBIDDEN], **more}))) is Verdict.UNDECIDED


MULTI_STATUS = (
    '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/orders</D:href>'
    "<D:status>HTTP/1.1 {}</D:status></D:response></D:multistatus>"
)


@pytest.mark.parametrize("body", [None, {"item": 1}], ids=["GET", "POST"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MULTI_STATUS.format("403 Forbidden"), Verdict.CONSISTENT),
        (json.dumps({"responses": [{"status": 403, "error": "forbidden"}]}), Verdict.CONSISTENT),
        (json.dumps([{"status": 403, "error": "forbidden"}]), Verdict.CONSISTENT),
        (json.dumps([{"status": 403}, {"status": 200}]), Verdict.UNDECIDED),
    ],
    ids=["WebDAV", "a batch", "a list", "one of them done"],
)
def test_a_multi_status_of_refusals_alone_refuses(text: str, expected: Verdict, body: object) -> None:
    """RFC 4918 (§13): the status of each part counts."""
    assert orders(answer(207, text), body=body) is expected


def test_a_version_that_is_the_resource_is_data() -> None:
    """What stands beside data names the service; what is all of an answer is the answer."""
    served = {"service": "billing", "version": "4.12.1", "hosts": []}
    assert verdict(answer(403, json.dumps({"error": "forbidden", "version": "4.12.1"})), served) is not (
        Verdict.CONSISTENT
    )


@pytest.mark.parametrize(
    ("member", "expected"), [("traceId", Verdict.CONSISTENT), ("reading", Verdict.UNDECIDED)]
)
def test_identifiers_of_the_request_may_differ_where_the_data_do(member: str, expected: Verdict) -> None:
    """What differs each time may be the data only where it is not the time or identifier of the request."""
    numbers = itertools.count(1)

    def refusal() -> HttpFacts:
        value = hashlib.md5(str(next(numbers)).encode(), usedforsecurity=False).hexdigest()
        return answer(403, json.dumps({"error": "forbidden", member: value}))

    assert (
        verdict(refusal, lambda: {"value": next(numbers) * 7919, "unit": next(numbers) * 104729}) is expected
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("detail\r\nNot authenticated\r\n", Verdict.CONSISTENT), ("Holstein\r\n48213\r\n", Verdict.UNDECIDED)],
)
def test_the_columns_of_an_error_are_members(text: str, expected: Verdict) -> None:
    """A framework that renders errors as CSV too."""
    assert orders(answer(401, text)) is expected


def soap(code: str) -> HttpFacts:
    """Return a fault of SOAP 1.1 (§4.4), which has status 500."""
    fault = f"<faultcode>{code}</faultcode><faultstring>Access is denied.</faultstring>"
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    return answer(
        500, f'<?xml version="1.0"?><s:Envelope xmlns:s="{envelope}"><s:Body>{fault}</s:Body></s:Envelope>'
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("s:Client", Verdict.CONSISTENT),
        ("s:Client.Authorization", Verdict.CONSISTENT),
        ("s:Client.Nordwind", Verdict.UNDECIDED),
    ],
)
def test_a_fault_code_may_be_refined(code: str, expected: Verdict) -> None:
    """With dots (§4.4.1), but not by the data."""
    assert orders(soap(code)) is expected


def stacks(of_reports: Mapping[str, object]) -> Verdict:
    """Judge an operation that another framework refuses than the others."""
    own = [planned(path) for path in ("/orders", "/accounts", "/reports")]

    def server(probe: Probe) -> HttpFacts:
        if probe.operation is None:
            return answer(404, '{"detail": "not found"}')
        path = probe.operation.path
        if probe.identity == ALICE.name:
            return answer(200, json.dumps({**ORDERS, "of": hashlib.sha256(path.encode()).hexdigest()}))
        usual = {"timestamp": "2026-11-28T05:00:00Z", "status": 401, "error": "Unauthorized", "path": path}
        return answer(401, json.dumps(of_reports if path == "/reports" else usual))

    ctx = context(*own, identities=(ALICE, OLD, SELF_SIGNED))
    judged = certificate.CHECK.judge(ctx, play(CHECKS, ctx, server).classifier())
    return next(each.verdict for each in judged.operations if each.operation.key.path == "/reports")


@pytest.mark.parametrize(
    ("more", "expected"), [({}, Verdict.CONSISTENT), ({"note": "Holstein 48213"}, Verdict.UNDECIDED)]
)
def test_one_operation_may_have_a_framework_of_its_own(more: Fields, expected: Verdict) -> None:
    """Its refusals have all that those of the others say, and more: the format explains it."""
    problem = {"type": "https://tools.ietf.org/html/rfc9110#section-15.5.2", "title": "Unauthorized"}
    assert stacks({**problem, "status": 401, **more}) is expected


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [(401, 16, Verdict.CONSISTENT), (403, 7, Verdict.CONSISTENT), (403, 9, Verdict.UNDECIDED)],
)
def test_the_code_of_grpc_for_the_status(status: int, code: int, expected: Verdict) -> None:
    """A service that translates google.rpc.Status has it in an envelope of its own."""
    body = json.dumps({"error": {"code": code, "message": "client certificate required"}})
    assert verdict(answer(status, body), ORDERS) is expected
