"""Laws of the comparison that hold for any two requirements, however odd."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from specdrift.differ.contract_changes import Direction, changes, since
from specdrift.differ.contract_changes.requirements import turns
from specdrift.loader.security.demand import demand_of
from specdrift.model.contract.contract import Contract, DocumentIdentity
from specdrift.model.contract.operation import Operation, OperationKey
from specdrift.model.contract.requirement import Origin, Requirement, SchemeType, SchemeUse, SecurityScheme
from tests.differ.drift_builders import operation

TYPES = {
    "mtls": SchemeType.MUTUAL_TLS,
    "partner": SchemeType.MUTUAL_TLS,
    "key": SchemeType.API_KEY,
    "token": SchemeType.OAUTH2,
    "ghost": SchemeType.UNKNOWN,
}
SCHEMES = {name: SecurityScheme(name=name, type=type_) for name, type_ in TYPES.items()}
KNOWN = frozenset(name for name, type_ in TYPES.items() if type_ is not SchemeType.UNKNOWN)

roles = st.lists(st.sampled_from(("reader", "admin")), unique=True, max_size=2).map(tuple)
alternatives = st.dictionaries(st.sampled_from(sorted(TYPES)), roles, max_size=3).map(
    lambda uses: tuple(SchemeUse(scheme=SCHEMES[name], scopes=scopes) for name, scopes in uses.items())
)
origins = st.sampled_from((Origin.OPERATION, Origin.ROOT))


def requirement(listed: list[tuple[SchemeUse, ...]], origin: Origin) -> Requirement:
    """As the loader makes it."""
    return Requirement(alternatives=tuple(listed), origin=origin, demand=demand_of(listed))


requirements = st.builds(requirement, st.lists(alternatives, max_size=4), origins)


def directions(older: Requirement, newer: Requirement) -> set[Direction]:
    """Which ways it went."""
    return {direction for _, direction in turns(older, newer, KNOWN)}


@given(requirements, st.randoms(use_true_random=False))
def test_a_requirement_compared_with_itself_has_not_changed(one: Requirement, chance: object) -> None:
    """Nor with itself in another order, from another place, or said twice."""
    shuffled = list(one.alternatives)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    other = replace(one, alternatives=tuple(shuffled), origin=Origin.ROOT)
    assert turns(one, one, KNOWN) == turns(one, other, KNOWN) == turns(other, one, KNOWN) == ()
    if one.alternatives:
        assert turns(one, replace(one, alternatives=one.alternatives * 2), KNOWN) == ()


@given(requirements, requirements)
def test_a_downgrade_and_its_reverse_mirror_each_other(one: Requirement, other: Requirement) -> None:
    """A change that loosens in one direction tightens, or differs, in the other; no change is reported in one only."""
    forth, back = directions(one, other), directions(other, one)
    assert bool(forth) == bool(back)
    for there, again, newer in ((forth, back, other), (back, forth, one)):
        if there == {Direction.STRONGER}:
            assert again == {Direction.UNDECIDED if Direction.UNDECIDED in again else Direction.WEAKER}
        if Direction.UNDECIDED in again:
            assert any(use.scheme.type is SchemeType.UNKNOWN for uses in newer.alternatives for use in uses)


@given(requirements, alternatives)
def test_one_more_alternative_never_keeps_anybody_out(one: Requirement, more: tuple[SchemeUse, ...]) -> None:
    """It is a downgrade, or superfluous."""
    added = requirement([*one.alternatives, more], one.origin) if one.alternatives else one
    assert not directions(one, added) & {Direction.STRONGER}


@given(requirements)
def test_no_requirement_is_the_weakest(one: Requirement) -> None:
    """Nothing is weaker than anonymous access."""
    nothing = requirement([], Origin.OPERATION)
    assert Direction.STRONGER not in directions(one, nothing)
    assert Direction.WEAKER not in directions(nothing, one)
    if not one.anonymous_allowed:
        assert directions(one, nothing) == {Direction.WEAKER}
        assert directions(nothing, one) == {Direction.STRONGER}


@given(st.dictionaries(st.sampled_from(("/a", "/b/{id}", "/b/{other}", "/c")), requirements))
def test_a_document_has_no_changes_to_itself(described: dict[str, Requirement]) -> None:
    """Also where two of its paths are the same."""
    contract = Contract(
        document=DocumentIdentity(source="openapi.yaml", sha256="", openapi="3.1.0", title=""),
        operations=tuple(_operation(path, one) for path, one in described.items()),
        schemes=tuple(SCHEMES[name] for name in sorted(KNOWN)),
    )
    assert changes(contract, contract) == ()
    assert (dict(since(contract, contract).changed), since(contract, contract).removed) == ({}, ())


def _operation(path: str, one: Requirement) -> Operation:
    return replace(operation(OperationKey(path=path, method="GET")), requirement=one)
