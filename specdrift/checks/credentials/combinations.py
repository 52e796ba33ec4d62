"""Leaves out each credential that a requirement combines with the certificate, and tries its other alternatives.

Every other check leaves out the certificate. This one sends it, and leaves out, makes up or alters the API key or token
beside it; left out it is by several identities, and for each declared representation. Each alternative of an OR has to
suffice, for those only who have one of the roles.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.bypass.lower_roles import one_of_each_folder
from specdrift.checks.certificate.findings import confidence
from specdrift.checks.choices.representations import representations
from specdrift.checks.core.assessment import OperationAssessment, assess, must_be_admitted, must_be_refused
from specdrift.checks.core.base import (
    Check,
    Conclusions,
    PlanContext,
    PlannedOperation,
)
from specdrift.checks.core.confirm import attempts_of, probe_ids, repeat, role_phrase
from specdrift.checks.core.credentials import ALTERED, CredentialChange, Variation
from specdrift.checks.core.other_requests import controls, decided, is_unexplained
from specdrift.checks.credentials.other_alternatives import OtherAlternatives, SentCredentials, SentTo
from specdrift.checks.sharing.kept import kept
from specdrift.classify.combined import CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier, ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Phase, Probe, ProbeTag, Request
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Classification, Outcome
from specdrift.rules.ids import ROLE_NOT_ENFORCED

RULE = "combination-not-enforced"
INCOMPLETE = {
    CredentialChange.LEFT_OUT: "without {scheme}",
    CredentialChange.MADE_UP: "with a made-up value for {scheme}",
    **{change: f"with {words}" for change, words in ALTERED.items()},
}
"""Changes after which the credentials do not suffice, in words."""
WHY = {
    CredentialChange.OTHER_ALTERNATIVE: "whether another alternative suffices",
    CredentialChange.WITHOUT_ROLE: "whether the other credentials of an alternative replace its role",
}
MOST, MOST_CALLERS = 50, 4
"""Operations for which several callers and representations are tried, and their callers; every folder is among them."""


class Changed(Struct, frozen=True, kw_only=True):
    """One request with changed credentials, and who sends it."""

    planned: PlannedOperation
    change: CredentialChange
    scheme: str
    caller: str
    form: str = ""
    """The other representation that is requested; empty for the usual one."""
    request: Request

    @property
    def tag(self) -> ProbeTag:
        """The tag of its probes. A recording has no requests: the conclusions are drawn from tags."""
        return ProbeTag(name=self.change, subject=self.scheme, form=self.form, per_subject=True)


class Combinations(Struct, frozen=True):
    """Every member of an AND, every alternative of an OR."""

    name: str = "combinations"
    rules: frozenset[str] = frozenset({RULE, ROLE_NOT_ENFORCED})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Each variation once, as the identity whose credentials the requests carry, and what `_further` adds."""
        for changed in _all(context):
            form = f" {changed.form}" if changed.form else ""
            yield Probe(
                check=self.name,
                operation=changed.planned.key,
                identity=changed.caller,
                connection=context.connection(context.tls[0]),
                request=changed.request,
                phase=Phase.MAIN,
                variant=f"{changed.change} {changed.scheme}{form}",
                tag=changed.tag,
                why=WHY.get(changed.change, "whether every member of the requirement is required"),
            )

    def follow_up(self, context: PlanContext, log: ExchangeLog) -> Iterator[Probe]:
        """Repeat the requests that were admitted with incomplete credentials; explain other representations."""
        classifier = log.classifier()
        yield from self._refused_alternatives(context, classifier)
        for changed in _all(context):
            if changed.change is CredentialChange.OTHER_ALTERNATIVE:
                continue
            entries = attempts_of(log, self.name, changed.planned.key, (changed.caller,), changed.tag)
            if _got(entries, classifier, changed.change).outcome is Outcome.ADMITTED:
                yield from repeat(entries[0].probe)
            elif changed.form and entries and is_unexplained(entries[0], classifier.compared(entries[0])):
                yield from _explaining(entries[0], changed, context)

    def _refused_alternatives(self, context: PlanContext, classifier: Classifier) -> Iterator[Probe]:
        """Repeat the refusals of credentials that another operation takes."""
        others = (
            v.change is CredentialChange.OTHER_ALTERNATIVE for p in context.guarded for v in p.variations
        )
        judged = self._judged(context, classifier) if any(others) else {}
        alternatives = OtherAlternatives(judged)
        for key in judged:
            for one in alternatives.to_repeat(key):
                yield from repeat(one.exchanges[0].probe)

    def judge(self, context: PlanContext, classifier: Classifier) -> Conclusions:
        """One finding for each credential or role that is not required, each alternative that does not suffice."""
        judged = self._judged(context, classifier)
        alternatives = OtherAlternatives(judged)
        findings: list[Finding] = []
        for key, (assessment, sent) in judged.items():
            findings += _not_required(assessment, sent)
            findings += _without_role(assessment, sent, context)
            findings += alternatives.findings(key)
        return Conclusions(
            findings=tuple(findings),
            undecided=tuple(each for key in judged for each in alternatives.undecided(key)),
            skipped=tuple(each for key in judged for each in alternatives.skipped(key)),
        )

    def _judged(self, context: PlanContext, classifier: Classifier) -> SentTo:
        """Return what was sent, where it shows something."""
        found: dict[OperationKey, tuple[OperationAssessment, Sequence[SentCredentials]]] = {}
        for planned in context.guarded:
            sent = list(self._sent(planned, classifier))
            if not sent:
                continue
            assessment = assess(context, planned, classifier)
            # Else it is reported by another check, or there is no valid control to compare with.
            if assessment.anonymous.outcome.refused and assessment.control.outcome is Outcome.ADMITTED:
                found[planned.key] = assessment, sent
        return found

    def _sent(self, planned: PlannedOperation, classifier: Classifier) -> Iterator[SentCredentials]:
        """Yield what was sent to an operation, in the order of the changes, the usual representation first."""
        groups: dict[tuple[CredentialChange, str, str, str], list[Exchange]] = defaultdict(list)
        for identity in classifier.log.identities:
            for exchange in classifier.log.of(self.name, planned.key, identity):
                if tag := exchange.probe.tag:
                    groups[CredentialChange(tag.name), tag.subject, tag.form, identity].append(exchange)
        order = list(CredentialChange)
        for key in sorted(groups, key=lambda key: (bool(key[2]), order.index(key[0]))):
            change, scheme, form, caller = key
            exchanges = sorted(groups[key], key=lambda exchange: exchange.probe.attempt)
            got = _got(exchanges, classifier, change)
            yield SentCredentials(
                change=change, scheme=scheme, form=form, caller=caller, exchanges=exchanges, got=got
            )


