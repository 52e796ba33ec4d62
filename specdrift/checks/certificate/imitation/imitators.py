"""Which certificate that an application may take for another identity's is sent to which operation. Pure.

Those of the run are sent only where a valid certificate of an unknown client is not admitted, or answered unlike the
imitated identity: elsewhere they can show nothing. Operations whose guards answer alike share them out.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from http import HTTPStatus

from msgspec import Struct

from specdrift.checks.core.assessment import must_be_admitted, must_be_refused
from specdrift.checks.core.base import PlanContext, PlannedOperation
from specdrift.checks.core.guard_groups import GuardGroups
from specdrift.checks.core.measure import contents
from specdrift.classify.combined import CombinedClassification
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.exchange.identity import ClientIdentity
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.verdict import Obstacle, Outcome

UNKNOWN_NAME, UNKNOWN_CLIENT = "unknown-name", "valid-other-client"
"""Profiles of a valid certificate of an unknown client: the one that is judged, and the control of imitators."""


class Answers(Struct, frozen=True):
    """What one identity got on one operation, with the values of the imitated one."""

    exchanges: Sequence[Exchange]
    combined: CombinedClassification
    ends: Sequence[Exchange]
    """The last exchange of each: itself, or the one at the end of its redirects."""

    @property
    def admitted(self) -> bool:
        """Whether the identity was admitted."""
        return self.combined.outcome is Outcome.ADMITTED


SHOWN = 3
"""Names of certificates in a message."""
OF_THE_LOAD = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Errors that depend on how much is sent, and not on what."""
ABANDONED = frozenset({Ending.CLOSED, Ending.STREAM_RESET, Ending.TIMEOUT})
"""Endings without a response, as of a server whose handler failed."""

AnswersOf = Callable[[PlannedOperation, str, str], Answers]
"""By operation, name of the identity, and name of the imitated identity."""


def with_profile(context: PlanContext, profile: str) -> ClientIdentity | None:
    """Return the first identity of a certificate profile."""
    return next((i for i in context.identities.values() if i.profile == profile), None)


def reports_failure(answers: Answers) -> bool:
    """Return whether each answer is an error without data, though not one with which the server refuses callers.

    The caller is not taken for one that is admitted.
    """
    return _is_inconclusive(answers) and all(
        exchange.observation.http is not None
        and exchange.observation.http.status >= HTTPStatus.BAD_REQUEST
        and exchange.observation.http.status not in OF_THE_LOAD
        for exchange in answers.ends
    )


def fails(answers: Answers) -> bool:
    """Return whether the caller gets nothing each time: such an error, or no answer."""
    unanswered = all(exchange.observation.ending in ABANDONED for exchange in answers.ends)
    return reports_failure(answers) or (_is_inconclusive(answers) and unanswered)


def is_unanswered(answers: Answers) -> bool:
    """Return whether a request got no response, or only that the server is busy."""
    return any(
        exchange.observation.http is None or exchange.observation.http.status in OF_THE_LOAD
        for exchange in answers.ends
    )


def is_comparable(answers: Answers) -> bool:
    """Return whether the answers to an unknown client show something about imitators.

    Without an answer each of them would take as long as the run waits.
    """
    combined = answers.combined
    waits = any(exchange.observation.ending is Ending.TIMEOUT for exchange in answers.ends)
    decided = combined.outcome is Outcome.ADMITTED or combined.outcome.refused
    return decided or (fails(answers) and not waits)


