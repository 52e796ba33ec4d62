"""What clients of Traefik can send so that rules hold, and the paths that it hands on as others."""

import re
from collections.abc import Iterable, Iterator

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath, at_named_paths
from specdrift.source.gateway.samples import attempts, samples
from specdrift.source.traefik.traefik_files import member, texts
from specdrift.source.traefik.traefik_middlewares import Middleware, UnknownMiddleware, chain_of
from specdrift.source.traefik.traefik_rules import RouterRule
from specdrift.source.traefik.traefik_settings import EntryPoint, TraefikRouter, TraefikSettings, seen_by


def choices_of(point: EntryPoint, routers: Iterable[TraefikRouter]) -> tuple[ClientChoice, ...]:
    """Collect them from the rules of routers, and from what an entry point trusts."""
    found = [each for one in routers if one.rule is not None for each in _of_rule(one.rule, one.at)]
    if point.trusts:
        found.append(client_choices.header("X-Forwarded-Proto", "https", point.at))
    return client_choices.with_combination(found)


def _of_rule(rule: RouterRule, at: SourceLocation) -> Iterator[ClientChoice]:
    for one in rule.matchers():
        if one.kind in ("Header", "HeaderRegexp"):
            own = (one.values[1],) if one.kind == "Header" else attempts(one.values[1])
            for each in filter(None, (*own, PRESENT)):
                yield client_choices.header(one.values[0], each, at)
        elif one.kind in ("Query", "QueryRegexp"):
            written = one.values[1] if len(one.values) > 1 else ""
            for value in attempts(written) if one.kind == "QueryRegexp" and written else (written,):
                yield client_choices.argument(one.values[0], value, at)


def rewritten_of(
    point: EntryPoint, routers: Iterable[TraefikRouter], settings: TraefikSettings
) -> Iterator[RewrittenPath]:
    """Yield what middlewares make of paths. A middleware that is not understood has no beginning."""
    for one in routers:
        try:
            chain = chain_of((*seen_by(one, point.middlewares), *one.middlewares), settings)
            made = [path for each in chain for path in _of_middleware(each)]
            yield from at_named_paths(made, _named_paths(one))
        except (Undetermined, UnknownMiddleware):
            yield RewrittenPath("", one.at)


def _named_paths(router: TraefikRouter) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the paths for which its rule holds."""
    for one in router.rule.matchers() if router.rule is not None else ():
        if one.kind in ("Path", "PathPrefix"):
            yield one.values[0], router.at
        elif one.kind == "PathRegexp":
            yield from ((text, router.at) for text in samples(one.values[0]))


def _of_middleware(one: Middleware) -> Iterator[RewrittenPath]:
    node, at = one.node, one.at
    if one.kind == "stripprefix":
        for prefix in texts(member(node, "prefixes")):
            yield RewrittenPath.of_pattern(f"^{re.escape(prefix)}(.*)$", at, r"\1")
    elif one.kind == "stripprefixregex":
        for written in texts(member(node, "regex")):
            yield RewrittenPath.of_pattern(f"^{written.strip().removeprefix('^')}", at)
    elif one.kind == "addprefix":
        yield RewrittenPath.of_pattern("^(.*)$", at, f"{member(node, 'prefix').written}\\1")
    elif one.kind == "replacepath":
        yield RewrittenPath(ANY_PATH, at)
    elif one.kind == "replacepathregex":
        replacement = member(node, "replacement").written.strip()
        yield RewrittenPath.of_pattern(member(node, "regex").written.strip(), at, replacement)
