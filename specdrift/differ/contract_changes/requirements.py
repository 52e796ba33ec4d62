"""Changes of one requirement: one kind for each alternative that admits new callers."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from specdrift.differ.contract_changes.change import ChangeKind, Direction
from specdrift.differ.contract_changes.requirement_strength import (
    ANONYMOUS_ACCESS,
    CANNOT_BE_READ,
    MOST_COMPARED,
    Needs,
    alternatives_of,
    may_imply,
    not_implying,
    replaces,
    resembles,
    without_redundant,
)
from specdrift.model.contract.requirement import Demand, Origin, Requirement, SchemeType

Turn = tuple[ChangeKind, Direction]

_WORST_FIRST = (Direction.WEAKER, Direction.UNDECIDED, Direction.OTHER)
_NOTHING = frozenset({Demand.UNDECLARED, Demand.NOT_REQUIRED})


def turns(older: Requirement, newer: Requirement, shared: Collection[str]) -> tuple[Turn, ...]:
    """Return the changes of the worst direction, each once. ``shared``: names of schemes equal in both documents."""
    if _same(older, newer, shared):
        return ()
    before, after = (without_redundant(alternatives_of(one, shared)) for one in (older, newer))
    found = dict.fromkeys(_loosening(before, after, older, newer))
    for worst in _WORST_FIRST:
        if turned := tuple(turn for turn in found if turn[1] is worst):
            return turned
    if (
        next(not_implying(before, after), None) is not None
        or next(not_implying(after, before), None) is not None
    ):
        return ((ChangeKind.STRENGTHENED, Direction.STRONGER),)
    if _demand(older) is not _demand(newer):
        return (_offered(older, newer, shared),)
    return ()


def is_weaker(older: Requirement, newer: Requirement, shared: Collection[str]) -> bool:
    """Return whether it admits callers that the older one refuses."""
    return any(direction is Direction.WEAKER for _, direction in turns(older, newer, shared))


def _offered(older: Requirement, newer: Requirement, shared: Collection[str]) -> Turn:
    """The callers stay the same: alternatives to anonymous access were added, or withdrawn."""
    before, after = (set(alternatives_of(one, shared)) for one in (older, newer))
    if before - after - {ANONYMOUS_ACCESS}:
        return ChangeKind.OFFER_CHANGED, Direction.OTHER
    return ChangeKind.OFFER_ADDED, Direction.SAME


def _same(older: Requirement, newer: Requirement, shared: Collection[str]) -> bool:
    """Return whether the requirements are plainly equal, the frequent case."""
    names = {use.scheme.name for one in older.alternatives for use in one}
    return (
        names <= set(shared)
        and older.demand is newer.demand
        and older.alternatives == newer.alternatives
        and older.demand is not Demand.UNKNOWN
    )


def _demand(requirement: Requirement) -> Demand:
    """Return the demand; ``not-required`` counts as ``undeclared``."""
    return Demand.UNDECLARED if requirement.demand in _NOTHING else requirement.demand


def _loosening(
    before: Sequence[Needs], after: Sequence[Needs], older: Requirement, newer: Requirement
) -> Iterator[Turn]:
    gone = list(islice(not_implying(before, after), MOST_COMPARED))
    still = set(after)
    changed = [needs for needs in before if needs not in still][:MOST_COMPARED]
    replaced = tuple(gone)
    named = {need.identity for needs in before for need in needs}
    unreadable = [needs for needs in before if any(need.is_unreadable for need in needs)][:MOST_COMPARED]
    for needs in islice(not_implying(after, before), MOST_COMPARED):
        if any(may_imply(needs, other) for other in unreadable):
            yield ChangeKind.OLDER_UNREADABLE, Direction.UNDECIDED
        elif any(replaces(needs, other, named) for other in replaced):
            continue
        elif resembling := next((other for other in gone if needs and resembles(needs, other)), None):
            gone.remove(resembling)
            changed = [one for one in changed if one != resembling]
            yield ChangeKind.SCHEME_CHANGED, Direction.OTHER
        elif needs == ANONYMOUS_ACCESS:
            yield _opened(older, newer), Direction.WEAKER
        else:
            yield _loosened(needs, changed), Direction.WEAKER


def _opened(older: Requirement, newer: Requirement) -> ChangeKind:
    if any(newer.alternatives):
        return ChangeKind.ANONYMOUS_ADDED
    own = newer.demand is Demand.NOT_REQUIRED and newer.origin is Origin.OPERATION
    return ChangeKind.EMPTIED if own and older.origin is Origin.ROOT else ChangeKind.REQUIREMENT_REMOVED


def _loosened(needs: Needs, gone: Sequence[Needs]) -> ChangeKind:
    """Return the kind of an alternative that admits new callers, by the alternatives that are gone."""
    if any(need.scheme[0] == SchemeType.UNKNOWN.value for need in needs) or needs == CANNOT_BE_READ:
        return ChangeKind.SCHEME_LOST
    schemes = [need.identity for need in needs]
    for other in gone:
        others = [need.identity for need in other]
        if schemes == others:
            return ChangeKind.ROLE_DROPPED
        if set(schemes) < set(others):
            return ChangeKind.MEMBER_DROPPED
    return ChangeKind.SCHEME_CHANGED if gone else ChangeKind.ALTERNATIVE_ADDED
