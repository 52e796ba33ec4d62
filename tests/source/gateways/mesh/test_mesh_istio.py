"""What Gateway and VirtualService do, as Istio's documentation says.

A case has three letters, for clients without a certificate, with a valid one and with one of another CA: F forwarded,
T refused in TLS, R refused, D redirected, A answered, ? not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.source.gateways.mesh.meshes import (
    HOST,
    Object,
    decided,
    gateway,
    letters,
    mutual,
    read,
    routes,
    server,
    to,
)

if TYPE_CHECKING:
    from pathlib import Path

MODES = {
    # Gateway, ServerTLSSettings.TLSmode.
    "SIMPLE": "FFF",
    "MUTUAL": "TFT",
    "OPTIONAL_MUTUAL": "FFT",
    "ISTIO_MUTUAL": "TFT",
    "ANOTHER": "???",
}


@pytest.mark.parametrize("mode", MODES)
def test_modes_of_a_gateway(mode: str, tmp_path: Path) -> None:
    """Of TLS that ends at the gateway."""
    assert letters(read(tmp_path, mutual(mode), routes())) == MODES[mode]


@pytest.mark.parametrize("mode", ["PASSTHROUGH", "AUTO_PASSTHROUGH", ""])
def test_connections_that_are_passed_on_are_not_evaluated(mode: str, tmp_path: Path) -> None:
    """The service may require a certificate, or not."""
    passed = routes(tls=[{"match": [{"sniHosts": [HOST]}], "route": to()}])
    tls = {"mode": mode} if mode else {"credentialName": "c"}
    simple = server({"mode": "SIMPLE", "credentialName": "c"}, port=8443)
    found = read(tmp_path, gateway(server(tls), simple), passed)
    by_port = {entry.port: number for number, entry in enumerate(found.entries)}
    assert letters(found, number=by_port[443]) == "???"
    assert letters(found, number=by_port[8443]) == "FFF"


def test_a_redirect_to_https_answers_every_request(tmp_path: Path) -> None:
    """Gateway, httpsRedirect."""
    found = read(tmp_path, gateway(server({"httpsRedirect": True}, port=80, protocol="HTTP")), routes())
    assert letters(found) == "DDD"


def match(**conditions: object) -> Object:
    """Return a route that answers 204 to requests with these conditions."""
    return {"match": [conditions], "directResponse": {"status": 204}}


ROUTES: dict[str, tuple[Object, str, str]] = {
    "prefix": (match(uri={"prefix": "/a"}), "/ab", "A"),
    "exact": (match(uri={"exact": "/a"}), "/a/", "F"),
    "regex of the whole path": (match(uri={"regex": "/a"}), "/ab", "F"),
    "regex": (match(uri={"regex": "/a.*"}), "/ab?x", "A"),
    "case": (match(uri={"prefix": "/A"}), "/a", "F"),
    "without case": (match(uri={"prefix": "/A"}, ignoreUriCase=True), "/a", "A"),
    "method": (match(method={"exact": "POST"}), "/a", "F"),
    "header": (match(headers={"x-a": {"exact": "1"}}), "/a", "A"),
    "presence of a header": (match(headers={"X-A": {}}), "/a", "A"),
    "without a header": (match(withoutHeaders={"x-a": {}}), "/a", "F"),
    "argument": (match(queryParams={"q": {"exact": "1"}}), "/a?q=1", "A"),
    "another authority": (match(authority={"exact": "b.example"}), "/a", "F"),
    "scheme": (match(scheme={"exact": "https"}), "/a", "A"),
    "another gateway": (match(gateways=["shop/other"]), "/a", "F"),
    "labels of the client": (match(sourceLabels={"app": "x"}), "/a", "?"),
}


@pytest.mark.parametrize("name", ROUTES)
def test_routes_of_a_virtual_service(name: str, tmp_path: Path) -> None:
    """HTTPMatchRequest: the first route that matches is taken."""
    first, target, expected = ROUTES[name]
    found = read(tmp_path, mutual("SIMPLE"), routes(first, {"route": to()}))
    assert letters(found, target, headers={"x-a": "1"}) == expected * 3


def test_what_a_route_does_and_is_not_evaluated(tmp_path: Path) -> None:
    """An injected fault may refuse all; a delegate may do anything."""
    fault: Object = {"fault": {"abort": {"httpStatus": 403, "percentage": {"value": 100}}}}
    delegate: Object = {"delegate": {}}
    for unknown in (fault, delegate):
        assert letters(read(tmp_path, mutual("SIMPLE"), routes({"route": to(), **unknown}))) == "???"


@pytest.mark.parametrize(
    ("rewrite", "uri", "target", "sent"),
    [
        ("/v1/", {"prefix": "/api/"}, "/api/a?b", "/v1/a?b"),
        ("/v1", {"exact": "/a"}, "/a", "/v1"),
        ("/v1", {"prefix": "/a"}, "/ab", "/v1b"),
    ],
)
def test_paths_are_rewritten(rewrite: str, uri: Object, target: str, sent: str, tmp_path: Path) -> None:
    """HTTPRewrite: what the condition matched is replaced."""
    one = {"match": [{"uri": uri}], "rewrite": {"uri": rewrite}, "route": to()}
    found = read(tmp_path, mutual("SIMPLE"), routes(one))
    (decision, *_) = decided(found, found.entries[0], target).values()
    assert (decision.path, decision.upstream) == (sent, frozenset({"shop.shop:8080"}))


BOUND: dict[str, tuple[Object, bool]] = {
    "namespace and name": (routes(gateways=["istio-system/front"]), True),
    "a name of its own namespace": (routes(gateways=["front"]), False),
    "the mesh only": (routes(gateways=["mesh"]), False),
    "no gateway": (routes(gateways=[]), False),
    "a wildcard": (routes(hosts=["*.example"]), True),
    "every host": (routes(hosts=["*"]), True),
    "another host": (routes(hosts=["b.example"]), False),
}


@pytest.mark.parametrize("name", BOUND)
def test_which_routes_belong_to_a_gateway(name: str, tmp_path: Path) -> None:
    """VirtualService, gateways and hosts."""
    resource, bound = BOUND[name]
    found = read(tmp_path, mutual(), resource)
    assert bool(found.entries) is bound
    assert bool(found.unresolved) is not bound
