"""Why an answer with an operation's data is no finding of the check that sent the request. Pure."""

from enum import Enum

from specdrift.checks.core.confirm import as_control, attempts_of, is_confirmed
from specdrift.checks.core.measure import Measure, alike, answered
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.probe import Control
from specdrift.model.result.verdict import Outcome


class Dropped(Enum):
    """Why no finding came of an answer, for people."""

    UNKNOWN = "no check of this run reports it"
    ONCE = "the request was not repeated"
    NOT_EACH_TIME = "the same request did not get them each time"
    NOWHERE = "the same alteration with something that does not exist got such an answer too, so no check reports it"
    PART = "no check takes it for an admission: it has only a part of them, or more beside them"


def why_dropped(exchange: Exchange, classifier: Classifier) -> Dropped:
    """Return what the repetitions and the negative control of a request show."""
    probe, log = exchange.probe, classifier.log
    if probe.tag is None or probe.operation is None:
        return Dropped.UNKNOWN
    repeated = attempts_of(log, probe.check, probe.operation, (probe.identity,), probe.tag)
    control = as_control(probe.tag, Control.NEGATIVE)
    controls = attempts_of(log, probe.check, probe.operation, (probe.identity,), control)
    if classifier.compared(exchange).outcome is not Outcome.ADMITTED:
        return Dropped.PART
    if any(_is_alike(exchange, other, classifier) for other in controls):
        return Dropped.NOWHERE
    if not all(classifier.compared(each).outcome is Outcome.ADMITTED for each in repeated):
        return Dropped.NOT_EACH_TIME
    return Dropped.UNKNOWN if is_confirmed(repeated) else Dropped.ONCE


def _is_alike(one: Exchange, other: Exchange, classifier: Classifier) -> bool:
    mine, theirs = (answered(each, classifier.log).observation.http for each in (one, other))
    return mine is not None and theirs is not None and alike(mine, theirs, Measure.OPERATION)
