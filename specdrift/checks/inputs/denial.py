"""Sends bad input without a certificate: whoever is refused must not be told first what is wrong with the input, nor at
any time of the server's insides.

How much of a large body is read before the refusal cannot be told from outside (a server that refuses early may still
read on, so that the refusal arrives): nothing of the kind is sent.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from specdrift.checks.bypass.path_variant import sample
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import Check, Conclusions, PlanContext, PlannedOperation
from specdrift.checks.inputs.attempts import asked_of, companion
from specdrift.checks.inputs.disclosure import told, told_to_strangers
from specdrift.checks.inputs.requests import with_bad, with_undeclared
from specdrift.checks.inputs.values import WORDS, Kind, bad_values
from specdrift.classify.exchange_log import CERTIFICATE, Classifier, Exchange, ExchangeLog
from specdrift.classify.fold import weakest
from specdrift.classify.likeness import same_answer
from specdrift.model.contract.inputs import Input, Place
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.exchange.probe import Phase, Probe, Request, Reuse
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

RULE = "denial-after-validation"
TOLD = frozenset({400, 422})
"""Statuses that say that the input is wrong (RFC 9110 §15.5.1 and §15.5.21)."""
BAD, NOISE, GOOD = "bad input", "noise", "bad input of a good identity"


@dataclass(frozen=True, slots=True)
class DenialCheck:
    """All that can be wrong with an operation's input, in one request of nobody."""

    name: str = "input-denial"
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """One request for each guarded operation whose input can be wrong, or for some of many."""
        for subject in sample(context):
            request = bad_request(context, subject)
            if request is not None:
                yield self._probe(context, subject, request)

    def follow_up(self, context: PlanContext, evidence: ExchangeLog) -> Iterator[Probe]:
        """Once more, by a good identity too, and with a parameter that nobody declared."""
        reader = evidence.reader()
        for subject in asked_of(context):
            request, caller = bad_request(context, subject), companion(context, subject)
            first = self._shots(subject, BAD, reader)[:1]
            about_input = bool(first) and _told(subject, first[0], reader)
            if request is None or caller is None or not (about_input or (first and told(first[0]))):
                continue
            probe = self._probe(context, subject, request)
            fresh = replace(
                probe, connection=replace(probe.connection, reuse=Reuse.FRESH), phase=Phase.CONFIRM
            )
            yield replace(fresh, attempt=2, why="the same once more, on a fresh connection")
            if not about_input:
                continue
            noise = with_undeclared(subject.request, WORDS[0])
            yield replace(
                fresh, request=noise, variant=NOISE, control=True, why="a parameter that nobody declared"
            )
            own = bad_request(context, replace(subject, request=subject.request_for(caller.name)))
            yield replace(
                fresh,
                identity=caller.name,
                request=own,
                variant=GOOD,
                control=True,
                why="whether it is the input that is wrong",
            )

    def judge(self, context: PlanContext, reader: Classifier) -> Conclusions:
        """One finding for each operation that tells of input before it refuses, one for each that tells of insides."""
        findings = (
            *(self._finding(context, subject, reader) for subject in asked_of(context)),
            *(
                told_to_strangers(context, subject, reader, self._shots(subject, BAD, reader), RULE)
                for subject in context.guarded
            ),
        )
        return Conclusions(findings=tuple(finding for finding in findings if finding))

    def _finding(self, context: PlanContext, subject: PlannedOperation, reader: Classifier) -> Finding | None:
        shots = self._shots(subject, BAD, reader)
        if len(shots) < 2 or not all(_told(subject, seen, reader) for seen in shots):
            return None
        answer = shots[0].observation.http
        state = presence(context, subject, reader)
        anonymous = state.anonymous
        if answer is None or not anonymous.outcome.refused or not state.control_ok:
            return None
        noise, good = (self._shots(subject, variant, reader) for variant in (NOISE, GOOD))
        if not all(_refused(subject, seen, reader) for seen in noise) or not noise:
            return None
        if not any(seen.observation.http and seen.observation.http.status == answer.status for seen in good):
            return None
        names = _names(subject, shots[0], _denials(subject, reader))
        return self._told(state, answer, names, [*shots, *noise, *good])

    def _told(
        self, state: OperationAssessment, answer: HttpFacts, names: Sequence[str], shots: Sequence[Exchange]
    ) -> Finding:
        which = f", which names {', '.join(names)}" if names else ""
        return Finding(
            rule=RULE,
            operation=state.operation.key,
            identity=ANONYMOUS.name,
            message=f"A caller without a client certificate is told that its input is wrong (HTTP {answer.status}"
            f"{which}), and refused only once the input is right ({state.anonymous.reading.reason}).",
            confidence=weakest([confidence(state, state.anonymous), *([] if names else [Confidence.MEDIUM])]),
            probes=tuple(
                dict.fromkeys(
                    (*(s.probe.id for s in shots), *state.anonymous.probes[:1], *state.control.probes[:1])
                )
            ),
        )

    def _shots(self, subject: PlannedOperation, variant: str, reader: Classifier) -> list[Exchange]:
        every = (
            seen
            for identity in reader.evidence.identities
            for seen in reader.evidence.of(self.name, subject.key, identity)
        )
        return sorted((s for s in every if s.probe.variant == variant), key=lambda s: s.probe.attempt)

    def _probe(self, context: PlanContext, subject: PlannedOperation, request: Request) -> Probe:
        return Probe(
            check=self.name,
            operation=subject.key,
            identity=ANONYMOUS.name,
            connection=context.connection(context.tls[0]),
            request=request,
            phase=Phase.MAIN,
            variant=BAD,
            why="whether input is looked at before the caller is",
        )


