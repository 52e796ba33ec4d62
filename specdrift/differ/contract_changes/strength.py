"""Which of two requirements lets in more callers: by what they mean, not by how they are written.

A requirement is an OR of ANDs. An alternative is at least as strong as another when whoever satisfies it has shown
at least as much: every scheme of the other one, with its roles or scopes, or a client certificate in its place.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from specdrift.model.contract.requirement import Demand, Requirement, SchemeType, SchemeUse

MOST_COMPARED = 100
"""Alternatives of one requirement that are weighed; whatever is beyond counts as new unless it was there before."""

_CERTIFICATE, _OTHER, _UNREADABLE = 2, 1, 0
_RANKS = {SchemeType.MUTUAL_TLS: _CERTIFICATE, SchemeType.UNKNOWN: _UNREADABLE}


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One scheme of an alternative, without what a rename may change.

    ``name`` is empty unless both documents have a scheme of that name and meaning: then two of them are told apart.
    """

    rank: int
    scheme: tuple[str, ...]
    name: str
    scopes: tuple[str, ...]

    @property
    def identity(self) -> tuple[tuple[str, ...], str]:
        """What has to be equal for two needs to be of the same scheme."""
        return self.scheme, self.name


Needs = tuple[Need, ...]
"""One alternative; ``()`` is anonymous access."""

ANYBODY: Needs = ()
_CANNOT_BE_READ: Needs = (Need(_UNREADABLE, ("security",), "", ()),)


def alternatives_of(requirement: Requirement, shared: Collection[str]) -> tuple[Needs, ...]:
    """The alternatives in a fixed order, each once. No ``security`` and ``[]`` both let anybody in."""
    if not requirement.alternatives:
        return (_CANNOT_BE_READ,) if requirement.demand is Demand.UNKNOWN else (ANYBODY,)
    return tuple(sorted({_needs(uses, shared) for uses in requirement.alternatives}))


def _needs(uses: Iterable[SchemeUse], shared: Collection[str]) -> Needs:
    return tuple(sorted(_need(use, shared) for use in uses))


def _need(use: SchemeUse, shared: Collection[str]) -> Need:
    scheme = use.scheme
    meaning = (scheme.type.value, *(scheme.parameter or ()), scheme.http_scheme, *scheme.issuers)
    name = scheme.name if scheme.name in shared else ""
    return Need(_RANKS.get(scheme.type, _OTHER), meaning, name, tuple(sorted(set(use.scopes))))


def needed(alternatives: Sequence[Needs]) -> tuple[Needs, ...]:
    """Without those that nobody needs, since another one asks for part of the same."""
    few, rest = alternatives[:MOST_COMPARED], alternatives[MOST_COMPARED:]
    return (
        *(one for one in few if not any(one != other and not _free_of(one, other)[1] for other in few)),
        *rest,
    )


def let_in(newer: Sequence[Needs], older: Sequence[Needs]) -> Iterator[Needs]:
    """The alternatives of ``newer`` that let in callers whom none of ``older`` let in."""
    known = set(older)
    few = older[:MOST_COMPARED]
    for index, needs in enumerate(newer):
        if needs not in known and (index >= MOST_COMPARED or not any(covers(needs, other) for other in few)):
            yield needs


def covers(one: Needs, other: Needs) -> bool:
    """Whether satisfying ``one`` takes at least what satisfying ``other`` takes.

    Each need of ``other`` has one of ``one`` for itself that asks for as much, or that is of a stronger kind.
    """
    free, rest = _free_of(one, other)
    for need in sorted(rest, reverse=True):
        stronger = next((n for n in sorted(free) if n.rank > need.rank), None)
        if stronger is None:
            return False
        free.remove(stronger)
    return True


def resembles(one: Needs, other: Needs) -> bool:
    """Whether the two differ only by schemes of the same strength: a token instead of a key.

    A scheme that both have needs its roles and scopes: none of them is replaced by something else.
    """
    common = {need.identity for need in one} & {need.identity for need in other}
    foreign = [need for need in one if need.identity not in common]
    replaced = [need for need in other if need.identity not in common]
    kept = [need for need in one if need.identity in common]
    return (
        covers(tuple(kept), tuple(need for need in other if need.identity in common))
        and [need.rank for need in foreign] == [need.rank for need in replaced]
        and sum(bool(need.scopes) for need in foreign) >= sum(bool(need.scopes) for need in replaced)
    )


def _free_of(same: Needs, other: Needs) -> tuple[list[Need], list[Need]]:
    """What is left of both once each need has met one of the same scheme that asks for as many scopes or more."""
    free, rest = list(same), []
    for need in other:
        found = next(
            (n for n in free if n.identity == need.identity and set(n.scopes) >= set(need.scopes)), None
        )
        if found is None:
            rest.append(need)
        else:
            free.remove(found)
    return free, rest
