"""Compares the strength of two requirements, independent of how they are written.

A requirement is an OR of ANDs. An alternative is at least as strong as another if it needs every scheme of the other,
with its roles or scopes, or a client certificate in place of it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from specdrift.model.contract.requirement import Demand, Requirement, SchemeType, SchemeUse

MOST_COMPARED = 100
"""Maximum number of alternatives to compare; others count as new unless they are equal to an old one."""

_CERTIFICATE, _OTHER, _UNREADABLE = 2, 1, 0
_RANKS = {SchemeType.MUTUAL_TLS: _CERTIFICATE, SchemeType.UNKNOWN: _UNREADABLE}


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One scheme of an alternative, independent of its name."""

    rank: int
    """Strength: client certificate, other, unreadable."""
    scheme: tuple[str, ...]
    """Type and parameters."""
    name: str
    """Empty unless both documents have an equal scheme of that name."""
    scopes: tuple[str, ...]

    @property
    def identity(self) -> tuple[tuple[str, ...], str]:
        """Equal for two needs of the same scheme."""
        return self.scheme, self.name


Needs = tuple[Need, ...]
"""One alternative; ``()`` is anonymous access."""

ANONYMOUS_ACCESS: Needs = ()
_CANNOT_BE_READ: Needs = (Need(_UNREADABLE, ("security",), "", ()),)


def alternatives_of(requirement: Requirement, shared: Collection[str]) -> tuple[Needs, ...]:
    """Return the alternatives sorted, each once. No ``security`` and ``[]`` both mean anonymous access."""
    if not requirement.alternatives:
        return (_CANNOT_BE_READ,) if requirement.demand is Demand.UNKNOWN else (ANONYMOUS_ACCESS,)
    return tuple(sorted({_needs(uses, shared) for uses in requirement.alternatives}))


def _needs(uses: Iterable[SchemeUse], shared: Collection[str]) -> Needs:
    return tuple(sorted(_need(use, shared) for use in uses))


def _need(use: SchemeUse, shared: Collection[str]) -> Need:
    scheme = use.scheme
    meaning = (scheme.type.value, *(scheme.parameter or ()), scheme.http_scheme, *scheme.issuers)
    name = scheme.name if scheme.name in shared else ""
    return Need(_RANKS.get(scheme.type, _OTHER), meaning, name, tuple(sorted(set(use.scopes))))


def without_redundant(alternatives: Sequence[Needs]) -> tuple[Needs, ...]:
    """Remove redundant alternatives: those that need all of another one and more."""
    few, rest = alternatives[:MOST_COMPARED], alternatives[MOST_COMPARED:]
    return (
        *(one for one in few if not any(one != other and not _free_of(one, other)[1] for other in few)),
        *rest,
    )


def newly_admitting(newer: Sequence[Needs], older: Sequence[Needs]) -> Iterator[Needs]:
    """Yield the alternatives of ``newer`` that admit callers that ``older`` refuses."""
    known = set(older)
    few = older[:MOST_COMPARED]
    for index, needs in enumerate(newer):
        if needs not in known and (index >= MOST_COMPARED or not any(covers(needs, other) for other in few)):
            yield needs


def covers(one: Needs, other: Needs) -> bool:
    """Return whether ``one`` is at least as strong as ``other``.

    Each need of ``other`` has its own counterpart in ``one``: the same scheme with its scopes, or a stronger kind.
    """
    free, rest = _free_of(one, other)
    for need in sorted(rest, reverse=True):
        stronger = next((n for n in sorted(free) if n.rank > need.rank), None)
        if stronger is None:
            return False
        free.remove(stronger)
    return True


def resembles(one: Needs, other: Needs) -> bool:
    """Return whether they differ only by schemes of the same strength, such as a token instead of a key.

    Schemes that both have keep their roles and scopes.
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
    """Return the needs of both without the pairs of one scheme whose scopes ``same`` covers."""
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
