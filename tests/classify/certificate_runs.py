"""A run of the certificate check in which only alice is admitted."""

from collections.abc import Callable, Iterable

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, exchange, probe

ATTEMPTS = 4


def anonymous_outcomes(
    paths: Iterable[str], reply: Callable[[str, ClientIdentity], HttpFacts]
) -> dict[str, set[Outcome]]:
    """Return the outcomes of the anonymous client by path. ``reply``: the answer at a path."""
    keys = {path: OperationKey(path=path, method="GET") for path in paths}
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS, EXPIRED)})
    for path, key in keys.items():
        request = Request(method="GET", target=path)
        for attempt in range(1, ATTEMPTS + 1):
            for identity in (ALICE, ANONYMOUS, EXPIRED):
                sent = probe(identity.name, operation=key, request=request, attempt=attempt)
                got = exchange(sent, reply(path, identity))
                log.add(got.probe, got.observation)
    classify = log.classifier().compared
    return {
        path: {classify(each).outcome for each in log.of("certificate", key, ANONYMOUS.name)}
        for path, key in keys.items()
    }
