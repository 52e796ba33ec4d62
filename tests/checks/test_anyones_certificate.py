"""Other declared representations, with a certificate that anyone can make."""

from __future__ import annotations

from msgspec.structs import replace

from specdrift.checks.certificate import consistency
from specdrift.model.contract.inputs import Constraint, Input, Place
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned

FORMAT = Input(
    name="format", place=Place.QUERY, required=False, constraint=Constraint(allowed=("json", "csv"))
)


def test_a_self_signed_certificate_asks_for_each_representation() -> None:
    """A handler may ask for any certificate there. So do configured identities that must be refused."""
    own = planned("/reports")
    own = replace(own, operation=replace(own.operation, inputs=(FORMAT,)))
    for refused in ((SELF_SIGNED, OLD), (OLD,), ()):
        plan = context(own, identities=(ALICE, *refused))
        sent = [
            probe.identity
            for probe in consistency.CHECK.plan(plan)
            if probe.request is not None and probe.request.target.endswith("?format=csv")
        ]
        assert sent == ["anonymous", *(identity.name for identity in refused)]


def test_of_each_kind_a_few_have_more_to_send() -> None:
    """Of the generated certificates one that anyone can make, of the configured ones two."""
    further = [replace(OLD, name=f"former-{number}") for number in range(3)]
    expired = replace(SELF_SIGNED, name="expired", profile="expired")
    plan = context(planned("/reports"), identities=(ALICE, *further, expired, SELF_SIGNED))
    assert [each.name for each in plan.wrong_certificates] == ["self-signed", "former-0", "former-1"]
