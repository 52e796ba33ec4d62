"""Sends refused heads in other forms: without ``Expect``, over HTTP/2 and at further addresses. Pure.

A server may handle requests with ``Expect: 100-continue`` in code of their own (Node's ``checkContinue``). A refusal of
such a head shows nothing about other requests, and one over HTTP/1.1 nothing about HTTP/2.

Without ``Expect`` many servers read the body before they send a refusal (Go, Apache). The head with a broken body comes
first, therefore: a chunk that is none ends the reading. ``Content-Length`` beside it makes servers without support for
chunks wait for a body instead of taking an empty one for the whole. It decides only if the answer is the refusal of the
same head with ``Expect``; else the head alone is sent.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.choices.representations import representations
from specdrift.checks.core.assessment import callers_to_refuse, must_be_admitted, must_be_refused
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.classify.check_names import BROKEN, CERTIFICATE, HEADS
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.listener import refused_by_listener
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import (
    HTTP_1,
    Connection,
    Phase,
    Probe,
    ProbeTag,
    head_of,
    with_broken_body,
    without_expect,
)
from specdrift.model.plural import plural
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.reasons import SkipReason
from specdrift.model.result.result import Skipped

SEND = "--unsafe-methods send sends bodies"


class Heads(Struct, frozen=True):
    """The other forms of each head that was refused. The certificate check judges them."""

    name: str = HEADS
    rules: frozenset[str] = frozenset()

    def plan(self, context: PlanContext) -> Iterable[Probe]:  # noqa: ARG002 - the interface's
        """Plan nothing: all of it depends on responses."""
        return ()

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Send the anonymous client's other forms; if all are refused, those of the other callers, and a control."""
        classifier = log.classifier()
        for planned in _sent_as_heads(context):
            first = _refused(ANONYMOUS, planned, classifier)
            forms = [*_without_expect(first, classifier), *_elsewhere(context, first, classifier)]
            yield from forms
            for caller in _representing(context, planned):
                yield from _represented(context, planned, _refused(caller, planned, classifier))
            if forms and all(_is_refused(form, classifier) for form in forms):
                for caller in callers_to_refuse(context, planned):
                    if caller != ANONYMOUS:
                        yield from _without_expect(_refused(caller, planned, classifier), classifier)
                yield from _control(context, planned, classifier)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """No findings. Say once that a guard which depends on a body was not tried."""
        alone = [each for each in _sent_as_heads(context) if any(_heads(each, classifier))]
        if not alone:
            return Conclusions()
        sent = f"no body was sent to {plural(len(alone), 'operation')}, and what depends on one was not tried"
        return Conclusions(
            skipped=(Skipped(check=HEADS, kind=SkipReason.HEADS_ALONE, reason=f"{sent}; {SEND}"),)
        )


def _sent_as_heads(context: PlanContext) -> list[PlannedOperation]:
    return [p for p in context.operations if p.mode is UnsafeMethods.HEADERS and p.is_guarded]


def _heads(planned: PlannedOperation, classifier: Classifier) -> Iterable[Exchange]:
    return classifier.log.of(CERTIFICATE, planned.key, ANONYMOUS.name)


def handled_without_body(exchange: Exchange) -> bool:
    """Whether the head alone succeeded: a handler ran, so that the head is not sent again."""
    request, http = exchange.probe.request, exchange.observation.http
    return request is not None and request.head_only and http is not None and 200 <= http.status < 400


def _refused(caller: ClientIdentity, planned: PlannedOperation, classifier: Classifier) -> Sequence[Exchange]:
    """Return the caller's heads in their first form if all of them were refused; else nothing."""
    sent = _in_first_form(caller, planned, classifier)
    return sent if all(classifier.compared(each).outcome.refused for each in sent) else []


def _in_first_form(
    caller: ClientIdentity, planned: PlannedOperation, classifier: Classifier
) -> list[Exchange]:
    sent = classifier.log.of(CERTIFICATE, planned.key, caller.name)
    return [each for each in sent if each.probe.attempt == 1]


