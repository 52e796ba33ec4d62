"""Conditions on what is not known: decided both ways, or as the client likes."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import Passage
from specdrift.source.gateway.exchange import Decision, Undetermined

MOST_FACTS = 6
"""Maximum number of facts that are assumed both ways: the number of runs doubles with each."""
MOST_STATES = 30
"""Maximum number of facts that are usually one way."""
MOST_UNUSUAL = 2
"""Maximum number of facts that are not as usual at the same time; what more of them bring about is not known."""


class OpenFact(Struct, frozen=True):
    """A condition on something that is not known."""

    what: str
    reason: str
    chosen: bool
    """The client determines it: a name in its certificate, or how it connects."""
    at: SourceLocation | None
    usual: bool | None = None
    """Whether it holds before earlier requests, and failures of servers, changed the state of the gateway.

    ``None`` if there is no such state, or what holds then is not known.
    """


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


class _Assumed(Struct, frozen=True):
    """What is assumed in one run."""

    facts: Mapping[str, bool]
    states: int = 0
    """How many of the facts are usually one way."""
    unusual: int = 0
    """How many of these are assumed to be the other way."""

    def also(self, fact: OpenFact, *, holds: bool) -> "_Assumed":
        state = fact.usual is not None
        unusual = self.unusual + (state and holds is not fact.usual)
        return _Assumed({**self.facts, fact.what: holds}, self.states + state, unusual)

    @property
    def too_many(self) -> bool:
        open_ones = len(self.facts) - self.states
        return open_ones > MOST_FACTS or self.states > MOST_STATES or self.unusual > MOST_UNUSUAL


def decided_for(decide: Callable[[Mapping[str, bool]], Decision], at: SourceLocation) -> Decision:
    """Decide; each fact that is not known is assumed both ways."""
    return _decided_for(decide, at, _Assumed({}))


def _decided_for(
    decide: Callable[[Mapping[str, bool]], Decision], at: SourceLocation, known: _Assumed
) -> Decision:
    try:
        return decide(known.facts)
    except Undetermined as error:
        return _unknown(error.what, error.at or at)
    except NotAssumed as found:
        fact = found.fact
    further = (known.also(fact, holds=one) for one in (False, True))
    without, with_it = (
        _unknown("many values that are not known", fact.at) if one.too_many else _decided_for(decide, at, one)
        for one in further
    )
    if fact.chosen:
        return wished(without, with_it)
    if _alike(without, with_it):
        return without
    if fact.usual is not None:
        return _in_states(*((with_it, without) if fact.usual else (without, with_it)), fact)
    return _either(without, with_it, fact)


def _in_states(usual: Decision, changed: Decision, fact: OpenFact) -> Decision:
    """Return what usually becomes of a request, with what may become of it in another state of the gateway.

    A state that only refuses more is none that anyone gets further by.
    """
    if changed.passage.refused:
        return usual
    possible = replace(
        changed, passage=Passage.UNKNOWN, status=None, reason=changed.reason or fact.reason, sent={}
    )
    if usual.passage.refused:
        return replace(possible, at=fact.at or changed.at)
    return replace(usual, copies=(*usual.copies, *changed.copies, replace(possible, copies=())))


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
