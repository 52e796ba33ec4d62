"""Bundles that were answered otherwise than the request without them: their parts are sent as well. Pure.

A server that answers 400 because of one input of many has not shown what it does with the others. Such a bundle
decides nothing; its parts do, down to the single input. One that refuses any unknown parameter gets them one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from specdrift.checks.core.base import PlanContext
from specdrift.checks.core.confirm import as_control
from specdrift.checks.core.guard_groups import GuardGroups
from specdrift.checks.core.undecided import REPEAT, Undecided
from specdrift.checks.sharing.bypass_attempt import BUNDLE, BypassAttempt
from specdrift.checks.sharing.other_operations import BUSY, kind_of
from specdrift.checks.sharing.representatives import Sent, Sharing, alike_operations, as_sent
from specdrift.classify.check_names import CERTIFICATE
from specdrift.classify.exchange import Exchange
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.observation import Ending, Observation
from specdrift.model.exchange.probe import Control, Phase, Probe, Request
from specdrift.model.result.reasons import UndecidedReason
from specdrift.model.result.result import UndecidedOperation

UNTRIED = frozenset({Ending.NOT_SENT, Ending.NO_CONNECTION, Ending.CLIENT_ERROR})
"""Endings that say nothing of the request."""


class Bundles(Struct, frozen=True, dict=True):
    """What a check sent of its bundles. ``first`` has the first exchange of each attempt."""

    check: str
    first: Mapping[Sent, Exchange]
    log: ExchangeLog

    def has_effect(self, attempts: Iterable[BypassAttempt], arriving: Sequence[BypassAttempt]) -> bool:
        """Return whether an attempt arrived, or a bundle was answered otherwise than the operation's own request."""
        rest = () if arriving else self._sent(attempts, ())
        return bool(arriving) or any(self._differs(each, self._refusals(each)) for each in rest)

    def obscured(self, attempts: Iterable[BypassAttempt], arriving: Collection[Sent]) -> list[BypassAttempt]:
        """Return the bundles that were answered otherwise than the same request without them, and did not arrive."""
        return [attempt for attempt in self._sent(attempts, arriving) if self._is_obscured(attempt)]

    def _sent(self, attempts: Iterable[BypassAttempt], arriving: Collection[Sent]) -> Iterator[BypassAttempt]:
        # A check that sent nothing need not make its attempts: of 1,000 operations that takes longer than all else.
        for attempt in attempts if self.first else ():
            if attempt.cause == BUNDLE and attempt.unlocks:
                sent = as_sent(attempt)
                if sent in self.first and sent not in arriving:
                    yield attempt

    def baselines(
        self, attempts: Iterable[BypassAttempt], arriving: Collection[Sent]
    ) -> Iterable[tuple[BypassAttempt, Request]]:
        """Return bundles with the requests without them that are none of the operation's own and not sent yet."""
        found: dict[Hashable, tuple[BypassAttempt, Request]] = {}
        for attempt in self._sent(attempts, arriving):
            plain, without = attempt.plain, _without(attempt)
            is_new = plain is not None and without not in self._requests
            if plain and is_new and self._differs(attempt, self._refusals(attempt)):
                found.setdefault(without, (attempt, plain))
        return found.values()

    def _is_obscured(self, attempt: BypassAttempt) -> bool:
        if not self._differs(attempt, self._refusals(attempt)):
            return False
        if attempt.plain is None:
            return True
        plain = self._requests.get(_without(attempt))
        return plain is not None and self._differs(attempt, [plain])

    @cached_property
    def _requests(self) -> Mapping[Hashable, Exchange]:
        """The first exchange of each request, by what ``_without`` returns."""
        sent = ((exchange.probe, exchange) for exchange in self.first.values())
        return {
            (
                probe.operation,
                probe.identity,
                probe.connection.endpoint,
                probe.connection.alpn,
                probe.request,
            ): e
            for probe, e in sent
        }

    def _refusals(self, attempt: BypassAttempt) -> Iterable[Exchange]:
        return self.log.of(CERTIFICATE, attempt.planned.key, attempt.caller.name)

    def _differs(self, attempt: BypassAttempt, usual: Iterable[Exchange]) -> bool:
        return is_answered_otherwise(self.first[as_sent(attempt)], usual)


def _without(attempt: BypassAttempt) -> Hashable:
    """Return what is the same in the probe of the request without the bundle."""
    connection = attempt.connection
    return (
        attempt.planned.key,
        attempt.caller.name,
        connection.endpoint,
        connection.alpn,
        attempt.plain,
    )


