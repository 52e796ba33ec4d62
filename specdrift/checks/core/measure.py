"""Whether a bypass attempt arrived: compares its response with those of valid certificates. Pure."""

from collections.abc import Iterable, Iterator
from enum import Enum

from specdrift.body.placed import without_evidence
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.likeness import related_answer, same_answer
from specdrift.classify.resource import LEAK
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.values import data_of, unpack, weight
from specdrift.model.exchange.websocket import SWITCHED
from specdrift.model.result.verdict import Outcome

Content = tuple[int, frozenset[int] | str]
"""Status, and values or digest."""
CONTENT = ("content-type", "content-encoding", "content-language", "content-disposition")
"""Representation metadata (RFC 9110 §8), which identifies a response to HEAD besides its status."""


class Measure(Enum):
    """What the response of an attempt is compared with."""

    OPERATION = "operation"
    """The operation's response to a valid certificate."""
    CONTENT = "content"
    """As OPERATION, with content: 204 to OPTIONS is its own answer (RFC 9110 §9.3.7), whatever the operation's is."""
    SAME_METHOD = "same method"
    """A valid certificate's response to the same method, other than the caller's response to the declared method."""
    HEAD = "head"
    """As SAME_METHOD, without a body to compare."""


OF_THE_OPERATION = frozenset({Measure.OPERATION, Measure.CONTENT})
"""Measures that compare with the operation's own response."""


def arrived(exchange: Exchange, measure: Measure, classifier: Classifier) -> bool:
    """Return whether the response may be one that only a valid certificate gets. Only successes (2xx) are, and 101 of
    operations that switch protocols.
    """
    last = answered(exchange, classifier.log)
    http = last.observation.http
    if http is None or not (200 <= http.status < 300 or http.status == SWITCHED):
        return False
    if http.status == SWITCHED and measure not in OF_THE_OPERATION:
        return False
    if measure is Measure.CONTENT and http.shape.kind == "empty":
        return False
    if not (_connection_as_requested(exchange) and _connection_as_requested(last)):
        return False
    if measure in OF_THE_OPERATION:
        return classifier.compared(exchange).outcome is Outcome.ADMITTED
    operation = exchange.probe.operation
    assert operation is not None  # noqa: S101 - every bypass attempt has an operation
    usual = (answer.shape.signs for answer in classifier.admitted_answers(operation))
    denial = set(http.shape.signs).difference(*usual)
    return not denial and not any(alike(http, other, measure) for other in _denials(exchange, classifier))


def answered(exchange: Exchange, log: ExchangeLog) -> Exchange:
    """Return the exchange that followed the redirect of this one; itself if none did."""
    return log.followed(exchange) or exchange


def _connection_as_requested(exchange: Exchange) -> bool:
    """Return whether the session was resumed, or the priming request's connection was reused, as requested."""
    connection, tls = exchange.probe.connection, exchange.observation.tls
    if connection.resumes is not None or connection.prior_session:
        return tls.resumed and tls.early_data >= connection.early_data
    return exchange.probe.priming is None or exchange.observation.reused_connection


def alike(one: HttpFacts, other: HttpFacts, measure: Measure) -> bool:
    """Return whether two responses are of one kind."""
    if measure is Measure.HEAD:
        return one.status == other.status and all(one.header(name) == other.header(name) for name in CONTENT)
    return same_answer(one, other) or related_answer(one, other)


def refutes(
    control: Request,
    answers: Iterable[HttpFacts | None],
    exchange: Exchange,
    measure: Measure,
    classifier: Classifier,
) -> bool:
    """Return whether something that does not exist gets the same answer under the same alteration as an attempt.

    Another path that gets the specific data of the operation too refutes nothing: they leak there as well.
    """
    http, request = answered(exchange, classifier.log).observation.http, exchange.probe.request
    if http is None or not any(alike(http, other, measure) for other in answers if other):
        return False
    is_elsewhere = request is not None and _path(request) != _path(control)
    return not (is_elsewhere and measure in OF_THE_OPERATION and _has_own_data(exchange, classifier))


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _has_own_data(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer has most of the operation's data, too specific for those of a page for all paths.

    What names the service, and what open operations give, such a page may have.
    """
    learned, log = classifier.learned, classifier.log
    last = answered(exchange, log)
    http, carried = last.observation.http, classifier.carried(last)
    of_all = (
        learned.values_of(each)
        for key in log.open_operations
        for each in log.of(CERTIFICATE, key, ANONYMOUS.name)
    )
    own = data_of(carried.values).difference(without_evidence(http.body_excerpt if http else ""), *of_all)
    return carried.data is not None and carried.amounts_to_the_answer and weight(own) >= LEAK


def contents(exchanges: Iterable[Exchange]) -> set[Content]:
    """Return what the answers say. A list in another order says the same: maps have none."""
    return {content_of(http) for exchange in exchanges if (http := exchange.observation.http)}


def content_of(http: HttpFacts) -> Content:
    """Return the status and the values of an answer; its digest if it has none."""
    return http.status, unpack(http.values) or http.body_sha256


def _denials(exchange: Exchange, classifier: Classifier) -> Iterator[HttpFacts]:
    """The responses to the baseline requests of the anonymous caller and of this one."""
    for caller in dict.fromkeys((ANONYMOUS.name, exchange.probe.identity)):
        for baseline in classifier.log.of(CERTIFICATE, exchange.probe.operation, caller):
            for each in dict.fromkeys((baseline, answered(baseline, classifier.log))):
                if each.observation.http is not None:
                    yield each.observation.http
