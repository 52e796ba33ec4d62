"""Redirects that valid certificates get too, to a target that refuses others: perhaps it was carried out."""

import pytest
from msgspec.structs import replace

from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Request
from specdrift.model.result.verdict import Outcome
from tests.classify.exchanges import ALICE, answer, exchange, probe

REFUSAL = answer(401, '{"error": "no certificate"}')
THERE = answer(200, '{"job": "F-58812", "done": true}')
OTHERS = {"/a": answer(200, '{"name": "Brink"}'), "/b": answer(200, '{"calls": 771204}')}


def outcome(method: str, path: str, location: str, refused_by: str = "") -> Outcome:
    """Classify the anonymous client, who gets the redirect of a valid certificate, or another one."""
    log = ExchangeLog(identities={each.name: each for each in (ALICE, ANONYMOUS)})
    key = OperationKey(path=path, method=method)
    for attempt in (1, 2):
        for identity in (ALICE, ANONYMOUS):
            for other, http in OTHERS.items():
                of_other, request = (
                    OperationKey(path=other, method="GET"),
                    Request(method="GET", target=other),
                )
                plain = probe(identity.name, operation=of_other, request=request, attempt=attempt)
                got = exchange(plain, http if identity is ALICE else REFUSAL)
                log.add(got.probe, got.observation)
            request = Request(method=method, target=path)
            sent = probe(identity.name, operation=key, request=request, attempt=attempt)
            target = location if identity is ALICE else refused_by or location
            first = exchange(sent, answer(303, location=target))
            log.add(first.probe, first.observation)
            led = replace(
                probe(
                    identity.name,
                    operation=key,
                    request=Request(method="GET", target=target),
                    variant="follow",
                ),
                follows=sent.id,
            )
            got = exchange(led, THERE if identity is ALICE else REFUSAL)
            log.add(got.probe, got.observation)
    entry = log.of("certificate", key, ANONYMOUS.name)[0]
    return log.classifier().compared(entry).outcome


@pytest.mark.parametrize(
    ("method", "path", "location"),
    [
        ("POST", "/jobs", "/jobs/last"),
        ("POST", "/tickets", "/thanks"),
        ("GET", "/latest", "/reports/F-58812"),
    ],
)
def test_what_may_have_been_done_or_told_is_undecided(method: str, path: str, location: str) -> None:
    """The job was perhaps started before the redirect; the redirect names the report."""
    assert outcome(method, path, location) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("method", "path", "location", "refused_by"),
    [
        ("GET", "/orders", "/en/orders", ""),
        ("GET", "/orders", "/orders/", ""),
        ("GET", "/items/48213", "/v2/items/48213", ""),
        ("POST", "/jobs", "/jobs/last", "/enter"),
        ("POST", "/jobs", "/store/jobs", ""),
    ],
    ids=["another language", "a slash", "the id of the request", "another redirect", "another folder"],
)
def test_other_redirects_refuse_as_their_target_does(
    method: str, path: str, location: str, refused_by: str
) -> None:
    """They give nothing away, or are not what a valid certificate gets."""
    assert outcome(method, path, location, refused_by) is Outcome.REFUSED_BY_APPLICATION
