"""Compares the strength of two requirements, independent of how they are written.

A requirement is an OR of ANDs. An alternative of several roles is one alternative for each of them, for one is enough.
An alternative implies another if it needs every scheme of the other, with its role or
scopes: a caller with the credentials of the first has those of the second. An alternative that implies no older one
admits new callers. Only where it takes the place of an older one that is gone may a client certificate stand for
another scheme.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from specdrift.differ.contract_changes.origins import ServerOrigin, origin_of
from specdrift.model.contract.requirement import Demand, Requirement, SchemeType, SchemeUse
from specdrift.model.contract.roles import admits_no_more, ways

MOST_COMPARED = 100
"""Maximum number of alternatives to compare; others count as new unless they are equal to an old one."""

_CERTIFICATE, _OTHER, _UNREADABLE = 2, 1, 0
_RANKS = {SchemeType.MUTUAL_TLS: _CERTIFICATE, SchemeType.UNKNOWN: _UNREADABLE}


class Need(Struct, frozen=True, order=True):
    """One scheme of an alternative, independent of its name."""

    rank: int
    """Strength: client certificate, other, unreadable."""
    scheme: tuple[str, ...]
    """Type and parameters."""
    name: str
    """Empty unless both documents have an equal scheme of that name."""
    scopes: tuple[str, ...]
    issuers: tuple[str, ...] = ()
    """URLs of those that issue its tokens; a part of ``scheme``."""
    roles: bool = False
    """Whether ``scopes`` are roles; more than one only where there are too many choices to list."""

    @property
    def identity(self) -> "Identity":
        """Equal for two needs of the same scheme."""
        return self.scheme, self.name

    @property
    def is_unreadable(self) -> bool:
        """Whether the document does not say what it is."""
        return self.rank == _UNREADABLE


Identity = tuple[tuple[str, ...], str]
"""A scheme: its type and parameters, and its name if both documents have it."""
Needs = tuple[Need, ...]
"""One alternative; ``()`` is anonymous access."""

ANONYMOUS_ACCESS: Needs = ()
CANNOT_BE_READ: Needs = (Need(_UNREADABLE, ("security",), "", ()),)


def alternatives_of(requirement: Requirement, shared: Collection[str]) -> tuple[Needs, ...]:
    """Return the alternatives sorted, each once. No ``security`` and ``[]`` both mean anonymous access."""
    if not requirement.alternatives:
        return (CANNOT_BE_READ,) if requirement.demand is Demand.UNKNOWN else (ANONYMOUS_ACCESS,)
    return tuple(sorted({_needs(way, shared) for uses in requirement.alternatives for way in ways(uses)}))


def _needs(uses: Iterable[SchemeUse], shared: Collection[str]) -> Needs:
    return tuple(sorted(_need(use, shared) for use in uses))


def _need(use: SchemeUse, shared: Collection[str]) -> Need:
    scheme = use.scheme
    meaning = (scheme.type.value, *(scheme.parameter or ()), scheme.http_scheme, *scheme.issuers)
    name = scheme.name if scheme.name in shared else ""
    scopes = tuple(sorted(set(use.scopes)))
    return Need(_RANKS.get(scheme.type, _OTHER), meaning, name, scopes, scheme.issuers, use.names_roles)


def without_redundant(alternatives: Sequence[Needs]) -> tuple[Needs, ...]:
    """Remove redundant alternatives: those that need all of another one and more."""
    few, rest = alternatives[:MOST_COMPARED], alternatives[MOST_COMPARED:]
    return (
        *(one for one in few if not any(one != other and implies(one, other) for other in few)),
        *rest,
    )


def implies(one: Needs, other: Needs) -> bool:
    """Return whether a caller with all that ``one`` needs also has all that ``other`` needs."""
    return not _free_of(one, other)[1]


def not_implying(some: Sequence[Needs], others: Sequence[Needs]) -> Iterator[Needs]:
    """Yield the alternatives of ``some`` that imply none of ``others``: they admit callers that those refuse."""
    known = set(others)
    few = others[:MOST_COMPARED]
    for index, needs in enumerate(some):
        if needs not in known and (index >= MOST_COMPARED or not any(implies(needs, one) for one in few)):
            yield needs


def replaces(one: Needs, other: Needs, named: Collection[Identity]) -> bool:
    """Return whether ``one`` may take the place of ``other``: a client certificate stands for another scheme.

    ``named`` are the schemes of the older requirement: a certificate that it accepts is no new one, and stands for
    nothing. An alternative that cannot be read is replaced by nothing.
    """
    free, rest = _free_of(one, other)
    spare = [need for need in free if need.rank == _CERTIFICATE and need.identity not in named]
    return len(spare) >= len(rest) and all(need.rank == _OTHER for need in rest)


def may_imply(one: Needs, other: Needs) -> bool:
    """Return whether ``one`` implies ``other`` if each scheme of that which cannot be read is one that ``one`` needs.

    Whatever cannot be read as a whole may also be no requirement.
    """
    if other == CANNOT_BE_READ:
        return True
    free, rest = _free_of(one, other)
    return bool(free) and bool(rest) and all(need.is_unreadable for need in rest)


def resembles(one: Needs, other: Needs) -> bool:
    """Return whether they differ only by schemes of the same strength, such as a token instead of a key.

    Schemes that both have keep their roles and scopes, and tokens are issued by the same hosts.
    """
    common = {need.identity for need in one} & {need.identity for need in other}
    foreign = [need for need in one if need.identity not in common]
    replaced = [need for need in other if need.identity not in common]
    kept = [need for need in one if need.identity in common]
    return (
        implies(tuple(kept), tuple(need for need in other if need.identity in common))
        and [need.rank for need in foreign] == [need.rank for need in replaced]
        and not _has_foreign_issuer(foreign, replaced)
        and sum(bool(need.scopes) for need in foreign) >= sum(bool(need.scopes) for need in replaced)
    )


def _has_foreign_issuer(needs: Sequence[Need], former: Sequence[Need]) -> bool:
    """Return whether tokens are accepted of a host that issued none; other credentials may have become tokens."""
    known = [origin for need in former for origin in _origins(need)]
    found = [origin for need in needs for origin in _origins(need)]
    return bool(known) and any(
        not any(one.includes(origin) or origin.upgrades(one) for one in known) for origin in found
    )


def _origins(need: Need) -> Iterator[ServerOrigin]:
    """Yield the origins of its issuers; a relative URL has none."""
    return (origin for url in need.issuers if (origin := origin_of(url)) is not None)


def _free_of(same: Needs, other: Needs) -> tuple[list[Need], list[Need]]:
    """Return the needs of both without the pairs of one scheme whose scopes or role ``same`` covers."""
    free, rest = list(same), []
    for need in other:
        found = next((n for n in free if n.identity == need.identity and _covers(n, need)), None)
        if found is None:
            rest.append(need)
        else:
            free.remove(found)
    return free, rest


def _covers(one: Need, other: Need) -> bool:
    """Return whether a caller with the scopes, or a role, of ``one`` has those of ``other``."""
    has, needed = frozenset(one.scopes), frozenset(other.scopes)
    return admits_no_more(has, needed) if one.roles else has >= needed
