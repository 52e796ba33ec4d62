"""Successes for another declared request, decided by what a valid certificate gets for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.model.contract.inputs import Constraint, Input, Place
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import BodyShape
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import ALICE, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, consistency.CHECK)
LIST = http(200, text='{"vehicles": ["AB12CDE", "KX70LMN"], "keeper": "Imogen Clarke"}')
WRAPPED = BodyShape(kind="json", skeleton="wrapped", members=("/token", "/ttl"))
PART = http(200, shape="part", text="[]")
OTHER = http(200, shape="other", text='[{"of": "alice"}]')
ISSUED, AGAIN = (
    replace(http(200, text=f'{{"ttl": 60, "token": "{token}"}}'), body_sha256=token, shape=WRAPPED)
    for token in ("f2c9", "07ad")
)
MISSING, DENIED = http(404), http(401)


@pytest.mark.parametrize(
    ("without", "valid", "nowhere", "verdict", "findings"),
    [
        (PART, PART, DENIED, None, 1),
        (PART, OTHER, DENIED, Verdict.UNDECIDED, 0),
        (ISSUED, AGAIN, DENIED, None, 1),
        (ISSUED, AGAIN, ISSUED, Verdict.UNDECIDED, 0),
        (PART, PART, PART, Verdict.UNDECIDED, 0),
        (DENIED, PART, DENIED, Verdict.CONSISTENT, 0),
    ],
    ids=["the same", "another", "of the same members", "these nowhere", "the same nowhere", "refused"],
)
def test_an_unexplained_success_is_compared_with_that_of_a_valid_certificate(
    without: HttpFacts, valid: HttpFacts, nowhere: HttpFacts, verdict: Verdict | None, findings: int
) -> None:
    """The plain request gets the list, and 401 without a certificate."""
    own = planned("/vehicles")
    plates = Input(name="plates", place=Place.QUERY, constraint=Constraint(type="string"))
    own = replace(own, operation=replace(own.operation, inputs=(plates,)))

    def server(probe: Probe) -> HttpFacts:
        target = probe.request.target if probe.request else ""
        anonymous = probe.identity == ANONYMOUS.name
        if not target.startswith("/vehicles"):
            return nowhere if "plates" in target else DENIED if anonymous else MISSING
        if "plates" in target:
            return without if anonymous else valid
        return DENIED if anonymous else LIST

    ctx = context(own, planned("/units"), identities=(ALICE,))
    classifier = play(CHECKS, ctx, server).classifier()
    found = consistency.CHECK.judge(ctx, classifier).findings
    results = certificate.CHECK.judge(ctx, classifier).operations
    assert len(found) == findings
    if verdict is not None:  # a finding makes it drift later
        assert [one.verdict for one in results if one.operation.key == own.key] == [verdict]
    assert all("with plates=data" in finding.message for finding in found)
