"""What one operation did with each identity, put together. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.classify.asked import CERTIFICATE, CONSISTENCY
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.fold import NEVER_ASKED, Folded, fold
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

    subject: PlannedOperation
    folded: Mapping[str, Folded]
    control: Folded
    tls_works: bool
    only_lacks_certificate: bool = False
    off_document: str = ""

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.subject.operation

    @property
    def demand(self) -> Demand:
        """What the document demands for it."""
        return self.subject.operation.requirement.demand

    @property
    def evidence(self) -> Basis:
        """Whether the operation itself was asked, or only the listener's TLS."""
        return Basis.PROBED if self.subject.mode is UnsafeMethods.SEND else Basis.LISTENER

    @property
    def anonymous(self) -> Folded:
        """What a caller without a certificate got."""
        return self.folded.get(ANONYMOUS.name, NEVER_ASKED)

    @property
    def control_ok(self) -> bool:
        """Whether a good certificate got in each time (for a bare handshake: was not refused). Where credentials are
        missing that go with it, a client error may be about these.
        """
        if self.evidence is Basis.LISTENER:
            return self.tls_works and not self.control.outcome.refused
        certain = self.control.reading.confidence is not Confidence.LOW
        whole = self.subject.accompanied or self.operation.requirement.certificate_alone_suffices
        admitted = self.control.outcome is Outcome.ADMITTED and self.control.unanimous
        return admitted and (certain or whole or self.subject.lets_in)


def promised(identity: ClientIdentity, subject: PlannedOperation) -> Promise:
    """Return what the document promises an identity that sends the planned credentials."""
    own = not subject.owners or identity.name in subject.owners
    return promise(identity, subject.operation, has_all_credentials=subject.accompanied and own)


def expected_in(identity: ClientIdentity, subject: PlannedOperation) -> bool:
    """Whether a configured valid certificate must be admitted."""
    return identity.is_control and promised(identity, subject) is Promise.ADMITTED


def expected_out(identity: ClientIdentity, subject: PlannedOperation) -> bool:
    """Whether a configured valid certificate must be refused: none of its roles may call the operation."""
    return identity.is_control and promised(identity, subject) is Promise.REFUSED


def contradicts(outcome: Outcome, identity: ClientIdentity, subject: PlannedOperation) -> bool:
    """Whether an outcome is not what the document promises this identity."""
    match promised(identity, subject):
        case Promise.ADMITTED:
            return outcome.refused
        case Promise.REFUSED:
            return outcome is Outcome.ADMITTED
        case Promise.NONE:
            return False


def read(
    reader: Classifier, identity: ClientIdentity, entry: Exchange, subject: PlannedOperation
) -> Classification:
    """Who should get in is read by itself; anybody else beside those who did, and so is who has another role. Whom the
    document lets in without a certificate should get what those with one get.
    """
    operation, open_to_all = subject.operation, identity.name == ANONYMOUS.name and subject.lets_in
    role_suits = not identity.lacks(reader.evidence.roles.get(operation.key, frozenset()))
    if open_to_all:
        return reader.let_in(entry)
    if identity.is_control and role_suits:
        return reader.control(entry)
    return reader.compared(entry)


def presence(context: PlanContext, subject: PlannedOperation, reader: Classifier) -> OperationAssessment:
    """Puts together what the operation did with everybody."""
    folded = {i.name: _folded(subject, i, reader) for i in context.identities.values() if not i.imitates}
    accepted = context.accepted
    eligible = [i for i in accepted if expected_in(i, subject)] or accepted
    return OperationAssessment(
        subject=subject,
        folded=folded,
        control=_furthest(folded[i.name] for i in eligible),
        tls_works=bool(reader.through),
        only_lacks_certificate=_only_lacks_certificate(subject, accepted),
        off_document=reader.evidence.off_document.get(subject.key, ""),
    )


