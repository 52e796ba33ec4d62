"""Conditions on what is not known: decided both ways, or as the client likes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision, Undetermined

MOST_FACTS = 6
"""Maximum number of facts that are assumed both ways: the number of runs doubles with each."""


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A condition on something that is not known."""

    what: str
    reason: str
    chosen: bool
    """The client determines it: a name in its certificate, or how it connects."""
    at: SourceLocation | None


Answer = bool | OpenFact
"""Whether a condition holds."""


class NotAssumed(Exception):
    """The decision depends on a fact that may hold or not."""

    def __init__(self, fact: OpenFact) -> None:
        super().__init__(fact.what)
        self.fact = fact


def all_hold(values: Iterable[Answer]) -> Answer:
    """Return whether all hold: one that does not decides before one that is not known."""
    found: Answer = True
    for one in values:
        if one is False:
            return False
        found = one if found is True else found
    return found


def any_holds(values: Iterable[Answer]) -> Answer:
    """Return whether one holds."""
    found: Answer = False
    for one in values:
        if one is True:
            return True
        found = one if found is False else found
    return found


def certainly(answer: Answer) -> bool:
    """Return a condition. Raises NotAssumed for one that is not known."""
    if isinstance(answer, OpenFact):
        raise NotAssumed(answer)
    return answer


def decided_for(
    decide: Callable[[Mapping[str, bool]], Decision],
    at: SourceLocation,
    assumed: Mapping[str, bool] | None = None,
) -> Decision:
    """Decide; each fact that is not known is assumed both ways."""
    known = assumed or {}
    try:
        return decide(known)
    except Undetermined as error:
        return _unknown(error.what, error.at or at)
    except NotAssumed as found:
        fact = found.fact
    if len(known) >= MOST_FACTS:
        return _unknown("many values that are not known", fact.at)
    without, with_it = (decided_for(decide, at, {**known, fact.what: one}) for one in (False, True))
    if fact.chosen:
        return wished(without, with_it)
    return without if _alike(without, with_it) else _either(without, with_it, fact)


def _unknown(what: str, at: SourceLocation | None) -> Decision:
    return Decision(passage=Passage.UNKNOWN, at=at, reason=what)


def wished(without: Decision, with_it: Decision) -> Decision:
    """Return what a client gets that brings about the condition, or not, as it likes."""
    wanted: tuple[Callable[[Decision], bool], ...] = (
        lambda one: one.passage.admitted,
        lambda one: one.passage is Passage.UNKNOWN,
    )
    return next((one for each in wanted for one in (without, with_it) if each(one)), without)


def _alike(one: Decision, other: Decision) -> bool:
    if Passage.UNKNOWN in (one.passage, other.passage):
        return False
    if one.passage.refused and other.passage.refused:
        return True
    return (one.passage, one.upstream, one.path, one.at, one.sent) == (
        *(other.passage, other.upstream, other.path, other.at, other.sent),
    )


def _either(one: Decision, other: Decision, fact: OpenFact) -> Decision:
    further = [each for each in (one, other) if not each.passage.refused]
    known = all(each.upstream for each in further)
    paths = {each.path for each in further}
    named = next((each.reason for each in further if each.passage is Passage.UNKNOWN), "")
    return replace(
        further[-1],
        passage=Passage.UNKNOWN,
        status=None,
        at=fact.at or further[-1].at,
        reason=fact.reason or named,
        upstream=frozenset(address for each in further for address in each.upstream)
        if known
        else frozenset(),
        path=paths.pop() if len(paths) == 1 else "",
        sent={},
    )
