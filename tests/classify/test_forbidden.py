"""Which operations must refuse which identities."""

from itertools import product

import pytest

from specdrift.classify.exchange import forbidden, must_be_refused
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.operation import OperationKey
from specdrift.model.exchange.identity import ClientIdentity, IdentityKind
from specdrift.model.policy import Expect

OPEN, GUARDED, READERS = (OperationKey(path, "GET") for path in ("/open", "/items", "/reports"))
EVERYONE = {
    name: ClientIdentity(name=name, kind=kind, expect=expect, roles=roles, imitates=imitates, about=about)
    for kind, expect, roles, imitates, about in product(
        IdentityKind,
        Expect,
        (frozenset[str](), frozenset({"reader"}), frozenset({"clerk"})),
        ("", "alice"),
        ("a", "b"),
    )
    for name in (f"{kind} {expect} {sorted(roles)} {imitates} {about}",)
}
LOG = ExchangeLog(
    identities=EVERYONE, roles={READERS: frozenset({"reader"})}, open_operations=frozenset({OPEN})
)


@pytest.mark.parametrize("name", EVERYONE)
def test_identities_that_are_alike_are_forbidden_what_each_is_by_itself(name: str) -> None:
    """They are asked about once: nothing that decides it may differ between them."""
    found = forbidden(LOG, (OPEN, GUARDED, READERS))
    assert found[name] == {each for each in (GUARDED, READERS) if must_be_refused(LOG, name, each)}


def test_an_open_operation_must_refuse_no_identity() -> None:
    """Its answers are no refusals, whatever the certificate."""
    assert not any(OPEN in each for each in forbidden(LOG, (OPEN, GUARDED)).values())
