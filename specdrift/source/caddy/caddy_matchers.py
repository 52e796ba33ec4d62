"""Evaluates the matchers of routes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from specdrift.model.contract.location import SourceLocation
from specdrift.source.caddy.caddy_expressions import NotUnderstood, parsed
from specdrift.source.caddy.caddy_request import CaddyError, RequestInCaddy, cleaned
from specdrift.source.caddy.expression_values import NullOperand, holds_in
from specdrift.source.caddy.placeholders import PlaceholderValue, UnreadValue, arguments, filled, value_of
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact, all_hold, any_holds
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.gateway.yaml_nodes import YamlNode

GRPC = "application/grpc"
"""What the media type of a request of gRPC begins with: a header of the client."""
CAPTURING = frozenset({"path_regexp", "header_regexp", "vars_regexp"})


def fits(route: YamlNode, request: RequestInCaddy) -> Answer:
    """Return whether a route takes a request: one of its sets of matchers holds, or it has none."""
    return any_set(route.get("match"), request)


def any_set(sets: YamlNode, request: RequestInCaddy) -> Answer:
    """Return whether one set of matchers holds; true if there is none."""
    every = tuple(sets.items())
    if not every and sets and sets.value != []:
        raise Undetermined("matchers that are no list", sets.place)
    return _first_set(every, request) if every else True


def _first_set(sets: Iterable[YamlNode], request: RequestInCaddy) -> Answer:
    """Return whether one set holds. If none does and one ends with an error, so does the request."""
    opened: OpenFact | None = None
    failed: YamlNode | None = None
    for one in sets:
        try:
            found = all_of_set(one, request)
        except NullOperand:
            failed = failed or one
            continue
        if found is True and failed is None:
            return True
        opened = found if isinstance(found, OpenFact) else opened
        if failed is not None and found is not False:
            break
    else:
        if failed is not None and opened is None:
            raise CaddyError(500, failed.place)
    if failed is not None:  # versions of Caddy differ
        raise Undetermined("a condition that ends with an error beside others", failed.place)
    return opened or False


def all_of_set(one: YamlNode, request: RequestInCaddy) -> Answer:
    """Return whether all matchers of a set hold. Raises NullOperand for a condition that ends with an error."""
    matchers = tuple(one.entries())
    failed: NullOperand | None = None
    answers: list[Answer] = []
    for name, node in matchers:
        try:
            if False not in answers:
                answers.append(_called(name, node, request))
            elif name == "expression":
                with suppress(Undetermined):
                    _called(name, node, request)
        except NullOperand as error:
            failed = error
    found = all_hold(answers)
    if failed is not None and found is not True:  # they are evaluated in any order
        raise Undetermined("a condition that ends with an error beside others", one.place)
    if failed is not None:
        raise failed
    if found is False and len(matchers) > 1:
        _capture(matchers, request)
    return found


def _capture(matchers: Iterable[tuple[str, YamlNode]], request: RequestInCaddy) -> None:
    """Take groups of a set that does not hold for unknown: Caddy evaluates its matchers in any order."""
    before = dict(request.captures)
    for name, node in matchers:
        if name in CAPTURING:
            with suppress(Undetermined, NullOperand):
                _matched(name, node, request)
    for name, text in request.captures.items():
        if before.get(name) != text:
            request.captures[name] = UNKNOWN_PART


def _assumed(found: Answer, request: RequestInCaddy) -> Answer:
    return request.assumed.get(found.what, found) if isinstance(found, OpenFact) else found


def _matched(name: str, node: YamlNode, request: RequestInCaddy) -> Answer:
    request.spend()
    known = _MATCHERS.get(name)
    if known is None:
        return OpenFact(f"{name} {node.place}", f"the matcher {name}", chosen=False, at=node.place)
    try:
        return known(node, request)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), node.place) from None


def _texts(node: YamlNode) -> Iterator[str]:
    return (one.written for one in node.items())


def host_fits(pattern: str, host: str) -> bool:
    """Compare a host with a pattern: ``*`` takes one label."""
    if "*" not in pattern:
        return pattern.lower() == host.lower()
    wanted, own = pattern.lower().split("."), host.lower().split(".")
    return len(wanted) == len(own) and all(
        one in ("*", other) for one, other in zip(wanted, own, strict=True)
    )


def _host(node: YamlNode, request: RequestInCaddy) -> Answer:
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdecimal() else request.host
    return any(host_fits(filled(one, request), host) for one in _texts(node))


def path_fits(pattern: str, request: RequestInCaddy) -> bool:
    """Compare the path with a pattern. Raises UnsupportedPattern."""
    pattern = pattern.lower()
    if pattern == "*":
        return True
    merge = "//" not in pattern
    if "%" in pattern:
        raise UnsupportedPattern("a pattern of paths with escapes")
    path = cleaned(request.path.lower().rstrip(". "), merge_slashes=merge)
    inner = pattern.strip("*")
    if "*" not in inner and pattern.count("*") == 2 and pattern[0] == pattern[-1] == "*":
        return inner in path
    if pattern.count("*") == 1 and pattern[0] == "*":
        return path.endswith(inner)
    if pattern.count("*") == 1 and pattern[-1] == "*":
        return path.startswith(inner)
    return compiled(_globular(pattern)).search(path) is not None


def _globular(pattern: str) -> str:
    """Return a pattern of Go's ``path.Match`` as an expression. Raises UnsupportedPattern."""
    if "[" in pattern or "\\" in pattern:
        raise UnsupportedPattern("a pattern of paths with letters to choose from")
    parts = ("[^/]*" if one == "*" else "[^/]" if one == "?" else re.escape(one) for one in pattern)
    return f"^{''.join(parts)}\\Z"


