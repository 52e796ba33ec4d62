"""Whether a bypass attempt arrived: compares its response with those of valid certificates. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from msgspec.structs import replace

from specdrift.body.placed import without_evidence
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.explanation.refused import TOTALS
from specdrift.classify.likeness import built_alike, related_answer, same_answer
from specdrift.classify.resource import LEAK, NOTHING, Carried, Values
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Request
from specdrift.model.exchange.values import STRENGTH, Strength, data_of, unpack, weight
from specdrift.model.exchange.websocket import SWITCHED
from specdrift.model.result.verdict import Classification, Obstacle, Outcome

Content = tuple[int, frozenset[int] | str]
"""Status, and values or digest."""
CONTENT = ("content-type", "content-encoding", "content-language", "content-disposition")
"""Representation metadata (RFC 9110 §8), which identifies a response to HEAD besides its status."""
OF_ONE_REPRESENTATION = ("etag", "last-modified", "repr-digest", "content-disposition")
"""Fields that describe one representation (RFC 9110 §8.8, RFC 9530 §3, RFC 6266): only what has it can send them."""
OF_A_LIST = tuple(name.rstrip(":") for name in TOTALS)
"""Fields with the size of a list, which only its handler knows; GET may have them in its content instead."""
WITHOUT_STATUS = "HTTP/0.9"
"""The version whose responses are a body alone: the status of their facts is none that the server sent."""
RANGE = 2
"""Factor by which the length of content that changes may exceed, or fall below, those that were seen."""


class Measure(Enum):
    """What the response of an attempt is compared with."""

    OPERATION = "operation"
    """The operation's response to a valid certificate."""
    CONTENT = "content"
    """As OPERATION, with content: 204 to OPTIONS is its own answer (RFC 9110 §9.3.7), whatever the operation's is."""
    MOST = "most"
    """As CONTENT, and most of the operation's: the answer to OPTIONS may describe it with some of its values."""
    SAME_METHOD = "same method"
    """A valid certificate's response to the same method, other than the caller's response to the declared method."""
    HEAD = "head"
    """As SAME_METHOD, without a body to compare: it must describe what GET returns to a valid certificate."""


OF_THE_OPERATION = frozenset({Measure.OPERATION, Measure.CONTENT, Measure.MOST})
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
    if not _has_content_for(measure, last, http, classifier):
        return False
    as_requested = _connection_as_requested(exchange) and _connection_as_requested(last)
    if not as_requested or is_denial_without_status(exchange, classifier):
        return False
    if measure in OF_THE_OPERATION:
        got = classifier.compared(exchange)
        return got.outcome is Outcome.ADMITTED or _opens_what_was_refused(exchange, got, classifier)
    return _is_no_denial(exchange, last, measure, classifier)


def _opens_what_was_refused(exchange: Exchange, got: Classification, classifier: Classifier) -> bool:
    """Return whether it opens a WebSocket in silence, of which the baseline request is refused before that."""
    probe = exchange.probe
    baselines = classifier.log.of(CERTIFICATE, probe.operation, probe.identity)
    return got.obstacle is Obstacle.MESSAGE and not any(
        classifier.compared(each).obstacle is Obstacle.MESSAGE for each in baselines
    )


def _has_content_for(measure: Measure, exchange: Exchange, http: HttpFacts, classifier: Classifier) -> bool:
    """Return whether an answer has the content that a measure demands; most demand none."""
    if measure not in (Measure.CONTENT, Measure.MOST):
        return True
    if http.shape.kind == "empty" or measure is Measure.CONTENT:
        return http.shape.kind != "empty"
    operation = exchange.probe.operation
    admitted = classifier.admitted_answers(operation) if operation else ()
    return classifier.carried(exchange).has_most or any(built_alike(http, each) for each in admitted)


