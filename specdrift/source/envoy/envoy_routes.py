"""Virtual hosts and routes, and what they do to the headers of a request."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from urllib.parse import parse_qsl

from msgspec import Struct, field

from specdrift.model.result.gateway import ForwardedHeader, GatewayCaller
from specdrift.source.envoy.matchers import fully_matches, header_matches
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.yaml_nodes import YamlNode

LONGEST_DOMAIN = 254
"""Of a host (RFC 1035), with a wildcard."""
XFCC = "x-forwarded-client-cert"
GRPC = "application/grpc"
"""Media type by which requests of gRPC are known."""
CERTIFICATE = "DOWNSTREAM_PEER_"
"""Formatters about the client certificate begin with it."""
OVERWRITES = frozenset({"OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"})
FROM_CERTIFICATE = f"{UNKNOWN_PART} of the client certificate"
"""Stands for a value that Envoy takes from the certificate."""


class RouteRequest(Struct, frozen=True, kw_only=True):
    caller: GatewayCaller
    """ANONYMOUS too if no certificate was requested."""
    validated: bool
    """Whether a certificate was presented and verified."""
    path: str
    headers: Mapping[str, str]


class VirtualHosts(Struct):
    """The virtual hosts of a route configuration by their domains; of two with one domain, the first."""

    exact: dict[str, YamlNode] = field(default_factory=dict)
    suffixes: dict[str, YamlNode] = field(default_factory=dict)
    prefixes: dict[str, YamlNode] = field(default_factory=dict)

    @classmethod
    def of(cls, config: YamlNode) -> "VirtualHosts":
        found = cls()
        for one in config.get("virtual_hosts").items():
            for domain in domains_of(one):
                found.exact.setdefault(domain, one)
                if domain.startswith("*") and domain != "*":
                    found.suffixes.setdefault(domain[1:], one)
                elif domain.endswith("*") and domain != "*":
                    found.prefixes.setdefault(domain[:-1], one)
        return found

    def find(self, host: str) -> YamlNode | None:
        """Return the virtual host of a name: exact, longest suffix, longest prefix, else ``*``."""
        exact = self.exact.get(host)
        if exact is not None:
            return exact
        ends = (self.suffixes.get(host[at:]) for at in range(len(host)))
        beginnings = (self.prefixes.get(host[:at]) for at in range(len(host), 0, -1))
        return next(filter(None, chain(ends, beginnings)), self.exact.get("*"))


def domains_of(virtual: YamlNode) -> tuple[str, ...]:
    """Return the domains of a virtual host in lower case. Longer ones than a name can be match none."""
    written = (domain.written.lower() for domain in virtual.get("domains").items())
    return tuple(domain for domain in written if len(domain) <= LONGEST_DOMAIN)


BEGINNINGS = ("prefix", "path", "path_separated_prefix")
"""Conditions that name the beginning of a path."""
UNDERSTOOD = frozenset(
    {
        "name",
        "domains",
        "routes",
        "require_tls",
        "virtual_clusters",
        "rate_limits",
        "cors",
        "per_request_buffer_limit",
    }
    | {
        "request_headers_to_add",
        "request_headers_to_remove",
        "response_headers_to_add",
        "response_headers_to_remove",
    }
    | {
        "typed_per_filter_config",
        "include_request_attempt_count",
        "include_attempt_count_in_response",
        "metadata",
    }
    | {"retry_policy", "retry_policy_typed_config", "hedge_policy", "include_is_timeout_retry_header"}
    | {"per_request_buffer_limit_bytes", "request_mirror_policies", "request_body_buffer_limit"}
)
"""Members of a virtual host that are evaluated, or decide about no request. Others may replace its routes."""


def not_understood(host: YamlNode) -> tuple[str, YamlNode] | None:
    """Return a member of a virtual host that may decide and is not evaluated."""
    return next(((name, node) for name, node in host.members() if name not in UNDERSTOOD), None)


def route_of(host: YamlNode, request: RouteRequest) -> YamlNode | None:
    """Return the first route that matches. Raises Undetermined."""
    for one in host.get("routes").items():
        if _matches(one.get("match"), request):
            return one
    return None


def _matches(match: YamlNode, request: RouteRequest) -> bool:
    # What is known to fail decides, before what is unknown.
    unknown: Undetermined | None = None
    for kind, node in match.members():
        test = CONDITIONS.get(kind)
        if test is None:
            unknown = unknown or Undetermined(f"a route by {kind}", node.place)
        elif not test(node, match, request):
            return False
    if unknown is not None:
        raise unknown
    return True


def _cased(match: YamlNode, text: str) -> str:
    return text.lower() if match.get("case_sensitive").flag is False else text


def _prefix(node: YamlNode, match: YamlNode, request: RouteRequest) -> bool:
    return _cased(match, request.path.partition("?")[0]).startswith(_cased(match, node.written))


def _exact(node: YamlNode, match: YamlNode, request: RouteRequest) -> bool:
    return _cased(match, request.path.partition("?")[0]) == _cased(match, node.written)


def _separated(node: YamlNode, match: YamlNode, request: RouteRequest) -> bool:
    path, prefix = _cased(match, request.path.partition("?")[0]), _cased(match, node.written)
    return path == prefix or path.startswith(f"{prefix}/")


def _regex(node: YamlNode, _: YamlNode, request: RouteRequest) -> bool:
    return fully_matches(node, request.path.partition("?")[0])


def _headers(node: YamlNode, _: YamlNode, request: RouteRequest) -> bool:
    return all(header_matches(one, request.headers) for one in node.items())


def _arguments(node: YamlNode, _: YamlNode, request: RouteRequest) -> bool:
    sent = dict(reversed(parse_qsl(request.path.partition("?")[2], keep_blank_values=True)))
    lowered = {name.lower(): value for name, value in sent.items()}
    return all(one.get("name").written in sent and header_matches(one, lowered) for one in node.items())


def _certificate(node: YamlNode, _: YamlNode, request: RouteRequest) -> bool:
    presented, validated = node.get("presented").flag, node.get("validated").flag
    has_one = request.caller is not GatewayCaller.ANONYMOUS
    return (presented is None or presented is has_one) and (
        validated is None or validated is request.validated
    )


def _connect(_: YamlNode, __: YamlNode, request: RouteRequest) -> bool:
    return request.headers.get(":method") == "CONNECT"


def _grpc(_: YamlNode, __: YamlNode, request: RouteRequest) -> bool:
    kind = request.headers.get("content-type", "")
    return kind == GRPC or kind.startswith(f"{GRPC}+")


def _always(_: YamlNode, __: YamlNode, ___: RouteRequest) -> bool:
    return True


CONDITIONS: Mapping[str, Callable[[YamlNode, YamlNode, RouteRequest], bool]] = {
    "prefix": _prefix,
    "path": _exact,
    "path_separated_prefix": _separated,
    "safe_regex": _regex,
    "headers": _headers,
    "query_parameters": _arguments,
    "tls_context": _certificate,
    "connect_matcher": _connect,
    "grpc": _grpc,
    "case_sensitive": _always,
}


REWRITES = ("prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "path_rewrite")


def rewritten_of(
    host: YamlNode | None, services: Callable[[YamlNode], frozenset[str]]
) -> Iterator[RewrittenPath]:
    """Yield the paths that routes of a virtual host hand on as others. ``services`` gets those of a route."""
    for route in host.get("routes").items() if host is not None else ():
        action, match = route.get("route"), route.get("match")
        if not any(map(action.has, REWRITES)):
            continue
        written = next((match.get(kind).written for kind in BEGINNINGS if match.has(kind)), "")
        regex = match.get("safe_regex", "regex").written
        new = action.get("regex_rewrite", "substitution").written
        upstream = services(route)
        if written:
            yield RewrittenPath(written, route.place)
        else:
            yield RewrittenPath.of_pattern(regex, route.place, new, upstream)
        pattern = action.get("regex_rewrite", "pattern", "regex").written
        if pattern:
            yield RewrittenPath.of_pattern(pattern, route.place, new, upstream)


def unread_rewrites(config: YamlNode) -> Iterator[tuple[str, YamlNode]]:
    """Yield rewrites whose paths are not known, each with its place."""
    for host in config.get("virtual_hosts").items():
        for route in host.get("routes").items():
            action, match = route.get("route"), route.get("match")
            for name in ("path_rewrite_policy", "path_rewrite"):
                if action.has(name):
                    yield f"{name} is not evaluated", action.get(name)
            # Guards decide about the request that follows a redirect, too, with the headers that it copies.
            policy = action.get("internal_redirect_policy")
            if policy.has("response_headers_to_copy"):
                yield "internal_redirect_policy copies headers of responses, which is not evaluated", policy
            if action.has("regex_rewrite") and not _by_pattern(action.get("regex_rewrite"), "/"):
                yield "an expression that rewrites paths is not evaluated", action.get("regex_rewrite")
            if action.has("prefix_rewrite") and not any(map(match.has, BEGINNINGS)):
                yield "prefix_rewrite of a route without a prefix is not evaluated", action


def rewritten(action: YamlNode, match: YamlNode, path: str) -> str:
    """Return the path as the service gets it; empty if it is not known."""
    if action.has("path_rewrite_policy") or action.has("path_rewrite"):
        return ""
    if action.has("regex_rewrite"):
        return _by_pattern(action.get("regex_rewrite"), path)
    new = action.get("prefix_rewrite")
    if not new.value:
        return path
    for kind in BEGINNINGS:
        if match.has(kind):
            return new.written + path[len(match.get(kind).written) :]
    return ""


def _by_pattern(node: YamlNode, path: str) -> str:
    """Replace every match in the path, without its query."""
    bare, question, query = path.partition("?")
    try:
        pattern = compiled(node.get("pattern", "regex").written)
        return pattern.replaced(node.get("substitution").written, bare) + question + query
    except UnsupportedPattern:
        return ""


def header_changes(levels: tuple[YamlNode, ...]) -> Iterator[ForwardedHeader]:
    """Yield the headers that a route adds, the innermost first."""
    for level in levels:
        for one in level.get("request_headers_to_add").items():
            value = one.get("header", "value").written
            yield ForwardedHeader(
                name=one.get("header", "key").written,
                value=value,
                from_certificate=CERTIFICATE in value,
                location=one.place,
            )


def changed_headers(
    sent: Mapping[str, str], levels: tuple[YamlNode, ...], *, certificate: bool
) -> dict[str, str]:
    """Return a request's headers after those of each level were removed and added."""
    headers = {name: [value] for name, value in sent.items()}
    for level in levels:
        for name in level.get("request_headers_to_remove").items():
            headers.pop(name.written.lower(), None)
        for one in level.get("request_headers_to_add").items():
            _add(headers, one, certificate=certificate)
    return {name: ",".join(values) for name, values in headers.items()}


