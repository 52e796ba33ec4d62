"""Virtual hosts and routes, and what they do to the headers of a request."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from specdrift.model.result.gateway import ForwardedHeader, GatewayCaller
from specdrift.source.envoy.matchers import fully_matches, header_matches
from specdrift.source.envoy.yaml_nodes import YamlNode
from specdrift.source.gateway.exchange import Undetermined

XFCC = "x-forwarded-client-cert"
CERTIFICATE = "DOWNSTREAM_PEER_"
"""Formatters about the client certificate begin with it."""
OVERWRITES = frozenset({"OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"})
FROM_CERTIFICATE = "CLIENT CERTIFICATE"
"""Stands for a value that Envoy takes from the certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRequest:
    caller: GatewayCaller
    """ANONYMOUS too if no certificate was requested."""
    validated: bool
    """Whether a certificate was presented and verified."""
    path: str
    headers: Mapping[str, str]


def virtual_host(config: YamlNode, host: str) -> YamlNode | None:
    """Return the virtual host of a name: exact, longest suffix, longest prefix, else ``*``."""
    found: list[tuple[int, int, YamlNode]] = []
    for one in config.get("virtual_hosts").items():
        for domain in one.get("domains").items():
            name = domain.written.lower()
            rank = _rank(name, host)
            if rank:
                found.append((rank, len(name), one))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _rank(domain: str, host: str) -> int:
    if domain == host:
        return 4
    if domain == "*":
        return 1
    if domain.startswith("*") and host.endswith(domain[1:]):
        return 3
    return 2 if domain.endswith("*") and host.startswith(domain[:-1]) else 0


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


def _certificate(node: YamlNode, _: YamlNode, request: RouteRequest) -> bool:
    presented, validated = node.get("presented").flag, node.get("validated").flag
    has_one = request.caller is not GatewayCaller.ANONYMOUS
    return (presented is None or presented is has_one) and (
        validated is None or validated is request.validated
    )


def _always(_: YamlNode, __: YamlNode, ___: RouteRequest) -> bool:
    return True


CONDITIONS: Mapping[str, Callable[[YamlNode, YamlNode, RouteRequest], bool]] = {
    "prefix": _prefix,
    "path": _exact,
    "path_separated_prefix": _separated,
    "safe_regex": _regex,
    "headers": _headers,
    "tls_context": _certificate,
    "case_sensitive": _always,
}


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
    headers = dict(sent)
    for level in levels:
        for name in level.get("request_headers_to_remove").items():
            headers.pop(name.written.lower(), None)
        for one in level.get("request_headers_to_add").items():
            _add(headers, one, certificate=certificate)
    return headers


def _add(headers: dict[str, str], one: YamlNode, *, certificate: bool) -> None:
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
    headers[name] = f"{headers[name]},{value}" if name in headers and appends else value


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
