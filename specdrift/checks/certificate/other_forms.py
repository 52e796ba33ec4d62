"""The same request in other forms, and for a resource that does not exist: a guard may not cover them. Pure."""

from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.checks.core.base import REPLACING, PlanContext, PlannedOperation
from specdrift.model.exchange.probe import HttpVersion, Request
from specdrift.model.policy import UnsafeMethods

HTTP_1_0, NEW_RESOURCE = "HTTP/1.0", "a new resource"
CODINGS = ("Accept-Encoding", "gzip, deflate, br, zstd")
"""What browsers send."""


def in_other_forms(planned: PlannedOperation, context: PlanContext) -> Iterator[tuple[str, Request]]:
    """Yield the request in the version of old clients and of probes of load balancers, which a handler may exempt; and
    with the content codings of browsers: files that are compressed in advance may be served before the guard.
    """
    headers = (("Host", context.endpoint.authority), *planned.request.headers)
    yield HTTP_1_0, replace(planned.request, headers=headers, version=HttpVersion.HTTP_1_0)
    yield ": ".join(CODINGS), replace(planned.request, headers=(*planned.request.headers, CODINGS))


def of_a_new_resource(planned: PlannedOperation, context: PlanContext) -> Iterator[tuple[str, Request]]:
    """Yield the request for a resource that does not exist, where the method creates it (RFC 9110 §9.3.4): a guard that
    asks who owns the resource has no owner to ask.
    """
    creates = planned.request.method in REPLACING and planned.mode is UnsafeMethods.SEND
    absent = context.absent(planned) if creates else None
    if absent is not None:
        yield NEW_RESOURCE, planned.request.to(absent.target)
