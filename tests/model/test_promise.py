"""What a document promises a caller: one table for checks and reports."""

import pytest
from msgspec.structs import replace

from specdrift.model.contract.operation import Operation
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.promise import Promise, promise
from tests.reports.parts import ADMIN, ALICE, API_KEY, BOB, MTLS, REVOKED, operation

REQUIRED = operation("GET", "/a", 1)
WITH_KEY = operation("GET", "/a", 1, Demand.REQUIRED, (MTLS, API_KEY))
FOR_ADMINS = operation("GET", "/a", 1, Demand.REQUIRED, (ADMIN,))
OPTIONAL_ROLE = operation("GET", "/a", 1, Demand.OPTIONAL, (ADMIN,), ())
OPTIONAL = operation("GET", "/a", 1, Demand.OPTIONAL, (MTLS,), ())
SEVERAL = operation("GET", "/a", 1, Demand.ONE_OF_SEVERAL, (MTLS,), (API_KEY,))
OTHER = operation("GET", "/a", 1, Demand.OTHER, (API_KEY,))
NOT_REQUIRED = operation("GET", "/a", 1, Demand.NOT_REQUIRED)
UNKNOWN = operation("GET", "/a", 1, Demand.UNKNOWN)

PROMISES: list[tuple[Operation, ClientIdentity, Promise]] = [
    (REQUIRED, ANONYMOUS, Promise.REFUSED),
    (REQUIRED, ALICE, Promise.ADMITTED),
    (REQUIRED, REVOKED, Promise.REFUSED),
    (WITH_KEY, ANONYMOUS, Promise.REFUSED),
    (WITH_KEY, ALICE, Promise.NONE),
    (FOR_ADMINS, ALICE, Promise.REFUSED),
    (FOR_ADMINS, BOB, Promise.ADMITTED),
    (FOR_ADMINS, replace(ALICE, roles=frozenset()), Promise.NONE),
    (OPTIONAL_ROLE, ALICE, Promise.NONE),
    (OPTIONAL_ROLE, BOB, Promise.ADMITTED),
    (OPTIONAL, ANONYMOUS, Promise.ADMITTED),
    (OPTIONAL, ALICE, Promise.ADMITTED),
    (OPTIONAL, REVOKED, Promise.NONE),
    (SEVERAL, ANONYMOUS, Promise.REFUSED),
    (SEVERAL, REVOKED, Promise.REFUSED),
    (SEVERAL, ALICE, Promise.ADMITTED),
    (OTHER, ANONYMOUS, Promise.NONE),
    (OTHER, ALICE, Promise.NONE),
    (NOT_REQUIRED, ANONYMOUS, Promise.ADMITTED),
    (NOT_REQUIRED, ALICE, Promise.ADMITTED),
    (UNKNOWN, ANONYMOUS, Promise.NONE),
]


@pytest.mark.parametrize(("op", "identity", "expected"), PROMISES)
def test_the_document_promises(op: Operation, identity: ClientIdentity, expected: Promise) -> None:
    """As far as the certificate decides; the rest is no promise."""
    assert promise(identity, op) is expected


@pytest.mark.parametrize("op", [WITH_KEY, OTHER])
def test_other_credentials_complete_the_certificate(op: Operation) -> None:
    """With every other credential, the document promises that a valid certificate is admitted."""
    assert promise(ALICE, op, has_all_credentials=True) is Promise.ADMITTED
    assert promise(ALICE, op) is Promise.NONE
