"""Findings between gateways, sidecars and the service behind, each beside a configuration that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.errors import ExitStatus
from tests.source.gateways.joined import GUARDED, OPEN, found, joined
from tests.source.gateways.mesh.meshes import (
    SHOP,
    Object,
    api_gateway,
    gateway,
    http_route,
    listener,
    mutual,
    peer,
    policy,
    routes,
    rule,
    server,
    service,
    to,
    validation,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.result.result import Result

DENIED: Object = {
    "action": "DENY",
    "rules": [
        {"from": [{"source": {"notPrincipals": ["*"]}}], "to": [{"operation": {"notPaths": ["/public"]}}]}
    ],
}
SIMPLE, OPTIONAL = mutual("SIMPLE"), mutual("OPTIONAL_MUTUAL")
SECURE = "GET /secure"
PUBLIC: Object = {
    "match": [{"uri": {"exact": "/public"}}],
    "route": to(),
    "headers": {"request": {"remove": ["x-client-cert"]}},
}
TELLS: Object = {"route": to(), "headers": {"request": {"set": {"X-Client-Cert": "%DOWNSTREAM_PEER_CERT%"}}}}


def read(folder: Path, *resources: Object, behind: str = "") -> Result:
    """Read resources, and the service behind, beside a document with a guarded and an open operation."""
    return joined(folder, written(*resources), behind, name="mesh.yaml")


def rules(result: Result) -> set[tuple[str, str]]:
    """Return the rules that were reported about the guarded operation, with their severity."""
    return {(rule, severity) for rule, operation, severity in found(result) if operation == SECURE}


FAULTS: dict[str, tuple[tuple[Object, ...], str, str, str]] = {
    "nothing requires the certificate": (
        (OPTIONAL, routes()),
        OPEN,
        "gateway-optional-unchecked",
        "error",
    ),
    "no certificate is requested": ((SIMPLE, routes()), OPEN, "gateway-certificate-not-requested", "error"),
    "insecure fallback": (
        (api_gateway(frontend={"default": validation("AllowInsecureFallback")}), http_route()),
        OPEN,
        "gateway-optional-unchecked",
        "error",
    ),
    "a mesh that is strict behind a gateway that is not": (
        (SIMPLE, routes(), *service(), peer("STRICT")),
        "",
        "gateway-server-bypass",
        "error",
    ),
    "a sidecar that is not strict behind a gateway that is": (
        (mutual(), routes(), *service(), peer("PERMISSIVE")),
        "",
        "gateway-server-bypass",
        "note",
    ),
    "a server without TLS": (
        (
            gateway(
                server({"mode": "MUTUAL", "credentialName": "c"}), server(None, port=80, protocol="HTTP")
            ),
            routes(),
        ),
        "",
        "gateway-plaintext-to-same-upstream",
        "error",
    ),
    "connections that are passed on": (
        (
            gateway(
                server({"mode": "MUTUAL", "credentialName": "c"}), server(None, port=9000, protocol="TCP")
            ),
            routes(tcp=[{"route": to()}]),
        ),
        "",
        "gateway-plaintext-to-same-upstream",
        "error",
    ),
    "a path that the policy does not name": (
        (
            OPTIONAL,
            routes(),
            policy(DENIED | {"rules": [{**DENIED["rules"][0], "to": [{"operation": {"paths": ["/x"]}}]}]}),
        ),
        OPEN,
        "gateway-optional-unchecked",
        "error",
    ),
    "the header of the client": ((OPTIONAL, routes(TELLS)), GUARDED, "gateway-trusts-client-header", "error"),
    "the header of the client, which nothing changes": (
        (api_gateway(), http_route()),
        GUARDED,
        "gateway-trusts-client-header",
        "error",
    ),
    "a header that turns the guard off": (
        (
            OPTIONAL,
            routes(),
            policy(
                DENIED
                | {
                    "rules": [
                        {
                            **DENIED["rules"][0],
                            "when": [{"key": "request.headers[x-probe]", "notValues": ["y"]}],
                        }
                    ]
                }
            ),
        ),
        OPEN,
        "gateway-request-bypass",
        "error",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported(name: str, tmp_path: Path) -> None:
    """Each of them alone."""
    resources, behind, wanted, severity = FAULTS[name]
    result = read(tmp_path, *resources, behind=behind)
    assert rules(result) == {(wanted, severity)}
    places = {drift.location.file for drift in result.drifts if drift.rule == wanted and drift.location}
    assert all(place.endswith("mesh.yaml") for place in places)


CORRECT: dict[str, tuple[tuple[Object, ...], str]] = {
    "mutual TLS": ((mutual(), routes()), ""),
    "a policy": ((OPTIONAL, routes(), policy(DENIED)), OPEN),
    "a policy and a header": ((OPTIONAL, routes(PUBLIC, TELLS), policy(DENIED)), GUARDED),
    "valid only": ((api_gateway(frontend={"default": validation()}), http_route()), OPEN),
    "a strict mesh without a gateway": ((*service(), peer("STRICT")), ""),
    "a strict mesh behind mutual TLS": ((mutual(), routes(), *service(), peer("STRICT")), ""),
    "a permissive mesh with a policy": (
        (
            mutual(),
            routes(),
            *service(),
            peer("PERMISSIVE"),
            policy(
                {"selector": {"matchLabels": SHOP}, "rules": [{"from": [{"source": {"principals": ["*"]}}]}]},
                "shop",
            ),
        ),
        "",
    ),
    "a redirect": (
        (
            gateway(
                server({"mode": "MUTUAL", "credentialName": "c"}),
                server({"httpsRedirect": True}, port=80, protocol="HTTP"),
            ),
            routes(),
        ),
        "",
    ),
    "a header that is removed": (
        (
            OPTIONAL,
            routes({**TELLS, "headers": {"request": {"remove": ["x-client-cert"]}}}),
            policy(DENIED),
        ),
        GUARDED,
    ),
}


@pytest.mark.parametrize("name", CORRECT)
def test_a_correct_configuration_is_not_accused(name: str, tmp_path: Path) -> None:
    """And it is known to be guarded."""
    resources, behind = CORRECT[name]
    result = read(tmp_path, *resources, behind=behind)
    assert rules(result) == set()
    assert SECURE not in {str(one.operation) for one in result.undecided}


OPEN_QUESTIONS: dict[str, tuple[tuple[Object, ...], str]] = {
    "a policy of another product": (
        (OPTIONAL, routes(), policy({"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]})),
        OPEN,
    ),
    "a service that was not read": ((SIMPLE, routes()), ""),
    "a sidecar that is not known": ((*service(sidecar=None), peer("STRICT")), ""),
}


@pytest.mark.parametrize("name", OPEN_QUESTIONS)
def test_what_is_not_known_is_undecided(name: str, tmp_path: Path) -> None:
    """Never guarded, and never a finding."""
    resources, behind = OPEN_QUESTIONS[name]
    result = read(tmp_path, *resources, behind=behind)
    assert rules(result) == set()
    assert SECURE in {str(one.operation) for one in result.undecided}
    assert result.exit_status == 3


def test_a_constant_header_is_no_certificate(tmp_path: Path) -> None:
    """The service asks only whether it is there."""
    constant = {"set": [{"name": "X-Client-Cert", "value": "x"}]}
    change = {"type": "RequestHeaderModifier", "requestHeaderModifier": constant}
    resources = (api_gateway(listener()), http_route(rule(filters=[change])))
    result = read(tmp_path, *resources, behind=GUARDED)
    assert rules(result) == {("gateway-certificate-not-requested", "error")}


ALSO_V1: Object = {
    "action": "DENY",
    "rules": [
        {
            "from": [{"source": {"notPrincipals": ["*"]}}],
            "to": [{"operation": {"notPaths": ["/public", "/v1/*"]}}],
        }
    ],
}


@pytest.mark.parametrize(
    ("rewrite", "bypassed"),
    [
        ({"uri": "/"}, True),
        ({"uriRegexRewrite": {"match": "^/v1/(.*)$", "rewrite": r"/\1"}}, True),
        ({"uri": "/static/"}, False),
        ({"uriRegexRewrite": {"match": "^/v1/(.*)$", "rewrite": r"/static/\1"}}, False),
        ({}, False),
    ],
)
def test_a_route_that_rewrites_its_path_may_lead_to_a_guarded_operation(
    tmp_path: Path,
    rewrite: Object,
    bypassed: bool,  # noqa: FBT001
) -> None:
    """The policy leaves its own path open; what the service gets is that of the operation."""
    change: Object = {"rewrite": rewrite} if rewrite else {}
    way: Object = {"match": [{"uri": {"prefix": "/v1/"}}], "route": to(), **change}
    result = read(
        tmp_path, OPTIONAL, policy(ALSO_V1), *service(), routes(way, PUBLIC, {"route": to()}), behind=OPEN
    )
    assert (("gateway-location-bypass", "error") in rules(result)) is bypassed
    guarded = read(
        tmp_path, OPTIONAL, policy(DENIED), *service(), routes(way, PUBLIC, {"route": to()}), behind=OPEN
    )
    assert ("gateway-location-bypass", "error") not in rules(guarded)


def denied(**operation: list[str]) -> Object:
    """A policy of the gateway that denies some requests without a certificate."""
    one = {"from": [{"source": {"notPrincipals": ["*"]}}], "to": [{"operation": operation}]}
    return policy({"action": "DENY", "rules": [one]})


@pytest.mark.parametrize(
    ("guard", "bypassed"),
    [
        (denied(hosts=["api.example"]), True),
        (denied(hosts=["api.example", "api.example:*"], notPaths=["/public"]), False),
        (denied(notHosts=["status.example", "status.example:*"], notPaths=["/public"]), True),
        (denied(notHosts=["status.else", "status.else:*"], notPaths=["/public"]), False),
    ],
    ids=["without a port", "with any port", "all but a host of the gateway", "all but another host"],
)
def test_policies_compare_the_host_as_it_is_sent(guard: Object, tmp_path: Path, *, bypassed: bool) -> None:
    """With its port, and any name that the gateway serves (Istio's documentation of the field ``hosts``)."""
    names = ["api.example", "status.example"] if "notHosts" in str(guard) else ["api.example"]
    front = gateway(server({"mode": "OPTIONAL_MUTUAL", "credentialName": "c"}, hosts=["*.example"]))
    result = read(tmp_path, front, guard, routes(hosts=names), behind=OPEN)
    around = {rule for rule, _ in rules(result)} & {"gateway-request-bypass", "gateway-server-bypass"}
    assert bool(around) is bypassed
    assert SECURE not in {str(one.operation) for one in result.undecided}


@pytest.mark.parametrize("removed", [True, False])
def test_headers_of_workloads_of_the_cluster_are_a_note(tmp_path: Path, *, removed: bool) -> None:
    """The gateway removes them from those outside."""
    change: Object = {"headers": {"request": {"remove": ["x-client-cert"]}}} if removed else {}
    resources = (OPTIONAL, routes({"route": to(), **change}), *service(), peer("STRICT"))
    result = read(tmp_path, *resources, policy(MEANS_GATEWAY, "shop"), behind=GUARDED)
    reported = {severity for rule, severity in rules(result) if rule == "gateway-trusts-client-header"}
    assert reported == ({"note"} if removed else {"error"})


def test_a_policy_that_means_the_gateway_leaves_no_doubt(tmp_path: Path) -> None:
    """Its callers are admitted with and without a certificate."""
    own = policy(MEANS_GATEWAY, "shop")
    result = read(tmp_path, SIMPLE, routes(), *service(), peer("STRICT"), own, behind=OPEN)
    assert {rule for rule, _ in rules(result)} == {"gateway-server-bypass"}
    guarded = read(tmp_path, mutual(), routes(), *service(), peer("STRICT"), own, behind=OPEN)
    assert rules(guarded) == set()
    assert SECURE not in {str(one.operation) for one in (*result.undecided, *guarded.undecided)}


MEANS_GATEWAY: Object = {
    "selector": {"matchLabels": SHOP},
    "rules": [
        {"from": [{"source": {"principals": ["cluster.local/ns/istio-system/sa/istio-ingressgateway"]}}]}
    ],
}


@pytest.mark.parametrize(
    ("mirror", "copied"),
    [
        ({"mirror": {"host": "shop", "port": {"number": 8080}}}, True),
        ({"mirrors": [{"destination": {"host": "shop", "port": {"number": 8080}}}]}, True),
        ({"mirror": {"host": "shop", "port": {"number": 8080}}, "mirrorPercentage": {"value": 0}}, False),
        ({"mirror": {"host": "audit", "port": {"number": 8080}}}, False),
        ({}, False),
    ],
    ids=["a copy", "one of several copies", "no share", "a copy for another service", "none"],
)
def test_copies_of_istio(mirror: Object, tmp_path: Path, *, copied: bool) -> None:
    """Another host without the guard sends each request to the service, too."""
    front = gateway(
        server({"mode": "MUTUAL", "credentialName": "c"}),
        server({"mode": "SIMPLE", "credentialName": "d"}, hosts=["docs.example"]),
    )
    docs = routes({"route": to("docs"), **mirror}, hosts=["docs.example"])
    docs["metadata"]["name"] = "docs"
    result = read(tmp_path, front, routes(), docs, behind=OPEN)
    assert (("gateway-server-bypass", "error") in rules(result)) is copied


@pytest.mark.parametrize("backend", ["shop", "audit"])
def test_copies_of_the_gateway_api(backend: str, tmp_path: Path) -> None:
    """Filters of the type RequestMirror."""
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": backend, "port": 8080}}}
    strict = {"perPort": [{"port": 443, "tls": validation()}]}
    front = api_gateway(
        listener(), listener(port=8443, hostname="docs.example"), frontend={"default": {}, **strict}
    )
    docs = rule(filters=[mirror]) | {"backendRefs": [{"name": "docs", "port": 8080}]}
    other = http_route(docs, name="docs", hostnames=["docs.example"])
    result = read(tmp_path, front, http_route(), other, behind=OPEN)
    assert (("gateway-server-bypass", "error") in rules(result)) is (backend == "shop")


HARDENED: Object = {
    "selector": {"matchLabels": SHOP},
    "action": "ALLOW",
    "rules": [{"from": [{"source": {"principals": ["cluster.local/ns/istio-system/sa/front"]}}]}],
}
EXEMPT: Object = {
    "action": "DENY",
    "rules": [
        {
            "from": [{"source": {"notPrincipals": ["*"]}}],
            "when": [{"key": "request.headers[x-internal]", "notValues": ["1"]}],
        }
    ],
}
REWRITTEN: Object = {"match": [{"uri": {"prefix": "/public/"}}], "rewrite": {"uri": "/"}, "route": to()}
ELSEWHERE: Object = {"match": [{"uri": {"prefix": "/docs/"}}], "rewrite": {"uri": "/static/"}, "route": to()}
ALSO_DOCS: Object = {
    "action": "DENY",
    "rules": [
        {
            "from": [{"source": {"notPrincipals": ["*"]}}],
            "to": [{"operation": {"notPaths": ["/public*", "/docs*"]}}],
        }
    ],
}


@pytest.mark.parametrize(
    ("guard", "way", "status"),
    [
        (DENIED, {"route": to()}, ExitStatus.OK),
        (EXEMPT, {"route": to()}, ExitStatus.INCOMPLETE),
        (ALSO_DOCS, REWRITTEN, ExitStatus.INCOMPLETE),
        (ALSO_DOCS, ELSEWHERE, ExitStatus.OK),
    ],
    ids=["guarded", "a header", "another path", "a path elsewhere"],
)
def test_a_way_around_the_gateway_counts_where_the_service_knows_gateways_alone(
    guard: Object, way: Object, status: ExitStatus, tmp_path: Path
) -> None:
    """What a policy of the service makes of the gateway's identity is not known, for callers with a certificate too."""
    resources = (OPTIONAL, policy(guard), *service(), peer("STRICT"), policy(HARDENED, "shop", "own"))
    result = read(tmp_path, *resources, routes(way, PUBLIC, {"route": to()}), behind=OPEN)
    assert result.exit_status is status