def _add(headers: dict[str, list[str]], one: YamlNode, *, certificate: bool) -> None:
    name, written = one.get("header", "key").written.lower(), one.get("header", "value").written
    value = written
    if CERTIFICATE in written:
        value = FROM_CERTIFICATE if certificate else ""
    if not value and not one.get("keep_empty_value").flag:
        return
    action = one.get("append_action").written
    appends = one.get("append").flag is not False and action not in OVERWRITES
    if name not in headers and action == "OVERWRITE_IF_EXISTS":
        return
    if name in headers and action == "ADD_IF_ABSENT":
        return
    if appends:
        headers.setdefault(name, []).append(value)
    else:
        headers[name] = [value]


def forwarded_certificate(manager: YamlNode, sent: Mapping[str, str], *, certificate: bool) -> dict[str, str]:
    """Return a request's headers after Envoy handled X-Forwarded-Client-Cert."""
    headers = dict(sent)
    mode = manager.get("forward_client_cert_details").written or "SANITIZE"
    if mode == "ALWAYS_FORWARD_ONLY" or (mode == "FORWARD_ONLY" and certificate):
        return headers
    own = headers.pop(XFCC, "")
    if certificate and mode == "APPEND_FORWARD":
        headers[XFCC] = f"{own},{FROM_CERTIFICATE}" if own else FROM_CERTIFICATE
    elif certificate and mode == "SANITIZE_SET":
        headers[XFCC] = FROM_CERTIFICATE
    return headers
