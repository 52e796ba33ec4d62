"""Sends the plain request once more before many apparent bypasses of its operation are confirmed.

A guard that falls away during a run admits every altered request. Then the plain one is admitted too: that is the
drift, and the altered requests show nothing more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from specdrift.checks.core.confirm import fresh
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe
from specdrift.scan.execution.planning import SAFE

MANY = (24, 96, 384)
"""Confirmations and controls of an operation before which its plain request is sent again."""


def plain_requests(
    due: Iterable[Probe], confirmed: Counter[OperationKey], exchanges: ExchangeLog
) -> Iterator[Probe]:
    """Yield the plain requests to send before what is ``due``; ``confirmed`` are confirmations that were sent."""
    confirming = Counter(probe.operation for probe in due if probe.operation and is_confirmation(probe))
    for operation, count in confirming.items():
        first = _plain_request(operation, exchanges)
        for number, most in enumerate(MANY, start=2):
            if first is None or count + confirmed[operation] <= most:
                break
            again = replace(fresh(first), attempt=number, why="the plain request, before many are confirmed")
            if again.id not in exchanges.by_id:
                yield again
                break


def is_confirmation(probe: Probe) -> bool:
    """Return whether a probe confirms an apparent bypass, or is a control of one."""
    return probe.phase is Phase.CONFIRM and probe.check != CERTIFICATE


def _plain_request(operation: OperationKey, exchanges: ExchangeLog) -> Probe | None:
    """Return the first plain request of the anonymous client that was answered and has no effect."""
    return next(
        (
            each.probe
            for each in exchanges.of(CERTIFICATE, operation, ANONYMOUS.name)
            if each.observation.http is not None and each.probe.request and each.probe.request.method in SAFE
        ),
        None,
    )
