"""Envoy in front of a service. Each fault has a correct twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from specdrift.source.envoy.envoy_gateway import Envoy
from tests.source.gateways.joined import OPEN, found, joined

if TYPE_CHECKING:
    from pathlib import Path

SECURE = "GET /secure"
TYPES = "type.googleapis.com/envoy.extensions"
NAMED = {"authenticated": {"principal_name": {"contains": "CN="}}}
HEADER = {"header": {"name": "x-internal", "present_match": True}}
Node = dict[str, Any]


def typed(name: str, **members: object) -> Node:
    """A message with its type."""
    return {"@type": f"{TYPES}.{name}", **members}


def rules(principal: Node, **members: object) -> Node:
    """Policies with one principal."""
    return {**members, "policies": {"p": {"permissions": [{"any": True}], "principals": [principal]}}}


def rbac(principal: Node = NAMED) -> Node:
    """The filter that admits a principal."""
    return {"name": "rbac", "typed_config": typed("filters.http.rbac.v3.RBAC", rules=rules(principal))}


def authority(match: Node) -> Node:
    """Callers of some hosts."""
    return {"header": {"name": ":authority", "string_match": match}}


def lua() -> Node:
    """A filter that is not evaluated."""
    return {"name": "lua", "typed_config": typed("filters.http.lua.v3.Lua")}


def jwt() -> Node:
    """A filter that requires a token."""
    return {"name": "jwt", "typed_config": typed("filters.http.jwt_authn.v3.JwtAuthentication")}


def disabled() -> Node:
    """What turns the policies off."""
    return {"rbac": {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}}


def route(match: Node | None = None, **members: object) -> Node:
    """A route to the service."""
    return {"match": match or {"prefix": "/"}, "route": {"cluster": "api"}, **members}


ROUTER = {"name": "router", "typed_config": typed("filters.http.router.v3.Router")}


def websocket(*filters: Node) -> Node:
    """A connection manager that accepts WebSocket, with these filters if there are any."""
    own = {"filters": [*filters]} if filters else {}
    return {"upgrade_configs": [{"upgrade_type": "websocket", **own}]}


OPEN_ROUTE = route({"path": "/public"}, typed_per_filter_config=disabled())


def chain(*filters: Node, before: tuple[Node, ...] = (), tls: bool | None = True, **host: object) -> Node:
    """A filter chain; ``tls`` is whether a certificate is required, ``None`` for none."""
    routes = host.pop("routes", [OPEN_ROUTE, route()])
    manager_members = cast("Node", host.pop("manager", {}))
    manager = typed(
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        route_config={"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes, **host}]},
        http_filters=[*filters, ROUTER],
        **manager_members,
    )
    return {"filters": [*before, {"name": "http", "typed_config": manager}], **_socket(tls)}


def _socket(required: bool | None) -> Node:  # noqa: FBT001 - a value of the file
    if required is None:
        return {}
    common = {"validation_context": {"trusted_ca": {"filename": "ca.pem"}}}
    context = typed(
        "transport_sockets.tls.v3.DownstreamTlsContext",
        require_client_certificate=required,
        common_tls_context=common,
    )
    return {"transport_socket": {"name": "tls", "typed_config": context}}


def envoy(*chains: Node) -> str:
    """One listener for each chain, and the clusters of two services."""
    listeners = [
        {
            "address": {"socket_address": {"address": "0.0.0.0", "port_value": 8443 + number}},  # noqa: S104
            "filter_chains": [one],
        }
        for number, one in enumerate(chains)
    ]
    return yaml.safe_dump(
        {
            "static_resources": {
                "listeners": listeners,
                "clusters": [_cluster("api", 8080), _cluster("sql", 5432)],
            }
        },
        sort_keys=False,
    )


def _cluster(name: str, port: int) -> Node:
    address = {"socket_address": {"address": "10.0.0.5", "port_value": port}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {"name": name, "load_assignment": {"endpoints": endpoints}}


def tcp(cluster: str, *, tls: bool | None = None) -> Node:
    """A filter chain that forwards connections."""
    proxy = typed("filters.network.tcp_proxy.v3.TcpProxy", cluster=cluster)
    return {"filters": [{"name": "tcp", "typed_config": proxy}], **_socket(tls)}


def network_rbac() -> Node:
    """A filter that closes connections without a certificate."""
    return {"name": "rbac", "typed_config": typed("filters.network.rbac.v3.RBAC", rules=rules(NAMED))}


WEIGHTED = {"clusters": [{"name": "api", "weight": 1}, {"name": "api", "weight": 1}]}
HALF_OPEN = {"clusters": [*WEIGHTED["clusters"], {"name": "api", "typed_per_filter_config": disabled()}]}
DEBUG = {"prefix": "/", "query_parameters": [{"name": "debug", "string_match": {"exact": "1"}}]}
STATUS_OR_NAMED = {"or_ids": {"ids": [NAMED, authority({"prefix": "status."})]}}
UNLESS_API = {"or_ids": {"ids": [NAMED, {"not_id": authority({"exact": "api.example"})}]}}
UNLESS_API_IN_ANY_CASE = {
    "or_ids": {"ids": [NAMED, {"not_id": authority({"exact": "api.example", "ignore_case": True})}]}
}


def mirrored(cluster: str) -> Node:
    """An open route of another service, with a copy of each request for a cluster."""
    action = {"cluster": "sql", "prefix_rewrite": "/", "request_mirror_policies": [{"cluster": cluster}]}
    return {"match": {"prefix": "/pub/"}, "route": action, "typed_per_filter_config": disabled()}


STAFF = {
    "prefix": "/",
    "headers": [{"name": "x-staff", "string_match": {"safe_regex": {"regex": "[a-f0-9]{4}"}}}],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gateway", "expected"),
    [
        pytest.param(envoy(chain(rbac(), tls=False)), set(), id="a policy"),
        pytest.param(
            envoy(chain(rbac({"or_ids": {"ids": [NAMED, HEADER]}}), tls=False)),
            {("gateway-request-bypass", SECURE, "error")},
            id="a policy that a header satisfies",
        ),
        pytest.param(
            envoy(chain(rbac({"and_ids": {"ids": [NAMED, HEADER]}}), tls=False)), set(), id="a header as well"
        ),
        pytest.param(
            envoy(
                chain(
                    rbac(),
                    tls=False,
                    routes=[OPEN_ROUTE, route(DEBUG, typed_per_filter_config=disabled()), route()],
                )
            ),
            {("gateway-request-bypass", SECURE, "error")},
            id="an argument selects an open route",
        ),
        pytest.param(
            envoy(
                chain(
                    rbac(),
                    tls=False,
                    routes=[OPEN_ROUTE, route(STAFF, typed_per_filter_config=disabled()), route()],
                )
            ),
            {("gateway-request-bypass", SECURE, "error")},
            id="a header selects an open route",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, routes=[OPEN_ROUTE, route(DEBUG), route()])),
            set(),
            id="an argument selects another guarded route",
        ),
        pytest.param(
            envoy(
                chain(
                    rbac(),
                    tls=False,
                    routes=[
                        OPEN_ROUTE,
                        route({"prefix": "/", "grpc": {}}, typed_per_filter_config=disabled()),
                        route(),
                    ],
                )
            ),
            {("gateway-request-bypass", SECURE, "error")},
            id="requests of gRPC take an open route",
        ),
        pytest.param(
            envoy(
                chain(
                    rbac(),
                    tls=False,
                    routes=[
                        OPEN_ROUTE,
                        route({"connect_matcher": {}}, typed_per_filter_config=disabled()),
                        route(),
                    ],
                )
            ),
            set(),
            id="CONNECT takes an open route",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, routes=[route(route={"weighted_clusters": HALF_OPEN})])),
            {("gateway-optional-unchecked", SECURE, "error")},
            id="a weighted cluster without the guard",
        ),
        pytest.param(
            envoy(
                chain(rbac(), tls=False, routes=[OPEN_ROUTE, route(route={"weighted_clusters": WEIGHTED})])
            ),
            set(),
            id="weighted clusters",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False), tcp("api")),
            {("gateway-plaintext-to-same-upstream", SECURE, "error")},
            id="connections are forwarded to the service",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False), tcp("api", tls=True)), set(), id="connections with a certificate"
        ),
        pytest.param(envoy(chain(rbac(), tls=False), tcp("sql")), set(), id="connections to another service"),
        pytest.param(
            envoy(chain(before=(network_rbac(),), tls=False)),
            {("open-route-guarded", "GET /public", "warning")},
            id="a policy for connections",
        ),
        pytest.param(envoy(chain(jwt(), rbac(), tls=False)), set(), id="a token as well"),
        pytest.param(
            envoy(chain(rbac(), tls=False, manager=websocket(ROUTER))),
            {("gateway-request-bypass", SECURE, "error")},
            id="a protocol without the guard",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, manager=websocket(rbac(), ROUTER))),
            set(),
            id="a protocol with the guard",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, manager=websocket())), set(), id="a protocol with the same filters"
        ),
        pytest.param(
            envoy(chain(rbac(STATUS_OR_NAMED), tls=False, domains=["api.example", "status.example"])),
            {("gateway-request-bypass", SECURE, "error")},
            id="another domain of the virtual host is open",
        ),
        pytest.param(
            envoy(chain(rbac(STATUS_OR_NAMED), tls=False, domains=["*.example"])),
            {("gateway-request-bypass", SECURE, "error")},
            id="a name of the wildcard is open",
        ),
        pytest.param(
            envoy(chain(rbac(STATUS_OR_NAMED), tls=False, domains=["api.example"])),
            set(),
            id="no domain that is open",
        ),
        pytest.param(
            envoy(chain(rbac(UNLESS_API), tls=False, domains=["api.example", "api.example:8443"])),
            {("gateway-request-bypass", SECURE, "error")},
            id="a guard for the name without a port",
        ),
        pytest.param(
            envoy(chain(rbac(UNLESS_API), tls=False, domains=["api.example"])),
            {("gateway-request-bypass", SECURE, "error")},
            id="a guard for the name in one case",
        ),
        pytest.param(
            envoy(chain(rbac(UNLESS_API_IN_ANY_CASE), tls=False, domains=["api.example"])),
            set(),
            id="a guard for the name in any case",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, routes=[mirrored("api"), OPEN_ROUTE, route()])),
            {("gateway-location-bypass", SECURE, "error")},
            id="a copy of an open request for the service",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, routes=[mirrored("sql"), OPEN_ROUTE, route()])),
            set(),
            id="a copy for another service",
        ),
    ],
)
def test_envoy_before_an_open_service(
    gateway: str, expected: set[tuple[str, str, str]], tmp_path: Path
) -> None:
    """Exactly these findings, and nothing is undecided."""
    result = joined(tmp_path, gateway, OPEN, name="envoy.yaml")
    assert found(result) == expected
    assert result.undecided == ()


def own_validator() -> str:
    """A listener whose certificates a validator of its own verifies."""
    required = chain()
    common = required["transport_socket"]["typed_config"]["common_tls_context"]
    common["validation_context"]["custom_validator_config"] = {"name": "envoy.tls.cert_validator.spiffe"}
    return envoy(required)


@pytest.mark.parametrize(
    "gateway",
    [
        pytest.param(own_validator(), id="a validator of its own"),
        pytest.param(
            envoy(chain(rbac(), tls=False, manager={"early_header_mutation_extensions": [{"name": "x"}]})),
            id="headers are changed before the route is chosen",
        ),
        pytest.param(
            envoy(chain(rbac(), tls=False, manager=websocket(lua(), ROUTER))), id="a script for a protocol"
        ),
        pytest.param(envoy(chain(lua(), rbac(), tls=False)), id="a script before the policy"),
        pytest.param(envoy(chain(jwt(), tls=False)), id="a token instead"),
        pytest.param(envoy(chain(tls=False, matcher={"on_no_match": {}})), id="routes by a matcher"),
        pytest.param(
            envoy(
                chain(
                    before=({"name": "x", "typed_config": typed("filters.network.wasm.v3.Wasm")},), tls=False
                )
            ),
            id="a network filter",
        ),
    ],
)
def test_what_envoy_decides_elsewhere_leaves_the_operation_undecided(gateway: str, tmp_path: Path) -> None:
    """Never a pass, and never an accusation."""
    result = joined(tmp_path, gateway, OPEN, name="envoy.yaml")
    assert not [drift for drift in result.drifts if drift.rule.startswith("gateway-")]
    assert SECURE in {str(one.operation) for one in result.undecided}
    assert result.exit_status == 3


def test_further_addresses_of_a_listener_are_read(tmp_path: Path) -> None:
    """Each is a listener of its own."""
    config = yaml.safe_load(envoy(chain()))
    listener = config["static_resources"]["listeners"][0]
    second = {"socket_address": {"address": "10.0.0.1", "port_value": 9443}}
    listener["additional_addresses"] = [{"address": second}]
    file = tmp_path / "envoy.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    assert {(one.address, one.port) for one in Envoy().read(file).entries} == {
        ("*", 8443),
        ("10.0.0.1", 9443),
    }


def test_filter_chains_that_a_matcher_chooses_are_listed(tmp_path: Path) -> None:
    """Their conditions are not evaluated."""
    config = yaml.safe_load(envoy(chain()))
    config["static_resources"]["listeners"][0]["filter_chain_matcher"] = {"on_no_match": {}}
    result = joined(tmp_path, yaml.safe_dump(config, sort_keys=False), OPEN, name="envoy.yaml")
    assert result.exit_status == 3
    assert "a matcher that chooses filter chains" in {
        one.what for gateway in result.gateways for one in gateway.unresolved
    }


@pytest.mark.parametrize(
    ("member", "undecided"),
    [
        ({"allow_expired_certificate": True}, True),
        ({"a_member_of_later_versions": {}}, True),
        ({"allow_expired_certificate": False}, False),
        ({"max_verify_depth": 1}, False),
    ],
)
def test_members_that_may_accept_what_the_verification_refuses(
    tmp_path: Path, member: Node, *, undecided: bool
) -> None:
    """Members of a validation context that are not known may be of that kind."""
    one = chain(routes=[OPEN_ROUTE, route()])
    one["transport_socket"]["typed_config"]["common_tls_context"]["validation_context"] |= member
    result = joined(tmp_path, envoy(one), OPEN, name="envoy.yaml")
    own = [one for one in result.undecided if str(one.operation) == SECURE]
    assert bool(own) is undecided
