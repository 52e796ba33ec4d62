"""Siblings of declared paths: which are probed, how many, and when one is a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from specdrift.body.content import content_of
from specdrift.body.values import values_of
from specdrift.checks.certificate import certificate
from specdrift.checks.undocumented import undocumented
from specdrift.checks.undocumented.siblings import MOST, MOST_UNMOUNTED, siblings
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.probe import Request
from specdrift.model.policy import UnsafeMethods
from specdrift.model.result.drift import Severity
from tests.checks.plan_builders import context, http, planned, play
from tests.checks.test_undocumented import CHECKS, conclude, site

if TYPE_CHECKING:
    from specdrift.checks.core.base import PlanContext
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

ITEMS = http(200, shape="items")


def figures(text: str) -> HttpFacts:
    """Build an answer with values."""
    content = content_of(text.encode(), (("content-type", "application/json"),))
    return replace(http(200, shape=text, text=text), values=values_of(content, ()))


def targets(ctx: PlanContext) -> set[str]:
    """Return the targets of all planned probes."""
    return {one.target for one in siblings(ctx)}


def test_other_versions_of_a_declared_path_are_probed() -> None:
    """The previous one, the next one, and unfinished ones."""
    assert {"/v3/items", "/v1/items", "/v0/items"} <= targets(context(planned("/v2/items")))


def test_the_version_may_be_in_the_base_path() -> None:
    """Documents declare it in their servers."""
    one = planned("/items/{id}")
    below = replace(one, request=Request(method="GET", target="/api/V2/items/1?x=1"))
    assert {"/api/V1/items/1", "/api/V3/items/1"} <= targets(context(below, base_path="/api/V2"))


def test_routers_and_debug_routes_below_them_are_probed() -> None:
    """A nested router answers at its own path, and debug routes are mounted beside the others."""
    found = targets(context(planned("/v1/admin/users/{id}"), base_path="/api"))
    assert {"/api/v1", "/api/v1/admin", "/api/v1/debug", "/api/v1/admin/debug", "/api/v1/metrics"} <= found


def test_declared_paths_are_no_siblings() -> None:
    """Both versions are declared; /items/debug is /items/{id}."""
    found = targets(
        context(planned("/v1/items"), planned("/v2/items"), planned("/v1/x/{id}"), planned("/v1/x/y/z"))
    )
    assert not {"/v1/items", "/v2/items", "/v1/x/debug", "/v1/x/y"} & found


def test_a_large_document_has_as_many_siblings_as_a_small_one() -> None:
    """Some of each kind first, up to the limit."""
    large = context(*(planned(f"/v1/part{n}/thing/{{id}}") for n in range(300)))
    found = siblings(large)
    assert len(found) == MOST
    kinds = {one.source.split()[0] for one in found}
    assert kinds == {"another", "GET", "a", "below"}
    assert len(siblings(replace(large, exhaustive=True))) > MOST


def test_operations_that_may_not_be_sent_have_no_versions() -> None:
    """A sibling gets the request of its operation."""
    withheld = replace(planned("/v1/items"), mode=UnsafeMethods.NEVER)
    assert "/v2/items" not in targets(context(withheld, planned("/v1/orders", method="POST")))


def test_another_version_without_the_guard_leaks() -> None:
    """The current version requires a certificate, the older one does not."""
    result = conclude(context(planned("/v2/items")), site({"GET /v1/items": ITEMS, "GET /v2/items": ITEMS}))
    (finding,) = result.findings
    assert (finding.subject, finding.severity) == ("GET /v1/items", Severity.ERROR)
    assert result.undocumented[0].source == "another version of GET /v2/items"


def test_a_prefix_that_goes_round_the_guard_leaks() -> None:
    """One operation is tried, in front of the base path and behind it."""
    one = replace(planned("/items"), request=Request(method="GET", target="/api/v1/items"))
    found = targets(context(one, planned("/orders"), base_path="/api/v1"))
    assert {"/internal/api/v1/items", "/api/v1/internal/items"} <= found
    assert not any("orders" in each and "internal" in each for each in found)
    result = conclude(context(planned("/items")), site({"GET /internal/items": ITEMS, "GET /items": ITEMS}))
    (finding,) = result.findings
    assert (finding.subject, finding.severity) == ("GET /internal/items", Severity.ERROR)
    assert result.undocumented[0].source == "GET /items behind the prefix /internal"


def test_a_prefix_that_answers_every_path_is_no_endpoint() -> None:
    """A single-page application."""
    page = http(200, shape="page")

    def server(probe: Probe) -> HttpFacts:
        assert probe.request is not None
        return page if probe.request.target.startswith("/private/") else http(404)

    assert conclude(context(planned("/items")), server).findings == ()


def test_a_router_at_the_root_leaks_with_its_data() -> None:
    """It is mounted twice, once without the guard; a public page of that path has other data."""
    ctx = context(planned("/v1/items"), planned("/v1/items/{id}"), planned("/v1/open", Demand.NOT_REQUIRED))
    sibling = next(one for one in siblings(ctx) if one.target == "/items")
    assert sibling.source == "GET /v1/items without the prefix /v1"
    data, page = figures('{"ref": "RF18539007547034", "sum": 48120}'), figures('{"text": "our items"}')
    for answer, found in ((data, ["GET /items"]), (page, [])):
        server = site({"GET /v1/items": data, "GET /items": answer})
        checks = (*CHECKS, certificate.CHECK)
        result = undocumented.CHECK.judge(ctx, play(checks, ctx, server).classifier())
        assert [one.subject for one in result.findings] == found


def test_prefixes_that_are_left_out_have_a_path_behind_them() -> None:
    """Neither a value alone, nor the root, and few of many."""
    few = targets(context(planned("/items/{id}"), planned("/v1/items/"), planned("/years/2026")))
    assert not {"/1", "/", "/2026"} & few
    many = siblings(context(*(planned(f"/part{n}/thing{n}") for n in range(9))))
    assert sum("without the prefix" in one.source for one in many) == MOST_UNMOUNTED


def test_another_version_of_an_open_operation_is_a_warning() -> None:
    """It is only undocumented."""
    ctx = context(planned("/v2/items", Demand.NOT_REQUIRED))
    (finding,) = conclude(ctx, site({"GET /v1/items": ITEMS})).findings
    assert finding.severity is Severity.WARNING


def test_a_server_that_ignores_the_version_has_no_finding() -> None:
    """Every version returns the same page."""

    def server(probe: Probe) -> HttpFacts:
        return ITEMS if probe.request and probe.request.target.endswith("/items") else http(404)

    assert conclude(context(planned("/v2/items")), server).findings == ()


def test_siblings_get_the_credentials_of_the_operation() -> None:
    """An older version needs the same key."""
    one = planned("/v2/items")
    keyed = replace(one, request=replace(one.request, headers=(("X-Key", "k"),), body=b"x"))
    sibling = next(s for s in siblings(context(keyed)) if s.target == "/v1/items")
    assert sibling.request("alice") == Request(method="GET", target="/v1/items", headers=(("X-Key", "k"),))
