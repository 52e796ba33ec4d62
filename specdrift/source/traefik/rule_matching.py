"""Compares a request with the rule of a router."""

from collections.abc import Callable, Mapping

from specdrift.model.contract.location import SourceLocation
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.open_facts import Answer, OpenFact, all_hold, any_holds
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.traefik.traefik_request import TraefikRequest
from specdrift.source.traefik.traefik_rules import AND, NOT, OR, RouterRule


def holds(rule: RouterRule, request: TraefikRequest, at: SourceLocation) -> Answer:
    """Return whether a rule holds."""
    request.spend()
    if rule.kind in (AND, OR):
        parts = (holds(one, request, at) for one in rule.parts)
        return all_hold(parts) if rule.kind == AND else any_holds(parts)
    if rule.kind == NOT:
        found = holds(rule.parts[0], request, at)
        return found if isinstance(found, OpenFact) else not found
    if rule.kind == "ClientIP":
        return _not_known(rule, "the addresses of clients", request, at)
    try:
        if rule.kind in ("Header", "HeaderRegexp"):
            return _header(rule, request, at)
        return _MATCHERS[rule.kind](rule.values, request)
    except UnsupportedPattern as error:
        return _not_known(rule, str(error), request, at)


def _not_known(rule: RouterRule, reason: str, request: TraefikRequest, at: SourceLocation) -> Answer:
    fact = OpenFact(f"{rule.kind} {rule.values}", reason, chosen=False, at=at)
    return request.assumed.get(fact.what, fact)


def _header(rule: RouterRule, request: TraefikRequest, at: SourceLocation) -> Answer:
    name, wanted = rule.values
    own = request.headers.get(name.lower())
    if own is None:
        return False
    if UNKNOWN_PART in own:
        fact = OpenFact(f"header {rule.values}", f"the header {name}", chosen=True, at=at)
        return request.assumed.get(fact.what, fact)
    return own == wanted if rule.kind == "Header" else _searched(wanted, own)


def _searched(pattern: str, text: str) -> bool:
    return compiled(pattern).search(text) is not None


def _host(values: tuple[str, ...], request: TraefikRequest) -> bool:
    wanted, own = values[0].lower(), request.host
    return bool(own) and (own == wanted or own == wanted.removesuffix(".") or own.removesuffix(".") == wanted)


def _query(values: tuple[str, ...], request: TraefikRequest) -> bool:
    own = request.arguments().get(values[0])
    return own is not None and (values[1] if len(values) > 1 else "") in own


def _query_expression(values: tuple[str, ...], request: TraefikRequest) -> bool:
    if len(values) == 1:
        return _query(values, request)
    return any(_searched(values[1], one) for one in request.arguments().get(values[0], ()))


_MATCHERS: Mapping[str, Callable[[tuple[str, ...], TraefikRequest], bool]] = {
    "Host": _host,
    "HostRegexp": lambda values, request: _searched(values[0], request.host),
    "Method": lambda values, request: values[0].upper() == request.method,
    "Path": lambda values, request: request.routed == values[0],
    "PathPrefix": lambda values, request: request.routed.startswith(values[0]),
    "PathRegexp": lambda values, request: _searched(values[0], request.routed),
    "Query": _query,
    "QueryRegexp": _query_expression,
}
