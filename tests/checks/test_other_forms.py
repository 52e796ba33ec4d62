"""The same request in other forms: by HTTP/1.0, with the content codings of browsers, for a resource that is absent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from specdrift.checks.certificate import certificate, consistency, unknown_path
from specdrift.checks.undocumented import data_elsewhere
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import HttpVersion, Request
from specdrift.rules.ids import DATA_ELSEWHERE, ENFORCEMENT_INCONSISTENT
from tests.checks.plan_builders import ALICE, OLD, context, planned, play
from tests.classify.exchanges import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from specdrift.checks.core.base import PlannedOperation
    from specdrift.model.exchange.observation import HttpFacts
    from specdrift.model.exchange.probe import Probe

CHECKS = (unknown_path.CHECK, certificate.CHECK, consistency.CHECK, data_elsewhere.CHECK)
FINES = {
    "fines": [{"no": "F-880213", "to": "annelies@voss.test"}, {"no": "F-880217", "to": "tomas@brink.test"}]
}
EXEMPT: dict[str, Callable[[Request], bool]] = {
    "HTTP/1.0": lambda request: request.version is HttpVersion.HTTP_1_0,
    "Accept-Encoding: gzip, deflate, br, zstd": lambda request: (
        "br" in dict(request.headers).get("Accept-Encoding", "")
    ),
}
ABSENT = "/fines/specdrift-made-up"


def found(exempt: Callable[[Request], bool], suggests: str = "") -> list[str]:
    """The rules and messages of findings on a server that lets the anonymous client send these requests."""

    def server(probe: Probe) -> HttpFacts:
        request = probe.request or Request(method="GET", target="/")
        if request.target == "/cars" and probe.identity == ALICE.name:
            return answer(200, json.dumps({"cars": [{"wheels": 4, "maker": "Borgward"}]}), target="/cars")
        if request.target not in {"/fines/1", "/cars", ABSENT}:
            return answer(404, "{}", target=request.target)
        if request.target == ABSENT and (suggests or probe.identity == ALICE.name):
            return answer(404, json.dumps({"error": "no such fine", "like": suggests}), target=request.target)
        if probe.identity == ALICE.name or (
            probe.identity == ANONYMOUS.name and exempt(request) and request.target != "/cars"
        ):
            return answer(200, json.dumps(FINES), target=request.target)
        return answer(401, json.dumps({"error": "certificate required"}), target=request.target)

    def absent(one: PlannedOperation) -> Request | None:
        return replace(one.request, target=ABSENT) if "{" in one.key.path else None

    rules = frozenset({ENFORCEMENT_INCONSISTENT, DATA_ELSEWHERE}) | certificate.RULES
    ctx = context(
        planned("/fines/{id}"), planned("/cars"), identities=(ALICE, OLD), rules=rules, absent=absent
    )
    classifier = play(CHECKS, ctx, server).classifier()
    findings = [one for check in CHECKS for one in check.judge(ctx, classifier).findings]
    return [f"{one.rule}: {one.message}" for one in findings]


@pytest.mark.parametrize("name", EXEMPT)
def test_a_form_that_the_guard_leaves_out_is_found(name: str) -> None:
    """The finding says which form it is."""
    (finding,) = found(EXEMPT[name])
    assert finding.startswith(ENFORCEMENT_INCONSISTENT)
    assert f"all of them with {name}" in finding


def test_a_guard_of_every_form_is_none() -> None:
    """Nor is an answer of the handler about a resource that does not exist, without data."""
    assert found(lambda _: False) == []
    assert found(lambda _: False, suggests="another number") == []


def test_what_is_named_for_a_resource_that_is_absent_is_found() -> None:
    """A handler that looks it up before the guard runs may suggest others."""
    assert [
        one.partition(":")[0]
        for one in found(lambda _: False, suggests="annelies@voss.test, tomas@brink.test")
    ] == [DATA_ELSEWHERE]
