"""Assesses one operation: the combined classification of each identity. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.certificate.server_clock import by_the_servers_clock
from specdrift.checks.core.answered_alike import answered_as_all
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.guard_groups import GuardGroups
from specdrift.checks.core.not_deployed import is_not_deployed
from specdrift.checks.core.other_requests import counts_as_head, decided
from specdrift.classify.check_names import CERTIFICATE, CONSISTENCY, HEADS
from specdrift.classify.combined import NOT_PROBED, CombinedClassification, combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.listener import refused_by_listener
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SchemeType
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.policy import UnsafeMethods
from specdrift.model.promise import Promise, promise
from specdrift.model.result.verdict import Basis, Classification, Confidence, Obstacle, Outcome

BASELINE_CHECKS = (CERTIFICATE, CONSISTENCY)
"""The checks that send an operation's request unaltered."""


class OperationAssessment(Struct, frozen=True, kw_only=True):
    """The outcome of each identity on one operation."""

    planned: PlannedOperation
    by_identity: Mapping[str, CombinedClassification]
    """By name of the identity."""
    control: CombinedClassification
    """The best of the identities that must be admitted."""
    tls_works: bool
    """A valid certificate got an HTTP response on this listener."""
    only_lacks_certificate: bool = False
    """The anonymous request carries the same complete credentials as those with a certificate."""
    refused_in_handshake: bool = False
    """Every attempt of the anonymous client was refused before the server could know the request."""
    not_deployed: bool = False
    """The server does not have the operation."""
    refused_elsewhere: frozenset[str] = frozenset()
    """Names of generated identities that only other operations of its group got, and that these refused."""
    off_document: str = ""
    """How the control's response differs from the document; empty if it does not."""

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.planned.operation

    @property
    def demand(self) -> Demand:
        """What the document demands for it."""
        return self.planned.operation.requirement.demand

    @property
    def basis(self) -> Basis:
        """Whether requests were sent, or handshakes only."""
        return Basis.PROBED if self.planned.is_probed else Basis.LISTENER

    @property
    def anonymous(self) -> CombinedClassification:
        """The outcome without a certificate."""
        return self.by_identity.get(ANONYMOUS.name, NOT_PROBED)

    @property
    def control_ok(self) -> bool:
        """Whether a valid certificate was admitted each time, or the TLS handshakes alone decide.

        A client error counts only if no other credential is missing.
        """
        if self.decided_in_tls:
            return True
        certain = self.control.classification.confidence is not Confidence.LOW
        complete = self.planned.has_all_credentials or self.operation.requirement.certificate_alone_suffices
        admitted = self.control.outcome is Outcome.ADMITTED and self.control.unanimous
        return admitted and (certain or complete or self.planned.admits_anonymous)

    @property
    def decided_in_tls(self) -> bool:
        """Whether the handshakes show the enforcement, whatever the operation answers.

        A valid certificate passes them on this listener, and the application does not refuse it here.
        """
        in_tls = self.anonymous.outcome is Outcome.REFUSED_IN_TLS
        head = self.planned.mode is UnsafeMethods.HEADERS and in_tls
        handshake = self.anonymous.unanimous and self.refused_in_handshake
        shown = self.basis is Basis.LISTENER or head or handshake
        return shown and self.tls_works and not self.control.outcome.refused


def promised(identity: ClientIdentity, planned: PlannedOperation) -> Promise:
    """Return what the document promises an identity that sends the planned credentials."""
    own = not planned.valid_for or identity.name in planned.valid_for
    made = promise(identity, planned.operation, has_all_credentials=planned.has_all_credentials and own)
    if made is not Promise.ADMITTED or not identity.is_control:
        return made
    # The resource may belong to the identity that found it, or for which it is configured.
    learned, configured = planned.learned_for, planned.configured_for
    foreign = (learned and identity.name not in learned) or (configured and identity.name not in configured)
    return Promise.NONE if foreign else made


