"""Identities of another name of the listener: the SNI may select that name's CAs, and Host this one's application."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.bypass import names
from specdrift.checks.certificate import certificate, unknown_path
from specdrift.model.exchange.identity import ANONYMOUS
from tests.checks.plan_builders import ALICE, OLD, context, http, planned, play

if TYPE_CHECKING:
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

OK, MISSING = http(200, shape="secret"), http(404)
PARTNER = replace(OLD, name="partner", names=("partner.test",))


def found(opened: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return caller and message of each finding on a server that admits the partner with these names in SNI."""

    def server(probe: Probe) -> HttpFacts | str:
        assert probe.request is not None
        admitted = probe.identity == ALICE.name or (
            probe.identity == PARTNER.name and probe.connection.endpoint.server_name in opened
        )
        if not admitted:
            return "unknown_ca"
        return MISSING if "nonce" in probe.request.target else OK

    ctx = context(planned("/secure"), planned("/other"), identities=(ALICE, PARTNER))
    log = play((unknown_path.CHECK, certificate.CHECK, names.CHECK), ctx, server)
    findings = names.CHECK.judge(ctx, log.classifier()).findings
    return [(finding.identity or "", finding.message) for finding in findings]


@pytest.mark.parametrize("name", ["API.TEST", "api.test.", "partner.test", "nonce.invalid", ""])
def test_an_identity_of_another_name_is_admitted_by_a_name_in_sni(name: str) -> None:
    """CVE-2026-48928: a name in upper case selected the default context, which trusts another CA."""
    messages = found((name,))
    assert [caller for caller, _ in messages] == ["partner", "partner"], "on the other operation too"
    assert all((f"with SNI {name}" if name else "without SNI") in message for _, message in messages)


def test_a_server_that_refuses_it_under_every_name_is_not_accused() -> None:
    """The correct twin."""
    assert found(()) == []


def test_other_identities_are_sent_with_their_own_name_only() -> None:
    """No configured name, no requests: the default run costs what it did."""
    ctx = context(planned("/secure"), identities=(ALICE, OLD))
    assert {probe.identity for probe in names.CHECK.plan(ctx)} == {ANONYMOUS.name}
