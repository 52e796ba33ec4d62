"""Undocumented endpoints: whom a candidate is requested as. One answer often tells enough for both callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.checks.undocumented.wordlist import AFTER, WORDLIST
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.observation import Ending
from tests.checks.plan_builders import ALICE, context, http, planned, play
from tests.checks.test_undocumented import CHECKS, conclude, site

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

METRICS = {"GET /metrics": http(200, shape="metrics")}


def by_caller(
    valid: Callable[[Probe], HttpFacts | str] | Ending, anonymous: Callable[[Probe], HttpFacts | str]
) -> Callable[[Probe], HttpFacts | Ending | str]:
    """Build a server, or a proxy before two, that looks at the certificate first."""

    def server(probe: Probe) -> HttpFacts | Ending | str:
        if probe.identity == ANONYMOUS.name:
            return anonymous(probe)
        return valid if isinstance(valid, Ending) else valid(probe)

    return server


def requested_without_certificate(
    ctx: PlanContext, server: Callable[[Probe], HttpFacts | Ending | str]
) -> set[str]:
    """Return the targets that the anonymous client requested."""
    exchanges = play(CHECKS, ctx, server).by_check("undocumented")
    probes = [exchange.probe for exchange in exchanges if exchange.probe.identity == ANONYMOUS.name]
    return {probe.request.target for probe in probes if probe.request}


def test_what_is_missing_for_a_valid_certificate_is_not_requested_without_one() -> None:
    """An endpoint that is open to all is there for a valid certificate too."""
    assert requested_without_certificate(context(planned()), site(METRICS)) == {"/metrics"}


def test_an_exhaustive_run_requests_everything_as_both() -> None:
    """It infers nothing."""
    requested = requested_without_certificate(context(planned(), exhaustive=True), site({}))
    assert requested >= set(WORDLIST)


def test_without_a_valid_certificate_the_anonymous_client_requests_all() -> None:
    """There is no other caller."""
    requested = requested_without_certificate(context(planned(), identities=()), site({}))
    assert requested >= set(WORDLIST) - set(AFTER)


NOTHING = site({}, otherwise=http(404, shape="not found"))
OTHER_SERVICE = site(METRICS, otherwise=http(404, shape="page of the other service"))


@pytest.mark.parametrize(
    ("valid", "anonymous"),
    [
        (NOTHING, OTHER_SERVICE),
        (site({}, otherwise=http(403)), OTHER_SERVICE),
        (site({}, otherwise=http(400)), OTHER_SERVICE),
        (site({}, otherwise=http(500)), OTHER_SERVICE),
        (site({}, otherwise=http(200, shape="page")), OTHER_SERVICE),
        (lambda _: "certificate_unknown", OTHER_SERVICE),
        (Ending.TIMEOUT, OTHER_SERVICE),
        (site({}, otherwise=http(403)), site(METRICS, otherwise=http(403))),
    ],
    ids=["service by certificate", "403", "400", "500", "one page", "alert", "timeout", "403 to both"],
)
def test_an_endpoint_that_only_the_anonymous_client_reaches_is_found(
    valid: Callable[[Probe], HttpFacts | str] | Ending, anonymous: Callable[[Probe], HttpFacts | str]
) -> None:
    """A proxy chooses the service by the certificate, or the valid one gets nothing that tells what exists."""
    server = by_caller(valid, anonymous)
    ctx = context(planned(), identities=(ALICE,))
    assert requested_without_certificate(ctx, server) >= set(WORDLIST) - set(AFTER)
    assert {(f.subject, f.identity) for f in conclude(ctx, server).findings} == {
        ("GET /metrics", "anonymous")
    }


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_guard_in_front_of_everything_is_no_other_service(status: int) -> None:
    """Behind it, a valid certificate shows what exists; what the guard lets through is there for it too."""
    server = by_caller(site(METRICS), site(METRICS, otherwise=http(status)))
    assert requested_without_certificate(context(planned()), server) == {"/metrics"}
    assert [(f.subject, f.identity) for f in conclude(context(planned()), server).findings] == [
        ("GET /metrics", "anonymous")
    ]
