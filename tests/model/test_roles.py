"""One meaning of roles: of several, one is enough."""

from itertools import chain, combinations

from hypothesis import given
from hypothesis import strategies as st

from specdrift.model.contract.requirement import SchemeType, SchemeUse, SecurityScheme
from specdrift.model.contract.roles import MOST_WAYS, admits_no_more, suffices, ways

ROLES = ("admin", "guest", "user")
named = st.frozensets(st.sampled_from(ROLES))
ALL = [frozenset(held) for held in chain.from_iterable(combinations(ROLES, n) for n in range(4))]


def use(type_: SchemeType, *scopes: str) -> SchemeUse:
    """A member of an alternative."""
    return SchemeUse(scheme=SecurityScheme(name=type_.value, type=type_), scopes=scopes)


@given(named, named)
def test_a_change_admits_no_more_if_no_caller_is_admitted_that_was_refused(
    before: frozenset[str], after: frozenset[str]
) -> None:
    """The comparison of two documents and the judgement of a caller agree, for every caller."""
    admitted = all(suffices(held, before) for held in ALL if suffices(held, after))
    assert admits_no_more(after, before) is admitted


@given(named, named)
def test_an_alternative_is_met_if_one_of_its_ways_is(held: frozenset[str], roles: frozenset[str]) -> None:
    """Written as one entry or as several, it admits the same callers."""
    found = [way[0].scopes for way in ways((use(SchemeType.MUTUAL_TLS, *sorted(roles)),))]
    assert suffices(held, roles) is any(suffices(held, frozenset(one)) for one in found)


def test_scopes_are_all_needed() -> None:
    """They are no roles."""
    alternative = (use(SchemeType.OAUTH2, "r", "w"), use(SchemeType.MUTUAL_TLS, "a", "b"))
    assert [[one.scopes for one in way] for way in ways(alternative)] == [
        [("r", "w"), ("a",)],
        [("r", "w"), ("b",)],
    ]


def test_too_many_choices_stay_together() -> None:
    """A document decides how many there are, not how long a job runs."""
    many = use(SchemeType.MUTUAL_TLS, *map(str, range(MOST_WAYS + 1)))
    assert list(ways((many,))) == [(many,)]
