"""The demo's API: routes with their guards and known drifts. Pure."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus

from msgspec import Struct

from specdrift.demo.certificates import CLIENT_CA


class Caller(Struct, frozen=True, kw_only=True):
    """The verified client certificate; all members are empty without one."""

    name: str = ""
    unit: str = ""
    issuer: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    body: bytes
    media_type: str = "application/json"
    allow: str = ""


Guard = Callable[[Caller], int]
"""Returns 200, or the status of a rejection."""


def unguarded(_: Caller) -> int:
    """No guard."""
    return HTTPStatus.OK


def client(caller: Caller) -> int:
    """Require a certificate of the client CA."""
    if not caller.name:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.OK if caller.issuer == CLIENT_CA else HTTPStatus.FORBIDDEN


def any_certificate(caller: Caller) -> int:
    """Require any certificate: too weak, it ignores the issuer."""
    return HTTPStatus.OK if caller.name else HTTPStatus.UNAUTHORIZED


def auditor(caller: Caller) -> int:
    """Require the auditor role: stricter than the document."""
    status = client(caller)
    return HTTPStatus.FORBIDDEN if status == HTTPStatus.OK and caller.unit != "auditor" else status


class Route(Struct, frozen=True, kw_only=True):
    path: str
    guard: Guard
    body: object
    drift: str = ""
    """Rule that the route violates; empty for a correct one."""


ROUTES = (
    Route(path="/status", guard=unguarded, body={"status": "up"}),
    Route(path="/help", guard=client, body={"help": "ask for a certificate"}, drift="mtls-over-enforced"),
    Route(path="/greeting", guard=unguarded, body={"greeting": "hello"}),
    Route(path="/accounts", guard=client, body=[{"id": 7, "owner": "Ada", "balance": 1200}]),
    Route(path="/accounts/{id}", guard=client, body={"id": 7, "owner": "Ada", "balance": 1200}),
    # Unguarded: added outside the router that has the guard.
    Route(path="/transfers", guard=unguarded, body=[{"from": 7, "amount": 50}], drift="mtls-not-enforced"),
    # The retired CA is still in the trust store, and this handler ignores the issuer.
    Route(
        path="/partners/orders",
        guard=any_certificate,
        body=[{"partner": "North Bank", "amount": 900}],
        drift="invalid-certificate-accepted",
    ),
    # The document allows every client; the handler requires a role.
    Route(
        path="/audit", guard=auditor, body=[{"who": "bob", "did": "login"}], drift="valid-certificate-refused"
    ),
    # Left over from development.
    Route(
        path="/debug/config",
        guard=unguarded,
        body={"database": "postgres://demo@db/bank", "debug": True},
        drift="undocumented-endpoint",
    ),
    Route(
        path="/metrics",
        guard=unguarded,
        body="# TYPE http_requests_total counter\nhttp_requests_total 42\n",
        drift="undocumented-endpoint",
    ),
)

PLANTED = frozenset((route.drift, f"GET {route.path}") for route in ROUTES if route.drift)
"""Rule, and method with path template, of every known drift."""


def answer(method: str, target: str, caller: Caller) -> Answer:
    """Answer one request."""
    path = target.partition("?")[0]
    route = next((route for route in ROUTES if _matches(route.path, path)), None)
    if route is None:
        return _error(HTTPStatus.NOT_FOUND)
    if method not in ("GET", "HEAD"):
        return _error(HTTPStatus.METHOD_NOT_ALLOWED, allow="GET, HEAD")
    status = route.guard(caller)
    if status != HTTPStatus.OK:
        return _error(status)
    if isinstance(route.body, str):
        return Answer(status=status, body=route.body.encode(), media_type="text/plain")
    return Answer(status=status, body=json.dumps(route.body).encode())


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[0-9]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _error(status: int, *, allow: str = "") -> Answer:
    body = json.dumps({"error": HTTPStatus(status).phrase}).encode()
    return Answer(status=status, body=body, allow=allow)
