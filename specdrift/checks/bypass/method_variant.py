"""Sends guarded operations by other methods, and with headers that override the method.

Only safe methods are sent, unless the configuration allows others. OPTIONS by itself is no bypass; it carries
overrides. DELETE and TRACE are never used: DELETE removes what the controls request, TRACE echoes the request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from specdrift.checks.bypass.attempt import BUNDLE, BypassAttempt, BypassCheck
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.measure import Measure
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request

INVENTED = "FOO"
"""An undefined method: some servers handle it as GET, and some guards ignore it."""
CHANGING = ("POST", "PUT", "PATCH")
HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
PARAMETER = "_method"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """The altered methods of each guarded operation."""
    for planned in context.guarded:
        method = planned.request.method
        if method == "GET" and _undeclared(context, planned, "HEAD"):
            yield _by(context, planned, "HEAD", Measure.HEAD)
        if method.lower() != method:
            yield _by(context, planned, method.lower(), Measure.OPERATION)
        if method == "GET":
            yield _by(context, planned, INVENTED, Measure.OPERATION)
            yield _with_body(context, planned)
        for carrier in _carriers(context, planned):
            yield from _overridden(context, planned, carrier)
        if planned.unsafe_allowed:
            for other in CHANGING:
                if _undeclared(context, planned, other):
                    yield _by(context, planned, other, Measure.SAME_METHOD)


def _by(context: PlanContext, planned: PlannedOperation, method: str, measure: Measure) -> BypassAttempt:
    request = replace(planned.request, method=method)
    return BypassAttempt(
        planned=planned,
        name=f"method {method}",
        words=f"by {method}",
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
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


def _carriers(context: PlanContext, planned: PlannedOperation) -> Iterator[str]:
    """Methods that can carry an override. Guards often let OPTIONS pass for CORS."""
    yield "OPTIONS"
    if planned.request.method != "GET":
        yield "GET"
    if planned.unsafe_allowed and _undeclared(context, planned, "POST"):
        yield "POST"


def _overridden(context: PlanContext, planned: PlannedOperation, carrier: str) -> Iterator[BypassAttempt]:
    """All overrides at once; one by one if that reaches the operation. In a form as well if the carrier is POST."""
    form = carrier == "POST" and not planned.request.body
    key = f"{planned.key} {carrier} {BUNDLE}"

    def attempt(name: str, headers: Sequence[str], parameter: str, *, form: bool = False) -> BypassAttempt:
        real = planned.request.method
        as_form = FORM if form else ()
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
        )

    yield replace(attempt("every override", HEADERS, PARAMETER, form=form), cause=BUNDLE, unlocks=key)
    for header in HEADERS:
        yield replace(attempt(header, (header,), ""), cause=f"{carrier} {header}", requires=key)
    yield replace(attempt(PARAMETER, (), PARAMETER), cause=f"{carrier} {PARAMETER}", requires=key)
    if form:
        in_form = attempt(f"{PARAMETER} in a form", (), "", form=True)
        yield replace(in_form, cause=f"{carrier} {PARAMETER} in a form", requires=key)


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
    describe=_describe,
    by_lower_roles=True,
)
