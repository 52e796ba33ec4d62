"""Successes that a caller gets with another declared request only, and their controls. Pure.

Such an answer may have other data than the operation's usual one: a thumbnail, a part of a list, a token for them. If a
valid certificate gets the same bytes for the same request, or an object of the same members, the handler answered,
unless a path that does not exist gets the like too.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.confirm import as_control, fresh
from specdrift.classify.check_names import BROKEN
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.likeness import same_answer
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control, Probe, Request
from specdrift.model.result.verdict import Classification, Confidence, Obstacle, Outcome

NAME = "other-request"
"""Of its controls: they are no answers to the operation's usual request."""
FAILED = frozenset({"error-member", "denial"})
"""Signs of an error despite the status."""
LEAST_MEMBERS = 2
"""Of an object that tells a handler's answer from a usual envelope."""


def is_unexplained(exchange: Exchange, found: Classification) -> bool:
    """Return whether another request got a success that is neither the data nor a refusal, nor a page for browsers."""
    http = exchange.observation.http
    return (
        exchange.probe.tag is not None
        and found.outcome is Outcome.INCONCLUSIVE
        and http is not None
        and 200 <= http.status < 300
        and http.shape.kind != "html"
        and not FAILED.intersection(http.shape.signs)
    )


def controls(
    exchange: Exchange,
    planned: PlannedOperation,
    context: PlanContext,
    valid: ClientIdentity,
    as_valid: Request | None = None,
) -> Iterator[Probe]:
    """Yield the same request of a valid identity, and the caller's on a path that does not exist.

    ``as_valid`` is the request with the credentials of the valid identity. Without it there are no controls where that
    identity sends other credentials.
    """
    probe = exchange.probe
    request, tag = probe.request, probe.tag
    if request is None or tag is None:
        return
    if as_valid is None and planned.request != planned.request_for(valid.name):
        return
    path, mark, query = request.target.partition("?")
    missing = f"{path.rpartition('/')[0]}/{context.nonce}{mark}{query}"
    control = replace(fresh(probe), check=NAME, control=True)
    yield replace(
        control,
        identity=valid.name,
        request=as_valid or request,
        tag=as_control(tag, Control.POSITIVE),
        why="positive control: the same request with a valid certificate",
    )
    yield replace(
        control,
        request=request.to(missing),
        variant=f"{probe.variant} negative control",
        tag=as_control(tag, Control.NEGATIVE),
        why="negative control: the same request on something that does not exist",
    )


def decided(exchange: Exchange, found: Classification, classifier: Classifier) -> Classification:
    """Return the classification by the controls; as it was, where they show nothing."""
    http = exchange.observation.http
    if http is None or not is_unexplained(exchange, found):
        return found
    positive = _answers(exchange, Control.POSITIVE, classifier)
    negative = _answers(exchange, Control.NEGATIVE, classifier)
    same = any(_of_one_handler(http, one) for one in positive)
    if not same or not negative or any(same_answer(http, other) for other in negative):
        return found
    return Classification(
        outcome=Outcome.ADMITTED,
        confidence=Confidence.MEDIUM,
        reason=f"HTTP {http.status}, the answer that a valid certificate gets to this request",
    )


def _of_one_handler(one: HttpFacts, other: HttpFacts) -> bool:
    if (one.status, one.body_sha256) == (other.status, other.body_sha256):
        return True
    return len(one.shape.members) >= LEAST_MEMBERS and same_answer(one, other)


def _answers(exchange: Exchange, control: Control, classifier: Classifier) -> list[HttpFacts]:
    tag = exchange.probe.tag and as_control(exchange.probe.tag, control)
    return [
        http
        for each in classifier.log.by_check(NAME)
        if each.probe.operation == exchange.probe.operation
        and each.probe.tag == tag
        and (control is Control.POSITIVE or each.probe.identity == exchange.probe.identity)
        and (http := each.observation.http)
    ]


def counts_as_head(head: Exchange, classifier: Classifier) -> bool:
    """Return whether a head in another form counts: that of another representation may be refused for what it asks."""
    tag = head.probe.tag
    if tag is None or tag == BROKEN:
        return tag is None
    got = classifier.compared(head)
    silent = head.observation.http is None and got.obstacle is Obstacle.HEAD
    return silent or got.outcome is Outcome.ADMITTED