def _path(node: YamlNode, request: RequestInCaddy) -> Answer:
    return any(path_fits(filled(one, request), request) for one in _texts(node))


def expression_fits(pattern: str, name: str, subject: str, request: RequestInCaddy) -> bool:
    """Search an expression, and keep its groups. Raises UnsupportedPattern."""
    found = compiled(pattern).search(subject)
    if found is None:
        return False
    groups = {str(number): text or "" for number, text in enumerate((found[0], *found.groups()))}
    groups |= {key: text or "" for key, text in found.groupdict().items()}
    request.captures |= groups | {f"{name}.{key}": text for key, text in groups.items() if name}
    return True


def _path_regexp(node: YamlNode, request: RequestInCaddy) -> Answer:
    pattern, name = node.get("pattern").written, node.get("name").written
    return expression_fits(pattern, name, cleaned(request.path), request)


def _method(node: YamlNode, request: RequestInCaddy) -> Answer:
    return request.method in _texts(node)


def _query(node: YamlNode, request: RequestInCaddy) -> Answer:
    own = arguments(request.query)
    if not any(True for _ in node.entries()) and not own:
        return True
    return any(_argument(filled(name, request), values, own, request) for name, values in node.entries())


def _argument(name: str, values: YamlNode, own: Mapping[str, list[str]], request: RequestInCaddy) -> bool:
    sent = own.get(name)
    return sent is not None and any(one == "*" or filled(one, request) in sent for one in _texts(values))


def _header(node: YamlNode, request: RequestInCaddy) -> Answer:
    return all_hold(_header_values(name, values, request) for name, values in node.entries())


def _header_values(name: str, values: YamlNode, request: RequestInCaddy) -> Answer:
    lines = [request.host] if name.lower() == "host" else request.headers.get(name.lower())
    wanted = tuple(_texts(values))
    if values.value is None:
        return lines is None
    if not wanted or lines is None:
        return lines is not None
    if any(UNKNOWN_PART in line for line in lines):
        return OpenFact(f"header {name} {wanted}", f"the header {name}", chosen=True, at=values.place)
    return any(_wild(filled(one, request), line) for one in wanted for line in lines)


def _wild(pattern: str, text: str) -> bool:
    if pattern == "*":
        return True
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "*":
        return pattern[1:-1] in text
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def _header_regexp(node: YamlNode, request: RequestInCaddy) -> Answer:
    return all_hold(_header_expression(name, one, request) for name, one in node.entries())


