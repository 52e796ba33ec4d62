"""What a finding rests on: the values that an answer carries, the learned denial, repetitions. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from specdrift.body.values import words_of
from specdrift.checks.core.assessment import OperationAssessment
from specdrift.checks.core.measure import answered
from specdrift.classify.check_names import UNALTERED
from specdrift.classify.denials import Denial
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.classify.explanation.refused import words_in
from specdrift.classify.resource import Carried
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.exchange.values import weight
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import Verdict

SHOWN = 4
"""Values that are shown."""
LONGEST_NAME = 40
"""Characters of a member's name that are shown."""
CLEAR = 2
"""Characters of a value that are shown."""


def with_evidence(
    finding: Finding, classifier: Classifier, operations: Mapping[OperationKey, Operation] | None = None
) -> Finding:
    """Return the finding with what it rests on; unchanged if no exchange shows it."""
    exchanges = [classifier.log.by_id[name] for name in finding.probes if name in classifier.log.by_id]
    if not exchanges:
        return finding
    first, last = exchanges[0], answered(exchanges[0], classifier.log)
    intruder = _must_be_refused(first, classifier)
    denial = _denial(last, classifier)
    if denial is None and intruder:
        denial = next((each for each in classifier.denials if each.of_the_server), None)
    carried, share = shown_of(last, classifier) if intruder else ((), 0)
    operation = first.probe.operation
    own = operations.get(operation) if operations and operation else None
    evidence = Evidence(
        learned=own.learned if own else (),
        shared=carried,
        share=share,
        denial_status=denial.kind[0] if denial else 0,
        denial_operations=denial.operations if denial else 0,
        attempts=sum(_is_attempt(each, first) for each in exchanges),
        recognisable=operation is not None and classifier.resource(operation).recognisable,
    )
    return replace(finding, evidence=evidence)


def evidence_of_refusal(
    assessment: OperationAssessment, result: OperationResult, classifier: Classifier
) -> Evidence | None:
    """Return what the anonymous caller's refusal rests on, for consistent operations that require a certificate."""
    if result.verdict is not Verdict.CONSISTENT or not assessment.planned.is_guarded:
        return None
    exchanges = [classifier.log.by_id[name] for name in assessment.anonymous.probes]
    first = [entry for entry in exchanges if not entry.probe.follows]
    if not first:
        return None
    denial = _denial(answered(first[0], classifier.log), classifier)
    return Evidence(
        learned=assessment.operation.learned,
        denial_status=denial.kind[0] if denial else 0,
        denial_operations=denial.operations if denial else 0,
        attempts=len(first),
        recognisable=classifier.resource(assessment.operation.key).recognisable,
    )


def _must_be_refused(entry: Exchange, classifier: Classifier) -> bool:
    """Whether the caller has no valid certificate, or none of the operation's roles."""
    identity, operation = classifier.log.identities.get(entry.probe.identity), entry.probe.operation
    roles = classifier.log.roles.get(operation, frozenset()) if operation else frozenset()
    return identity is None or not identity.is_control or identity.lacks(roles)


def _is_attempt(entry: Exchange, first: Exchange) -> bool:
    """Whether an exchange repeats the first one, or shows the same by another alteration: no control."""
    one, other = entry.probe, first.probe
    same_check = one.check == other.check or {one.check, other.check} <= UNALTERED
    control = one.tag.control if one.tag else None
    return same_check and one.identity == other.identity and not one.follows and control is None


def _denial(entry: Exchange, classifier: Classifier) -> Denial | None:
    """Return the denial of the server that an answer fits."""
    operation = entry.probe.operation
    if entry.observation.http is None or operation is None:
        return None
    denial = classifier.learned.denial_for(entry, operation)
    return denial if denial is not None and denial.of_the_server else None


def shown_of(entry: Exchange, classifier: Classifier) -> tuple[tuple[str, ...], int]:
    """Return some of the resource's values in an answer, masked, and their part of the resource in percent."""
    http, operation = entry.observation.http, entry.probe.operation
    if http is None or operation is None:
        return (), 0
    carried: Carried = classifier.resource(operation).carried_by(classifier.learned.values_of(entry))
    if carried.is_negligible:
        return (), 0
    places = {word.text.casefold(): _member(word.piece.name) for word in reversed(words_in(http))}
    texts = (http.body_excerpt, *(content for _, content in http.headers))
    found = {number: word for text in texts for number, word in words_of(text) if number in carried.values}
    strongest = sorted(found, key=lambda number: (-weight([number]), found[number]))[:SHOWN]
    shown = (_masked(found[number], places.get(found[number].casefold(), "")) for number in strongest)
    return tuple(dict.fromkeys(shown)), round(100 * carried.part)


def _member(place: str) -> str:
    """Return the header field or the innermost member of a place: ``iban`` of ``/accounts/0/iban``."""
    names = (
        name for name in reversed(place.rstrip(":").split("/")) if name.strip("*") and not name.isdecimal()
    )
    return next(names, "")[:LONGEST_NAME]


def _masked(word: str, member: str) -> str:
    masked = f"{word[:CLEAR]}\u2026" if len(word) > 2 * CLEAR else "\u2026"
    return f"{member}: {masked}" if member else masked
