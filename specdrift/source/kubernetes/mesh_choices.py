"""What clients can send so that conditions of routes and policies hold."""

from collections.abc import Iterable, Iterator

from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import PRESENT, ClientChoice
from specdrift.source.gateway.host_choices import candidates
from specdrift.source.gateway.rewritten_paths import RewrittenPath
from specdrift.source.gateway.samples import attempts
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import host_patterns
from specdrift.source.kubernetes.listeners.entrances import Entrance
from specdrift.source.kubernetes.policies.authorization import ScopedPolicy
from specdrift.source.kubernetes.policies.policy_conditions import HEADER
from specdrift.source.kubernetes.routes.request_match import CompiledRoute, NamedMatch, TextKind


def choices_of(routes: Iterable[CompiledRoute], policies: Iterable[ScopedPolicy]) -> tuple[ClientChoice, ...]:
    """Collect them from the routes of an entrance and its policies."""
    return client_choices.with_combination((*_of_routes(routes), *_of_policies(policies)))


def _of_routes(routes: Iterable[CompiledRoute]) -> Iterator[ClientChoice]:
    for route in routes:
        for match in route.matches:
            for one in match.headers:
                for value in _values(one):
                    yield client_choices.header(one.name, value, one.text.at)
            for one in match.arguments:
                for value in _values(one):
                    yield client_choices.argument(one.name, value, one.text.at)


def _values(one: NamedMatch) -> Iterator[str]:
    text = one.text
    if text.kind is TextKind.REGEX:
        yield from attempts(f"^(?:{text.value})$", ignore_case=text.ignore_case)
    elif text.value:
        yield text.value
    yield PRESENT


def _of_policies(policies: Iterable[ScopedPolicy]) -> Iterator[ClientChoice]:
    for one in policies:
        for rule in one.policy.spec.get("rules").items():
            for condition in rule.get("when").items():
                yield from _of_condition(condition)


def hosts_of(entrance: Entrance, policies: Iterable[ScopedPolicy]) -> Iterator[ClientChoice]:
    """Yield the choice of each host of an entrance, if a policy compares it: with its port, as it is sent."""
    nodes = [node for one in policies for node in _compared_hosts(one)]
    if not nodes:
        return
    own, at = entrance.entry.names or (host_patterns.EVERY,), nodes[0].place
    for name in candidates(own, (node.written.removesuffix(":*").strip("*") for node in nodes)):
        if any(host_patterns.covers(pattern, name) for pattern in own):
            yield client_choices.host(name, at)
    yield from client_choices.spelled_hosts((entrance.host,), entrance.entry.port, at)


def _compared_hosts(one: ScopedPolicy) -> Iterator[YamlNode]:
    for rule in one.policy.spec.get("rules").items():
        for item in rule.get("to").items():
            for kind in ("hosts", "notHosts"):
                yield from item.get("operation", kind).items()


def _of_condition(node: YamlNode) -> Iterator[ClientChoice]:
    header = HEADER.fullmatch(node.get("key").written)
    if header is None:
        return
    texts = (*node.get("values").items(), *node.get("notValues").items())
    for value in dict.fromkeys((*(one.written.strip("*") or PRESENT for one in texts), PRESENT)):
        yield client_choices.header(header[1], value, node.place)


def rewritten_of(routes: Iterable[CompiledRoute]) -> Iterator[RewrittenPath]:
    """Yield the paths that routes hand on as others."""
    for route in routes:
        rewrite = route.action.rewrite
        if rewrite is None:
            continue
        upstream = frozenset(one.address for one in route.action.backends)
        if rewrite.pattern:
            found = RewrittenPath.of_pattern(rewrite.pattern, route.at, rewrite.value, upstream)
            yield found
        for path in dict.fromkeys(match.path for match in route.matches) or (None,):
            if path is None or path.kind is TextKind.PRESENT:
                yield RewrittenPath("/", route.at)
            elif path.kind is TextKind.REGEX:
                yield RewrittenPath.of_pattern(path.value, path.at, rewrite.value, upstream)
            else:
                yield RewrittenPath(path.value, path.at)
