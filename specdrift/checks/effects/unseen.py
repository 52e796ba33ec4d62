"""Operations of which it is not known whether refused requests change something, and what would show it. Pure."""

from collections.abc import Collection, Iterator

from specdrift.checks.core.base import SAFE_METHODS, PlanContext, PlannedOperation
from specdrift.checks.effects.marks import mark_for
from specdrift.checks.effects.unmarked_requests import other_media_types
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped
from specdrift.model.result.verdict import Outcome

READING = SAFE_METHODS | {"TRACE", "QUERY", "SEARCH", "PROPFIND", "REPORT"}
"""Methods that change nothing."""
NO_GET = "no GET of the document shows what a valid certificate writes; one that has it in its answers would"
NO_MARK = "nothing in its request can be marked; a text without limits or a second enum value would do"
NO_CHANGE = "no GET of the same path or of a folder above shows a change after a valid certificate's request"
NO_RESOURCE = (
    "the document has no GET of the same path that shows a valid certificate the resource before and after"
)


def unseen(
    context: PlanContext, classifier: Classifier, seen: Collection[OperationKey], check: str
) -> Iterator[Skipped]:
    """Yield the operations that may change something, and took part in no test that shows it."""
    for planned in context.guarded:
        if (
            planned.request.method.upper() not in READING
            and planned.key not in seen
            and not _ends_in_tls(planned, classifier)
        ):
            yield Skipped(
                check=check,
                operation=planned.key,
                kind=SkipReason.EFFECT_UNKNOWN,
                reason="whether refused requests change something is not established: "
                + _why(planned, classifier, check),
            )


def unseen_media(
    context: PlanContext, classifier: Classifier, seen: Collection[tuple[OperationKey, str]], check: str
) -> Iterator[Skipped]:
    """Yield the operations of which this is not known for a body of another media type."""
    for planned in context.guarded:
        others = other_media_types(context, planned, classifier.log)
        hidden = [media_type for media_type in others if (planned.key, media_type) not in seen]
        if hidden and not _ends_in_tls(planned, classifier):
            yield Skipped(
                check=check,
                operation=planned.key,
                kind=SkipReason.EFFECT_UNKNOWN,
                reason=f"whether refused requests with a body of {', '.join(hidden)} change something is not "
                f"established: {NO_CHANGE}",
            )


def _why(planned: PlannedOperation, classifier: Classifier, check: str) -> str:
    if planned.request.method == "DELETE":
        return NO_RESOURCE
    written = [
        exchange
        for exchange in classifier.log.by_check(check)
        if exchange.probe.operation == planned.key and exchange.probe.control
    ]
    refused = [each for each in written if each.probe.request and each.probe.request.method != "GET"]
    if not refused:
        return NO_MARK
    status = _status(refused[0])
    if 200 <= status < 300:
        return NO_GET if mark_for(planned) else NO_CHANGE
    got = f"HTTP {status}" if status else "no answer"
    return (
        f"a valid certificate's own request for that gets {got}; configure a body or a value that the server takes "
        " ([[operations]] body, parameters)"
    )


def _ends_in_tls(planned: PlannedOperation, classifier: Classifier) -> bool:
    """Return whether callers without a certificate are refused in the handshake, before any request."""
    log = classifier.log
    sent = log.of(CERTIFICATE, planned.key, ANONYMOUS.name) or [
        each for each in log.by_check(CERTIFICATE) if each.probe.identity == ANONYMOUS.name
    ]
    outcomes = {classifier.compared(each).outcome for each in sent}
    return outcomes == {Outcome.REFUSED_IN_TLS}


def _status(exchange: Exchange) -> int:
    return exchange.observation.http.status if exchange.observation.http else 0
