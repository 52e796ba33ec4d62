"""What clients can send so that conditions of an Envoy configuration hold."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec.structs import replace

from specdrift.source.envoy import envoy_routes, request_origin, upgrades
from specdrift.source.envoy.envoy_decision import Served
from specdrift.source.envoy.matchers import range_of
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.host_choices import candidates
from specdrift.source.gateway.patterns import flagged
from specdrift.source.gateway.samples import attempts
from specdrift.source.gateway.yaml_nodes import YamlNode

_TEXTS = frozenset(
    {"exact", "prefix", "suffix", "contains"}
    | {f"{kind}_match" for kind in ("exact", "prefix", "suffix", "contains")}
)
_PSEUDO = {
    ":path": client_choices.query,
    ":authority": client_choices.host,
    "host": client_choices.host,
    ":scheme": client_choices.scheme,
}
"""What of the request's own clients fill as they like: the path holds the query."""
PRIVATE = "10.0.0.1"
_PATHS = frozenset({"prefix", "path", "exact", "path_separated_prefix"})
"""Members that hold the beginning of a path, or all of it, where their value is one."""
_MATCHED = ("headers", "header", "query_parameters")
"""Members whose values are matchers of names and values."""


def choices_of(nodes: Iterable[YamlNode], clusters: Collection[str] = ()) -> tuple[ClientChoice, ...]:
    """Collect them from a connection manager, with its policies, and its routes. ``clusters`` are names of all."""
    every = tuple(nodes)
    found = [one for node in every for one in (*upgrades.choices_of(node), *_beneath(node))]
    named = {(node.written, node.place) for one in every for node in _cluster_headers(one)}
    found += (client_choices.header(name, value, at) for name, at in named for value in clusters)
    found += (replace(one, as_sent=True) for node in every for one in _beginnings(node))
    return client_choices.with_combination(found)


def _beginnings(node: YamlNode) -> Iterator[ClientChoice]:
    """Yield what paths begin with for which a route or a policy has a condition."""
    for name, inner in node.members():
        if name in _PATHS and inner.written.startswith("/"):
            path = inner.written.partition("?")[0].strip("/")
            yield from (client_choices.beginning(f"/{path}", inner.place),) if path else ()
        yield from _beginnings(inner)
    for inner in node.items():
        yield from _beginnings(inner)


def _cluster_headers(node: YamlNode) -> Iterator[YamlNode]:
    """Yield the names of the headers that choose a cluster."""
    for name, inner in node.members():
        if name == "cluster_header" and inner.written:
            yield inner
        yield from _cluster_headers(inner)
    for inner in node.items():
        yield from _cluster_headers(inner)


def hosts_of(choices: Iterable[ClientChoice], served: Served) -> Iterator[ClientChoice]:
    """Yield the choice of each host of the virtual host, if a condition looks at the authority."""
    compared = [one for one in choices if one.host]
    if not compared:
        return
    own, at = served.hosts.find(served.host), compared[0].at
    domains = envoy_routes.domains_of(own) if own is not None else ()
    names = candidates(domains, (one.host for one in compared))
    spelled = client_choices.spelled_hosts((served.host,), served.entry.port, at)
    for one in (*(client_choices.host(name, at) for name in names), *spelled):
        if served.hosts.find(one.host.lower()) is own:
            yield one


def _beneath(node: YamlNode) -> Iterator[ClientChoice]:
    for name, inner in node.entries():
        if name in _MATCHED or name == "queryParameters":
            for matcher in (inner, *inner.items()):
                yield from _of_matcher(matcher, argument=name.startswith("query"))
        if name in _MADE:
            yield from _MADE[name](inner)
        yield from _beneath(inner)
    for inner in node.items():
        yield from _beneath(inner)


def _grpc(node: YamlNode) -> Iterator[ClientChoice]:
    yield client_choices.header("content-type", envoy_routes.GRPC, node.place)


def _of_required_tls(node: YamlNode) -> Iterator[ClientChoice]:
    yield client_choices.header(request_origin.FORWARDED_PROTO, request_origin.HTTPS, node.place)
    yield client_choices.header(request_origin.FORWARDED_FOR, PRIVATE, node.place)


def _of_ranges(node: YamlNode) -> Iterator[ClientChoice]:
    """Yield an address of each range from within."""
    for one in node.get("cidr_ranges").items():
        if one.get("address_prefix").written:
            yield client_choices.header(
                request_origin.FORWARDED_FOR, one.get("address_prefix").written, one.place
            )


def _of_server_name(node: YamlNode) -> Iterator[ClientChoice]:
    for value in dict.fromkeys(("", *_values(node), PRESENT)):
        yield client_choices.server_name(value, node.place)


_MADE: Mapping[str, Callable[[YamlNode], Iterator[ClientChoice]]] = {
    "grpc": _grpc,
    "require_tls": _of_required_tls,
    request_origin.RANGES: _of_ranges,
    "requested_server_name": _of_server_name,
}
"""Other members, with what clients send so that they hold."""


def _of_matcher(matcher: YamlNode, *, argument: bool) -> Iterator[ClientChoice]:
    name = matcher.get("name").written
    values = dict.fromkeys((*_values(matcher), *_values(matcher.get("string_match")), PRESENT))
    if name == request_origin.SCHEME:  # Envoy takes no other one
        values = dict.fromkeys(request_origin.SCHEMES)
    for value in values if name else ():
        if name in _PSEUDO:
            yield _PSEUDO[name](value, matcher.place)
        elif not name.startswith(":"):
            make = client_choices.argument if argument else client_choices.header
            yield make(name, value, matcher.place)


def _values(matcher: YamlNode) -> Iterator[str]:
    for kind, node in matcher.members():
        if kind in _TEXTS and node.written:
            yield node.written
        elif kind == "range_match":
            with suppress(Undetermined):  # so is the condition
                yield from map(str, range_of(node))
        elif kind in ("safe_regex", "safe_regex_match"):
            written, ignore_case = flagged(node.get("regex").written)
            yield from attempts(f"^(?:{written})$", ignore_case=ignore_case)
