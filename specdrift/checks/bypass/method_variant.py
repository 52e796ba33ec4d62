"""Asks for guarded operations by other methods, and by headers that override the method.

Only methods that change nothing are sent, unless the owner lets others be sent. OPTIONS by itself is no bypass: it
carries overrides. DELETE and TRACE are never made up: one takes away what the controls ask for, the other is echoed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from specdrift.checks.bypass.attempt import BUNDLE, Detour, DetourCheck
from specdrift.checks.core.base import Check, PlanContext, PlannedOperation
from specdrift.checks.core.measure import Measure
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.probe import Request

INVENTED = "FOO"
"""A method that nobody defines: some servers treat it as GET, and some guards not at all."""
CHANGING = ("POST", "PUT", "PATCH")
HEADERS = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
PARAMETER = "_method"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)


def detours(context: PlanContext) -> Iterator[Detour]:
    """What each guarded operation is asked by."""
    for subject in context.guarded:
        method = subject.request.method
        if method == "GET" and _undeclared(context, subject, "HEAD"):
            yield _by(context, subject, "HEAD", Measure.HEAD)
        if method.lower() != method:
            yield _by(context, subject, method.lower(), Measure.OPERATION)
        if method == "GET":
            yield _by(context, subject, INVENTED, Measure.OPERATION)
            yield _with_body(context, subject)
        for carrier in _carriers(context, subject):
            yield from _overridden(context, subject, carrier)
        if subject.unsafe_allowed:
            for other in CHANGING:
                if _undeclared(context, subject, other):
                    yield _by(context, subject, other, Measure.SAME_METHOD)


def _by(context: PlanContext, subject: PlannedOperation, method: str, measure: Measure) -> Detour:
    request = replace(subject.request, method=method)
    return Detour(
        subject=subject,
        name=f"method {method}",
        words=f"by {method}",
        request=request,
        nowhere=replace(request, target=f"{context.base_of(subject)}/{context.nonce}"),
        connection=context.connection(context.tls[0]),
        cause="method",
        measure=measure,
    )


def _with_body(context: PlanContext, subject: PlannedOperation) -> Detour:
    """GET with content, which nobody expects (RFC 9110 §9.3.1)."""
    detour = _by(context, subject, "GET", Measure.OPERATION)
    asking, nowhere = (
        replace(request, headers=(*request.headers, *JSON), body=b"{}")
        for request in (detour.request, detour.nowhere)
    )
    return replace(
        detour, name="GET with a body", words="by GET with a body", request=asking, nowhere=nowhere
    )


def _carriers(context: PlanContext, subject: PlannedOperation) -> Iterator[str]:
    """Methods that an override may come with. Guards often let OPTIONS pass for CORS."""
    yield "OPTIONS"
    if subject.request.method != "GET":
        yield "GET"
    if subject.unsafe_allowed and _undeclared(context, subject, "POST"):
        yield "POST"


def _overridden(context: PlanContext, subject: PlannedOperation, carrier: str) -> Iterator[Detour]:
    """The headers and the parameter at once; one by one where that leads to the operation. In a form too, where one can
    be sent.
    """
    form = carrier == "POST" and not subject.request.body
    key = f"{subject.key} {carrier} {BUNDLE}"

    def detour(name: str, headers: Sequence[str], parameter: str, *, form: bool = False) -> Detour:
        real = subject.request.method
        as_form = FORM if form else ()
        return Detour(
            subject=subject,
            name=f"{carrier} with {name}",
            words=f"by {carrier} with {name}: {real}",
            request=_overriding(subject.request, carrier, real, headers, parameter, form=as_form),
            # Where nobody looks at them, another value of the headers changes nothing.
            nowhere=_overriding(subject.request, carrier, INVENTED, headers, parameter, form=as_form),
            connection=context.connection(context.tls[0]),
        )

    yield replace(detour("every override", HEADERS, PARAMETER, form=form), cause=BUNDLE, opens=key)
    for header in HEADERS:
        yield replace(detour(header, (header,), ""), cause=f"{carrier} {header}", awaits=key)
    yield replace(detour(PARAMETER, (), PARAMETER), cause=f"{carrier} {PARAMETER}", awaits=key)
    if form:
        in_form = detour(f"{PARAMETER} in a form", (), "", form=True)
        yield replace(in_form, cause=f"{carrier} {PARAMETER} in a form", awaits=key)


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


def _undeclared(context: PlanContext, subject: PlannedOperation, method: str) -> bool:
    return OperationKey(path=subject.key.path, method=method) not in context.declared


def _tell(ways: Sequence[Detour]) -> str:
    return ", ".join(way.words for way in ways)


CHECK: Check = DetourCheck(
    name="method-variant",
    rule="method-not-enforced",
    why="whether the guard is there for another method as well",
    detours=detours,
    tell=_tell,
)
