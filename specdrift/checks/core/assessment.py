"""What one operation did with each identity, put together. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.asked import CERTIFICATE, CONSISTENCY
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.fold import NOT_PROBED, Folded, fold
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand, SchemeType
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.exchange.probe import Connection
from specdrift.model.policy import UnsafeMethods
from specdrift.model.promise import Promise, promise
from specdrift.model.result.verdict import Basis, Classification, Confidence, Outcome

ASKED_BY = (CERTIFICATE, CONSISTENCY)
"""The checks that ask an operation as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationAssessment:
    """``folded`` holds one entry for each identity by name; ``control`` is that of the identity that got
    furthest of those that must be let in; ``tls_works`` says that one of them got an HTTP response;
    ``only_lacks_certificate`` that the anonymous caller sent what they sent, with all credentials that go with it;
    ``off_document`` what of the control's answer the document does not have.
    """

    planned: PlannedOperation
    folded: Mapping[str, Folded]
    control: Folded
    tls_works: bool
    only_lacks_certificate: bool = False
    off_document: str = ""

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
        """Whether the operation itself was asked, or only the listener's TLS."""
        return Basis.PROBED if self.planned.mode is UnsafeMethods.SEND else Basis.LISTENER

    @property
    def anonymous(self) -> Folded:
        """What a caller without a certificate got."""
        return self.folded.get(ANONYMOUS.name, NOT_PROBED)

    @property
    def control_ok(self) -> bool:
        """Whether a good certificate got in each time (for a bare handshake: was not refused). Where credentials are
        missing that go with it, a client error may be about these.
        """
        if self.basis is Basis.LISTENER:
            return self.tls_works and not self.control.outcome.refused
        certain = self.control.classification.confidence is not Confidence.LOW
        whole = self.planned.has_all_credentials or self.operation.requirement.certificate_alone_suffices
        admitted = self.control.outcome is Outcome.ADMITTED and self.control.unanimous
        return admitted and (certain or whole or self.planned.admits_anonymous)


def promised(identity: ClientIdentity, planned: PlannedOperation) -> Promise:
    """Return what the document promises an identity that sends the planned credentials."""
    own = not planned.valid_for or identity.name in planned.valid_for
    return promise(identity, planned.operation, has_all_credentials=planned.has_all_credentials and own)


