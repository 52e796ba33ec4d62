"""What a server pushes over HTTP/2 (RFC 9113 §8.4) with the answers to open operations. Pure.

A push is the answer to a request that the server makes up, and its handler may run without the guard.
"""

from collections.abc import Iterator

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.templates import fits
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HTTP_2
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation

PUSHED = ":pushed"
"""Name under which a response has the target of a push; ``:surplus`` is its content."""
HOW = "look at what is pushed, and push to clients with a valid certificate only, or do not push"


def open_pages(context: PlanContext) -> list[PlannedOperation]:
    """Return the GETs that any caller may send, where the server has HTTP/2."""
    if HTTP_2 not in context.alpn or not context.guarded:
        return []
    return [each for each in context.operations if each.is_public and each.request.method == "GET"]


def guarded_pushes(context: PlanContext, log: ExchangeLog) -> Iterator[UndecidedOperation]:
    """Yield the guarded operations whose targets are pushed to clients without a certificate."""
    found: dict[object, UndecidedOperation] = {}
    for exchange in log.by_id.values():
        http, request = exchange.observation.http, exchange.probe.request
        if http is None or request is None or exchange.probe.identity != ANONYMOUS.name:
            continue
        for target in (value for name, value in http.headers if name == PUSHED):
            for planned in context.guarded:
                if planned.request.method == "GET" and _is_for(context, planned, target):
                    found.setdefault(planned.key, _entry(planned, f"{request.method} {request.target}"))
    yield from found.values()


def _is_for(context: PlanContext, planned: PlannedOperation, target: str) -> bool:
    path = target.partition("?")[0]
    base = context.base_of(planned)
    return path.startswith(base) and fits(planned.key.path, path.removeprefix(base))


def _entry(planned: PlannedOperation, request: str) -> UndecidedOperation:
    return UndecidedOperation(
        operation=planned.key,
        kind=UndecidedReason.INCONCLUSIVE,
        reason=f"with the answer to {request} over HTTP/2 the server pushes it to callers without a certificate",
        how_to_decide=HOW,
        remedy=Remedy.OTHER,
    )
