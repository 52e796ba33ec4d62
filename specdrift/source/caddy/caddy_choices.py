"""What clients of Caddy can send so that matchers hold, and paths that it hands on as others."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from specdrift.model.contract.location import SourceLocation
from specdrift.source.caddy.caddy_expressions import Condition, NotUnderstood, parsed
from specdrift.source.caddy.caddy_matchers import GRPC
from specdrift.source.caddy.expression_matchers import calls_in
from specdrift.source.caddy.mapped_values import ValueMap, maps_in
from specdrift.source.caddy.placeholders import PLACEHOLDER
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ANY_VALUE, PRESENT, ClientChoice
from specdrift.source.gateway.patterns import whole
from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath
from specdrift.source.gateway.samples import attempts, samples
from specdrift.source.gateway.yaml_nodes import YamlNode

DEEPEST = 40
MOST_PARTS = 6
"""Maximum number of placeholders in an address that clients choose."""
_COMPARING = frozenset({"expression", "vars", "vars_regexp", "header", "header_regexp"})
"""Matchers that compare texts in their case."""
HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*")
UNCHANGED = ("{http.request.uri.path}", "{http.request.uri}", "{path}", "{uri}")
_BY_NAME = {"header": client_choices.header, "query": client_choices.argument}
_MADE = {
    "http.request.header.": client_choices.header,
    "http.request.cookie.": client_choices.cookie,
    "http.request.uri.query.": client_choices.argument,
}


def routes_beneath(node: YamlNode, depth: int = 0) -> Iterator[YamlNode]:
    """Yield the routes beneath a server or a handler, also those for errors."""
    for routes in (node.get("routes"), node.get("errors", "routes")):
        for one in routes.items() if depth < DEEPEST else ():
            yield one
            for handler in one.get("handle").items():
                yield from routes_beneath(handler, depth + 1)


def hosts_of(server: YamlNode) -> Iterator[str]:
    """Yield the host names of matchers, and those that maps look up."""
    for name, node in _matchers(server):
        if name == "host":
            yield from (one.written for one in node.items() if one.written and "{" not in one.written)
    for one in _maps(server):
        if any(map(_is_host, PLACEHOLDER.findall(one.source))):
            yield from (text for text in _inputs(one) if HOST.fullmatch(text))


def _maps(server: YamlNode) -> Iterator[ValueMap]:
    return maps_in(handler for route in routes_beneath(server) for handler in route.get("handle").items())


def _inputs(one: ValueMap) -> Iterator[str]:
    """Yield texts for which a map has values."""
    for row in one.rows:
        yield from attempts(row.pattern) if row.pattern else (row.input,)


def _matchers(server: YamlNode) -> Iterator[tuple[str, YamlNode]]:
    for route in routes_beneath(server):
        for one in route.get("match").items():
            yield from _of_set(one, 0)


def _of_set(one: YamlNode, depth: int) -> Iterator[tuple[str, YamlNode]]:
    for name, node in one.entries():
        yield name, node
        yield from calls_in(node) if name == "expression" else ()
        for inner in node.items() if name == "not" and depth < DEEPEST else ():
            yield from _of_set(inner, depth + 1)


def addresses_of(server: YamlNode) -> Iterator[YamlNode]:
    """Yield the addresses of services that handlers have, also those with placeholders."""
    for route in routes_beneath(server):
        for handler in route.get("handle").items():
            yield from (one.get("dial") for one in handler.get("upstreams").items())


def choices_of(server: YamlNode, services: Sequence[str] = ()) -> tuple[ClientChoice, ...]:
    """Collect them from matchers, and from addresses; ``services``: the addresses that a client may name."""
    own = _variables(server)
    found = [one for name, node in _matchers(server) for one in _of_matcher(name, node, own)]
    for one in _maps(server):
        for placeholder, text in product(PLACEHOLDER.findall(one.source), (*_inputs(one), PRESENT)):
            found += _of_placeholder(placeholder, text, one.node.place) if text else ()
    for address in addresses_of(server):
        found += _of_address(address, services)
    over = tuple(one.written for one in server.get("protocols").items()) or ("h1", "h2")
    versions = {"HTTP/1.0": "h1", "HTTP/1.1": "h1", "HTTP/2.0": "h2"}
    return client_choices.with_combination(
        one for one in found if not one.protocol or versions.get(one.protocol) in over
    )


def _of_address(address: YamlNode, services: Iterable[str]) -> Iterator[ClientChoice]:
    """Yield the choices with which a request gets to each of some services."""
    names = PLACEHOLDER.findall(address.written)
    fixed = PLACEHOLDER.split(address.written)[::2]
    pattern = "(.*)".join(map(re.escape, fixed))
    for service in services if names else ():
        solution = whole(pattern, service) if len(names) <= MOST_PARTS else None
        parts = [
            choice
            for name, text in zip(names, solution.groups() if solution else (), strict=False)
            for choice in _of_placeholder(name, text, address.place)
        ]
        if parts:
            yield client_choices.together(parts)


def _variables(server: YamlNode) -> Mapping[str, tuple[str, ...]]:
    """Return the placeholders in the values of each variable that handlers set."""
    found: dict[str, tuple[str, ...]] = {}
    for route in routes_beneath(server):
        for handler in route.get("handle").items():
            for name, value in handler.entries() if handler.get("handler").written == "vars" else ():
                found[name] = (*found.get(name, ()), *PLACEHOLDER.findall(value.written))
    return found


def _of_matcher(
    name: str, node: YamlNode, variables: Mapping[str, tuple[str, ...]]
) -> Iterator[ClientChoice]:
    if name in _BY_NAME:
        for key, values in node.entries():
            for value in (*(one.written.replace("*", "") for one in values.items()), PRESENT):
                yield from _made(_BY_NAME[name], key, value, values.place)
    elif name == "header_regexp":
        for key, one in node.entries():
            for value in _compared(one):
                yield from _made(client_choices.header, key, value, one.place)
    elif name in ("vars", "vars_regexp"):
        for key, values in node.entries():
            yield from _of_variable(key.strip("{}"), values, variables)
    elif name in _OF_NODE:
        yield from _OF_NODE[name](node)


def _versions(at: SourceLocation) -> Iterator[ClientChoice]:
    yield from (client_choices.protocol(one, at) for one in ("HTTP/1.0", "HTTP/2.0"))


def looks_at_host(server: YamlNode) -> SourceLocation | None:
    """Return a condition or a map that compares the host as it is sent, if there is one."""
    for each in _maps(server):
        if any(map(_is_host, PLACEHOLDER.findall(each.source))):
            return each.node.place
    for name, node in _matchers(server):
        read = (
            tuple(PLACEHOLDER.findall(node.written or node.get("expr").written))
            if name == "expression"
            else tuple(key.strip("{}") for key, _ in node.entries())
        )
        if name in _COMPARING and any(_is_host(one) for one in read):
            return node.place
    return None


def _is_host(name: str) -> bool:
    return name.lower() in ("http.request.host", "http.request.hostport", "http.request.header.host", "host")


def _of_variable(
    name: str, values: YamlNode, variables: Mapping[str, tuple[str, ...]]
) -> Iterator[ClientChoice]:
    read = (name, *variables.get(name.removeprefix("http.vars."), ()))
    for each, value in product(read, _compared(values)):
        yield from _of_placeholder(each, value, values.place)


def _compared(node: YamlNode) -> tuple[str, ...]:
    """Return the texts of a condition, and those for its expression."""
    fitting = attempts(node.get("pattern").written) if node.has("pattern") else ()
    return (*(one.written for one in node.items()), *fitting, PRESENT)


def _made(
    make: Callable[[str, str, SourceLocation], ClientChoice], name: str, value: str, at: SourceLocation
) -> Iterator[ClientChoice]:
    if value and name.lower() != "host":  # each host is a server of its own
        yield make(name, value, at)


def _of_expression(node: YamlNode) -> Iterator[ClientChoice]:
    written = node.written or node.get("expr").written
    try:
        texts = tuple(dict.fromkeys((*_texts(parsed(written)), PRESENT)))
    except NotUnderstood:
        texts = (PRESENT,)
    for name in PLACEHOLDER.findall(written):
        for value in texts:
            yield from _of_placeholder(name, value, node.place)


def _protocols(node: YamlNode) -> Iterator[ClientChoice]:
    yield client_choices.header("content-type", GRPC, node.place)
    yield from _versions(node.place)


_OF_NODE = {"expression": _of_expression, "protocol": _protocols}


def _texts(condition: Condition) -> Iterator[str]:
    if condition.kind == "text" and condition.name:
        yield condition.name
    if (condition.kind, condition.name) == ("method", "matches"):
        for one in condition.inner[1:]:
            yield from attempts(one.name) if one.kind == "text" else (ANY_VALUE,)
    for one in condition.inner:
        yield from _texts(one)


def _of_placeholder(name: str, value: str, at: SourceLocation) -> Iterator[ClientChoice]:
    for prefix, make in _MADE.items():
        if name.startswith(prefix) and name.lower() != "http.request.header.host":
            yield make(name.removeprefix(prefix), value, at)
    if name in ("http.request.uri.query", "http.request.uri"):
        yield client_choices.query(value, at)
    if name == "http.request.proto":
        yield from _versions(at)


def rewritten_of(server: YamlNode) -> Iterator[RewrittenPath]:
    """Yield what each rewrite makes of paths. One that is not understood has no beginning."""
    for route in routes_beneath(server):
        for handler in route.get("handle").items():
            if handler.get("handler").written == "rewrite":
                yield from _of_rewrite(handler)
            elif handler.get("rewrite"):
                yield from _of_rewrite(handler.get("rewrite"))


def named_paths(server: YamlNode) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the paths for which matchers hold, and those that maps look up."""
    for each in _maps(server):
        yield from ((text, each.node.place) for text in _inputs(each) if text.startswith("/"))
    for name, node in _matchers(server):
        if name == "path":
            yield from ((one.written.replace("*", ""), one.place) for one in node.items())
        elif name == "path_regexp":
            yield from ((text, node.place) for text in samples(node.get("pattern").written))
        elif name == "expression":
            try:
                condition = parsed(node.written or node.get("expr").written)
            except NotUnderstood:
                continue
            yield from ((text, node.place) for text in _texts(condition))


def _of_rewrite(node: YamlNode) -> Iterator[RewrittenPath]:
    at = node.place
    prefix = node.get("strip_path_prefix").written
    if prefix:
        yield RewrittenPath("" if "{" in prefix else f"/{prefix.lstrip('/')}", at)
    suffix = node.get("strip_path_suffix").written
    if suffix:
        yield RewrittenPath.of_pattern(f"^(.*){suffix}$" if suffix.isalnum() else "", at, "\\1")
    path = node.get("uri").written.partition("?")[0]
    if path and "{" not in path:
        yield RewrittenPath(ANY_PATH, at)
    elif path and path not in UNCHANGED:
        own = next((one for one in UNCHANGED if path.endswith(one)), "")
        beginning = path.removesuffix(own)
        yield (
            RewrittenPath.of_pattern("^(.*)$", at, f"{beginning}\\1")
            if own and "{" not in beginning
            else (RewrittenPath("", at))
        )
    for one in node.get("path_regexp").items():
        yield RewrittenPath.of_pattern(one.get("find").written, at, one.get("replace").written)
    for _ in node.get("uri_substring").items():
        yield RewrittenPath("", at)