def must_be_admitted(identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Whether a configured valid certificate must be admitted."""
    return identity.is_control and promised(identity, planned) is Promise.ADMITTED


def must_be_refused(identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Whether a configured valid certificate must be refused: none of its roles may call the operation."""
    return identity.is_control and promised(identity, planned) is Promise.REFUSED


def contradicts(outcome: Outcome, identity: ClientIdentity, planned: PlannedOperation) -> bool:
    """Whether an outcome is not what the document promises this identity."""
    match promised(identity, planned):
        case Promise.ADMITTED:
            return outcome.refused
        case Promise.REFUSED:
            return outcome is Outcome.ADMITTED
        case Promise.NONE:
            return False


def read(
    classifier: Classifier, identity: ClientIdentity, entry: Exchange, planned: PlannedOperation
) -> Classification:
    """Who should get in is read by itself; anybody else beside those who did, and so is who has another role. Whom the
    document lets in without a certificate should get what those with one get.
    """
    operation, open_to_all = planned.operation, identity.name == ANONYMOUS.name and planned.admits_anonymous
    role_suits = not identity.lacks(classifier.log.roles.get(operation.key, frozenset()))
    if open_to_all:
        return classifier.let_in(entry)
    if identity.is_control and role_suits:
        return classifier.control(entry)
    return classifier.compared(entry)


def assess(context: PlanContext, planned: PlannedOperation, classifier: Classifier) -> OperationAssessment:
    """Puts together what the operation did with everybody."""
    folded = {i.name: _folded(planned, i, classifier) for i in context.identities.values() if not i.imitates}
    accepted = context.accepted
    eligible = [i for i in accepted if must_be_admitted(i, planned)] or accepted
    return OperationAssessment(
        planned=planned,
        folded=folded,
        control=_furthest(folded[i.name] for i in eligible),
        tls_works=bool(classifier.through),
        only_lacks_certificate=_only_lacks_certificate(planned, accepted),
        off_document=classifier.log.off_document.get(planned.key, ""),
    )


def _only_lacks_certificate(planned: PlannedOperation, accepted: Iterable[ClientIdentity]) -> bool:
    """Whether the anonymous caller sends all that the others send. A token may be good for the bearer of a certificate
    only (RFC 8705 §3), an API key is good for everybody.
    """
    uses = (use for alternative in planned.operation.requirement.alternatives for use in alternative)
    by_key = all(use.scheme.type in (SchemeType.API_KEY, SchemeType.MUTUAL_TLS) for use in uses)
    alike = all(planned.request_for(i.name) == planned.request_for(ANONYMOUS.name) for i in accepted)
    return by_key and alike and planned.has_all_credentials


def refused_for_its_role(
    assessment: OperationAssessment, identity: ClientIdentity, context: PlanContext, classifier: Classifier
) -> bool:
    """Whether an application refuses an identity that has the role, and not because of its certificate: another
    one gets in here, or this one gets in elsewhere.
    """
    got = assessment.folded[identity.name]
    refused = got.outcome is Outcome.REFUSED_BY_APPLICATION and got.unanimous
    if not (
        refused
        and assessment.operation.roles
        and identity.roles
        and must_be_admitted(identity, assessment.planned)
    ):
        return False
    others = (i.name for i in context.accepted if i.name != identity.name)
    return any(assessment.folded[name].outcome is Outcome.ADMITTED for name in others) or any(
        classifier.control(entry).outcome is Outcome.ADMITTED
        for planned in context.guarded
        for entry in classifier.log.of(CERTIFICATE, planned.key, identity.name)
    )


Attempts = tuple[list[Exchange], list[Exchange]]
"""Those that were admitted, and those that were refused."""


def attempts(planned: PlannedOperation, classifier: Classifier) -> Attempts:
    """Those of the anonymous caller on an operation; what told nothing is left out."""
    admitted, refused = list[Exchange](), list[Exchange]()
    for check in ASKED_BY:
        for exchange in classifier.log.of(check, planned.key, ANONYMOUS.name):
            outcome = read(classifier, ANONYMOUS, exchange, planned).outcome
            if outcome is Outcome.ADMITTED or outcome.refused:
                (refused if outcome.refused else admitted).append(exchange)
    return admitted, refused


def disagree(attempts: Attempts) -> bool:
    """Whether some were admitted and others refused."""
    return all(attempts)


def _folded(planned: PlannedOperation, identity: ClientIdentity, classifier: Classifier) -> Folded:
    if planned.mode is UnsafeMethods.NEVER:
        return NOT_PROBED
    asked = planned.key if planned.mode is UnsafeMethods.SEND else None
    exchanges = classifier.log.of(CERTIFICATE, asked, identity.name)
    decided = (
        [] if asked is None else _decided(classifier, identity, {s.probe.connection.kind for s in exchanges})
    )
    log = Basis.LISTENER if decided or asked is None else Basis.PROBED
    pairs = [(entry, read(classifier, identity, entry, planned)) for entry in (*exchanges, *decided)]
    return fold((*pairs, *_repeated(classifier, identity, planned)), log)


def _repeated(
    classifier: Classifier, identity: ClientIdentity, planned: PlannedOperation
) -> Iterator[tuple[Exchange, Classification]]:
    """Repetitions by other ways in count for what they tell; that one told nothing is no news."""
    for entry in classifier.log.of(CONSISTENCY, planned.key, identity.name):
        classification = read(classifier, identity, entry, planned)
        if classification.outcome is Outcome.ADMITTED or classification.outcome.refused:
            yield entry, classification


def _decided(classifier: Classifier, identity: ClientIdentity, asked: set[Connection]) -> list[Exchange]:
    """What stands for the kinds of connection over which the operation was not asked: the listener's decision."""
    decisions = classifier.log.decided(identity.name)
    return [entry for connection, shown in decisions if connection not in asked for entry in shown]


def _furthest(controls: Iterable[Folded]) -> Folded:
    """Admitted before anything else, and each time before sometimes."""
    order = list(controls)
    admitted = [c for c in order if c.outcome is Outcome.ADMITTED]
    return min(admitted or order or [NOT_PROBED], key=lambda c: not c.unanimous)
