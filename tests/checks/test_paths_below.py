"""Header fields that a layer writes below a prefix for everyone: no data of an operation, and no drift."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from specdrift.checks.certificate import certificate, unknown_path
from specdrift.classify.check_names import BELOW
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import ALICE, OLD, SELF_SIGNED, context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK)
PATHS = ("/orders", "/orders/{id}", "/invoices", "/users")
RECORDS = {"/orders": 48213, "/orders/1": 59107, "/invoices": 60318, "/users": 71429}
FIELDS = {
    "/orders": (("x-backend", "warehouse-12"), ("ratelimit-policy", '"orders";q=120;w=60')),
    "/invoices": (
        ("sunset", "Thu, 31 Dec 2026 23:59:59 GMT"),
        ("link", "<https://docs.test/2026-09>; rel=x"),
    ),
    "/users": (("x-api-version", "2025-03-15"),),
}


def answering(fields_of: Callable[[str], Sequence[tuple[str, str]]]) -> Callable[[Probe], HttpFacts]:
    """A server that refuses all but alice, and writes fields by the path that is requested."""

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        target = probe.request.target
        fields = fields_of(target)
        if probe.identity != ALICE.name:
            return answer(401, '{"error": "client_certificate_required"}', fields=fields)
        if target not in RECORDS:
            return answer(404, '{"error": "not_found"}', fields=fields)
        body = json.dumps({"number": RECORDS[target], "owner": f"Owner {RECORDS[target]}"})
        return answer(200, body, fields=fields)

    return server


def of_the_prefix(target: str) -> Sequence[tuple[str, str]]:
    """Return the fields of a service, whatever is requested of it."""
    return FIELDS.get(f"/{target.split('/')[1]}", ())


def of_the_record(target: str) -> Sequence[tuple[str, str]]:
    """Return the number of a record, where it exists."""
    return (("x-record", f"number {RECORDS[target]} of Owner"),) if target in RECORDS else ()


@pytest.mark.parametrize(
    ("fields_of", "rules", "verdicts"),
    [
        (of_the_prefix, set(), {Verdict.CONSISTENT}),
        (of_the_record, {"mtls-not-enforced"}, {Verdict.CONSISTENT}),
    ],
)
def test_only_fields_of_the_operation_are_data(
    fields_of: Callable[[str], Sequence[tuple[str, str]]], rules: set[str], verdicts: set[Verdict]
) -> None:
    """What is written below a prefix for everyone stands in the answer for a path that does not exist."""
    ctx = context(*map(planned, PATHS), identities=(ALICE, OLD, SELF_SIGNED))
    log = play(CHECKS, ctx, answering(fields_of))
    conclusions = certificate.CHECK.judge(ctx, log.classifier())
    assert {finding.rule for finding in conclusions.findings} == rules
    assert {each.verdict for each in conclusions.operations} == verdicts


def test_the_paths_below_are_of_no_operation() -> None:
    """``/orders/nonce`` would be one's; ``/v1`` has a path of its own beside the operation."""
    ctx = context(*map(planned, (*PATHS, "/v1/a", "/v1/a/b", "/{tenant}/x")))
    others = unknown_path.unknown_paths(ctx)
    below = unknown_path.paths_below(ctx, others)
    assert others == ("/nonce", "/v1/nonce", "/v1/a/nonce")
    assert below == ("/invoices/nonce", "/orders/nonce/nonce", "/users/nonce", "/v1/a/b/nonce")


def test_the_paths_below_are_asked_without_a_certificate() -> None:
    """A valid certificate may be answered by a handler."""
    ctx = context(*map(planned, PATHS))
    assert {probe.identity for probe in unknown_path.CHECK.plan(ctx) if probe.tag == BELOW} == {"anonymous"}
