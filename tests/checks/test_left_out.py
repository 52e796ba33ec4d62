"""Requests with less than the document requires, and with nothing that stands for a credential."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import consistency
from specdrift.checks.core.credential_places import without_credentials
from specdrift.checks.inputs.left_out import with_required_otherwise
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.contract.operation import RequestBody, ValueSource
from specdrift.model.contract.requirement import Requirement, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import UnsafeMethods
from tests.checks.plan_builders import ALICE, KEY, MTLS, SELF_SIGNED, context, planned

TENANT = Input(name="X-Tenant", place=Place.HEADER, required=True)
ACCOUNT = Input(name="account", place=Place.QUERY, required=True)
PAGE = Input(name="page", place=Place.QUERY)
GET = Request(method="GET", target="/a?account=7&page=1", headers=(("x-tenant", "acme"), ("Accept", "*/*")))


def asked(request: Request, *inputs: Input) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    """Return target and header fields by words."""
    made = planned("/a", method=request.method)
    made = replace(made, request=request, operation=replace(made.operation, inputs=inputs))
    return {words: (other.target, other.headers) for words, other in with_required_otherwise(made)}


def test_required_parameters_are_left_out_empty_and_twice() -> None:
    """One by one, and all of them; those that are not required stay."""
    accept = ("Accept", "*/*")
    assert asked(GET, TENANT, ACCOUNT, PAGE) == {
        "its required header field X-Tenant left out": ("/a?account=7&page=1", (accept,)),
        "its required parameter account left out": ("/a?page=1", (("x-tenant", "acme"), accept)),
        "its required parameters left out": ("/a?page=1", (accept,)),
        "its required parameters empty": ("/a?account=&page=1", (("x-tenant", ""), accept)),
        "its required parameters twice": (
            "/a?account=7&account=7&page=1",
            (("x-tenant", "acme"), ("x-tenant", "acme"), accept),
        ),
    }
    assert asked(GET, PAGE) == {}


@pytest.mark.parametrize(
    ("method", "required", "bodies"), [("POST", True, [b"", b"{}"]), ("PUT", True, []), ("POST", False, [])]
)
def test_a_required_body_is_left_out_and_empty(
    method: str,
    required: bool,  # noqa: FBT001 - a parameter of the test
    bodies: list[bytes],
) -> None:
    """Nothing is replaced by an empty state. Where it is not required, it is left out as a representation."""
    made = planned("/a", method=method)
    body = RequestBody(
        media_type="application/json", content=b'{"a": 1}', source=ValueSource.EXAMPLE, required=required
    )
    made = replace(
        made,
        operation=replace(made.operation, body=body),
        request=replace(made.request, body=body.content, headers=(("Content-Type", "application/json"),)),
    )
    sent = [request for _, request in with_required_otherwise(made)]
    assert [request.body for request in sent] == bodies
    assert [bool(request.headers) for request in sent] == [bool(request.body) for request in sent]


BASIC = SchemeUse(scheme=SecurityScheme(name="pw", type=SchemeType.HTTP, http_scheme="basic"))
QUERY = SchemeUse(scheme=SecurityScheme(name="q", type=SchemeType.API_KEY, parameter=("query", "key")))


@pytest.mark.parametrize(
    ("use", "target", "field"),
    [
        (KEY, "/a?x=1", ("X-Key", "k-1")),
        (BASIC, "/a?x=1", ("Authorization", "Basic eDp5")),
        (QUERY, "/a?x=1&key=k-1", None),
    ],
    ids=["header", "password", "query"],
)
def test_the_request_without_credentials_has_none(
    use: SchemeUse, target: str, field: tuple[str, str] | None
) -> None:
    """A filter that checks credentials only if there are some lets requests without any pass."""
    made = planned("/a")
    requirement = replace(made.operation.requirement, alternatives=((MTLS, use),))
    assert isinstance(requirement, Requirement)
    request = Request(method="GET", target=target, headers=(field,) if field else ())
    made = replace(made, request=request, operation=replace(made.operation, requirement=requirement))
    assert (without_credentials(made).target, without_credentials(made).headers) == ("/a?x=1", ())
    sent = [
        p.request for p in consistency.CHECK.plan(context(made, identities=(ALICE,))) if p.identity != "alice"
    ]
    assert replace(request, target="/a?x=1", headers=()) in sent


def test_what_has_no_credentials_is_not_sent_twice() -> None:
    """The usual request has none either."""
    made = planned("/a")
    assert without_credentials(made) == made.request
    tags = [p.tag.name for p in consistency.CHECK.plan(context(made)) if p.tag is not None]
    assert consistency.NO_CREDENTIALS not in tags


@pytest.mark.parametrize(("method", "mode"), [("PUT", "send"), ("PUT", "handshake"), ("GET", "send")])
def test_what_creates_is_sent_for_a_new_resource_too(method: str, mode: str) -> None:
    """A guard that asks for the owner of a resource lets its creation pass."""
    made = planned("/notes/{id}", method=method, mode=UnsafeMethods(mode))
    new = Request(method=method, target="/notes/new")
    probes = consistency.CHECK.plan(context(made, identities=(ALICE, SELF_SIGNED), absent=lambda _: new))
    callers = {probe.identity for probe in probes if probe.request and probe.request.target == new.target}
    assert callers == ({"anonymous", SELF_SIGNED.name} if (method, mode) == ("PUT", "send") else set())
