"""What must hold for every requirement, whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st

from specdrift.loader.security.demand import Alternative, demand_of
from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse, SecurityScheme

STRENGTH = {
    Demand.REQUIRED: 3,
    Demand.ONE_OF_SEVERAL: 2,
    Demand.OPTIONAL: 1,
    Demand.OTHER: 0,
    Demand.NOT_REQUIRED: 0,
}
"""Rank how easily an anonymous client is admitted by the declaration."""


def uses(types: list[SchemeType]) -> st.SearchStrategy[SchemeUse]:
    """Uses of schemes of these types."""
    return st.sampled_from(types).map(lambda t: SchemeUse(scheme=SecurityScheme(name=t.value, type=t)))


KNOWN = [SchemeType.MUTUAL_TLS, SchemeType.API_KEY, SchemeType.OAUTH2]
ALTERNATIVE = st.lists(uses(KNOWN), max_size=3).map(tuple)
REQUIREMENT = st.lists(ALTERNATIVE, max_size=4).map(tuple)
ANYTHING = st.lists(st.lists(uses([*KNOWN, SchemeType.UNKNOWN]), max_size=3).map(tuple), max_size=4).map(
    tuple
)


@given(requirement=REQUIREMENT.filter(len), another=ALTERNATIVE)
def test_another_alternative_never_strengthens_a_demand_that_a_certificate_is_in(
    requirement: tuple[Alternative, ...], another: Alternative
) -> None:
    """An added alternative never refuses a caller that was admitted before."""
    before, after = demand_of(requirement), demand_of((*requirement, another))
    if before in (Demand.REQUIRED, Demand.ONE_OF_SEVERAL, Demand.OPTIONAL):
        assert STRENGTH[after] <= STRENGTH[before]
    else:
        assert after is not Demand.REQUIRED


@given(requirement=REQUIREMENT)
def test_the_order_of_alternatives_means_nothing(requirement: tuple[Alternative, ...]) -> None:
    """The list is an OR."""
    assert demand_of(requirement[::-1]) is demand_of(requirement)


@given(requirement=ANYTHING)
def test_an_unknown_scheme_makes_the_demand_unknown_only_where_it_matters(
    requirement: tuple[Alternative, ...],
) -> None:
    """Whatever each unknown scheme turns out to be, a demand that is known stays."""

    def as_if(type_: SchemeType) -> tuple[Alternative, ...]:
        scheme = SecurityScheme(name="?", type=type_)
        return tuple(
            tuple(SchemeUse(scheme=scheme) if u.scheme.type is SchemeType.UNKNOWN else u for u in one)
            for one in requirement
        )

    both = {demand_of(as_if(SchemeType.MUTUAL_TLS)), demand_of(as_if(SchemeType.API_KEY))}
    assert demand_of(requirement) is (both.pop() if len(both) == 1 else Demand.UNKNOWN)


@given(requirement=ANYTHING)
def test_a_demand_of_anonymous_callers_alone_is_none(requirement: tuple[Alternative, ...]) -> None:
    """``[]`` and ``[{}]`` admit everyone."""
    assert (demand_of(requirement) is Demand.NOT_REQUIRED) == (not any(requirement))
