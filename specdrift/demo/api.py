"""The demo's API: who gets what. Pure; the faults stand in the table of routes, each with its drift."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from specdrift.demo.certificates import CLIENT_CA


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What TLS verified about the client certificate; all empty when there was none."""

    name: str = ""
    unit: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    media_type: str = "application/json"
    allow: str = ""


Guard = Callable[[Caller], int]
"""200, or the status of the refusal."""


def anybody(_: Caller) -> int:
    """No guard."""
    return HTTPStatus.OK


def client(caller: Caller) -> int:
    """Admit every holder of a certificate of the client CA."""
    if not caller.name:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.OK if caller.issuer == CLIENT_CA else HTTPStatus.FORBIDDEN


def any_certificate(caller: Caller) -> int:
    """A guard that is too weak: it asks for a certificate, and not whose."""
    return HTTPStatus.OK if caller.name else HTTPStatus.UNAUTHORIZED


def auditor(caller: Caller) -> int:
    """A guard that is too strong for what the document says."""
    status = client(caller)
    return HTTPStatus.FORBIDDEN if status == HTTPStatus.OK and caller.unit != "auditor" else status


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``drift`` is the rule that the route breaks, empty for a correct one."""

    path: str
    guard: Guard
    body: object
    drift: str = ""


ROUTES = (
    Route(path="/status", guard=anybody, body={"status": "up"}),
    Route(path="/help", guard=client, body={"help": "ask for a certificate"}, drift="mtls-over-enforced"),
    Route(path="/greeting", guard=anybody, body={"greeting": "hello"}),
    Route(path="/accounts", guard=client, body=[{"id": 7, "owner": "Ada", "balance": 1200}]),
    Route(path="/accounts/{id}", guard=client, body={"id": 7, "owner": "Ada", "balance": 1200}),
    # Added after the others, outside the guard.
    Route(path="/transfers", guard=anybody, body=[{"from": 7, "amount": 50}], drift="mtls-not-enforced"),
    # The retired CA is still in the trust store, and this handler does not look at the issuer.
    Route(
        path="/partners/orders",
        guard=any_certificate,
        body=[{"partner": "North Bank", "amount": 900}],
        drift="invalid-certificate-accepted",
    ),
    # The document lets every client read the trail; the handler wants a role.
    Route(
        path="/audit", guard=auditor, body=[{"who": "bob", "did": "login"}], drift="valid-certificate-refused"
    ),
    # Left over from development.
    Route(
        path="/debug/config",
        guard=anybody,
        body={"database": "postgres://demo@db/bank", "debug": True},
        drift="undocumented-endpoint",
    ),
    Route(
        path="/metrics",
        guard=anybody,
        body="# TYPE http_requests_total counter\nhttp_requests_total 42\n",
        drift="undocumented-endpoint",
    ),
)

PLANTED = frozenset((route.drift, f"GET {route.path}") for route in ROUTES if route.drift)
"""Rule, and method with path template: exactly what a check of the demo has to find."""


def answer(method: str, target: str, caller: Caller) -> Answer:
    """What the API says to one request."""
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