def _all(context: PlanContext) -> Iterator[Changed]:
    return kept(context, _made, lambda: _made(context))


def _made(context: PlanContext) -> Iterator[Changed]:
    sampled = context.guarded if context.exhaustive else one_of_each_folder(context.guarded, MOST)
    closer = {planned.key for planned in sampled}
    for planned in context.guarded:
        for variation in planned.variations:
            yield from _by_first(context, planned, variation)
            if variation.certificate and planned.key in closer:
                yield from _further(context, planned, variation)


def _by_first(context: PlanContext, planned: PlannedOperation, variation: Variation) -> Iterator[Changed]:
    """As the first identity that has the certificate of the requirement, or without a certificate."""
    caller = next(_callers(context, planned), "") if variation.certificate else ANONYMOUS.name
    anyones = not variation.certificate and variation.change in ALTERED  # a credential that anyone can make
    if caller and not anyones:
        yield _changed(planned, variation, caller)


def _further(context: PlanContext, planned: PlannedOperation, variation: Variation) -> Iterator[Changed]:
    """Without a member as further identities, and for other representations; another alternative without its role."""
    if variation.change is CredentialChange.LEFT_OUT:
        first, *others = [*islice(_callers(context, planned), MOST_CALLERS)] or [""]
        for caller in others:
            if planned.request_for(caller) == planned.request:
                yield _changed(planned, variation, caller)
        for form, request in _forms(context, planned, variation.request) if first else ():
            yield replace(_changed(planned, variation, first), form=form, request=request)
    elif variation.change is CredentialChange.OTHER_ALTERNATIVE:
        refused = (identity for identity in context.accepted if must_be_refused(identity, planned))
        lacking = {each.roles: each for each in refused if each.lacks(variation.roles)}
        for identity in lacking.values():
            changed = _changed(planned, variation, identity.name)
            yield replace(changed, change=CredentialChange.WITHOUT_ROLE)