def _without_expect(first: Sequence[Exchange], classifier: Classifier) -> Iterator[Probe]:
    """Send the head without ``Expect``. What the listener refuses it refuses before it reads either."""
    for exchange in first:
        if not refused_by_listener(exchange.observation):
            yield _plain(exchange, exchange.probe.connection, "", classifier)


def _elsewhere(context: PlanContext, first: Sequence[Exchange], classifier: Classifier) -> Iterator[Probe]:
    """Send it over the other protocol and at the other addresses."""
    for exchange in first[:1]:
        for place, connection in _others(context, exchange.probe.connection):
            yield _plain(exchange, connection, place, classifier)


def _others(context: PlanContext, main: Connection) -> Iterator[tuple[str, Connection]]:
    for alpn in context.alpn:
        if alpn != HTTP_1:
            yield " over HTTP/2", replace(main, alpn=alpn)
    for address in context.addresses[1:]:
        yield f" at {address}", replace(main, endpoint=replace(main.endpoint, address=address))


def _representing(context: PlanContext, planned: PlannedOperation) -> Iterator[ClientIdentity]:
    """Yield the anonymous client, a few with a wrong certificate, and one of every set of roles that lacks the role."""
    yield from (ANONYMOUS, *context.wrong_certificates)
    lacking = (identity for identity in context.accepted if must_be_refused(identity, planned))
    yield from {identity.roles: identity for identity in lacking}.values()


def _represented(
    context: PlanContext, planned: PlannedOperation, first: Sequence[Exchange]
) -> Iterator[Probe]:
    """Send the heads of the other declared representations: a guard may cover one media type, or one value, alone."""
    others = representations(planned, context.base_of(planned), context.bodies(planned))
    for exchange in first[:1]:
        if refused_by_listener(exchange.observation):
            return
        for name, request in others:
            if not request.body:
                continue  # its head would be the whole request
            head = replace(exchange.probe, request=head_of(request), tag=ProbeTag(name=name))
            yield _form(head, f"requesting {name}")


def _plain(first: Exchange, connection: Connection, place: str, classifier: Classifier) -> Probe:
    """Return the head with a broken body; alone where that decides nothing. HTTP/2 has no chunks (RFC 9113 §8.1)."""
    moved = replace(first.probe, connection=connection)
    broken = _broken(moved, place)
    answered = classifier.log.by_id.get(broken.id)
    undecided = answered is not None and not _is_the_same_refusal(answered, first)
    return _alone(moved, place) if undecided or connection.alpn != HTTP_1 else broken


def _is_the_same_refusal(broken: Exchange, first: Exchange) -> bool:
    """Return whether a broken body got the refusal that the head with ``Expect`` got: else it may be about the body."""
    one, other = broken.observation.http, first.observation.http
    if one is None or other is None:
        return False
    return (one.status, one.body_excerpt) == (other.status, other.body_excerpt)


def _control(context: PlanContext, planned: PlannedOperation, classifier: Classifier) -> Iterator[Probe]:
    """Send a valid identity's head alone, unless a handler did its work on the first one: it must not be refused."""
    valid = next((each for each in context.accepted if must_be_admitted(each, planned)), None)
    sent = _in_first_form(valid, planned, classifier) if valid is not None else []
    if not any(handled_without_body(each) for each in sent):
        yield from (_alone(each.probe) for each in sent[:1])


def _is_refused(form: Probe, classifier: Classifier) -> bool:
    exchange = classifier.log.by_id.get(form.id)
    return exchange is not None and classifier.compared(exchange).outcome.refused


def _alone(probe: Probe, place: str = "") -> Probe:
    request = without_expect(probe.request) if probe.request else None
    return _form(replace(probe, request=request), f"without Expect{place}")


def _broken(probe: Probe, place: str) -> Probe:
    request = with_broken_body(probe.request) if probe.request else None
    return replace(_form(replace(probe, request=request), f"broken body{place}"), tag=BROKEN)


def _form(probe: Probe, variant: str) -> Probe:
    why = "whether the head is refused in this form too"
    return replace(probe, check=HEADS, variant=variant, phase=Phase.MAIN, why=why)


CHECK: Check = Heads()
