"""The RBAC filter: which callers its policies admit."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from specdrift.model.result.gateway import GatewayCaller
from specdrift.source.envoy.matchers import header_matches, text_matches
from specdrift.source.gateway.callers.presented_certificate import PresentedCertificate
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.yaml_nodes import YamlNode


class RbacRequest(Struct, frozen=True, kw_only=True):
    """What policies look at."""

    caller: GatewayCaller
    """ANONYMOUS too if no certificate was requested."""
    tls: bool
    path: str
    """As normalised, with its query."""
    host: str
    server_name: str
    """Of the handshake; empty if the listener does not read it."""
    port: int
    headers: Mapping[str, str]
    presented: PresentedCertificate | None = None
    """The certificate of the caller, if it is known."""


def denies(rules: YamlNode, request: RbacRequest) -> bool:
    """Return whether a filter with these rules answers 403. Raises Undetermined.

    A principal with a name counts as the caller's if the caller has a certificate: there is one with this name that the
    policy means, and where any CA is accepted, anybody can make it.
    """
    if not rules.value:
        return False
    action = rules.get("action").written or "ALLOW"
    if action == "LOG":
        return False
    matched = any(_applies(policy, request) for _, policy in rules.get("policies").entries())
    return matched if action == "DENY" else not matched


def _applies(policy: YamlNode, request: RbacRequest) -> bool:
    for condition in ("condition", "checked_condition"):
        if policy.has(condition):
            raise Undetermined("a condition of a policy", policy.get(condition).place)
    permitted = any(_holds(node, request, PERMISSIONS) for node in policy.get("permissions").items())
    return permitted and any(_holds(node, request, PRINCIPALS) for node in policy.get("principals").items())


Test = Callable[[YamlNode, RbacRequest], bool]


def _holds(node: YamlNode, request: RbacRequest, tests: Mapping[str, Test]) -> bool:
    """Evaluate a permission or a principal. Raises Undetermined for one that is not known."""
    for kind, inner in node.members():
        if kind.startswith("and_"):
            return all(_holds(one, request, tests) for one in _set_of(inner))
        if kind.startswith("or_"):
            return any(_holds(one, request, tests) for one in _set_of(inner))
        if kind.startswith("not_"):
            return not _holds(inner, request, tests)
        test = tests.get(kind)
        if test is None:
            raise Undetermined(f"a policy by {kind}", inner.place)
        return test(inner, request)
    raise Undetermined("an empty policy", node.place)


def _set_of(node: YamlNode) -> tuple[YamlNode, ...]:
    return (*node.get("rules").items(), *node.get("ids").items())


def _any(node: YamlNode, _: RbacRequest) -> bool:
    return node.flag is not False


def _header(node: YamlNode, request: RbacRequest) -> bool:
    return header_matches(node, {**request.headers, ":path": request.path, ":authority": request.host})


def _path(node: YamlNode, request: RbacRequest) -> bool:
    return text_matches(node.get("path"), request.path.partition("?")[0])


def _port(node: YamlNode, request: RbacRequest) -> bool:
    return node.number == request.port


def _name(node: YamlNode, request: RbacRequest) -> bool:
    return text_matches(node, request.server_name)


def _authenticated(node: YamlNode, request: RbacRequest) -> bool:
    """Envoy counts every caller over TLS as authenticated if no name is required."""
    if not request.tls:
        return False
    names = node.get("principal_name")
    if not names.value:
        return True
    if request.caller is GatewayCaller.ANONYMOUS:
        return text_matches(names, "")
    return request.presented is None or _has_name(names, request.presented)


def _has_name(names: YamlNode, presented: PresentedCertificate) -> bool:
    """Return whether a known certificate has a name that is meant: Envoy compares them in this order."""
    if any(text_matches(names, one) for one in (*presented.uris, *presented.dns)):
        return True
    subject = presented.subject.rfc2253
    if subject is None:
        raise Undetermined("the subject of a certificate", names.place)
    return text_matches(names, subject)


PERMISSIONS: Mapping[str, Test] = {
    "any": _any,
    "header": _header,
    "url_path": _path,
    "destination_port": _port,
    "requested_server_name": _name,
}
PRINCIPALS: Mapping[str, Test] = {
    "any": _any,
    "authenticated": _authenticated,
    "header": _header,
    "url_path": _path,
}