def _changed(planned: PlannedOperation, variation: Variation, caller: str) -> Changed:
    change, scheme, request = variation.change, variation.scheme, variation.request
    return Changed(planned=planned, change=change, scheme=scheme, caller=caller, request=request)


def _forms(
    context: PlanContext, planned: PlannedOperation, request: Request
) -> Iterator[tuple[str, Request]]:
    changed = replace(planned, request=request)
    return representations(changed, context.base_of(planned), context.bodies(planned))


def _explaining(exchange: Exchange, changed: Changed, context: PlanContext) -> Iterator[Probe]:
    """The same representation with complete credentials, and the caller's request on something that does not exist."""
    planned, caller = changed.planned, context.identities[changed.caller]
    complete = dict(_forms(context, planned, planned.request)).get(changed.form)
    if complete is not None:
        yield from controls(exchange, planned, context, caller, as_valid=complete)


def _not_required(assessment: OperationAssessment, sent: Iterable[SentCredentials]) -> Iterator[Finding]:
    reported: set[str] = set()
    for one in sent:
        scheme, got = one.scheme, one.got
        if one.change not in INCOMPLETE or scheme in reported or got.outcome is not Outcome.ADMITTED:
            continue
        reported.add(scheme)  # a credential that may be missing may be made up as well
        sometimes = " on some attempts" if not got.unanimous else ""
        how = INCOMPLETE[one.change].format(scheme=scheme) + (f" (with {one.form})" if one.form else "")
        yield Finding(
            rule=RULE,
            operation=assessment.operation.key,
            identity=one.caller,
            message=f'"{one.caller}" is admitted {how}{sometimes}, which the document demands '
            f"beside the certificate: {got.classification.reason}.",
            confidence=confidence(assessment, got),
            probes=probe_ids(got.probes, assessment.control.probes),
            subject=scheme,
        )


def _without_role(
    assessment: OperationAssessment, sent: Iterable[SentCredentials], context: PlanContext
) -> Iterator[Finding]:
    """Identities that are admitted with the credentials of another alternative, whose role they lack as well."""
    operation, reported = assessment.operation, set[str]()
    uses = (use for uses in operation.requirement.alternatives for use in uses if use.is_mutual_tls)
    roles = role_phrase(operation.allow_roles or {scope for use in uses for scope in use.scopes})
    for one in sent:
        admitted = one.change is CredentialChange.WITHOUT_ROLE and one.got.outcome is Outcome.ADMITTED
        alone = assessment.by_identity[one.caller].outcome is Outcome.ADMITTED  # reported by another check
        if not admitted or alone or one.caller in reported:
            continue
        reported.add(one.caller)
        yield Finding(
            rule=ROLE_NOT_ENFORCED,
            operation=operation.key,
            identity=one.caller,
            message=f'"{one.caller}" ({role_phrase(context.identities[one.caller].roles)}) is admitted with '
            f"{one.scheme}, although the operation is for {roles}: {one.got.classification.reason}.",
            confidence=confidence(assessment, one.got),
            probes=probe_ids(one.got.probes, assessment.control.probes),
        )


def _got(
    entries: Iterable[Exchange], classifier: Classifier, change: CredentialChange
) -> CombinedClassification:
    return combine((exchange, _classified(exchange, classifier, change)) for exchange in entries)


def _classified(exchange: Exchange, classifier: Classifier, change: CredentialChange) -> Classification:
    """Classify an answer. A caller with another alternative may get the answer, and data of its own."""
    found = decided(exchange, classifier.compared(exchange), classifier)
    if change is CredentialChange.OTHER_ALTERNATIVE and found.outcome is Outcome.INCONCLUSIVE:
        allowed = classifier.allowed(exchange)
        return allowed if allowed.outcome is Outcome.ADMITTED else found
    return found


def _callers(context: PlanContext, planned: PlannedOperation) -> Iterator[str]:
    """Yield the identities that should be admitted with the credentials of the operation's request."""
    return (
        identity.name
        for identity in context.accepted
        if must_be_admitted(identity, planned) and identity.name not in planned.tokens
    )


CHECK: Check = Combinations()