def is_denial_without_status(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer of HTTP/0.9 is the denial of the baseline request: its body, with no data beyond it.

    What the denial discloses is a fault of the denial, and no admission.
    """
    last = answered(exchange, classifier.log)
    http, operation = last.observation.http, exchange.probe.operation
    if http is None or operation is None or http.http_version != WITHOUT_STATUS:
        return False
    denials = list(_denials(exchange, classifier))
    if any(http.body_sha256 == denial.body_sha256 for denial in denials):
        return True
    if any(built_alike(http, admitted) for admitted in classifier.admitted_answers(operation)):
        return False
    data = classifier.carried(last).values
    return any(
        same_answer(replace(http, status=denial.status), denial) and data <= unpack(denial.values)
        for denial in denials
    )


def _is_no_denial(exchange: Exchange, last: Exchange, measure: Measure, classifier: Classifier) -> bool:
    """Return whether the success of another method is none of the denials, and to HEAD one with facts."""
    operation, http = exchange.probe.operation, last.observation.http
    assert operation is not None and http is not None  # noqa: S101, PT018 - a success of a bypass attempt
    usual = (answer.shape.signs for answer in classifier.admitted_answers(operation))
    denials = list(_denials(exchange, classifier))
    if set(http.shape.signs).difference(*usual) or any(alike(http, other, measure) for other in denials):
        return False
    return measure is not Measure.HEAD or _describes_the_data(last, http, denials, classifier)


def _describes_the_data(
    exchange: Exchange, head: HttpFacts, denials: Iterable[HttpFacts], classifier: Classifier
) -> bool:
    """Return whether a response to HEAD has a fact about the content that only valid certificates get by GET.

    Routers answer HEAD with an empty success of their own for each route that has GET, without its handler and guard.
    """
    operation = exchange.probe.operation
    assert operation is not None  # noqa: S101 - every bypass attempt has an operation
    admitted = classifier.learned.valid.contents(operation)
    unknown = (answer for answers in classifier.unknown.values() for answer in answers)
    known = (*denials, *unknown)
    counts = any(head.header(name) not in {"", *(a.header(name) for a in known)} for name in OF_A_LIST)
    if counts or classifier.carried(exchange).leaks:
        return True
    if any(_only_of(name, head, admitted, known) for name in OF_ONE_REPRESENTATION):
        return True
    if head.header("content-length"):
        return _is_length_of(_length(head), set(map(_length, admitted)), set(map(_length, known)))
    return _only_of("content-type", head, admitted, known)


def _only_of(name: str, head: HttpFacts, admitted: Iterable[HttpFacts], known: Iterable[HttpFacts]) -> bool:
    """Return whether a field is that of an admitted answer, and of none that every caller gets."""
    content = head.header(name)
    return bool(content) and content in {a.header(name) for a in admitted} - {a.header(name) for a in known}


def _length(answer: HttpFacts) -> int:
    """Return the length of the content, in bytes; what was read if the answer does not state it."""
    stated = answer.header("content-length")
    return int(stated) if stated.isascii() and stated.isdecimal() else answer.length


def _is_length_of(length: int, lengths: set[int], known: set[int]) -> bool:
    """Return whether it is the length of the content and of nothing known; near its lengths, if these differ."""
    if not length or not lengths or length in known:
        return False
    near = len(lengths) > 1 and min(lengths) <= RANGE * length and length <= RANGE * max(lengths)
    return length in lengths or near


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

    Another path that gets specific data of a guarded operation too refutes nothing: they leak there as well.
    """
    http, request = answered(exchange, classifier.log).observation.http, exchange.probe.request
    if http is None or not any(alike(http, other, measure) for other in answers if other):
        return False
    is_elsewhere = request is not None and _path(request) != _path(control)
    return not (is_elsewhere and measure in OF_THE_OPERATION and _has_specific_data(exchange, classifier))


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _has_specific_data(exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether an answer has most of the operation's data, and of one that refuses the caller.

    The latter are too specific for those of a page for all paths. What names the service, and what open operations
    give, such a page may have.
    """
    learned, log = classifier.learned, classifier.log
    last = answered(exchange, log)
    if last.observation.http is None or not classifier.carried(last).amounts_to_the_answer:
        return False
    values, body = learned.values_of(last), last.observation.http.body_excerpt
    of_all = (
        learned.values_of(each)
        for key in log.open_operations
        for each in log.of(CERTIFICATE, key, ANONYMOUS.name)
    )
    public = NOTHING.union(without_evidence(body), *of_all)
    return any(
        _is_specific(learned.carried(key, values), public)
        for key in _refusing(exchange.probe.identity, classifier) | {exchange.probe.operation}
        if key is not None
    )


def _is_specific(carried: Carried, public: Values) -> bool:
    own = data_of(carried.values) - public
    return carried.data is not None and carried.amounts_to_the_answer and weight(own) >= LEAK


def _refusing(identity: str, classifier: Classifier) -> frozenset[OperationKey | None]:
    """Return the operations that refuse a caller each time."""
    log = classifier.log
    refused: dict[OperationKey | None, bool] = {}
    for each in log.by_check(CERTIFICATE):
        key = each.probe.operation
        if each.probe.identity == identity and key not in log.open_operations:
            refused[key] = refused.get(key, True) and classifier.compared(each).outcome.refused
    return frozenset(key for key, always in refused.items() if always)


def contents(exchanges: Iterable[Exchange]) -> set[Content]:
    """Return what the answers say. A list in another order says the same: maps have none."""
    return {content_of(http) for exchange in exchanges if (http := exchange.observation.http)}


def content_of(http: HttpFacts) -> Content:
    """Return the status and the values of an answer; its digest if it has none."""
    return http.status, unpack(http.values) or http.body_sha256


def has_data_of_others(got: HttpFacts, own: Sequence[HttpFacts], others: Sequence[HttpFacts]) -> bool:
    """Return whether an answer has data that each answer to other callers has, and no answer to this one; and nothing
    that only the answers to this one have. What differs each time, such as a clock, is in none of these.
    """
    mine, theirs = distinguishing_data(own, others, got.status)
    values = unpack(got.values)
    if not theirs & values:
        return False
    return not any(each.status == got.status for each in own) or (bool(mine) and not mine & values)


def distinguishing_data(
    own: Sequence[HttpFacts], others: Sequence[HttpFacts], status: int
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the data of all answers with this status to one caller, and to other ones, that the other side lacks."""
    mine, theirs = ([unpack(http.values) for http in side if http.status == status] for side in (own, others))
    return _only_in(mine, others), _only_in(theirs, own)


def _only_in(each: Sequence[Values], others: Iterable[HttpFacts]) -> frozenset[int]:
    common = frozenset.intersection(*each) if each else NOTHING
    known = NOTHING.union(*(unpack(http.values) for http in others))
    return frozenset(number for number in data_of(common - known) if number & STRENGTH >= Strength.MEDIUM)


def _denials(exchange: Exchange, classifier: Classifier) -> Iterator[HttpFacts]:
    """The responses to the baseline requests of the anonymous caller and of this one."""
    for caller in dict.fromkeys((ANONYMOUS.name, exchange.probe.identity)):
        for baseline in classifier.log.of(CERTIFICATE, exchange.probe.operation, caller):
            for each in dict.fromkeys((baseline, answered(baseline, classifier.log))):
                if each.observation.http is not None:
                    yield each.observation.http
