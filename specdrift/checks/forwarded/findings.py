"""The findings about headers that were trusted. Pure, and from the tags of probes alone: a recording is enough."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, assess
from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import (
    as_control,
    ids_of,
    is_answered,
    is_confirmed,
    probe_ids,
    role_phrase,
    unconfirmed,
    without_response,
)
from specdrift.checks.core.measure import answered
from specdrift.checks.forwarded.attempts import OVERRIDE, TRUSTED, ForwardedAttempt
from specdrift.checks.forwarded.claim import claim_of
from specdrift.checks.forwarded.header_forms import DECOY
from specdrift.checks.forwarded.headers import CONVENTIONS
from specdrift.classify.combined import combine
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import Classifier
from specdrift.model.exchange.probe import Control, ProbeTag
from specdrift.model.plural import with_verb
from specdrift.model.result.finding import Finding
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome

ByTag = Mapping[ProbeTag, Sequence[Exchange]]
CONTROLS = (Control.NOISE, Control.INVALID, Control.FORGED, Control.DUPLICATED)


def findings(attempt: ForwardedAttempt, context: PlanContext, classifier: Classifier) -> Iterator[Finding]:
    """One for the operation and caller, which names every header, or group of headers that work only together."""
    by_tag = _by_tag(attempt, classifier)
    causes = _confirmed_of(by_tag, attempt, classifier)
    if attempt.rule == OVERRIDE and not attempt.lacks_role:
        naming = [tag for tag in causes if _names_the_claimed(by_tag[tag], tag, attempt)]
        if causes and not naming and attempt.refused_without(classifier):
            attempt = replace(attempt, rule=TRUSTED, claimed=attempt.caller)
        else:
            causes = naming
    if not causes:
        return
    assessment = assess(context, attempt.planned, classifier)
    if _judgeable(attempt, assessment, classifier):
        yield _finding(_fewest(causes), attempt, assessment, by_tag, classifier)


def confirmed(attempt: ForwardedAttempt, classifier: Classifier) -> list[ProbeTag]:
    """Return the claims that arrived each time, while noise never did."""
    return _confirmed_of(_by_tag(attempt, classifier), attempt, classifier)


def not_confirmed(
    attempt: ForwardedAttempt, context: PlanContext, classifier: Classifier
) -> UndecidedOperation | None:
    """Return the operation if claims arrived, and a repetition, their noise or an answer for comparison is missing."""
    by_tag, plain = _by_tag(attempt, classifier), attempt.plain(classifier.log)
    for tag in _claims(by_tag):
        sent, noise = by_tag[tag], by_tag[as_control(tag, Control.NOISE)]
        got = [attempt.arrived(exchange, classifier) for exchange in sent if is_answered(exchange)]
        missing = without_response((*sent, *noise, *plain))
        if not (missing and is_confirmed(sent) and any(got) and all(got)):
            continue
        if any(attempt.arrived(exchange, classifier) for exchange in noise):
            continue
        assessment = assess(context, attempt.planned, classifier)
        if missing in plain or _judgeable(attempt, assessment, classifier):
            return unconfirmed(attempt.planned.key, _message(tag, attempt), missing)
    return None


def _by_tag(attempt: ForwardedAttempt, classifier: Classifier) -> ByTag:
    by_tag: dict[ProbeTag, list[Exchange]] = defaultdict(list)
    for exchange in attempt.exchanges(classifier.log):
        if exchange.probe.tag is not None:
            by_tag[exchange.probe.tag].append(exchange)
    return by_tag


def _confirmed_of(by_tag: ByTag, attempt: ForwardedAttempt, classifier: Classifier) -> list[ProbeTag]:
    return [tag for tag in _claims(by_tag) if _confirmed(tag, by_tag, attempt, classifier)]


def _claims(by_tag: ByTag) -> list[ProbeTag]:
    """Return the claims that were sent with noise, by their names."""
    with_noise = (tag for tag in sorted(by_tag, key=_name) if as_control(tag, Control.NOISE) in by_tag)
    return [tag for tag in with_noise if tag.control is None]


def _names_the_claimed(sent: Sequence[Exchange], tag: ProbeTag, attempt: ForwardedAttempt) -> bool:
    """Return whether the headers differ by the identity that they claim; ``SUCCESS`` is the same for all."""
    own = claim_of(attempt.caller, attempt.planned.operation.roles)
    if own is None:
        return True
    names = {name.lower() for name in tag.headers}
    request = sent[0].probe.request
    fields = request.headers if request else ()
    values = {value.removeprefix(f"{DECOY},") for name, value in fields if name.lower() in names} - {DECOY}
    of_caller = {field.format.encode(own) for each in CONVENTIONS for field in each.fields}
    return not values or not values <= of_caller


def _name(tag: ProbeTag) -> str:
    return tag.name


def _confirmed(tag: ProbeTag, by_tag: ByTag, attempt: ForwardedAttempt, classifier: Classifier) -> bool:
    """Return whether all attempts arrived, and none with noise instead of the headers, which was answered each time."""
    noise = by_tag[as_control(tag, Control.NOISE)]
    return (
        is_confirmed(by_tag[tag])
        and all(attempt.arrived(exchange, classifier) for exchange in by_tag[tag])
        and all(exchange.observation.http is not None for exchange in noise)
        and not any(attempt.arrived(exchange, classifier) for exchange in noise)
    )


def _judgeable(attempt: ForwardedAttempt, assessment: OperationAssessment, classifier: Classifier) -> bool:
    """Return whether the operation rejects anonymous callers and admits the claimed identity, each time.

    Where no valid certificate is admitted without a claim: whether it rejects the caller each time.
    """
    if not classifier.admitted_answers(attempt.planned.key):
        return attempt.refused_without(classifier) and assessment.anonymous.outcome is not Outcome.ADMITTED
    claimed = assessment.by_identity[attempt.claimed.name]
    if not assessment.anonymous.outcome.refused:
        return False
    if claimed.outcome is not Outcome.ADMITTED or not claimed.unanimous:
        return False
    if attempt.rule == TRUSTED or attempt.refused_without(classifier):
        return True
    return attempt.answers_are_stable(classifier.log)


def _fewest(causes: Sequence[ProbeTag]) -> list[ProbeTag]:
    """Omit supersets of other causes, and further encodings of the same headers."""
    fewest = [c for c in causes if not any(set(other.headers) < set(c.headers) for other in causes)]
    return list({cause.subject.lower(): cause for cause in reversed(fewest)}.values())[::-1]


def _finding(
    causes: Sequence[ProbeTag],
    attempt: ForwardedAttempt,
    assessment: OperationAssessment,
    by_tag: ByTag,
    classifier: Classifier,
) -> Finding:
    """The first cause in full, the others by name: who trusts one header of a client often trusts several."""
    cause, *others = causes
    exchanges = sorted(by_tag[cause], key=_attempt)
    combined = combine((exchange, attempt.classified(exchange, classifier)) for exchange in exchanges)
    further = [min(by_tag[other], key=_attempt) for other in others]
    shown = (each for one in exchanges for each in (one, answered(one, classifier.log)))
    controls = [exchange for control in CONTROLS for exchange in by_tag.get(as_control(cause, control), ())]
    return Finding(
        rule=attempt.rule,
        operation=attempt.planned.key,
        identity=attempt.caller.name,
        message=f"{_message(cause, attempt)}: {combined.classification.reason}."
        f"{_values(cause, attempt, by_tag, classifier)}{_also(others)}",
        confidence=confidence(assessment, combined),
        probes=probe_ids(
            ids_of((*shown, *controls)),
            assessment.anonymous.probes[:1],
            assessment.control.probes[:1],
            ids_of(further),
        ),
        subject=", ".join(each.subject for each in causes),
    )


def _attempt(exchange: Exchange) -> int:
    return exchange.probe.attempt


def _also(others: Sequence[ProbeTag]) -> str:
    """Name the other headers that do the same."""
    if not others:
        return ""
    names = sorted({other.subject for other in others}, key=str.casefold)
    return f" {with_verb(len(names), 'other header', 'does', 'do')} it too: {', '.join(names)}."


def _message(cause: ProbeTag, attempt: ForwardedAttempt) -> str:
    if cause.encoding:
        how = f'{cause.subject} ({cause.encoding}) of "{attempt.claimed.name}"'
    else:
        how = f"Connection: {', '.join(cause.headers)}, which makes a proxy remove what it has set"
    if attempt.caller == attempt.claimed:
        return (
            f'"{attempt.caller.name}" is refused with its certificate, and admitted when it also sends {how}'
        )
    if attempt.rule == TRUSTED:
        return f"A caller without a client certificate is admitted when it sends {how}"
    if attempt.lacks_role:
        caller, roles = attempt.caller, attempt.planned.operation.roles
        return (
            f'"{caller.name}" ({role_phrase(caller.roles)}) is admitted as "{attempt.claimed.name}" is, although the '
            f"operation is for {role_phrase(roles)}, when it sends {how}"
        )
    return f'"{attempt.caller.name}" is taken for "{attempt.claimed.name}" when it sends {how}'


def _values(cause: ProbeTag, attempt: ForwardedAttempt, by_tag: ByTag, classifier: Classifier) -> str:
    """The effect of invalid values, and which of two values counts."""
    invalid = by_tag.get(as_control(cause, Control.INVALID), ())
    duplicated = by_tag.get(as_control(cause, Control.DUPLICATED), ())
    if not invalid:
        return ""
    if any(attempt.arrived(exchange, classifier) for exchange in invalid):
        return " An invalid value does it too: it is enough that the header is there."
    forged = by_tag.get(as_control(cause, Control.FORGED), ())
    unsigned = any(attempt.arrived(exchange, classifier) for exchange in forged)
    last = any(attempt.arrived(exchange, classifier) for exchange in duplicated)
    return (
        " An invalid value does not."
        + (
            " A forged certificate of the same names does it: its signature is not verified."
            if unsigned
            else ""
        )
        + (" Sent twice, the last one counts." if last else "")
    )
