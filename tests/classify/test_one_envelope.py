"""Refusals in the envelope that the operation's own answers have too, as Kubernetes writes both."""

import json
import uuid

import pytest

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, EXPIRED, REVOKED, answer, exchange, probe

EVICTION = OperationKey(path="/pods/{name}/eviction", method="POST")
HEAD = OperationKey(path="/pods/{name}", method="HEAD")
REQUESTS = {
    OperationKey(path="/pods/{name}", method="GET"): Request(method="GET", target="/pods/api-5d8f"),
    OperationKey(path="/nodes", method="GET"): Request(method="GET", target="/nodes"),
    EVICTION: Request(method="POST", target="/pods/api-5d8f/eviction", body=b"{}"),
    HEAD: Request(method="HEAD", target="/pods/api-5d8f"),
}
DATA = {
    "GET /pods/{name}": {"pod": "api-5d8f", "uid": 7731502},
    "GET /nodes": {"node": "rack-4471", "cpu": 96},
}
ENVELOPE = {"apiVersion": "v1", "kind": "Status", "metadata": {}}
DONE = ENVELOPE | {"status": "Success", "code": 201}


def refusal(operation: OperationKey, caller: str, more: str = "") -> HttpFacts:
    """Return a refusal that names the caller and the resource, each in its place."""
    kind = operation.path.split("/")[1]
    resource = kind + ("/eviction" if operation == EVICTION else "")
    verb = "create" if operation == EVICTION else "get"
    text = f'{kind} is forbidden: User "{caller}" cannot {verb} resource "{resource}" in API group ""{more}'
    body = ENVELOPE | {"status": "Failure", "code": 403, "reason": "Forbidden", "message": text}
    return logged(403, body | {"details": {"kind": kind}})


def logged(status: int, body: object = None, more: str = "") -> HttpFacts:
    """Return an answer with the number of its entry in the server's log; a refusal is in three."""
    logs = ("audit-id", "x-denial-id", "x-trace-id") if status == 403 else ("audit-id",)
    fields = [*((each, str(uuid.uuid4())) for each in logs), *([("x-more", more)] if more else [])]
    return answer(status, json.dumps(body) if body else "", fields=fields)


def outcome(operation: OperationKey = EVICTION, more: str = "") -> Outcome:
    """Return the outcome of the anonymous client at an operation whose refusals have more."""
    callers = (ANONYMOUS, REVOKED, EXPIRED)
    log = ExchangeLog(identities={each.name: each for each in (ALICE, *callers)})
    for key, request in REQUESTS.items():
        for attempt, identity in enumerate((ALICE, *callers, ALICE), 1):
            sent = probe(identity.name, operation=key, request=request, attempt=attempt)
            own = more if key == operation else ""
            if key == HEAD:
                got = logged(200 if identity is ALICE else 403, more=own if identity is not ALICE else "")
            elif identity is ALICE:
                got = logged(201 if key == EVICTION else 200, DATA.get(str(key), DONE))
            else:
                got = refusal(key, identity.name, own)
            found = exchange(sent, got)
            log.add(found.probe, found.observation)
    return log.classifier().compared(log.of("certificate", operation, ANONYMOUS.name)[0]).outcome


@pytest.mark.parametrize("operation", [EVICTION, HEAD], ids=str)
def test_a_refusal_in_the_envelope_of_a_success_is_one(operation: OperationKey) -> None:
    """Each of its words is in other refusals or in its request, and it has nothing of the resource."""
    assert outcome(operation) is Outcome.REFUSED_BY_APPLICATION


@pytest.mark.parametrize("operation", [EVICTION, HEAD], ids=str)
def test_one_with_something_else_is_undecided(operation: OperationKey) -> None:
    """No other refusal has it, nor does the request."""
    assert outcome(operation, ": 48213 restarts by Grünwälder") is Outcome.INCONCLUSIVE
