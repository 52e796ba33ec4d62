"""What clients of Kong can send so that routes fit, and paths that it hands on as others."""

import re
from collections.abc import Iterable, Iterator

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ClientChoice
from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath, at_named_paths
from specdrift.source.gateway.samples import attempts, samples
from specdrift.source.kong.known_plugins import MTLS, TRANSFORMERS
from specdrift.source.kong.kong_entities import KongPlugin, KongRoute, RoutePath
from specdrift.source.kong.plugin_scopes import KongPlugins


def choices_of(routes: Iterable[KongRoute]) -> tuple[ClientChoice, ...]:
    """Collect the headers that routes look at."""
    return client_choices.with_combination(one for route in routes for one in _headers(route))


def _headers(route: KongRoute) -> Iterator[ClientChoice]:
    for name, values in route.headers:
        for value in values:
            for written in attempts(value[2:]) if value.startswith("~*") else (value,):
                yield client_choices.header(name, written, route.node.place)


def rewritten_of(routes: Iterable[KongRoute], plugins: KongPlugins) -> Iterator[RewrittenPath]:
    """Yield what each route makes of paths, unless it demands a certificate."""
    for route in routes:
        service = route.service
        guard = plugins.applied(MTLS, route, None)
        if service is None or _demands(guard):
            continue
        for name in TRANSFORMERS:
            changing = plugins.applied(name, route, None)
            if changing is not None and changing.config("replace", "uri"):
                made = (RewrittenPath(ANY_PATH, changing.node.place, upstream=service.upstream),)
                yield from at_named_paths(made, _named_paths(route))
        base = service.path.rstrip("/")
        for path in route.paths if route.strip_path else ():
            if path.written.strip("/") or base:
                yield _of_path(path, base, service.upstream)
        if base and not (route.paths and route.strip_path):
            at = route.node.place
            yield RewrittenPath.of_pattern("^(/.*)$", at, f"{base}\\1", service.upstream)


def _named_paths(route: KongRoute) -> Iterator[tuple[str, SourceLocation]]:
    for path in route.paths:
        yield from ((one, path.at) for one in (samples(path.written) if path.regex else (path.written,)))


def _demands(guard: KongPlugin | None) -> bool:
    if guard is None or guard.unread or guard.config("anonymous"):
        return False
    return not guard.protocols or guard.protocols >= {"http", "https"}


def _of_path(path: RoutePath, base: str, upstream: frozenset[str]) -> RewrittenPath:
    if path.regex:
        return RewrittenPath.of_pattern(path.written, path.at, "", upstream)
    pattern = f"^{re.escape(path.written.rstrip('/'))}(/.*)$"
    return RewrittenPath(path.written, path.at, pattern, f"{base}\\1", upstream)
