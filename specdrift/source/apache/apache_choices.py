"""What clients can send so that conditions of a configuration hold, and the paths that it hands on as others."""

import re
from collections.abc import Iterable, Iterator
from functools import partial

from specdrift.model.contract.location import SourceLocation
from specdrift.source.apache.apache_environment import BY_EXPRESSION, SETTERS, attribute_of
from specdrift.source.apache.apache_expressions import header_of
from specdrift.source.apache.apache_values import OF_REQUEST
from specdrift.source.apache.configuration.apache_directives import ApacheDirective, everything
from specdrift.source.apache.configuration.expression_syntax import (
    UnreadExpressionError,
    ValueComparison,
    comparisons,
    parsed,
    regular,
)
from specdrift.source.apache.configuration.virtual_hosts import ApacheServer
from specdrift.source.apache.proxy_routes import NOT, Balancers, ProxyRoute, routes_of
from specdrift.source.apache.request_headers import change_of
from specdrift.source.apache.rewrite_rules import RewriteRule, is_on, rules_of
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.host_choices import candidates
from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath, at_named_paths
from specdrift.source.gateway.samples import attempts, samples

_OF_RULE = re.compile(
    r"%\{(?:HTTP:([^{}]+)|(QUERY_STRING|THE_REQUEST|SERVER_PROTOCOL|REQUEST_PROTOCOL|HTTP_\w+))\}"
)
MOST_SPELLED = 3
"""Names of a server that are tried in other spellings."""
_WITH_QUERY = frozenset({"QUERY_STRING", "THE_REQUEST"})
"""Variables that hold the query, which clients fill as they like."""
_LINE, _PROTOCOLS = "THE_REQUEST", frozenset({"THE_REQUEST", "SERVER_PROTOCOL", "REQUEST_PROTOCOL"})
_PATH_AS_SENT = "request_uri"
"""Of SetEnvIf, which comes before dot segments are taken away."""
_PROPERTIES = frozenset({"request_method", "server_addr", "remote_host", "remote_addr"})


def choices_of(directives: tuple[ApacheDirective, ...]) -> Iterator[ClientChoice]:
    """Yield what the conditions in directives look at."""
    return (one for each in everything(directives) for one in _of_directive(each))


def _of_directive(one: ApacheDirective) -> Iterator[ClientChoice]:
    if one.name in SETTERS - {BY_EXPRESSION}:
        name = attribute_of(one)
        pattern = one.arg(0 if one.name.startswith("browser") else 1)
        if name.upper() in _PROTOCOLS:
            yield from _versions(name.upper(), one.location)
        elif name.lower() == _PATH_AS_SENT:
            for value in _values(pattern, ignore_case="nocase" in one.name):
                yield from client_choices.line_beginning(value, one.location)
        elif name.lower() not in _PROPERTIES:
            values = _values(pattern, ignore_case="nocase" in one.name)
            yield from (_header(name, value, one.location) for value in values)
    elif one.name == "rewritecond":
        yield from _of_condition(one)
    elif one.name in _WITH_EXPRESSIONS:
        yield from _of_expression(one, one.arg(0) if one.name == BY_EXPRESSION else one.written)
    elif one.name == "require":
        kind, _, rest = one.written.removeprefix("not ").strip().partition(" ")
        yield from _of_expression(one, rest) if kind.lower() == "expr" else ()
    elif one.name == "requestheader":
        written = change_of(one).condition
        yield from _of_expression(one, written.removeprefix("expr=")) if written.startswith("expr=") else ()


_WITH_EXPRESSIONS = frozenset({"if", "elseif", "sslrequire", BY_EXPRESSION})


def _values(pattern: str, *, ignore_case: bool) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*attempts(pattern, ignore_case=ignore_case), PRESENT)))


def _of_condition(one: ApacheDirective) -> Iterator[ClientChoice]:
    if one.arg(0) == "expr":
        yield from _of_expression(one, one.arg(1))
        return
    pattern = one.arg(1).removeprefix("!")
    any_case = "nc" in one.arg(2).lower() or "nocase" in one.arg(2).lower()
    literal = pattern.startswith("=")
    values = (pattern[1:], PRESENT) if literal else _values(pattern, ignore_case=any_case)
    for found in _OF_RULE.finditer(one.arg(0)):
        yield from _of_variable(
            found[2] or "", found[1] or OF_REQUEST.get(found[2], ""), values, one.location
        )


