"""The redactor of a run."""

from collections.abc import Iterator

from specdrift.model.exchange.probe import Request
from specdrift.result.redact import Redactor
from specdrift.scan.preparation.run import Run


def redactor_for(run: Run) -> Redactor:
    """Return the redactor that knows the credentials of every request of a run."""
    requests = {id(request): request for request in _requests(run)}.values()
    return Redactor(run.secret_headers, requests=requests, operations=run.contract.operations)


def _requests(run: Run) -> Iterator[Request]:
    for planned in run.operations:
        yield planned.request
        yield from planned.own.values()
        yield from (variation.request for variation in planned.variations)
        if planned.bound is not None:
            yield from (planned.bound.request, planned.bound.bare)
