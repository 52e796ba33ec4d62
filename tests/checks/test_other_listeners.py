"""Administration and leaks at further listeners of the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.core.base import AlternateEndpoint
from specdrift.checks.undocumented import other_listeners
from specdrift.model.exchange.probe import Endpoint
from tests.checks.plan_builders import context, http, planned, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

ADMIN = AlternateEndpoint(
    url="http://api.test:9901",
    endpoint=Endpoint(host="api.test", port=9901, tls=False, server_name="", address="127.0.0.1"),
    base_path="",
)
MISSING, DUMP, PAGE = http(404, shape="missing"), http(200, shape="dump"), http(200, shape="page")


def serving(**paths: HttpFacts) -> Callable[[Probe], HttpFacts | str]:
    """Answer the paths of these names, and nothing else."""

    def answer(probe: Probe) -> HttpFacts | str:
        assert probe.request
        assert probe.identity == "anonymous"
        return paths.get(probe.request.target.strip("/"), MISSING)

    return answer


def found(server: Callable[[Probe], HttpFacts | str], listener: AlternateEndpoint = ADMIN) -> list[str]:
    """Return the subjects of the findings."""
    check = other_listeners.CHECK
    ctx = context(planned(), alternate_endpoints=(listener,))
    conclusions = check.judge(ctx, play((check,), ctx, server).classifier())
    assert [finding.subject for finding in conclusions.findings] == [
        f"GET {endpoint.path}" for endpoint in conclusions.undocumented
    ]
    return [finding.subject for finding in conclusions.findings]


def test_an_administration_interface_is_an_undocumented_endpoint() -> None:
    """It has a port of its own, which the owner names."""
    assert found(serving(config_dump=DUMP)) == ["GET http://api.test:9901/config_dump"]


@pytest.mark.parametrize(
    "server",
    [
        serving(),
        serving(nonce=PAGE, config_dump=PAGE, admin=PAGE),
        serving(config_dump=http(403, shape="refused")),
        serving(health=DUMP),
        lambda _: "refused",
    ],
    ids=["nothing", "the same page everywhere", "refused", "a health check", "no HTTP"],
)
def test_what_tells_nothing_is_no_finding(server: Callable[[Probe], HttpFacts | str]) -> None:
    """Neither a page for every path nor a health check, which must be reachable."""
    assert found(server) == []


def test_an_endpoint_that_answers_sometimes_is_no_finding() -> None:
    """Each answer must be there again on a fresh connection."""
    answers = iter([DUMP, MISSING])
    assert found(lambda probe: next(answers, MISSING) if "config_dump" in probe.variant else MISSING) == []


@pytest.mark.parametrize(
    "listener",
    [
        replace(ADMIN, of_owner=False),
        replace(ADMIN, endpoint=replace(ADMIN.endpoint, port=8443)),
    ],
    ids=["another server of the document", "the target itself without TLS"],
)
def test_only_further_listeners_of_the_owner_are_asked(listener: AlternateEndpoint) -> None:
    """What only the document names may belong to others; the target has a check of its own."""
    assert list(other_listeners.CHECK.plan(context(planned(), alternate_endpoints=(listener,)))) == []
