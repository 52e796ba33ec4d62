"""Sends refused heads in their other forms: without ``Expect``, over HTTP/2 and at further addresses. Pure.

A server may handle requests with ``Expect: 100-continue`` in code of their own (Node's ``checkContinue``). A refusal of
such a head shows nothing about other requests, and one over HTTP/1.1 nothing about HTTP/2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from specdrift.checks.core.assessment import callers_to_refuse, must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import refused_by_listener
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import HTTP_1, Connection, Phase, Probe, without_expect
from specdrift.model.policy import UnsafeMethods

WHY = "whether a head is refused in this form too"


def other_heads(context: PlanContext, planned: PlannedOperation, classifier: Classifier) -> Iterator[Probe]:
    """Send what the anonymous client was refused in the other forms; if these are refused too, as the other callers.

    A valid identity is the control: it must not be refused without ``Expect`` either.
    """
    if planned.mode is not UnsafeMethods.HEADERS or not planned.is_guarded:
        return
    first = _refused(ANONYMOUS, planned, classifier)
    forms = [*_without_expect(first), *_elsewhere(context, first)]
    yield from forms
    if not forms or not all(_is_refused(form, classifier) for form in forms):
        return
    for caller in callers_to_refuse(context, planned):
        if caller != ANONYMOUS:
            yield from _without_expect(_refused(caller, planned, classifier))
    yield from _control(context, planned, classifier)


def handled_without_body(exchange: Exchange) -> bool:
    """Whether the head alone succeeded: a handler ran, so that the head is not sent again."""
    request, http = exchange.probe.request, exchange.observation.http
    return request is not None and request.head_only and http is not None and 200 <= http.status < 400


def _control(context: PlanContext, planned: PlannedOperation, classifier: Classifier) -> Iterator[Probe]:
    """Send a valid identity's head without ``Expect``, unless a handler did its work on the first one."""
    valid = next((each for each in context.accepted if must_be_admitted(each, planned)), None)
    sent = _in_first_form(valid, planned, classifier) if valid is not None else []
    if not any(handled_without_body(each) for each in sent):
        yield from (_form(each.probe) for each in sent[:1])


def _refused(caller: ClientIdentity, planned: PlannedOperation, classifier: Classifier) -> Sequence[Exchange]:
    """Return the caller's heads in their first form if all of them were refused; else nothing."""
    sent = _in_first_form(caller, planned, classifier)
    return sent if all(classifier.compared(each).outcome.refused for each in sent) else []


def _in_first_form(
    caller: ClientIdentity, planned: PlannedOperation, classifier: Classifier
) -> list[Exchange]:
    sent = classifier.log.of(CERTIFICATE, planned.key, caller.name)
    return [each for each in sent if not each.probe.variant and each.probe.attempt == 1]


def _is_refused(form: Probe, classifier: Classifier) -> bool:
    exchange = classifier.log.by_id.get(form.id)
    return exchange is not None and classifier.compared(exchange).outcome.refused


def _without_expect(first: Sequence[Exchange]) -> Iterator[Probe]:
    """What the listener refuses it refuses before it reads the head."""
    for exchange in first:
        if not refused_by_listener(exchange.observation):
            yield _form(exchange.probe)


def _elsewhere(context: PlanContext, first: Sequence[Exchange]) -> Iterator[Probe]:
    """Send a refused head over the other protocol and at the other addresses, with ``Expect`` and without."""
    for probe in [exchange.probe for exchange in first][:1]:
        for place, connection in _others(context, probe.connection):
            elsewhere = replace(probe, connection=connection)
            yield replace(elsewhere, variant=f"with Expect {place}", phase=Phase.MAIN, why=WHY)
            yield _form(elsewhere, place)


def _others(context: PlanContext, main: Connection) -> Iterator[tuple[str, Connection]]:
    for alpn in context.alpn:
        if alpn != HTTP_1:
            yield "over HTTP/2", replace(main, alpn=alpn)
    for address in context.addresses[1:]:
        yield f"at {address}", replace(main, endpoint=replace(main.endpoint, address=address))


def _form(probe: Probe, place: str = "") -> Probe:
    """Return the head without ``Expect``."""
    request = without_expect(probe.request) if probe.request else None
    variant = f"without Expect {place}".rstrip()
    return replace(probe, request=request, variant=variant, phase=Phase.MAIN, why=WHY)
