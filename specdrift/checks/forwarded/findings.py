"""The findings about headers that were believed. Pure, and from the names of probes alone: a recording is enough."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specdrift.checks.certificate.findings import confidence
from specdrift.checks.core.assessment import OperationAssessment, presence
from specdrift.checks.core.base import CONFIRMATIONS, PlanContext
from specdrift.checks.forwarded.attempts import INVALID, NOISE, TRUSTED, TWICE, Attempt
from specdrift.classify.exchange_log import Classifier, Exchange
from specdrift.classify.fold import fold
from specdrift.model.result.finding import Finding
from specdrift.model.result.verdict import Outcome

ByVariant = Mapping[str, Sequence[Exchange]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The fewest headers that did it. ``words`` say how their values are written."""

    variant: str
    names: tuple[str, ...]
    words: str

    @property
    def subject(self) -> str:
        """What tells it apart from the operation's other causes."""
        return " + ".join(self.names)


def findings(attempt: Attempt, context: PlanContext, reader: Classifier) -> Iterator[Finding]:
    """One for each header, or group of headers that do it only together."""
    by_variant: dict[str, list[Exchange]] = defaultdict(list)
    for seen in attempt.seen(reader.evidence):
        by_variant[seen.probe.variant].append(seen)
    asked = [variant.removesuffix(NOISE) for variant in by_variant if variant.endswith(NOISE)]
    confirmed = [v for v in sorted(asked) if _confirmed(v, by_variant, attempt, reader)]
    if not confirmed:
        return
    state = presence(context, attempt.subject, reader)
    if _judgeable(attempt, state, reader):
        for cause in _fewest([_cause(variant) for variant in confirmed]):
            yield _finding(cause, attempt, state, by_variant, reader)


def _confirmed(variant: str, by_variant: ByVariant, attempt: Attempt, reader: Classifier) -> bool:
    """Every time on fresh connections, and never with noise in the place of the headers."""
    shots = by_variant.get(variant, ())
    return (
        len(shots) > CONFIRMATIONS
        and all(attempt.arrived(seen, reader) for seen in shots)
        and all(seen.observation.http is not None for seen in by_variant[variant + NOISE])
        and not any(attempt.arrived(seen, reader) for seen in by_variant[variant + NOISE])
    )


def _judgeable(attempt: Attempt, state: OperationAssessment, reader: Classifier) -> bool:
    """Whether the operation keeps strangers out, lets in who is claimed, and does both each time."""
    stranger, claimed = state.anonymous, state.folded[attempt.claimed.name]
    if not stranger.outcome.refused:
        return False
    if claimed.outcome is not Outcome.ADMITTED or not claimed.unanimous:
        return False
    if attempt.rule == TRUSTED or attempt.refused_without(reader):
        return True
    return attempt.answers_are_stable(reader.evidence)


def _cause(variant: str) -> Cause:
    names, _, words = variant.partition(" as ")
    if not words:
        names, words = variant.removesuffix(" in Connection"), ""
    return Cause(variant=variant, names=tuple(names.split(" + ")), words=words)


def _fewest(causes: Sequence[Cause]) -> list[Cause]:
    """Without those that only add headers to others, and without further formats of the same headers."""
    fewest = [c for c in causes if not any(set(other.names) < set(c.names) for other in causes)]
    return list({cause.subject.lower(): cause for cause in reversed(fewest)}.values())[::-1]


def _finding(
    cause: Cause, attempt: Attempt, state: OperationAssessment, by_variant: ByVariant, reader: Classifier
) -> Finding:
    shots = sorted(by_variant[cause.variant], key=lambda seen: seen.probe.attempt)
    got = fold((seen, reader.compared(seen)) for seen in shots)
    controls = [
        seen for suffix in (NOISE, INVALID, TWICE) for seen in by_variant.get(cause.variant + suffix, ())
    ]
    told = f"{_told(cause, attempt)}: {got.reading.reason}.{_values(cause, attempt, by_variant, reader)}"
    return Finding(
        rule=attempt.rule,
        operation=attempt.subject.key,
        identity=attempt.caller.name,
        message=told,
        confidence=confidence(state, got),
        probes=tuple(
            dict.fromkeys(
                (
                    *(seen.probe.id for seen in (*shots, *controls)),
                    *state.anonymous.probes[:1],
                    *state.control.probes[:1],
                )
            )
        ),
        subject=cause.subject,
    )


def _told(cause: Cause, attempt: Attempt) -> str:
    if cause.words:
        how = f'{cause.subject} ({cause.words}) of "{attempt.claimed.name}"'
    else:
        how = f"Connection: {', '.join(cause.names)}, which makes a proxy remove what it has set"
    if attempt.rule == TRUSTED:
        return f"A caller without a client certificate is admitted when it sends {how}"
    return f'"{attempt.caller.name}" is taken for "{attempt.claimed.name}" when it sends {how}'


def _values(cause: Cause, attempt: Attempt, by_variant: ByVariant, reader: Classifier) -> str:
    """What invalid values do, and which of two counts."""
    invalid = by_variant.get(cause.variant + INVALID, ())
    twice = by_variant.get(cause.variant + TWICE, ())
    if not invalid:
        return ""
    if any(attempt.arrived(seen, reader) for seen in invalid):
        return " An invalid value does it too: it is enough that the header is there."
    last = any(attempt.arrived(seen, reader) for seen in twice)
    return " An invalid value does not." + (" Sent twice, the last one counts." if last else "")
