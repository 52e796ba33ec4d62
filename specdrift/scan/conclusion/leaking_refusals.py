"""Refusals of altered requests that have data of the operation, which is certain if only one is refused so. Pure.

A validator answers 412 with the resource, and a parser 400 with an example of it, before the guard decides. The check
of certificates judges the refusals of plain requests.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from specdrift.checks.core.assessment import must_be_refused
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import caller_phrase, probe_ids
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Probe
from specdrift.model.result.drift import Severity
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Confidence, Outcome, Verdict
from specdrift.model.shortened import shortened
from specdrift.rules import rule_of
from specdrift.rules.ids import DATA_IN_REFUSAL
from specdrift.scan.conclusion.witnesses import Documented

MOST_SHOWN = 4
FIRST_REFUSAL = 300
"""The least status that is no success."""


def leaking_refusals(
    results: Iterable[OperationResult],
    findings: Collection[Finding],
    exchanges: Iterable[Exchange],
    classifier: Classifier,
    context: PlanContext,
) -> tuple[Finding, ...]:
    """Return one finding for each operation that is consistent otherwise, and gives data in such refusals."""
    drifting = {each.operation for each in findings if _severity(each) is not Severity.NOTE}
    guarded = {planned.key for planned in context.guarded}
    consistent = {r.operation.key for r in results if r.verdict is Verdict.CONSISTENT} & guarded - drifting
    if DATA_IN_REFUSAL not in context.rules or not consistent:
        return ()
    found = _leaking(consistent, exchanges, classifier, context)
    return tuple(_finding(key, each, context) for key, each in found.items())


def _leaking(
    operations: Collection[OperationKey],
    exchanges: Iterable[Exchange],
    classifier: Classifier,
    context: PlanContext,
) -> Mapping[OperationKey, list[Exchange]]:
    """Return the refusals with data of each operation, those of the anonymous client first."""
    planned, documented = {each.key: each for each in context.guarded}, Documented(context)
    found: dict[OperationKey, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        key, identity = exchange.probe.operation, _identity_of(exchange.probe, context)
        if key is None or key not in operations or not _is_of_its_caller(exchange.probe, context):
            continue
        if identity is not ANONYMOUS and not must_be_refused(identity, planned[key]):
            continue
        if _is_leaking(exchange, classifier) and not documented.allows(exchange, identity, planned[key]):
            found[key].append(exchange)
    return {
        key: sorted(each, key=lambda one: one.probe.identity != ANONYMOUS.name) for key, each in found.items()
    }


def _is_leaking(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer refuses by its status and has data of the resource. The other checks judge successes."""
    http = exchange.observation.http
    if http is None or http.status < FIRST_REFUSAL:
        return False
    got, carried = classifier.compared(exchange), classifier.carried(exchange)
    return got.leaks or (got.outcome is Outcome.ADMITTED and carried.amounts_to_the_answer)


def _identity_of(probe: Probe, context: PlanContext) -> ClientIdentity:
    return (
        ANONYMOUS if probe.identity == ANONYMOUS.name else context.identities.get(probe.identity, ANONYMOUS)
    )


def _is_of_its_caller(probe: Probe, context: PlanContext) -> bool:
    """Return whether a request was sent to the listener of the API, with the certificate of its caller alone."""
    connection, target = probe.connection, context.endpoint
    there = connection.endpoint.host, connection.endpoint.port
    is_plain = not (connection.prior_session or connection.resumes or connection.shows)
    return is_plain and probe.priming is None and there == (target.host, target.port)


def _finding(key: OperationKey, exchanges: list[Exchange], context: PlanContext) -> Finding:
    first = exchanges[0]
    identity, request, http = _identity_of(first.probe, context), first.probe.request, first.observation.http
    line = f"{request.method} {shortened(request.target)}" if request else "the request"
    return Finding(
        rule=DATA_IN_REFUSAL,
        operation=key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{caller_phrase(identity)} is refused, and the answer to the altered request {line} "
        f"(HTTP {http.status if http else '-'}) carries values that only a valid certificate gets.",
        confidence=Confidence.HIGH if len(exchanges) > 1 else Confidence.MEDIUM,
        probes=probe_ids(tuple(each.probe.id for each in exchanges[:MOST_SHOWN])),
    )


def _severity(finding: Finding) -> Severity:
    return finding.severity or rule_of(finding.rule).severity
