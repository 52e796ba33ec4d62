"""Operations of which it is not known whether imitators are taken for another identity. Pure.

A server may fail on names that it does not know, with an error or without an answer. Such a control is not admitted,
so that an imitator can still be compared with it. Where that is not enough, the operation is undecided, and the
certificates are named.
"""

from collections.abc import Collection, Iterator

from specdrift.checks.certificate.imitation.imitators import (
    UNKNOWN_CLIENT,
    AnswersOf,
    imitators_of,
    is_comparable,
    is_shared,
    is_unanswered,
    some,
    with_profile,
)
from specdrift.checks.core.assessment import must_be_admitted
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.undecided import REMEDIES, Resolution, Undecided
from specdrift.classify.combined import CombinedClassification
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.result.reasons import Remedy, UndecidedReason
from specdrift.model.result.result import UndecidedOperation
from specdrift.model.result.verdict import Outcome

ANSWER = Resolution(
    Remedy.REPEAT,
    "repeat the run when the server answers; if it never answers certificates of names that it does not know, refuse "
    'them with 401 or 403 (or write partial-name = "skip" under [battery], if that is checked elsewhere)',
)


def not_established(
    context: PlanContext,
    answers: AnswersOf,
    *,
    reported: Collection[tuple[OperationKey | None, str | None]],
    settled: Collection[OperationKey | None],
) -> Iterator[UndecidedOperation]:
    """Yield the operations that are undecided because of imitators.

    ``reported``: the operation and identity of each finding. ``settled``: operations that need no further reason.
    """
    for planned in context.guarded:
        if planned.key not in settled:
            found = _not_sent(planned, context, answers) or _unclear(planned, context, answers, reported)
            if found:
                yield found


def _not_sent(
    planned: PlannedOperation, context: PlanContext, answers: AnswersOf
) -> UndecidedOperation | None:
    """Return the imitators that were not sent, for want of an answer to compare theirs with."""
    shared = [each for each in imitators_of(planned, context) if is_shared(each, context)]
    unknown = with_profile(context, UNKNOWN_CLIENT)
    if unknown is None or not shared or any(answers(planned, i.name, i.imitates).exchanges for i in shared):
        return None
    imitated = context.identities[shared[0].imitates]
    theirs, own = (answers(planned, name, imitated.name) for name in (imitated.name, unknown.name))
    if not (own.exchanges and must_be_admitted(imitated, planned)):
        return None
    if not (theirs.admitted or theirs.combined.outcome.refused):
        others = (answers(planned, identity.name, identity.name) for identity in context.accepted)
        # Where no identity is admitted, the operation is undecided for that.
        failed = (imitated.name, theirs.combined) if any(each.admitted for each in others) else None
    else:
        failed = (unknown.name, own.combined) if theirs.admitted and not is_comparable(own) else None
    return (
        _entry(planned, shared, *failed, words="were not sent, because of the answer to") if failed else None
    )


def _unclear(
    planned: PlannedOperation,
    context: PlanContext,
    answers: AnswersOf,
    reported: Collection[tuple[OperationKey | None, str | None]],
) -> UndecidedOperation | None:
    """Return the imitators that were sent, whose answers or whose controls' answers show nothing."""
    found: list[tuple[ClientIdentity, str, CombinedClassification]] = []
    for each in imitators_of(planned, context):
        own = answers(planned, each.name, each.imitates)
        if not own.exchanges or (planned.key, each.name) in reported:
            continue
        if not own.admitted:
            if not own.combined.outcome.refused and is_unanswered(own):
                found.append((each, each.name, own.combined))
            continue
        control = answers(planned, each.beside, each.imitates)
        decided = control.combined.outcome is Outcome.ADMITTED or control.combined.outcome.refused
        if each.beside in context.identities and not decided:
            found.append((each, each.beside, control.combined))
    if not found:
        return None
    _, name, combined = found[0]
    return _entry(
        planned,
        [each for each, _, _ in found],
        name,
        combined,
        words="are inconclusive, because of the answer to",
    )


def _entry(
    planned: PlannedOperation,
    imitators: list[ClientIdentity],
    name: str,
    combined: CombinedClassification,
    *,
    words: str,
) -> UndecidedOperation:
    imitated = ", ".join(f'"{one}"' for one in dict.fromkeys(each.imitates for each in imitators))
    resolution = REMEDIES.get(combined.classification.obstacle, ANSWER)
    return Undecided(
        kind=UndecidedReason.INCONCLUSIVE,
        reason=(
            f"it is not known whether valid certificates of other clients are taken for {imitated}: "
            f"{some([each.name for each in imitators])} {words} {name} ({combined.classification.reason})"
        ),
        advice=resolution,
    ).of(planned.key)
