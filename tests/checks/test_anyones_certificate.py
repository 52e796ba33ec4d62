"""Other declared representations, with a certificate that anyone can make."""

from __future__ import annotations

from dataclasses import replace

from specdrift.checks.certificate import consistency
from specdrift.model.contract.inputs import Constraint, Input, Place
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned

FORMAT = Input(
    name="format", place=Place.QUERY, required=False, constraint=Constraint(allowed=("json", "csv"))
)


def test_a_self_signed_certificate_asks_for_each_representation() -> None:
    """A handler may ask for any certificate there; the first refused identity stands in for the generated one."""
    own = planned("/reports")
    own = replace(own, operation=replace(own.operation, inputs=(FORMAT,)))
    for refused, expected in (((OLD, SELF_SIGNED), "self-signed"), ((OLD,), "old"), ((), None)):
        plan = context(own, identities=(ALICE, *refused))
        sent = [
            probe.identity
            for probe in consistency.CHECK.plan(plan)
            if probe.request is not None and "format=csv" in probe.request.target
        ]
        assert sent == ["anonymous", *([expected] if expected else [])]
