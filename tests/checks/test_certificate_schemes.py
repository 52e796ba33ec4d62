"""Operations that name different mutualTLS schemes are for the certificates of their own."""

import pytest
from msgspec.structs import replace

from specdrift.model.contract.certificate_schemes import (
    are_distinguished,
    by_scheme,
    certificate_schemes,
    held,
    is_for_schemes,
    is_for_schemes_alone,
)
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import (
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from tests.checks.plan_builders import planned

KEY = SchemeUse(scheme=SecurityScheme(name="key", type=SchemeType.API_KEY))


def tls(name: str, *roles: str) -> SchemeUse:
    """Use a mutualTLS scheme."""
    return SchemeUse(scheme=SecurityScheme(name=name, type=SchemeType.MUTUAL_TLS), scopes=roles)


def operation(*alternatives: tuple[SchemeUse, ...], demand: Demand = Demand.REQUIRED) -> Operation:
    """Build an operation with these alternatives."""
    requirement = Requirement(alternatives=alternatives, origin=Origin.OPERATION, demand=demand)
    return replace(planned("/items").operation, requirement=requirement)


OWN, PARTNERS, AUDIT = (
    operation((tls("mtls"),)),
    operation((tls("partner"),)),
    operation((tls("mtls", "admin"),)),
)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (OWN, {"mtls"}),
        (operation((tls("mtls"),), (tls("partner"),)), {"mtls", "partner"}),
        (operation((tls("mtls"), KEY)), {"mtls"}),
        (operation((tls("mtls"),), (KEY,), demand=Demand.ONE_OF_SEVERAL), {"mtls"}),
        (operation((tls("mtls"), tls("partner"))), set()),
        (operation((tls("mtls"),), (), demand=Demand.OPTIONAL), set()),
        (operation((KEY,), demand=Demand.OTHER), set()),
    ],
)
def test_the_schemes_of_an_operation_are_those_that_suffice(one: Operation, expected: set[str]) -> None:
    """Where certificates of two schemes are required at once, or none is, the scheme decides nothing."""
    assert certificate_schemes(one.requirement) == expected


def test_one_scheme_is_no_distinction() -> None:
    """Its name says nothing then, and roles stay as they are."""
    assert not are_distinguished((OWN, AUDIT))
    assert are_distinguished((OWN, PARTNERS))
    assert held(frozenset(), frozenset({"admin"}), (OWN, AUDIT)) == {"admin"}


def test_an_operation_is_for_its_scheme_and_for_roles_of_it() -> None:
    """Operations for roles alone are others."""
    own, audit = by_scheme(OWN), by_scheme(AUDIT)
    assert own.roles == {"mtls"}
    assert audit.roles == {"mtls:admin"}
    assert is_for_schemes(own)
    assert is_for_schemes_alone(own)
    assert is_for_schemes(audit)
    assert not is_for_schemes_alone(audit)
    assert not is_for_schemes(AUDIT)


@pytest.mark.parametrize(
    ("schemes", "roles", "expected"),
    [
        ({"partner"}, set(), {"partner"}),
        ({"mtls"}, {"admin"}, {"mtls", "mtls:admin"}),
        ({"mtls"}, set(), set()),
        (set(), {"admin"}, set()),
    ],
)
def test_what_is_not_configured_is_not_known(schemes: set[str], roles: set[str], expected: set[str]) -> None:
    """Without schemes, or without roles where its scheme has some, an identity is neither admitted nor refused."""
    got = held(frozenset(schemes), frozenset(roles), (OWN, PARTNERS, AUDIT))
    assert got == expected