def is_answered_otherwise(exchange: Exchange, usual: Iterable[Exchange]) -> bool:
    """Return whether the answer to a bundle is another one than each to the usual request."""
    known, got = {_manner(each.observation) for each in usual}, exchange.observation
    busy = got.http is not None and got.http.status in BUSY
    return bool(known) and not busy and got.ending not in UNTRIED and _manner(got) not in known


def _manner(observation: Observation) -> Hashable:
    """Return how a request was answered: by its status, and the path that a redirect leads to; else by its end."""
    http = observation.http
    if http is None:
        return observation.ending
    location = http.header("location") if 300 <= http.status < 400 else ""
    return http.status, _path_of(location)


def _path_of(location: str) -> str:
    try:
        return urlsplit(location).path
    except ValueError:
        return location


def parts_due(
    attempts: Iterable[BypassAttempt],
    obscured: Iterable[BypassAttempt],
    bundles: Bundles,
    context: PlanContext,
    *,
    sharing: Sharing,
) -> Iterator[BypassAttempt]:
    """Yield the parts of the obscured bundles: the same one for one operation of each group with alike guards only.

    A server that refuses what it does not know has dozens of them, and does so in every folder.
    """
    keys = {bundle.unlocks for bundle in obscured}
    due = [attempt for attempt in attempts if attempt.requires in keys] if keys else []
    if context.exhaustive or sharing is Sharing.NONE:
        yield from due
        return
    groups = GuardGroups(context, bundles.log)
    for turn, alike in enumerate(alike_operations(due, groups)):
        if not any(as_sent(attempt) in bundles.first for attempt in alike):
            yield alike[turn % len(alike)]


def taken_apart(
    attempts: Sequence[BypassAttempt],
    arriving: Iterable[BypassAttempt],
    bundles: Bundles,
    context: PlanContext,
    *,
    sharing: Sharing,
    probe: Callable[[BypassAttempt], Probe],
) -> Iterator[Probe]:
    """Yield the requests without obscured bundles that are not sent yet, and the parts of these bundles."""
    arrived = frozenset(map(as_sent, arriving))
    for attempt, plain in bundles.baselines(attempts, arrived):
        yield replace(
            probe(attempt),
            request=plain,
            tag=as_control(attempt.tag, Control.BASELINE),
            variant=f"{attempt.name} left out",
            phase=Phase.CONFIRM,
            control=True,
            why="the same request without these, for comparison",
        )
    obscured = bundles.obscured(attempts, arrived)
    for attempt in parts_due(attempts, obscured, bundles, context, sharing=sharing):
        yield replace(probe(attempt), phase=Phase.CONFIRM)


def smallest(group: Sequence[BypassAttempt]) -> Sequence[BypassAttempt]:
    """Return the attempts of one cause without the bundles of which a part arrived as well."""
    needed = {attempt.requires for attempt in group} - {""}
    return [attempt for attempt in group if attempt.unlocks not in needed]


def not_taken_apart(
    bundles: Bundles,
    some: Iterable[BypassAttempt],
    every: Callable[[], Iterable[BypassAttempt]],
    arrived: Collection[Sent],
) -> Iterator[UndecidedOperation]:
    """Yield the operations with an obscured bundle of which a part was sent to no operation.

    ``every`` makes the attempts of which ``some`` are those that require no other.
    """
    if not bundles.obscured(some, arrived):
        return
    attempts = list(every())
    parts: dict[str, list[BypassAttempt]] = defaultdict(list)
    for attempt in attempts:
        parts[attempt.requires].append(attempt)
    answers = ((sent, exchange.observation.ending) for sent, exchange in bundles.first.items())
    tried = {(caller, tag) for (_, caller, tag), ending in answers if ending not in UNTRIED}
    for key, group in _by_operation(bundles.obscured(attempts, arrived)).items():
        left = (each for each in group if any(kind_of(part) not in tried for part in parts[each.unlocks]))
        if (bundle := next(left, None)) is not None:
            yield Undecided(
                kind=UndecidedReason.NOT_SENT,
                reason=f"the server answers {bundle.words} otherwise than the request without them, "
                "and not each of them was sent alone",
                advice=REPEAT,
            ).of(key)


def _by_operation(bundles: Iterable[BypassAttempt]) -> Mapping[OperationKey, list[BypassAttempt]]:
    found: dict[OperationKey, list[BypassAttempt]] = defaultdict(list)
    for bundle in bundles:
        found[bundle.planned.key].append(bundle)
    return found