def bad_request(context: PlanContext, subject: PlannedOperation) -> Request | None:
    """The operation's request with a wrong value for all that can have one; ``None`` where nothing can."""
    by_path = [one for one in subject.operation.inputs if one.place is Place.PATH]
    others = [one for one in subject.operation.inputs if one.place is not Place.PATH]
    # Many routers know no path with a wrong value, and look at nothing else then.
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


def _told(subject: PlannedOperation, seen: Exchange, reader: Classifier) -> bool:
    """Whether it is an answer about the input, and not the one that everybody without a certificate gets."""
    http = seen.observation.http
    if http is None or http.status not in TOLD or reader.compared(seen).certificate:
        return False
    denials = _denials(subject, reader)
    return bool(denials) and not any(other.status in TOLD or same_answer(http, other) for other in denials)


def _refused(subject: PlannedOperation, seen: Exchange, reader: Classifier) -> bool:
    """Whether it is the refusal that the operation's own request gets."""
    http = seen.observation.http
    return http is not None and any(http.status == other.status for other in _denials(subject, reader))


def _denials(subject: PlannedOperation, reader: Classifier) -> list[HttpFacts]:
    """How the operation's own request is answered without a certificate; empty where TLS refuses it."""
    every = reader.evidence.of(CERTIFICATE, subject.key, ANONYMOUS.name)
    return [
        seen.observation.http
        for seen in every
        if seen.observation.http and reader.compared(seen).outcome is Outcome.REFUSED_BY_APPLICATION
    ]


def _names(subject: PlannedOperation, seen: Exchange, denials: Sequence[HttpFacts]) -> list[str]:
    """Names of inputs in the answer, where they are no echo of the request and not in every refusal."""
    assert seen.observation.http is not None  # noqa: S101 - it has told something
    assert seen.probe.request is not None  # noqa: S101 - as just said
    text = seen.observation.http.body_excerpt
    target = seen.probe.request.target
    for echo in (target, unquote(target), *(part for part in re.split(r"[?&]", target) if "=" in part)):
        text = text.replace(echo, "").replace(unquote(echo), "")
    return [
        one.name
        for one in subject.operation.inputs
        if _says(text, one) and not any(_says(other.body_excerpt, one) for other in denials)
    ]


def _says(text: str, asked: Input) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(asked.name)}(?![\w-])", text) is not None


CHECK: Check = DenialCheck()
