"""Requests that follow from a requirement and the configured credentials."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.model.contract.requirement import Demand, SchemeType, SchemeUse, SecurityScheme
from specdrift.model.exchange.identity import CertificateFacts
from specdrift.scan.preparation.credentials.bound_tokens import claims_of, thumbprint
from specdrift.scan.preparation.credentials.operation_credentials import Credentials
from specdrift.settings import SchemeSettings, Secret
from tests.checks.plan_builders import ALICE, BOB, KEY, MTLS, planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specdrift.checks.core.base import PlannedOperation

OAUTH = SchemeUse(scheme=SecurityScheme(name="oauth", type=SchemeType.OAUTH2))
ADMIN = replace(MTLS, scopes=("admin",))
FINGERPRINT = "ab" * 32
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
ALICES = CertificateFacts(
    subject="CN=alice", issuer="CN=CA", serial="1", sha256=FINGERPRINT, not_before=EPOCH, not_after=EPOCH
)
SHARED = {"shared": "token"}
IDENTITIES = {"alice": replace(ALICE, certificate=ALICES), "bob": BOB}
Alternatives = tuple[tuple[SchemeUse, ...], ...]


def accompanied(
    alternatives: Alternatives, tokens: Mapping[str, str], demand: Demand = Demand.REQUIRED
) -> PlannedOperation:
    """An operation of these alternatives, with a key and with these tokens by identity (``shared``: everybody's)."""
    secrets = {name: Secret(token) for name, token in tokens.items()}
    shared = secrets.pop("shared", None)
    schemes = {
        "key": SchemeSettings(value=Secret("right")),
        "oauth": SchemeSettings(token=shared, tokens=secrets),
    }
    plain = planned(demand=demand)
    requirement = replace(plain.operation.requirement, alternatives=alternatives)
    one = replace(plain, operation=replace(plain.operation, requirement=requirement))
    credentials = Credentials(schemes=schemes, identities=IDENTITIES, base_path="")
    return credentials.with_credentials(replace(one, request=credentials.request(one.operation)))


def jwt(claims: object) -> str:
    """A token whose signature is not verified."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


BOUND = jwt({"cnf": {"x5t#S256": thumbprint(FINGERPRINT)}})
OTHERS = jwt({"cnf": {"x5t#S256": thumbprint("cd" * 32)}})


@pytest.mark.parametrize(
    ("alternatives", "demand", "expected"),
    [
        (((MTLS,),), Demand.REQUIRED, []),
        (((MTLS, KEY),), Demand.REQUIRED, ["without key", "made-up key", "other-kind key", "empty key"]),
        (((MTLS, KEY), (MTLS,)), Demand.REQUIRED, []),
        (((MTLS,), (MTLS, KEY)), Demand.REQUIRED, ["alternative mtls and key"]),
        (((MTLS,), (KEY,)), Demand.ONE_OF_SEVERAL, ["alternative key", "empty key"]),
        (((MTLS, OAUTH),), Demand.REQUIRED, ["without oauth", "made-up oauth", "other-kind oauth"]),
        (
            ((MTLS, KEY, OAUTH),),
            Demand.REQUIRED,
            [
                "without key",
                "made-up key",
                "other-kind key",
                "empty key",
                "without oauth",
                "made-up oauth",
                "other-kind oauth",
            ],
        ),
        (((MTLS, KEY), ()), Demand.OPTIONAL, []),
        (((KEY,),), Demand.OTHER, []),
    ],
)
def test_members_are_omitted_one_at_a_time(
    alternatives: Alternatives, demand: Demand, expected: list[str]
) -> None:
    """Unless another alternative is satisfied by the rest. Short values have no altered form but the empty one."""
    one = accompanied(alternatives, SHARED, demand)
    assert [f"{v.change.value} {v.scheme}" for v in one.variations] == expected


def test_an_omitted_credential_is_not_in_the_request_and_the_others_are() -> None:
    """A made-up value replaces the valid one."""
    without_key, made_up_key, *_ = accompanied(((MTLS, KEY, OAUTH),), SHARED).variations
    assert dict(without_key.request.headers) == {"Authorization": "Bearer token"}
    assert dict(made_up_key.request.headers) == {
        "Authorization": "Bearer token",
        "X-Key": "specdrift:made-up",
    }


def test_each_identity_sends_its_own_token_and_others_the_first_one() -> None:
    """That of the first valid identity, so that only the certificate is missing."""
    one = accompanied(((MTLS, OAUTH),), {"bob": "bobs", "alice": "alices"})
    sent = {name: dict(one.request_for(name).headers) for name in ("alice", "bob", "anonymous")}
    assert {name: headers["Authorization"] for name, headers in sent.items()} == {
        "alice": "Bearer alices",
        "bob": "Bearer bobs",
        "anonymous": "Bearer alices",
    }


@pytest.mark.parametrize(
    ("tokens", "owner", "owners"),
    [
        ({"shared": "opaque"}, None, set()),
        ({"shared": BOUND}, ("alice", True), {"alice"}),
        ({"shared": OTHERS}, None, set()),
        ({"shared": jwt({"sub": "alice"})}, None, set()),
        ({"alice": "opaque"}, ("alice", False), {"alice"}),
        ({"alice": "opaque", "bob": "other"}, ("alice", False), {"alice", "bob"}),
        ({"alice": BOUND, "bob": "other"}, ("alice", True), {"alice", "bob"}),
        ({"bob": "opaque"}, ("bob", False), {"bob"}),
        ({"alice": jwt({"sub": "alice"})}, None, set()),
    ],
)
def test_the_owner_of_a_token(
    tokens: dict[str, str], owner: tuple[str, bool] | None, owners: set[str]
) -> None:
    """From its claims, or from the configuration where it is opaque."""
    one = accompanied(((MTLS, OAUTH),), tokens)
    assert (one.bound and (one.bound.owner, one.bound.proven)) == owner
    assert one.valid_for == owners
    if one.bound:
        assert one.bound.bare.headers == ()


@pytest.mark.parametrize(
    "token", ["", "opaque", "a.b", "a.b.c", "a.!!.c", "e30.W10.c2ln", "e30.gA.c2ln", "a.b.c.d.e"]
)
def test_a_token_that_is_no_jwt_has_no_claims(token: str) -> None:
    """Opaque, encrypted or broken: only the server can read it."""
    assert claims_of(token) is None


def test_roles_beside_another_credential_count_where_there_is_one_such_alternative() -> None:
    """With several, it depends on the alternative that a caller satisfies."""
    basis = planned().operation.requirement
    alternatives: list[tuple[Alternatives, set[str]]] = [
        (((ADMIN, KEY),), {"admin"}),
        (((ADMIN, KEY), (KEY,)), {"admin"}),
        (((ADMIN, KEY), (MTLS, OAUTH)), set()),
        (((ADMIN,), (MTLS, KEY)), {"admin"}),
        (((ADMIN, KEY), (MTLS,)), set()),
    ]
    for given, roles in alternatives:
        assert replace(basis, alternatives=given).roles == roles