def _only_lacks_certificate(subject: PlannedOperation, accepted: Iterable[ClientIdentity]) -> bool:
    """Whether the anonymous caller sends all that the others send. A token may be good for the bearer of a certificate
    only (RFC 8705 §3), an API key is good for everybody.
    """
    uses = (use for alternative in subject.operation.requirement.alternatives for use in alternative)
    by_key = all(use.scheme.type in (SchemeType.API_KEY, SchemeType.MUTUAL_TLS) for use in uses)
    alike = all(subject.request_for(i.name) == subject.request_for(ANONYMOUS.name) for i in accepted)
    return by_key and alike and subject.accompanied


def refused_for_its_role(
    state: OperationAssessment, identity: ClientIdentity, context: PlanContext, reader: Classifier
) -> bool:
    """Whether an application refuses an identity that has the role, and not because of its certificate: another
    one gets in here, or this one gets in elsewhere.
    """
    got = state.folded[identity.name]
    refused = got.outcome is Outcome.REFUSED_BY_APPLICATION and got.unanimous
    if not (refused and state.operation.roles and identity.roles and expected_in(identity, state.subject)):
        return False
    others = (i.name for i in context.accepted if i.name != identity.name)
    return any(state.folded[name].outcome is Outcome.ADMITTED for name in others) or any(
        reader.control(entry).outcome is Outcome.ADMITTED
        for subject in context.guarded
        for entry in reader.evidence.of(CERTIFICATE, subject.key, identity.name)
    )


Attempts = tuple[list[Exchange], list[Exchange]]
"""Those that were admitted, and those that were refused."""


def attempts(subject: PlannedOperation, reader: Classifier) -> Attempts:
    """Those of the anonymous caller on an operation; what told nothing is left out."""
    admitted, refused = list[Exchange](), list[Exchange]()
    for check in ASKED_BY:
        for seen in reader.evidence.of(check, subject.key, ANONYMOUS.name):
            outcome = read(reader, ANONYMOUS, seen, subject).outcome
            if outcome is Outcome.ADMITTED or outcome.refused:
                (refused if outcome.refused else admitted).append(seen)
    return admitted, refused


def disagree(seen: Attempts) -> bool:
    """Whether some were admitted and others refused."""
    return all(seen)


def _folded(subject: PlannedOperation, identity: ClientIdentity, reader: Classifier) -> Folded:
    if subject.mode is UnsafeMethods.NEVER:
        return NEVER_ASKED
    asked = subject.key if subject.mode is UnsafeMethods.SEND else None
    seen = reader.evidence.of(CERTIFICATE, asked, identity.name)
    decided = [] if asked is None else _decided(reader, identity, {s.probe.connection.kind for s in seen})
    evidence = Basis.LISTENER if decided or asked is None else Basis.PROBED
    pairs = [(entry, read(reader, identity, entry, subject)) for entry in (*seen, *decided)]
    return fold((*pairs, *_repeated(reader, identity, subject)), evidence)


def _repeated(
    reader: Classifier, identity: ClientIdentity, subject: PlannedOperation
) -> Iterator[tuple[Exchange, Classification]]:
    """Repetitions by other ways in count for what they tell; that one told nothing is no news."""
    for entry in reader.evidence.of(CONSISTENCY, subject.key, identity.name):
        reading = read(reader, identity, entry, subject)
        if reading.outcome is Outcome.ADMITTED or reading.outcome.refused:
            yield entry, reading


def _decided(reader: Classifier, identity: ClientIdentity, asked: set[Connection]) -> list[Exchange]:
    """What stands for the kinds of connection over which the operation was not asked: the listener's decision."""
    decisions = reader.evidence.decided(identity.name)
    return [entry for connection, shown in decisions if connection not in asked for entry in shown]


def _furthest(controls: Iterable[Folded]) -> Folded:
    """Admitted before anything else, and each time before sometimes."""
    order = list(controls)
    admitted = [c for c in order if c.outcome is Outcome.ADMITTED]
    return min(admitted or order or [NEVER_ASKED], key=lambda c: not c.unanimous)
