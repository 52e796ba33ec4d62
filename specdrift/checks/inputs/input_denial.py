"""Sends malformed input without a certificate.

Authorization must be decided before validation errors or internal details are returned. Large bodies are not sent: how
much of a body the server reads before it rejects is not visible, since it may read on for the response to arrive.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ON_FRESH_CONNECTION, attempts_of, fresh, ids_of, probe_ids
from specdrift.checks.inputs.attempts import valid_caller, with_input
from specdrift.checks.inputs.disclosure import disclosed, disclosure_finding
from specdrift.checks.inputs.invalid_values import WORDS, InputDefect, invalid_values
from specdrift.checks.inputs.requests import with_invalid, with_undeclared
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.combined import weakest
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.likeness import same_answer
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag, Request
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "denial-after-validation"
VALIDATION_ERRORS = frozenset({400, 422})
"""Statuses for invalid input (RFC 9110 §15.5.1 and §15.5.21)."""
ATTEMPT = ProbeTag()
NOISE, POSITIVE = ProbeTag(control=Control.NOISE), ProbeTag(control=Control.POSITIVE)


class DenialCheck(Struct, frozen=True):
    """All inputs of an operation invalid at once, in one anonymous request."""

    name: str = "input-denial"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """One request for each guarded operation with input that can be invalid, or for a sample of many."""
        for planned in sample(context):
            request = invalid_request(context, planned)
            if request is not None:
                yield self._probe(context, planned, request)

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat the attempt; send it with a valid identity, and with an undeclared parameter instead."""
        classifier = log.classifier()
        for planned in with_input(context):
            request, caller = invalid_request(context, planned), valid_caller(context, planned)
            first = self._of(planned, ATTEMPT, classifier)[:1]
            about_input = bool(first) and _is_about_input(planned, first[0], classifier)
            if request is None or caller is None or not (about_input or (first and disclosed(first[0]))):
                continue
            again = fresh(self._probe(context, planned, request))
            yield replace(again, attempt=2, why=ON_FRESH_CONNECTION)
            if not about_input:
                continue
            noise = with_undeclared(planned.request, WORDS[0])
            control = replace(again, control=True)
            yield replace(control, request=noise, variant="noise", tag=NOISE, why="an undeclared parameter")
            own = invalid_request(context, replace(planned, request=planned.request_for(caller.name)))
            yield replace(
                control,
                identity=caller.name,
                request=own,
                variant="invalid input of a valid identity",
                tag=POSITIVE,
                why="whether the input causes the error",
            )

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each operation that validates input first, one for each that discloses internal details."""
        findings = (
            *(self._finding(context, planned, classifier) for planned in with_input(context)),
            *(
                disclosure_finding(context, planned, classifier, self._of(planned, ATTEMPT, classifier), RULE)
                for planned in context.guarded
            ),
        )
        return Conclusions(findings=tuple(finding for finding in findings if finding))

    def _finding(
        self, context: PlanContext, planned: PlannedOperation, classifier: Classifier
    ) -> Finding | None:
        attempts = self._of(planned, ATTEMPT, classifier)
        if len(attempts) < 2 or not all(
            _is_about_input(planned, exchange, classifier) for exchange in attempts
        ):
            return None
        answer = attempts[0].observation.http
        assessment = assess(context, planned, classifier)
        anonymous = assessment.anonymous
        if answer is None or not anonymous.outcome.refused or not assessment.control_ok:
            return None
        noise, positive = (self._of(planned, tag, classifier) for tag in (NOISE, POSITIVE))
        if not all(_refused(planned, exchange, classifier) for exchange in noise) or not noise:
            return None
        if not any(
            exchange.observation.http and exchange.observation.http.status == answer.status
            for exchange in positive
        ):
            return None
        names = _names(planned, attempts[0], _denials(planned, classifier))
        return self._validated(assessment, answer, names, [*attempts, *noise, *positive])

    def _validated(
        self,
        assessment: OperationAssessment,
        answer: HttpFacts,
        names: Sequence[str],
        exchanges: Sequence[Exchange],
    ) -> Finding:
        which = f", which names {', '.join(names)}" if names else ""
        return Finding(
            rule=RULE,
            operation=assessment.operation.key,
            identity=ANONYMOUS.name,
            message=f"A caller without a client certificate gets an error about its input (HTTP {answer.status}"
            f"{which}), and is refused only once the input is valid ({assessment.anonymous.classification.reason}).",
            confidence=weakest(
                [confidence(assessment, assessment.anonymous), *([] if names else [Confidence.MEDIUM])]
            ),
            probes=probe_ids(
                ids_of(exchanges), assessment.anonymous.probes[:1], assessment.control.probes[:1]
            ),
        )

    def _of(self, planned: PlannedOperation, tag: ProbeTag, classifier: Classifier) -> list[Exchange]:
        return attempts_of(classifier.log, self.name, planned.key, classifier.log.identities, tag)

    def _probe(self, context: PlanContext, planned: PlannedOperation, request: Request) -> Probe:
        return Probe(
            check=self.name,
            operation=planned.key,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant="invalid input",
            tag=ATTEMPT,
            why="whether input is validated before the caller is authorized",
        )


def invalid_request(context: PlanContext, planned: PlannedOperation) -> Request | None:
    """Return the request with an invalid value for each input that can have one; ``None`` if none can."""
    by_path = [one for one in planned.operation.inputs if one.place is Place.PATH]
    others = [one for one in planned.operation.inputs if one.place is not Place.PATH]
    # Many routers do not match a path with an invalid value, and validate nothing else then.
    return _changed(context, planned, others) or _changed(context, planned, by_path)


def _all_wrong(context: PlanContext, planned: PlannedOperation, inputs: Sequence[Input]) -> Request:
    request = planned.request
    for field in inputs:
        invalid = next(
            (
                invalid
                for invalid in invalid_values(field)
                if invalid.kind in (InputDefect.WRONG, InputDefect.MISSING)
            ),
            None,
        )
        request = (
            with_invalid(planned, request, context.base_of(planned), field, invalid) if invalid else None
        ) or request
    return request


def _changed(context: PlanContext, planned: PlannedOperation, inputs: Sequence[Input]) -> Request | None:
    changed = _all_wrong(context, planned, inputs)
    return changed if changed != planned.request else None


def _is_about_input(planned: PlannedOperation, exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether the answer is about the input, and not the one that every anonymous request gets."""
    http = exchange.observation.http
    if http is None or http.status not in VALIDATION_ERRORS or classifier.compared(exchange).certificate:
        return False
    denials = _denials(planned, classifier)
    return bool(denials) and not any(
        other.status in VALIDATION_ERRORS or same_answer(http, other) for other in denials
    )