def must_be_admitted(identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Return whether a configured valid certificate must be admitted."""
    return identity.is_control and promised(identity, planned) is Promise.ADMITTED


def must_be_refused(identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Return whether a configured valid certificate must be refused: none of its roles may call the operation."""
    lacks_role = bool(identity.roles) and identity.is_control and identity.lacks(planned.operation.roles)
    return lacks_role and promised(identity, planned) is Promise.REFUSED


def lacks_a_credential(identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Return whether its request has a suitable certificate, and not all that every alternative requires with one."""
    requirement = planned.operation.requirement
    own = not planned.valid_for or identity.name in planned.valid_for
    enough = requirement.certificate_alone_suffices or requirement.anonymous_allowed
    suits = identity.is_control and not identity.lacks(planned.operation.roles)
    return suits and not enough and not (planned.has_all_credentials and own)


def callers_to_refuse(context: PlanContext, planned: PlannedOperation) -> Iterator[ClientIdentity]:
    """Yield everybody whom a guarded operation must refuse: without a certificate, with an invalid one, without the
    role.
    """
    yield from (ANONYMOUS, *context.refused)
    yield from (identity for identity in context.accepted if must_be_refused(identity, planned))


def contradicts(outcome: Outcome, identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Return whether an outcome contradicts what the document promises this identity."""
    match promised(identity, planned):
        case Promise.ADMITTED:
            return outcome.refused
        case Promise.REFUSED:
            return outcome is Outcome.ADMITTED
        case Promise.NONE:
            return False


def classify_as(
    classifier: Classifier, identity: ClientIdentity, entry: Exchange, planned: PlannedOperation
) -> Classification:
    """Classify an exchange by what the identity should get.

    A valid identity with a suitable role is classified by itself, any other caller by comparison with those. On an
    operation with anonymous access, the anonymous caller should get what valid certificates get.
    """
    has_role = not identity.lacks(classifier.log.roles.get(planned.key, frozenset()))
    if identity.name == ANONYMOUS.name and planned.admits_anonymous:
        return answered_as_all(classifier.allowed(entry), classifier, entry)
    if identity.is_control and has_role:
        found = classifier.control(entry)
        return answered_as_all(found, classifier, entry) if planned.admits_anonymous else found
    return by_the_servers_clock(classifier.compared(entry), identity, entry)


def assess(
    context: PlanContext,
    planned: PlannedOperation,
    classifier: Classifier,
    groups: GuardGroups | None = None,
) -> OperationAssessment:
    """Assess an operation for all identities. ``groups`` are shared by those who assess many."""
    groups = groups or GuardGroups(context, classifier.log)
    by_identity = {
        i.name: _combined(planned, i, classifier, groups)
        for i in context.identities.values()
        if not i.imitates
    }
    accepted = context.accepted
    eligible = [i for i in accepted if must_be_admitted(i, planned)] or accepted
    return OperationAssessment(
        planned=planned,
        by_identity=by_identity,
        control=_furthest(by_identity[i.name] for i in eligible),
        tls_works=any(not connection.quic for connection in classifier.control_connections),
        only_lacks_certificate=_only_lacks_certificate(planned, accepted),
        refused_in_handshake=_refused_in_handshake(planned, classifier),
        not_deployed=is_not_deployed(planned, context, classifier),
        refused_elsewhere=frozenset(
            identity.name
            for identity in context.refused
            if not by_identity[identity.name].probes and groups.refuses(planned, identity, classifier)
        ),
        off_document=classifier.log.off_document.get(planned.key, ""),
    )


def _refused_in_handshake(planned: PlannedOperation, classifier: Classifier) -> bool:
    log = classifier.log
    own = [entry for check in BASELINE_CHECKS for entry in log.of(check, planned.key, ANONYMOUS.name)]
    own += _inferred(classifier, ANONYMOUS, own)
    return bool(own) and all(
        refused_by_listener(entry.observation)
        and classifier.compared(entry).outcome is Outcome.REFUSED_IN_TLS
        for entry in own
    )


def _only_lacks_certificate(planned: PlannedOperation, accepted: Iterable[ClientIdentity]) -> bool:
    """Return whether the anonymous request carries the same credentials as the others.

    API keys only: a token may be bound to a certificate (RFC 8705 §3).
    """
    uses = (use for alternative in planned.operation.requirement.alternatives for use in alternative)
    by_key = all(use.scheme.type in (SchemeType.API_KEY, SchemeType.MUTUAL_TLS) for use in uses)
    made = ((planned.with_values_of(i.name), i.name) for i in accepted)
    same = all(one.request_for(name) == one.request_for(ANONYMOUS.name) for one, name in made)
    return by_key and same and planned.has_all_credentials


def refused_for_its_role(
    assessment: OperationAssessment, identity: ClientIdentity, context: PlanContext, classifier: Classifier
) -> bool:
    """Return whether the application refuses an identity that has the role, and not because of its certificate.

    Another valid identity is admitted here, or this one elsewhere.
    """
    combined = assessment.by_identity[identity.name]
    refused = combined.outcome is Outcome.REFUSED_BY_APPLICATION and combined.unanimous
    if not (
        refused
        and assessment.operation.roles
        and identity.roles
        and must_be_admitted(identity, assessment.planned)
    ):
        return False
    others = (i.name for i in context.accepted if i.name != identity.name)
    return any(assessment.by_identity[name].outcome is Outcome.ADMITTED for name in others) or any(
        classifier.control(entry).outcome is Outcome.ADMITTED
        for planned in context.guarded
        for entry in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    )


def admitted_with_unknown_roles(
    assessment: OperationAssessment, context: PlanContext
) -> list[ClientIdentity]:
    """Return the valid identities without configured roles that an operation with roles admits."""
    unknown = (i for i in context.accepted if assessment.operation.roles and not i.roles)
    return [i for i in unknown if assessment.by_identity[i.name].outcome is Outcome.ADMITTED]


Attempts = tuple[list[Exchange], list[Exchange]]
"""Exchanges that were admitted, and exchanges that were refused."""


def attempts(
    planned: PlannedOperation, classifier: Classifier, identity: ClientIdentity = ANONYMOUS
) -> Attempts:
    """Return the exchanges of a caller on an operation that were admitted or refused.

    A refusal counts here even where something in it may be data, but not that of another representation or resource: it
    may be about the request.
    """
    admitted, refused = list[Exchange](), list[Exchange]()
    for check in BASELINE_CHECKS:
        for exchange in classifier.log.of(check, planned.key, identity.name):
            found = decided(exchange, classify_as(classifier, identity, exchange, planned), classifier)
            if found.outcome.refused or found.refuses:
                if exchange.probe.tag is None:
                    refused.append(exchange)
            elif found.outcome is Outcome.ADMITTED:
                admitted.append(exchange)
    return admitted, refused


def disagree(attempts: Attempts) -> bool:
    """Return whether some were admitted and others refused."""
    return all(attempts)


def _combined(
    planned: PlannedOperation, identity: ClientIdentity, classifier: Classifier, groups: GuardGroups
) -> CombinedClassification:
    if planned.mode is UnsafeMethods.NEVER:
        return NOT_PROBED
    operation = planned.key if planned.is_probed else None
    log = classifier.log
    exchanges = log.of(CERTIFICATE, operation, identity.name)
    heads = [entry for entry in log.of(HEADS, operation, identity.name) if counts_as_head(entry, classifier)]
    inferred = [] if operation is None else _inferred(classifier, identity, exchanges)
    inferred = inferred or ([] if exchanges else groups.refused_by_listener(identity))
    basis = Basis.LISTENER if inferred or operation is None else Basis.PROBED
    pairs = [
        (entry, classify_as(classifier, identity, entry, planned))
        for entry in (*exchanges, *heads, *inferred)
    ]
    if operation is None:
        pairs = [(entry, _beside_requests(classifier, entry, got)) for entry, got in pairs]
    return combine((*pairs, *_repeated(classifier, identity, planned)), basis)


def _beside_requests(classifier: Classifier, entry: Exchange, got: Classification) -> Classification:
    """Draw no conclusion from a refused handshake where a request of the same caller got a response."""
    answered = classifier.answered.get((entry.probe.identity, entry.probe.connection.kind))
    if answered is None or not got.outcome.refused:
        return got
    reason = f"{got.reason}, and {answered} responds to it over the same kind of connection; only a request can tell"
    return Classification(outcome=Outcome.INCONCLUSIVE, reason=reason)


def _repeated(
    classifier: Classifier, identity: ClientIdentity, planned: PlannedOperation
) -> Iterator[tuple[Exchange, Classification]]:
    """The repetitions over other connection variants that are conclusive, or may carry data.

    A success for another declared request may be the answer of a handler without a guard. A page may be one for
    browsers that the server has for every path.
    """
    for entry in classifier.log.of(CONSISTENCY, planned.key, identity.name):
        classification = decided(entry, classify_as(classifier, identity, entry, planned), classifier)
        conclusive = classification.outcome is Outcome.ADMITTED or classification.outcome.refused
        if conclusive or classification.obstacle is Obstacle.DATA:
            yield entry, classification
        elif entry.probe.tag and _is_success(entry):
            reason = f"{classification.reason} (with {entry.probe.tag.name})"
            yield entry, replace(classification, obstacle=Obstacle.DATA, reason=reason)


def _is_success(entry: Exchange) -> bool:
    http = entry.observation.http
    return bool(http and 200 <= http.status < 300 and http.shape.kind != "html")


def _inferred(
    classifier: Classifier, identity: ClientIdentity, exchanges: Iterable[Exchange]
) -> list[Exchange]:
    """Return the evidence of inferred refusals over kinds of connection on which the operation was not probed."""
    inferred = list(classifier.log.inferred_for(identity.name))
    probed = {entry.probe.connection.kind for entry in exchanges} if inferred else ()
    return [entry for connection, shown in inferred if connection not in probed for entry in shown]


def _furthest(controls: Iterable[CombinedClassification]) -> CombinedClassification:
    """Return an admitted control if there is one, preferably one admitted each time."""
    order = list(controls)
    admitted = [c for c in order if c.outcome is Outcome.ADMITTED]
    return min(admitted or order or [NOT_PROBED], key=lambda c: not c.unanimous)
