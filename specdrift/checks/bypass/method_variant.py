"""Sends guarded operations by other methods, and with headers that override the method.

A body may also be the parameters of a GET: routes of GraphQL and of forms often take both.

Only safe methods are sent, unless the configuration allows others. OPTIONS carries overrides, and is sent alone where
these had an effect. CONNECT asks for a tunnel to a path, which is no host. DELETE is never used: it removes what the
controls request.
"""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.choices.body_members import members
from specdrift.checks.core.base import DESTRUCTIVE, Check, PlanContext, PlannedOperation
from specdrift.checks.core.measure import Measure
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.websocket import asks_to_switch

INVENTED = "FOO"
"""An undefined method: some servers handle it as GET, and some guards ignore it."""
READING = ("QUERY", "SEARCH", "PROPFIND", "REPORT", "LIST", "TRACE")
"""Safe methods of the IANA registry, and one of several stores: routers have them beside GET. An echo has no data."""
TUNNEL = "CONNECT"
"""Servers hand it to code of its own (Node's ``connect``), before any guard: one operation stands for the listener."""
CHANGING = ("POST", "PUT", "PATCH")
HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
PARAMETER = "_method"
LONGEST_TARGET = 4000
"""Characters of a request target that servers take (RFC 9110 §4.1 asks for 8,000)."""
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The altered methods of each guarded operation."""
    return _attempts(context, single=True)


def first_attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The attempts that require no other: all overrides at once, and not each of them."""
    return _attempts(context, single=False)


def _attempts(context: PlanContext, *, single: bool) -> Iterator[BypassAttempt]:
    tunnelled = {planned.key for planned in few([p for p in context.guarded if _is_plain_get(p)], 1, context)}
    for planned in context.guarded:
        method = planned.request.method
        if planned.key in tunnelled and _undeclared(context, planned, TUNNEL):
            yield _by(context, planned, TUNNEL, Measure.CONTENT)
        if method.lower() != method:
            yield _by(context, planned, method.lower(), Measure.OPERATION)
        if method == "GET":
            yield from _instead_of_get(context, planned)
        yield from _as_parameters(context, planned)
        for carrier in _carriers(context, planned):
            yield from _overridden(context, planned, carrier, single=single)
        if planned.unsafe_allowed:
            for other in CHANGING:
                permitted = other not in DESTRUCTIVE or planned.destructive_allowed
                if permitted and _undeclared(context, planned, other):
                    yield _by(context, planned, other, Measure.SAME_METHOD)


def _is_plain_get(planned: PlannedOperation) -> bool:
    return planned.request.method == "GET" and not asks_to_switch(planned.request.headers)