def _header_expression(name: str, node: YamlNode, request: RequestInCaddy) -> Answer:
    lines = [request.host] if name.lower() == "host" else request.headers.get(name.lower(), [])
    if any(UNKNOWN_PART in line for line in lines):
        return OpenFact(f"header {name} {node.place}", f"the header {name}", chosen=True, at=node.place)
    pattern, label = node.get("pattern").written, node.get("name").written
    return any(expression_fits(pattern, label, line, request) for line in lines)


def _protocol(node: YamlNode, request: RequestInCaddy) -> Answer:
    wanted = node.written
    if wanted in ("https", "http"):
        return request.client.tls is (wanted == "https")
    if wanted == "grpc":
        return request.headers.get("content-type", [""])[0].startswith(GRPC)
    version, later = _VERSIONS.get(wanted.removesuffix("+")), wanted.endswith("+")
    if version is None or version == "HTTP/3":
        return OpenFact(f"protocol {wanted}", "the protocol", chosen=True, at=node.place)
    return request.protocol >= version if later else request.protocol.startswith(version)


_VERSIONS = {"http/1.0": "HTTP/1.0", "http/1.1": "HTTP/1.1", "http/2": "HTTP/2", "http/3": "HTTP/3"}


def _not(node: YamlNode, request: RequestInCaddy) -> Answer:
    try:
        found = any_holds(all_of_set(one, request) for one in node.items())
    except NullOperand:  # versions of Caddy differ
        raise Undetermined("the contrary of a condition that ends with an error", node.place) from None
    return found if isinstance(found, OpenFact) else not found


def _vars(node: YamlNode, request: RequestInCaddy) -> Answer:
    return all_hold(_var(name, values, request) for name, values in node.entries())


def _var(name: str, values: YamlNode, request: RequestInCaddy) -> Answer:
    own = _own_value(name, request)
    wanted = tuple(filled(one, request) for one in _texts(values))
    if own is None:
        # Versions of Caddy differ in the text of what has no value.
        doubtful = any(one in ("", "<nil>") for one in wanted)
        return _open(name, f"{name} without a value", values.place, chosen=False) if doubtful else False
    if isinstance(own, UnreadValue) or UNKNOWN_PART in own:
        if isinstance(own, UnreadValue) and not any(wanted) and not own.may_be_empty:
            return False
        return _open(
            name, f"{name} {wanted}", values.place, chosen=not isinstance(own, UnreadValue) or own.chosen
        )
    return own in wanted


def _own_value(name: str, request: RequestInCaddy) -> PlaceholderValue:
    return value_of(name[1:-1], request) if name[:1] == "{" else request.variables.get(name)


def _open(name: str, what: str, at: SourceLocation, *, chosen: bool) -> OpenFact:
    return OpenFact(what, f"the value of {name.strip('{}')}", chosen=chosen, at=at)


def _vars_regexp(node: YamlNode, request: RequestInCaddy) -> Answer:
    return all_hold(_var_expression(name, one, request) for name, one in node.entries())


def _var_expression(name: str, node: YamlNode, request: RequestInCaddy) -> Answer:
    own = _own_value(name, request)
    if own is None:
        return _open(name, f"{name} {node.place}", node.place, chosen=False)
    if isinstance(own, UnreadValue) or UNKNOWN_PART in own:
        return _open(
            name, f"{name} {node.place}", node.place, chosen=not isinstance(own, UnreadValue) or own.chosen
        )
    return expression_fits(node.get("pattern").written, node.get("name").written, own, request)


def _expression(node: YamlNode, request: RequestInCaddy) -> Answer:
    written = node.written or node.get("expr").written
    try:
        return holds_in(parsed(written), request, node, _called)
    except NotUnderstood:
        return OpenFact(f"expression {written}", f"the expression {written}", chosen=False, at=node.place)


def _called(name: str, node: YamlNode, request: RequestInCaddy) -> Answer:
    return _assumed(_matched(name, node, request), request)


_MATCHERS: Mapping[str, Callable[[YamlNode, RequestInCaddy], Answer]] = {
    "host": _host,
    "path": _path,
    "path_regexp": _path_regexp,
    "method": _method,
    "query": _query,
    "header": _header,
    "header_regexp": _header_regexp,
    "protocol": _protocol,
    "not": _not,
    "vars": _vars,
    "vars_regexp": _vars_regexp,
    "expression": _expression,
}