def _of_variable(
    variable: str, header: str, values: Iterable[str], at: SourceLocation
) -> Iterator[ClientChoice]:
    """Yield the requests with which a variable has one of some values; ``header`` is the one that it holds, if any."""
    yield from _versions(variable, at)
    for value in values:
        if variable in _WITH_QUERY:
            yield client_choices.query(value, at)
            yield from client_choices.line_beginning(value, at) if variable == _LINE else ()
        elif header:
            yield _header(header, value, at)


def _versions(variable: str, at: SourceLocation) -> Iterator[ClientChoice]:
    """Yield the ways to send a request that the variable shows."""
    if variable in _PROTOCOLS:
        yield from (client_choices.protocol(one, at) for one in ("HTTP/1.0", "HTTP/2.0"))
    if variable == _LINE:
        yield client_choices.absolute_target(at)


def _header(name: str, value: str, at: SourceLocation) -> ClientChoice:
    return (client_choices.host if name.lower() == "host" else partial(client_choices.header, name))(
        value, at
    )


def _of_expression(one: ApacheDirective, written: str) -> Iterator[ClientChoice]:
    text = written.strip()
    text = text[1:-1] if text.startswith('"') and text.endswith('"') else text
    try:
        found = tuple(comparisons(parsed(text)))
    except UnreadExpressionError:
        return  # its requests are undecided
    for each in found:
        yield from _of_comparison(each, one)


def _of_comparison(each: ValueComparison, one: ApacheDirective) -> Iterator[ClientChoice]:
    for own, other in ((each.left, each.right), (each.right, each.left)):
        if len(own) != 1 or own[0].kind != "variable":
            continue
        name = header_of(own[0]) or OF_REQUEST.get(own[0].content[2:-1].upper(), "")
        values = [PRESENT]
        for word in other:
            if word.kind == "regex":
                expression, any_case = regular(word.content)
                values[:0] = attempts(expression, ignore_case=any_case)
            elif word.kind == "string":
                values.insert(0, word.content[1:-1])
        variable = own[0].content[2:-1].upper()
        yield from _of_variable(variable, name, dict.fromkeys(values), one.location)


def hosts_of(choices: Iterable[ClientChoice], server: ApacheServer, port: int) -> Iterator[ClientChoice]:
    """Yield the choice of each name of a server, if a condition looks at the host."""
    compared = [one for one in choices if one.host]
    if compared:
        at = compared[0].at
        for name in candidates(server.names, (one.host for one in compared)):
            yield client_choices.host(name, at)
        yield from client_choices.spelled_hosts(server.names[:MOST_SPELLED], port, at)


def rewritten_of(server: ApacheServer) -> Iterator[RewrittenPath]:
    """Yield what routes and rules make of paths. An expression that is not understood has no beginning."""
    balancers = Balancers.of(server.both)
    for route in routes_of(server.both):
        yield from _of_route(route, balancers)
    for one in server.both:
        if one.name in ("location", "locationmatch"):
            for inner in one.block:
                if inner.name == "proxypass" and one.name == "location":
                    url = inner.arg(0)
                    yield from _of_route(ProxyRoute(one.args[0], url, inner.location), balancers)
    if is_on(server.own, server.main):
        for rule in rules_of(server.own):
            yield from _of_rule(rule)


def _of_route(route: ProxyRoute, balancers: Balancers) -> Iterator[RewrittenPath]:
    if route.url == NOT:
        return
    try:
        address = balancers.address(route.url, route.at)
    except Undetermined:
        yield RewrittenPath("", route.at)
        return
    path = route.url.partition("://")[2].partition("/")
    replaced = f"{path[1]}{path[2]}"
    if route.is_expression:
        replacement = re.sub(r"\$(\d)", r"\\\1", replaced)
        yield RewrittenPath.of_pattern(route.alias, route.at, replacement, address.upstream)
    elif replaced.rstrip("/") != route.alias.rstrip("/"):
        yield RewrittenPath.of_pattern(
            f"^{re.escape(route.alias)}(.*)$", route.at, f"{replaced}\\1", address.upstream
        )


def _of_rule(rule: RewriteRule) -> Iterator[RewrittenPath]:
    if rule.substitution == "-" or rule.has("r", "redirect") or rule.refusal is not None:
        return
    if rule.pattern.startswith("!") or "%" in rule.substitution:
        yield RewrittenPath("", rule.at)
        return
    made = re.sub(r"\A[a-z0-9+]+://[^/]*", "", rule.substitution)
    if "" in samples(rule.pattern) and "$" not in made:
        named = ((text, rule.at) for one in rule.conditions for text in attempts(one.pattern.lstrip("!=")))
        yield from at_named_paths((RewrittenPath(ANY_PATH, rule.at),), named)
    yield RewrittenPath.of_pattern(rule.pattern, rule.at, re.sub(r"\$(\d)", r"\\\1", made))
