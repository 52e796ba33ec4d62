"""Sends guarded reads right after a write that is refused, on the same connection, without a certificate.

A write may leave behind what a guard takes for an authorization: a session of the connection or of the address, or the
entry of a cache.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.checks.bypass.bypass_check import BypassCheck, in_words
from specdrift.checks.core.base import SAFE_METHODS, Check, PlanContext, PlannedOperation
from specdrift.checks.effects.writers import writing
from specdrift.checks.sharing.bypass_attempt import BypassAttempt, PositiveControl
from specdrift.checks.sharing.other_operations import few
from specdrift.checks.sharing.representatives import Sharing
from specdrift.rules.ids import ENFORCEMENT_INCONSISTENT

FEW = 3
"""Guarded reads that are sent after a write first."""


def attempts(context: PlanContext) -> Iterator[BypassAttempt]:
    """A few reads, each after a write of its own folder, if that may be sent."""
    writers = writing(context)
    reads = [planned for planned in context.guarded if planned.request.method in SAFE_METHODS]
    for planned in few(reads, FEW, context) if writers else ():
        yield _attempt(context, planned, min(writers, key=lambda one: _distance(one, planned)))


def _distance(one: PlannedOperation, other: PlannedOperation) -> int:
    """Return how many segments of the longer path the two do not share."""
    first, second = (each.operation.key.path.split("/") for each in (one, other))
    shared = next((n for n, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), None)
    return max(len(first), len(second)) - (min(len(first), len(second)) if shared is None else shared)


def _attempt(context: PlanContext, planned: PlannedOperation, writer: PlannedOperation) -> BypassAttempt:
    request = planned.request
    return BypassAttempt(
        planned=planned,
        name="after a write",
        words=f"right after {writer.key}, on the same connection",
        request=request,
        negative_control=replace(request, target=f"{context.base_of(planned)}/{context.nonce}"),
        connection=context.connection(context.tls[0]),
        priming=writer.request,
        # A valid certificate would write.
        positive_control=PositiveControl.IMPOSSIBLE,
    )


CHECK: Check = BypassCheck(
    name="after-writes",
    rule=ENFORCEMENT_INCONSISTENT,
    why="whether a refused write admits the requests after it",
    attempts=attempts,
    sharing=Sharing.LISTENER,
    describe=in_words,
)
