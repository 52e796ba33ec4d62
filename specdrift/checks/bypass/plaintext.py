"""Sends guarded operations to every alternate endpoint, without a certificate.

Alternate endpoints are plaintext on the same port, further listeners and other servers of the document.
``PlanContext.alternate_endpoints`` holds only the target's host, configured listeners and allowed hosts.
Plaintext requests carry no credentials, nor do requests to an origin that only the document names.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from specdrift.checks.bypass.attempts.attempt_controls import controls
from specdrift.checks.bypass.bypass_check import BypassCheck
from specdrift.checks.core.base import AlternateEndpoint, Check, PlanContext, PlannedOperation
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.representatives import Sharing
from specdrift.classify.listener import spread
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.probe import Connection, Control, Probe, Request

ENOUGH = 3
"""Operations sent to an endpoint first; the others follow once one of these is admitted."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """A few operations at each endpoint, and all others once one of them is admitted."""
    few, others = spread(context.guarded, ENOUGH)
    for alternate in context.alternate_endpoints:
        yield from (
            replace(_at(alternate, s, context), unlocks=_key(alternate))
            for s in few
            if not _is_own(alternate, s, context)
        )
        yield from (
            replace(_at(alternate, s, context), requires=_key(alternate))
            for s in others
            if not _is_own(alternate, s, context)
        )


def _is_own(alternate: AlternateEndpoint, planned: PlannedOperation, context: PlanContext) -> bool:
    """Return whether the endpoint is the one that the operation is sent to anyway, or the request is there one of an
    operation that the document opens to all: ``/v1/orders`` beside ``/v2/orders``.
    """
    other, own = alternate.endpoint, context.endpoint
    if (other.host, other.port, other.tls) != (own.host, own.port, own.tls):
        return False
    below = planned.request.target.partition("?")[0].removeprefix(context.base_of(planned))
    return alternate.base_path == context.base_of(planned) or any(
        each.admits_anonymous
        and each.key.method == planned.key.method
        and fits(context.base_of(each) + each.key.path, alternate.base_path + below)
        for each in context.operations
    )


def _at(alternate: AlternateEndpoint, planned: PlannedOperation, context: PlanContext) -> BypassAttempt:
    may_have_credentials = alternate.endpoint.tls and alternate.of_owner
    request = planned.request if may_have_credentials else _bare(planned, context)
    below = request.target.removeprefix(context.base_of(planned))
    return BypassAttempt(
        planned=planned,
        name=f"at {alternate.url} {alternate.endpoint.address}".rstrip(),
        words=f"{request.method} {alternate.url}{below.partition('?')[0]}",
        request=replace(request, target=alternate.base_path + below),
        negative_control=replace(request, target=f"{alternate.base_path}/{context.nonce}"),
        connection=Connection(endpoint=alternate.endpoint),
        cause=alternate.url,
        positive_control=PositiveControl.IMPOSSIBLE,
    )


def _bare(planned: PlannedOperation, context: PlanContext) -> Request:
    """Return the operation's request without any credentials."""
    operation, request = planned.operation, planned.request
    content = tuple((name, value) for name, value in request.headers if name == "Content-Type")
    return replace(
        request, target=context.base_of(planned) + operation.target, headers=(*operation.headers, *content)
    )


def _key(alternate: AlternateEndpoint) -> str:
    return f"{alternate.url} {alternate.endpoint.address}"


def _describe(attempts: Sequence[BypassAttempt]) -> str:
    plaintext = not attempts[0].connection.endpoint.tls
    return f"{'without TLS ' if plaintext else ''}at another endpoint, {attempts[0].words}"


class EndpointCheck(BypassCheck, frozen=True):
    """Sends a path that does not exist to each endpoint as well.

    Many listeners answer plain HTTP where they expect TLS by a page of their own, the same for every path.
    """

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """The attempts, and the first control of each endpoint."""
        yield from BypassCheck.plan(self, context)
        first = {attempt.cause: attempt for attempt in reversed(tuple(attempts(context)))}
        for attempt in first.values():
            sent = controls(self, attempt, context)
            yield from (each for each in sent if each.tag and each.tag.control is Control.NEGATIVE)


CHECK: Check = EndpointCheck(
    name="plaintext",
    rule="plaintext-listener",
    why="whether another endpoint serves the operation without a certificate",
    attempts=attempts,
    describe=_describe,
    sharing=Sharing.NONE,  # another endpoint has guards of its own
)
