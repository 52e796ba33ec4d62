"""Other alternatives of a requirement than the one that is sent: each has to suffice by itself. Pure.

The value of a refused credential may be wrong. It is right if another operation takes it, or any one takes it beside a
certificate and refuses a made-up one, for no fewer scopes: there the refusal contradicts the document. If no operation
takes it, or another caller's resource was requested, nothing follows from the refusal, and the operation is undecided.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus

from msgspec import Struct

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment
from specdrift.checks.core.confirm import is_confirmed, probe_ids
from specdrift.checks.core.credentials import CredentialChange
from specdrift.checks.core.undecided import Resolution, Undecided, advice
from specdrift.classify.combined import CombinedClassification, weakest
from specdrift.classify.exchange import Exchange
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import SchemeUse
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.finding import Finding
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import Skipped, UndecidedOperation
from specdrift.model.result.verdict import Confidence, Outcome
from specdrift.rules.ids import MTLS_OVER_ENFORCED

CHECK_NAME = "combinations"
ABSENT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
"""Statuses that may be about the resource, and not the caller (RFC 9110 §15.5.5)."""
ACCEPTED_VALUE = Resolution(
    Remedy.VALUES,
    "configure a value that the server accepts ([schemes.NAME] value or token); if it is right, let the server take it "
    "here, or remove the alternative from the document",
)


class SentCredentials(Struct, frozen=True, kw_only=True):
    """The exchanges of one request with changed credentials."""

    change: CredentialChange
    scheme: str
    form: str
    caller: str
    exchanges: Sequence[Exchange]
    got: CombinedClassification

    @property
    def is_alternative(self) -> bool:
        """Whether all credentials are those of another alternative."""
        return self.change is CredentialChange.OTHER_ALTERNATIVE

    @property
    def alone(self) -> bool:
        """Whether it was sent without a certificate."""
        return self.is_alternative and self.caller == ANONYMOUS.name


SentTo = Mapping[OperationKey, tuple[OperationAssessment, Sequence[SentCredentials]]]
"""What was sent to the operations that refuse anonymous callers, and admit a valid certificate."""


class OtherAlternatives(Struct, frozen=True, dict=True):
    """Compares what operations answer to the same credentials."""

    sent: SentTo

    def findings(self, key: OperationKey) -> Iterator[Finding]:
        """Yield what is refused because of the certificate, and what another operation takes."""
        assessment, sent = self.sent[key]
        for one in sent:
            refusal = one.got.classification
            if not (one.alone and one.got.outcome.refused):
                continue
            elsewhere = self._established_by(assessment, one)
            if not (refusal.certificate or elsewhere):
                continue
            also = "" if refusal.certificate else f". The value of {one.scheme} is right: {elsewhere}"
            certain = confidence(assessment, one.got)
            yield Finding(
                rule=MTLS_OVER_ENFORCED,
                operation=key,
                identity=ANONYMOUS.name,
                message=f"A caller with {one.scheme} and no client certificate is refused ({refusal.reason}), "
                f"although the document admits callers with {one.scheme} alone{also}.",
                confidence=certain if refusal.certificate else weakest([certain, Confidence.MEDIUM]),
                probes=probe_ids(one.got.probes, assessment.control.probes),
                subject=one.scheme,
            )

    def undecided(self, key: OperationKey) -> Iterator[UndecidedOperation]:
        """Yield the operation if nothing follows from the answer to one of its alternatives."""
        assessment, sent = self.sent[key]
        found = {finding.subject for finding in self.findings(key)}
        for one in sent:
            open_point = one.is_alternative and one.got.outcome is not Outcome.ADMITTED
            if not open_point or one.scheme in found or _is_bound(assessment, one):
                continue
            refusal = one.got.classification
            got = "refused" if one.got.outcome.refused else "not admitted"
            alone = "alone " if one.alone else ""
            resolution = advice(refusal, ACCEPTED_VALUE)
            yield Undecided(
                kind=UndecidedReason.CREDENTIAL_NOT_CHECKED,
                reason=f"the document admits callers with {one.scheme} {alone}too, and such a caller is {got} "
                f"({refusal.reason}): {self._why(assessment, one)}",
                advice=resolution,
            ).of(key)
            return  # one entry for the operation

    def skipped(self, key: OperationKey) -> Iterator[Skipped]:
        """Yield the tokens that are refused without the certificate that they are bound to, as they have to be."""
        assessment, sent = self.sent[key]
        for one in sent:
            if one.is_alternative and one.got.outcome.refused and _is_bound(assessment, one):
                yield Skipped(
                    check=CHECK_NAME,
                    operation=key,
                    kind=SkipReason.UNDECIDABLE,
                    reason=f"{one.scheme} is refused without a certificate ({one.got.classification.reason}): its "
                    "token is bound to one",
                )

    def to_repeat(self, key: OperationKey) -> Iterator[SentCredentials]:
        """Yield the refusals of credentials that another operation takes."""
        assessment, sent = self.sent[key]
        for one in sent:
            refused = one.alone and one.got.outcome.refused and not one.got.classification.certificate
            if refused and self._elsewhere(assessment.operation, one.scheme):
                yield one

    def _established_by(self, assessment: OperationAssessment, one: SentCredentials) -> str:
        """Return what takes the value that this operation refuses each time."""
        statuses = {each.observation.http.status for each in one.exchanges if each.observation.http}
        certain = is_confirmed(one.exchanges) and one.got.unanimous and not statuses & ABSENT
        if not certain or _may_be_of_another(assessment) or _is_bound(assessment, one):
            return ""
        return self._elsewhere(assessment.operation, one.scheme)

    def _why(self, assessment: OperationAssessment, one: SentCredentials) -> str:
        elsewhere = self._elsewhere(assessment.operation, one.scheme)
        if not one.got.outcome.refused:
            return "it is not known whether the server takes it"
        if elsewhere and _may_be_of_another(assessment):
            return f"{elsewhere}, and the resource requested here may be that of another caller"
        if elsewhere:
            return f"{elsewhere}, and the refusal here may have another cause"
        return "no operation takes it, so that its value may be wrong, or it is not enough"

    def _elsewhere(self, operation: Operation, scheme: str) -> str:
        """Return in words what takes the credentials of an alternative; empty if nothing does."""
        needed = _uses(operation, scheme)
        there = self._admitting.get(scheme, ()) if needed else ()
        for each in there:
            if each.key != operation.key and _covers(_uses(each, scheme), needed):
                return f"{each.key} admits callers with it"
        beside = [self._beside(use) for use in needed.values()]
        return f"{beside[0]} admits callers with it and a certificate" if beside and all(beside) else ""

    def _beside(self, use: SchemeUse) -> OperationKey | None:
        """Return an operation that takes a credential beside a certificate, and no made-up one."""
        for assessment, sent in self.sent.values():
            compared = any(
                one.change is CredentialChange.MADE_UP
                and one.scheme == use.scheme.name
                and one.got.outcome.refused
                and one.got.unanimous
                for one in sent
            )
            there = (
                other
                for uses in assessment.operation.requirement.alternatives
                if any(each.is_mutual_tls for each in uses)
                for other in uses
                if other.scheme.name == use.scheme.name
            )
            if compared and any(_suffices(other, use) for other in there):
                return assessment.operation.key
        return None

    @cached_property
    def _admitting(self) -> Mapping[str, Sequence[Operation]]:
        """The operations that admit callers with the credentials of an alternative and no certificate, by its name."""
        found: dict[str, list[Operation]] = defaultdict(list)
        for assessment, sent in self.sent.values():
            for one in sent:
                if one.alone and one.got.outcome is Outcome.ADMITTED and one.got.unanimous:
                    found[one.scheme].append(assessment.operation)
        return found


def _uses(operation: Operation, scheme: str) -> Mapping[str, SchemeUse]:
    """Return the members of the alternative that a variation names, by their names."""
    for uses in operation.requirement.alternatives:
        if " and ".join(use.scheme.name for use in uses) == scheme:
            return {use.scheme.name: use for use in uses}
    return {}


def _covers(there: Mapping[str, SchemeUse], here: Mapping[str, SchemeUse]) -> bool:
    """Return whether credentials that are enough there have the scopes, or one of the roles, that are needed here."""
    return bool(there) and all(_suffices(there[name], use) for name, use in here.items())


def _suffices(there: SchemeUse, here: SchemeUse) -> bool:
    if here.names_roles:
        return not here.scopes or (bool(there.scopes) and set(there.scopes) <= set(here.scopes))
    return set(here.scopes) <= set(there.scopes)


def _may_be_of_another(assessment: OperationAssessment) -> bool:
    """Return whether the values of the request are for certain identities, whose resource it may be."""
    return bool(assessment.planned.learned_for or assessment.planned.configured_for)


def _is_bound(assessment: OperationAssessment, one: SentCredentials) -> bool:
    """Return whether the credentials have a token that is bound to a certificate, and were sent without one."""
    bound = assessment.planned.bound
    known = bound is not None and (bound.proven or bound.stated)
    return bool(bound and known and one.alone and bound.scheme in one.scheme.split(" and "))
