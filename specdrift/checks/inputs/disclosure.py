"""Looks through what refused callers were answered, for what tells of the server's insides. Nothing is sent for it.

Of an answer only the excerpt is there: what comes after its first 2,000 characters is not seen.
"""

from collections.abc import Iterable, Iterator, Sequence

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import ASKED_BY, OperationAssessment, presence
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.inputs.internals import Disclosure, common_names, disclosures, foreign_names
from specdrift.classify.exchange_log import Classifier, Exchange
from specdrift.classify.fold import weakest
from specdrift.model.exchange.identity import ANONYMOUS, Identity
from specdrift.model.exchange.observation import HttpFacts
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Confidence, Outcome

SUBJECT = "disclosure"
Told = tuple[Exchange, tuple[Disclosure, ...]]


def told(seen: Exchange) -> tuple[Disclosure, ...]:
    """What an answer tells beside what the request had said."""
    http, request = seen.observation.http, seen.probe.request
    if http is None or request is None:
        return ()
    return disclosures(http.body_excerpt.replace(request.target, ""))


def told_to_strangers(
    context: PlanContext, subject: PlannedOperation, reader: Classifier, own: Sequence[Exchange], rule: str
) -> Finding | None:
    """What an operation tells to the first caller who hears anything, of those whom it must refuse: nobody, then
    whoever has a bad certificate. ``own`` are further exchanges of nobody.
    """
    for identity in (ANONYMOUS, *context.refused):
        further = own if identity is ANONYMOUS else ()
        heard = [] if identity.imitates else list(_heard(context, subject, identity, reader, further))
        state = presence(context, subject, reader) if heard else None
        if state and state.control_ok and not _admitted(state, identity):
            return _finding(state, identity, heard, own, rule)
    return None


def _heard(
    context: PlanContext,
    subject: PlannedOperation,
    identity: Identity,
    reader: Classifier,
    further: Iterable[Exchange],
) -> Iterator[Told]:
    asked = (seen for check in ASKED_BY for seen in reader.evidence.of(check, subject.key, identity.name))
    ordinary: set[str] | None = None
    for seen in (*asked, *further):
        found = told(seen)
        if identity is ANONYMOUS and seen.observation.http:
            found += foreign_names(seen.observation.http.body_excerpt, _known(context, seen))
        if found and reader.compared(seen).outcome is not Outcome.ADMITTED:
            ordinary = _ordinary(reader.good(subject.key)) if ordinary is None else ordinary
            if news := tuple(one for one in found if one.kind not in ordinary):
                yield seen, news


def _known(context: PlanContext, seen: Exchange) -> frozenset[str]:
    """The common names that TLS says to everybody: of the issuers that may sign, and of the server."""
    issuers = (name for issuer in seen.observation.tls.acceptable_issuers for name in common_names(issuer))
    return frozenset((context.endpoint.host, context.endpoint.server_name, *context.names, *issuers))


def _ordinary(good: Iterable[HttpFacts]) -> set[str]:
    """What good callers are told in a success is content."""
    texts = [http.body_excerpt for http in good]
    return {one.kind for text in texts for one in (*disclosures(text), *foreign_names(text, frozenset()))}


def _admitted(state: OperationAssessment, identity: Identity) -> bool:
    """Whether this caller, or nobody, got in at all: another rule says so."""
    both = (state.anonymous, state.folded[identity.name])
    return any(one.outcome is Outcome.ADMITTED for one in both)


def _finding(
    state: OperationAssessment, identity: Identity, heard: Sequence[Told], own: Sequence[Exchange], rule: str
) -> Finding:
    best = sorted(heard, key=lambda entry: entry[0] in own)
    shown, what = best[0]
    kinds = {one.kind for one in what}
    again = sum(not kinds.isdisjoint(one.kind for one in found) for _, found in heard)
    sure = Confidence.HIGH if again > 1 else Confidence.MEDIUM
    status = shown.observation.http.status if shown.observation.http else 0
    when = ", when its input is wrong" if shown in own else ""
    return Finding(
        rule=rule,
        operation=state.operation.key,
        identity=identity.name,
        profile=identity.profile or None,
        message=f"{_who(identity)} is refused, and told of the server's insides{when} (HTTP {status}): "
        f"{', '.join(str(one) for one in what)}.",
        confidence=weakest([confidence(state, state.control), sure]),
        probes=tuple(dict.fromkeys((*(seen.probe.id for seen, _ in best[:4]), *state.control.probes[:1]))),
        subject=SUBJECT,
    )


def _who(identity: Identity) -> str:
    if identity is ANONYMOUS:
        return "A caller without a client certificate"
    return f"A certificate of profile {identity.profile}" if identity.profile else f'"{identity.name}"'