def _is_inconclusive(answers: Answers) -> bool:
    got = answers.combined.classification
    plain = got.outcome is Outcome.INCONCLUSIVE and got.obstacle in (
        None,
        Obstacle.NOT_FOUND,
        Obstacle.TROUBLE,
    )
    return bool(answers.exchanges) and plain and answers.combined.unanimous


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def imitators_of(planned: PlannedOperation, context: PlanContext) -> list[ClientIdentity]:
    """Return the imitators that can get more on this operation than their control.

    Of two configured identities that imitate each other, the one that lacks the role; the first if both may call it. Of
    the identities that generated certificates imitate, the first one that may call it.
    """
    chosen: dict[object, ClientIdentity] = {}
    imitated = ""
    for identity in context.identities.values():
        if not is_imitator(identity) or must_be_refused(context.identities[identity.imitates], planned):
            continue
        if is_shared(identity, context):
            imitated = imitated or _first_holder(planned, context)
            if identity.imitates == imitated:
                chosen.setdefault(identity.name, identity)
        elif identity.beside in context.identities:
            chosen.setdefault(frozenset((identity.beside, identity.imitates)), identity)
    return list(chosen.values())


def is_imitator(identity: ClientIdentity) -> bool:
    """Return whether an application may take a certificate for another identity's; controls of those are none."""
    return bool(identity.imitates and identity.beside) and identity.profile != UNKNOWN_NAME


def is_shared(identity: ClientIdentity, context: PlanContext) -> bool:
    """Return whether the imitator's control is a certificate of the run, or cannot be made."""
    beside = context.identities.get(identity.beside)
    return beside is None or not beside.is_control


def _first_holder(planned: PlannedOperation, context: PlanContext) -> str:
    imitated = {i.imitates for i in context.identities.values() if is_imitator(i) and is_shared(i, context)}
    able = [i for i in context.accepted if i.name in imitated and not must_be_refused(i, planned)]
    held = (i for i in able if must_be_admitted(i, planned))
    return next((i.name for i in (*held, *able)), "")


def due(
    context: PlanContext, log: ExchangeLog, answers: AnswersOf
) -> Iterator[tuple[PlannedOperation, ClientIdentity]]:
    """Yield the imitators to send because of the answers so far: each to one operation of a group, and to all of one
    that does not refuse it. A server that fails on an unknown client may fail on them too.
    """
    unknown = with_profile(context, UNKNOWN_CLIENT)
    groups = GuardGroups(context, log)
    found: dict[tuple[Hashable, str], list[PlannedOperation]] = defaultdict(list)
    for planned in context.guarded:
        imitated = next((i.imitates for i in imitators_of(planned, context) if is_shared(i, context)), "")
        reason = _distinguished(planned, imitated, context, answers) if imitated else None
        if reason is not None:
            alone = context.exhaustive or reason is Outcome.ADMITTED
            found[(planned.key if alone else groups.of(planned)), imitated].append(planned)
    for (_, imitated), alike in found.items():
        shared = (i for i in imitators_of(alike[0], context) if is_shared(i, context))
        usable = [i for i in shared if i.beside in context.identities]
        for turn, identity in enumerate(usable):
            got = {p.key: answers(p, identity.name, imitated) for p in alike}
            sent = [p for p in alike if got[p.key].exchanges]
            if not sent:
                yield alike[turn % len(alike)], identity
            elif not all(
                got[p.key].combined.outcome.refused
                or (unknown and reports_failure(got[p.key]) and fails(answers(p, unknown.name, imitated)))
                for p in sent
            ):
                yield from ((p, identity) for p in alike if not got[p.key].exchanges)


def _distinguished(
    planned: PlannedOperation, imitated: str, context: PlanContext, answers: AnswersOf
) -> Outcome | None:
    """Return how an unknown client's answers differ from the imitated identity's: refused, failed, or other content."""
    unknown = with_profile(context, UNKNOWN_CLIENT)
    if unknown is None:
        return None
    theirs, own = answers(planned, imitated, imitated), answers(planned, unknown.name, imitated)
    if theirs.combined.outcome is not Outcome.ADMITTED or not own.exchanges:
        return None
    if own.combined.outcome.refused:
        return Outcome.REFUSED_BY_APPLICATION
    if own.combined.outcome is not Outcome.ADMITTED:
        return Outcome.INCONCLUSIVE if is_comparable(own) else None
    stable = contents(theirs.ends)
    differs = len(theirs.ends) > 1 and len(stable) == 1 and not stable & contents(own.ends)
    return Outcome.ADMITTED if differs else None
