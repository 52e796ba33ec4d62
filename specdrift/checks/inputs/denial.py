"""Sends malformed input without a certificate.

Authorization must be decided before validation errors or internal details are returned. Large bodies are not sent: how
much of a body the server reads before it rejects is not visible, since it may read on for the response to arrive.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.core.confirm import ON_FRESH_CONNECTION, attempts_of, fresh, ids_of, probe_ids
from specdrift.checks.inputs.attempts import companion, with_input
from specdrift.checks.inputs.disclosure import disclosed, disclosure_finding
from specdrift.checks.inputs.requests import with_bad, with_undeclared
from specdrift.checks.inputs.values import WORDS, Kind, bad_values
from specdrift.classify.asked import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.classify.fold import weakest
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


@dataclass(frozen=True, slots=True)
class DenialCheck:
    """All inputs of an operation invalid at once, in one anonymous request."""

    name: str = "input-denial"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """One request for each guarded operation with input that can be invalid, or for a sample of many."""
        for subject in sample(context):
            request = bad_request(context, subject)
            if request is not None:
                yield self._probe(context, subject, request)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Repeat the attempt; send it with a valid identity, and with an undeclared parameter instead."""
        reader = evidence.reader()
        for subject in with_input(context):
            request, caller = bad_request(context, subject), companion(context, subject)
            first = self._of(subject, ATTEMPT, reader)[:1]
            about_input = bool(first) and _is_about_input(subject, first[0], reader)
            if request is None or caller is None or not (about_input or (first and disclosed(first[0]))):
                continue
            again = fresh(self._probe(context, subject, request))
            yield replace(again, attempt=2, why=ON_FRESH_CONNECTION)
            if not about_input:
                continue
            noise = with_undeclared(subject.request, WORDS[0])
            control = replace(again, control=True)
            yield replace(control, request=noise, variant="noise", tag=NOISE, why="an undeclared parameter")
            own = bad_request(context, replace(subject, request=subject.request_for(caller.name)))
            yield replace(
                control,
                identity=caller.name,
                request=own,
                variant="bad input of a valid identity",
                tag=POSITIVE,
                why="whether the input causes the error",
            )

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation that validates input first, one for each that discloses internal details."""
        findings = (
            *(self._finding(context, subject, reader) for subject in with_input(context)),
            *(
                disclosure_finding(context, subject, reader, self._of(subject, ATTEMPT, reader), RULE)
                for subject in context.guarded
            ),
        )
        return Conclusions(findings=tuple(finding for finding in findings if finding))

    def _finding(self, context: PlanContext, subject: PlannedOperation, reader: Classifier) -> Finding | None:
        attempts = self._of(subject, ATTEMPT, reader)
        if len(attempts) < 2 or not all(_is_about_input(subject, seen, reader) for seen in attempts):
            return None
        answer = attempts[0].observation.http
        state = presence(context, subject, reader)
        anonymous = state.anonymous
        if answer is None or not anonymous.outcome.refused or not state.control_ok:
            return None
        noise, positive = (self._of(subject, tag, reader) for tag in (NOISE, POSITIVE))
        if not all(_refused(subject, seen, reader) for seen in noise) or not noise:
            return None
        if not any(
            seen.observation.http and seen.observation.http.status == answer.status for seen in positive
        ):
            return None
        names = _names(subject, attempts[0], _denials(subject, reader))
        return self._validated(state, answer, names, [*attempts, *noise, *positive])

    def _validated(
        self, state: OperationAssessment, answer: HttpFacts, names: Sequence[str], seen: Sequence[Exchange]
    ) -> Finding:
        which = f", which names {', '.join(names)}" if names else ""
        return Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=ANONYMOUS.name,
            message=f"A caller without a client certificate gets an error about its input (HTTP {answer.status}"
            f"{which}), and is refused only once the input is valid ({state.anonymous.reading.reason}).",
            confidence=weakest([confidence(state, state.anonymous), *([] if names else [Confidence.MEDIUM])]),
            probes=probe_ids(ids_of(seen), state.anonymous.probes[:1], state.control.probes[:1]),
        )

    def _of(self, subject: PlannedOperation, tag: ProbeTag, reader: Classifier) -> list[Exchange]:
        return attempts_of(reader.evidence, self.name, subject.key, reader.evidence.identities, tag)

    def _probe(self, context: PlanContext, subject: PlannedOperation, request: Request) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant="bad input",
            tag=ATTEMPT,
            why="whether input is validated before the caller is authorized",
        )


def bad_request(context: PlanContext, subject: PlannedOperation) -> Request | None:
    """Return the request with an invalid value for each input that can have one; ``None`` if none can."""
    by_path = [one for one in subject.operation.inputs if one.place is Place.PATH]
    others = [one for one in subject.operation.inputs if one.place is not Place.PATH]
    # Many routers do not match a path with an invalid value, and validate nothing else then.
    return _changed(context, subject, others) or _changed(context, subject, by_path)


def _all_wrong(context: PlanContext, subject: PlannedOperation, inputs: Sequence[Input]) -> Request:
    request = subject.request
    for asked in inputs:
        bad = next((bad for bad in bad_values(asked) if bad.kind in (Kind.WRONG, Kind.MISSING)), None)
        request = (
            with_bad(subject, request, context.base_of(subject), asked, bad) if bad else None
        ) or request
    return request


def _changed(context: PlanContext, subject: PlannedOperation, inputs: Sequence[Input]) -> Request | None:
    changed = _all_wrong(context, subject, inputs)
    return changed if changed != subject.request else None


def _is_about_input(subject: PlannedOperation, seen: Exchange, reader: Classifier) -> bool:
    """Return whether the answer is about the input, and not the one that every anonymous request gets."""
    http = seen.observation.http
    if http is None or http.status not in VALIDATION_ERRORS or reader.compared(seen).certificate:
        return False
    denials = _denials(subject, reader)
    return bool(denials) and not any(
        other.status in VALIDATION_ERRORS or same_answer(http, other) for other in denials
    )


def _refused(subject: PlannedOperation, seen: Exchange, reader: Classifier) -> bool:
    """Return whether the answer has a status of the baseline request's rejection."""
    http = seen.observation.http
    return http is not None and any(http.status == other.status for other in _denials(subject, reader))


def _denials(subject: PlannedOperation, reader: Classifier) -> list[HttpFacts]:
    """Return the answers to the anonymous baseline request; empty if TLS rejects it."""
    every = reader.evidence.of(CERTIFICATE, subject.key, ANONYMOUS.name)
    return [
        seen.observation.http
        for seen in every
        if seen.observation.http and reader.compared(seen).outcome is Outcome.REFUSED_BY_APPLICATION
    ]


def _names(subject: PlannedOperation, seen: Exchange, denials: Sequence[HttpFacts]) -> list[str]:
    """Return the names of inputs in the answer that are no echo of the request and not in every rejection."""
    assert seen.observation.http is not None  # noqa: S101 - it was judged by its response
    assert seen.probe.request is not None  # noqa: S101 - a response needs a request
    text = seen.observation.http.body_excerpt
    target = seen.probe.request.target
    for echo in (target, unquote(target), *(part for part in re.split(r"[?&]", target) if "=" in part)):
        text = text.replace(echo, "").replace(unquote(echo), "")
    return [
        one.name
        for one in subject.operation.inputs
        if _mentions(text, one) and not any(_mentions(other.body_excerpt, one) for other in denials)
    ]


def _mentions(text: str, asked: Input) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(asked.name)}(?![\w-])", text) is not None


CHECK: Check = DenialCheck()