def _instead_of_get(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """The methods that read, an undefined one, and GET with content."""
    for other in ("HEAD", INVENTED, *READING):
        if _undeclared(context, planned, other):
            yield _by(context, planned, other, Measure.HEAD if other == "HEAD" else Measure.OPERATION)
    if not asks_to_switch(planned.request.headers):
        yield _with_body(context, planned)


def _by(context: PlanContext, planned: PlannedOperation, method: str, measure: Measure) -> BypassAttempt:
    request = planned.request.to(planned.request.target, method=method)
    return BypassAttempt(
        planned=planned,
        name=f"method {method}",
        words=f"by {method}",
        request=request,
        negative_control=request.to(f"{context.base_of(planned)}/{context.nonce}"),
        connection=context.connection(context.tls[0]),
        cause="method",
        measure=measure,
    )


def _with_body(context: PlanContext, planned: PlannedOperation) -> BypassAttempt:
    """GET with content, which has no defined semantics (RFC 9110 §9.3.1)."""
    attempt = _by(context, planned, "GET", Measure.OPERATION)
    request, negative_control = (
        replace(one, headers=(*one.headers, *JSON), body=b"{}")
        for one in (attempt.request, attempt.negative_control)
    )
    return replace(
        attempt,
        name="GET with a body",
        words="by GET with a body",
        request=request,
        negative_control=negative_control,
    )


def _as_parameters(context: PlanContext, planned: PlannedOperation) -> Iterator[BypassAttempt]:
    """GET with the members of the body as parameters; what is no text as JSON, as GraphQL over HTTP has it."""
    body = planned.operation.body
    if planned.request.method != "POST" or body is None or not _undeclared(context, planned, "GET"):
        return
    present = members(planned.request.body, body.media_type)
    query = urlencode({name: _in_query(value) for name, value in present.items() if value is not None})
    attempt = _by(context, planned, "GET", Measure.CONTENT)
    mark = "&" if "?" in attempt.request.target else "?"
    if query and len(attempt.request.target) + len(query) < LONGEST_TARGET:
        # The media type stays: some servers take no GET without one, lest a page of another site sends it.
        request, negative_control = (
            replace(one, target=f"{one.target}{mark}{query}", body=b"")
            for one in (attempt.request, attempt.negative_control)
        )
        yield replace(
            attempt,
            name="GET with the body as parameters",
            words="by GET with the members of the body as parameters",
            request=request,
            negative_control=negative_control,
        )


def _in_query(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _carriers(context: PlanContext, planned: PlannedOperation) -> Iterator[str]:
    """Methods that can carry an override. Guards often let OPTIONS pass for CORS."""
    yield "OPTIONS"
    if planned.request.method != "GET":
        yield "GET"
    if planned.unsafe_allowed and _undeclared(context, planned, "POST"):
        yield "POST"


def _overridden(
    context: PlanContext, planned: PlannedOperation, carrier: str, *, single: bool
) -> Iterator[BypassAttempt]:
    """All overrides at once, and with ``single`` one by one, for when that reaches the operation. In a form as well if
    the carrier is POST.
    """
    form = carrier == "POST" and not planned.request.body
    real = planned.request.method

    def attempt(
        name: str, cause: str, headers: Sequence[str], parameter: str, *, form: bool = False
    ) -> BypassAttempt:
        as_form = FORM if form else ()
        key = f"{planned.key} {carrier} {BUNDLE}"
        return BypassAttempt(
            planned=planned,
            name=f"{carrier} with {name}",
            words=f"by {carrier} with {name}: {real}",
            request=_overriding(planned.request, carrier, real, headers, parameter, form=as_form),
            # If the headers are ignored, another value changes nothing.
            negative_control=_overriding(
                planned.request, carrier, INVENTED, headers, parameter, form=as_form
            ),
            connection=context.connection(context.tls[0]),
            cause=cause,
            unlocks=key if cause == BUNDLE else "",
            plain=planned.request.to(planned.request.target, method=carrier),
            requires="" if cause == BUNDLE else key,
        )

    yield attempt("every override", BUNDLE, HEADERS, PARAMETER, form=form)
    if not single:
        return
    if _undeclared(context, planned, carrier):
        alone = _by(context, planned, carrier, Measure.MOST if carrier == "OPTIONS" else Measure.CONTENT)
        yield replace(alone, requires=f"{planned.key} {carrier} {BUNDLE}")
    yield _with_any_override(context, planned, carrier)
    for header in HEADERS:
        yield attempt(header, f"{carrier} {header}", (header,), "")
    yield attempt(PARAMETER, f"{carrier} {PARAMETER}", (), PARAMETER)
    if form:
        yield attempt(f"{PARAMETER} in a form", f"{carrier} {PARAMETER} in a form", (), "", form=True)


def _with_any_override(context: PlanContext, planned: PlannedOperation, carrier: str) -> BypassAttempt:
    """Overrides that name no method: a guard may leave what has one to a later stage, whatever its value is."""
    return BypassAttempt(
        planned=planned,
        name=f"{carrier} with any override",
        words=f"by {carrier} with an override of any value",
        request=_overriding(planned.request, carrier, INVENTED, HEADERS, PARAMETER, form=()),
        # The method by itself is another finding.
        negative_control=replace(planned.request, method=carrier),
        connection=context.connection(context.tls[0]),
        cause=f"{carrier} any override",
        requires=f"{planned.key} {carrier} {BUNDLE}",
    )


def _overriding(
    request: Request,
    carrier: str,
    method: str,
    headers: Sequence[str],
    parameter: str,
    *,
    form: Sequence[tuple[str, str]],
) -> Request:
    mark = "&" if "?" in request.target else "?"
    return replace(
        request,
        method=carrier,
        target=f"{request.target}{mark}{parameter}={method}" if parameter else request.target,
        headers=(*request.headers, *((header, method) for header in headers), *form),
        body=f"{PARAMETER}={method}".encode() if form else request.body,
    )


def _undeclared(context: PlanContext, planned: PlannedOperation, method: str) -> bool:
    return OperationKey(path=planned.key.path, method=method) not in context.declared


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    return ", ".join(attempt.words for attempt in attempts)


CHECK: Check = BypassCheck(
    name="method-variant",
    rule="method-not-enforced",
    why="whether the guard covers other methods",
    attempts=attempts,
    first=first_attempts,
    describe=_describe,
    by_lower_roles=True,
    sharing=Sharing.NONE,  # routers guard the methods of each route, and the attempts are few
)
