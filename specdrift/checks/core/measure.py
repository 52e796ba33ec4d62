"""What the answer to a detour is held against. Pure."""

from collections.abc import Iterator
from enum import Enum

from specdrift.classify.asked import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.verdict import Outcome

CONTENT = ("content-type", "content-encoding", "content-language", "content-disposition")
"""Representation metadata (RFC 9110 §8): with the status, all that an answer to HEAD has to be known by."""


class Measure(Enum):
    """What an answer must be like for its request to have arrived."""

    OPERATION = "operation"
    """The operation's own answer to a good certificate."""
    SAME_METHOD = "same method"
    """What a good certificate gets by the same method, and not what this caller gets by the declared one."""
    HEAD = "head"
    """The same, where there is no body to compare."""


def arrived(exchange: Exchange, measure: Measure, classifier: Classifier) -> bool:
    """Whether an answer to a caller who must be refused may be one that only a good certificate gets. Only successes
    are.
    """
    http = exchange.observation.http
    if http is None or not 200 <= http.status < 300:
        return False
    if not _went_so(exchange):
        return False
    if measure is Measure.OPERATION:
        return classifier.compared(exchange).outcome is Outcome.ADMITTED
    operation = exchange.probe.operation
    assert operation is not None  # noqa: S101 - every detour is one of an operation
    usual = (good.shape.signs for good in classifier.good(operation))
    denial = set(http.shape.signs).difference(*usual)
    return not denial and not any(alike(http, other, measure) for other in _denials(operation, classifier))


def _went_so(exchange: Exchange) -> bool:
    """Whether the connection was what it was to be: one that resumes a session, or the one of the request ahead."""
    connection, tls = exchange.probe.connection, exchange.observation.tls
    if connection.resumes is not None or connection.prior_session:
        return tls.resumed and tls.early_data >= connection.early_data
    return exchange.probe.priming is None or exchange.observation.reused_connection


def alike(one: HttpFacts, other: HttpFacts, measure: Measure) -> bool:
    """Whether two answers are of one kind."""
    if measure is Measure.HEAD:
        return one.status == other.status and all(one.header(name) == other.header(name) for name in CONTENT)
    return same_answer(one, other) or related_answer(one, other)


def _denials(operation: OperationKey, classifier: Classifier) -> Iterator[HttpFacts]:
    """How the anonymous caller is answered who asks as the document says."""
    for exchange in classifier.log.of(CERTIFICATE, operation, ANONYMOUS.name):
        if exchange.observation.http is not None:
            yield exchange.observation.http
