"""Holds the answers behind findings against the document: a control that got something else proves less.

Only where something was found, since matching a body against its schema takes longer than asking for it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.finding import Finding
from specdrift.scan.preparation.run import Run

MOST = 100
"""Operations whose controls are looked at; beyond that the run has other problems."""


def off_document(run: Run, findings: Iterable[Finding], exchanges: ExchangeLog) -> dict[OperationKey, str]:
    """What is undocumented about the answer that a valid certificate got, for operations with findings."""
    drifting = dict.fromkeys(finding.operation for finding in findings if finding.operation)
    found = {}
    for key in islice(drifting, MOST):
        answer = next(_controls(run, key, exchanges), None)
        errors = run.lookups.response_errors(key, answer) if answer else ()
        if errors:
            found[key] = errors[0]
    return found


def _controls(run: Run, key: OperationKey, exchanges: ExchangeLog) -> Iterator[HttpFacts]:
    """Yield successful responses to valid identities whose body is complete in the excerpt."""
    for identity in run.identities.values():
        if identity.is_control:
            for exchange in exchanges.of(CERTIFICATE, key, identity.name):
                http = exchange.observation.http
                if http and 200 <= http.status < 300 and len(http.body_excerpt.encode()) == http.length:
                    yield http