def _refused(planned: PlannedOperation, exchange: Exchange, classifier: Classifier) -> bool:
    """Return whether the answer has a status of the baseline request's rejection."""
    http = exchange.observation.http
    return http is not None and any(http.status == other.status for other in _denials(planned, classifier))


def _denials(planned: PlannedOperation, classifier: Classifier) -> list[HttpFacts]:
    """Return the answers to the anonymous baseline request; empty if TLS rejects it."""
    every = classifier.log.of(CERTIFICATE, planned.key, ANONYMOUS.name)
    return [
        exchange.observation.http
        for exchange in every
        if exchange.observation.http
        and classifier.compared(exchange).outcome is Outcome.REFUSED_BY_APPLICATION
    ]


def _names(planned: PlannedOperation, exchange: Exchange, denials: Sequence[HttpFacts]) -> list[str]:
    """Return the names of inputs in the answer that are no echo of the request and not in every rejection."""
    assert exchange.observation.http is not None  # noqa: S101 - it was judged by its response
    assert exchange.probe.request is not None  # noqa: S101 - a response needs a request
    text = exchange.observation.http.body_excerpt
    target = exchange.probe.request.target
    for echo in (target, unquote(target), *(part for part in re.split(r"[?&]", target) if "=" in part)):
        text = text.replace(echo, "").replace(unquote(echo), "")
    return [
        one.name
        for one in planned.operation.inputs
        if _mentions(text, one) and not any(_mentions(other.body_excerpt, one) for other in denials)
    ]


def _mentions(text: str, field: Input) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(field.name)}(?![\w-])", text) is not None


CHECK: Check = DenialCheck()
