"""Paths that rules of HAProxy hand on as others."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from specdrift.source.gateway.rewritten_paths import ANY_PATH, RewrittenPath
from specdrift.source.haproxy.actions.uri_normalizers import NORMALIZES, is_evaluated
from specdrift.source.haproxy.log_formats import expressions
from specdrift.source.haproxy.proxies import Proxy, ProxyRule, RuleSet
from specdrift.source.haproxy.sample_expressions import SampleCall, parsed

REPLACES = ("replace-path", "replace-pathq", "replace-uri")
SETS = ("set-path", "set-pathq", "set-uri")
_RESPELLING = frozenset({"url_dec", "lower", "upper"})
"""Converters that make another spelling of a path: those are tried anyway."""
_UNCHANGED = frozenset({"path", "pathq", "url"})


def rewritten_of(
    proxies: tuple[Proxy, ...], services: Callable[[Proxy], frozenset[str]]
) -> Iterator[RewrittenPath]:
    """Yield what each rule makes of paths. An expression that is not understood has no beginning.

    ``services``: the addresses that a proxy alone hands requests to; none if others do, too, or they are not known.
    """
    for proxy in proxies:
        found = _of_rules(proxy)
        upstream = services(proxy)
        yield from (replace(one, upstream=upstream) for one in found) if upstream else found


def _of_rules(proxy: Proxy) -> Iterator[RewrittenPath]:
    for rule in proxy.of(RuleSet.HTTP):
        if rule.action[0] in REPLACES and len(rule.action) > 2:
            yield RewrittenPath.of_pattern(rule.action[1], rule.location, rule.action[2])
        elif rule.action[0] in SETS and len(rule.action) > 1:
            yield _set(rule)
        elif rule.action[0] == NORMALIZES and not is_evaluated(rule):
            yield RewrittenPath("", rule.location)
        elif rule.action[:2] == (NORMALIZES, "fragment-strip"):
            yield RewrittenPath.of_pattern("^([^#]*)#.*$", rule.location, r"\1")


def changes_paths(proxies: Iterable[Proxy]) -> bool:
    """Return whether a rule hands paths on as others."""
    rules = (rule for proxy in proxies for rule in proxy.of(RuleSet.HTTP))
    return any(rule.action[0] in (*REPLACES, *SETS, NORMALIZES) for rule in rules)


def _set(rule: ProxyRule) -> RewrittenPath:
    template = rule.action[1]
    every = tuple(expressions(template))
    if not every:
        return RewrittenPath(ANY_PATH, rule.location)
    calls = parsed(every[0])
    before = template[: template.find("%[")]
    if len(every) > 1 or not calls or calls[0].name not in _UNCHANGED or not template.endswith("]"):
        return RewrittenPath("", rule.location)
    if all(one.name in _RESPELLING for one in calls[1:]):
        # Its own path behind a beginning: a request for the rest becomes the operation's.
        return RewrittenPath.of_pattern("^(.*)$", rule.location, f"{before}\\1")
    if len(calls) == 2 and calls[1].name == "regsub" and not before:
        return _substituted(calls[1], rule)
    return RewrittenPath("", rule.location)


def _substituted(call: SampleCall, rule: ProxyRule) -> RewrittenPath:
    pattern, anchored = call.arg(0), call.arg(0).startswith("^")
    whole = f"{pattern}(.*)$" if anchored and "(" not in pattern else pattern
    replacement = f"{call.arg(1)}\\1" if whole != pattern else call.arg(1)
    return RewrittenPath.of_pattern(whole, rule.location, replacement)
