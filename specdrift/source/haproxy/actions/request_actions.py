"""What the actions of rules do to a request."""

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.haproxy.actions.uri_normalizers import NORMALIZES, normalized
from specdrift.source.haproxy.converters import evaluated, with_groups
from specdrift.source.haproxy.log_formats import filled, sample_of
from specdrift.source.haproxy.pattern_matching import MATCHERS
from specdrift.source.haproxy.proxies import ProxyRule
from specdrift.source.haproxy.request_state import RequestState

HOST = "host"
VARIABLE = re.compile(r"(set-var|unset-var|set-var-fmt)\(([^,)]+)[^)]*\)")
HARMLESS_ACTIONS = re.compile(
    r"(?:track-sc\d|sc-(?:inc|set|add)-|capture|set-log-level|set-nice|set-mark|set-tos|set-(?:fc|bc)-(?:mark|tos)"
    r"|set-priority|set-timeout|set-src|set-bandwidth-limit|wait-for-body|wait-for-handshake|disable-l7-retry"
    r"|early-hint|strict-mode|expect-proxy|expect-netscaler-cip|set-retries|pause|do-log)"
)
"""They decide nothing: addresses of clients are not evaluated anyway."""


def changed(rule: ProxyRule, state: RequestState) -> None:
    """Apply an action that lets the request go on. Raises Undetermined for one that is not evaluated."""
    name = rule.action[0]
    variable = VARIABLE.match(name)
    if variable:
        _set_variable(variable[1], variable[2], rule, state)
    elif name in _ACTIONS:
        _ACTIONS[name](rule, state)
    elif not HARMLESS_ACTIONS.match(name):
        raise Undetermined(f"{rule.kind.value} {name}", rule.location)


def _set_variable(action: str, name: str, rule: ProxyRule, state: RequestState) -> None:
    if action == "unset-var":
        state.variables.pop(name, None)
        return
    text = " ".join(rule.action[1:])
    found = (
        sample_of(filled(text, state, rule.location))
        if action == "set-var-fmt"
        else evaluated(text, state, rule.location)
    )
    if found is None:
        return  # the variable keeps its value
    state.variables[name] = found


def _argument(rule: ProxyRule, number: int) -> str:
    return rule.action[number] if number < len(rule.action) else ""


def _value(rule: ProxyRule, number: int, state: RequestState) -> str:
    return filled(_argument(rule, number), state, rule.location).content


def _known(text: str, rule: ProxyRule) -> str:
    if UNKNOWN_PART in text:
        raise Undetermined(f"{rule.action[0]} with a value that is not known", rule.location)
    return text


def _set_header(rule: ProxyRule, state: RequestState) -> None:
    name, value = _argument(rule, 1).lower(), _value(rule, 2, state)
    state.headers[name] = [value]
    if name == HOST:
        state.host = "" if "%" in _argument(rule, 2) else value


def _add_header(rule: ProxyRule, state: RequestState) -> None:
    name, value = _argument(rule, 1).lower(), _value(rule, 2, state)
    state.headers[name] = [*state.headers.get(name, ()), value]


def _del_header(rule: ProxyRule, state: RequestState) -> None:
    name = _argument(rule, 1)
    method = _argument(rule, 3) if _argument(rule, 2) == "-m" else "str"
    for one in [one for one in state.headers if _fits(one, name, method, rule)]:
        del state.headers[one]


def _fits(header: str, name: str, method: str, rule: ProxyRule) -> bool:
    if method not in MATCHERS:
        raise Undetermined(f"del-header -m {method}", rule.location)
    try:
        return MATCHERS[method](header, name, ignore_case=True)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), rule.location) from None


def _replaced(
    pattern: str, template: str, text: str | None, rule: ProxyRule, state: RequestState
) -> str | None:
    """Return what takes the place of a text; ``None`` if the expression does not match, or there is none."""
    if not text:
        return None
    try:
        found = compiled(pattern).search(_known(text, rule))
    except UnsupportedPattern as error:
        raise Undetermined(str(error), rule.location) from None
    return None if found is None else with_groups(filled(template, state, rule.location).content, found)


def _replace_header(rule: ProxyRule, state: RequestState) -> None:
    name, whole = _argument(rule, 1).lower(), rule.action[0] == "replace-header"
    for number, line in enumerate(state.headers.get(name, ())):
        parts = [line] if whole else [one.strip() for one in line.split(",")]
        every = (_replaced(_argument(rule, 2), _argument(rule, 3), one, rule, state) for one in parts)
        new = ", ".join(old if one is None else one for old, one in zip(parts, every, strict=True))
        state.headers[name][number] = new


def _set_path(rule: ProxyRule, state: RequestState) -> None:
    state.set_path(_known(_value(rule, 1, state), rule))


def _set_path_and_query(rule: ProxyRule, state: RequestState) -> None:
    state.set_path_and_query(_path(_known(_value(rule, 1, state), rule), rule))


def _set_url(rule: ProxyRule, state: RequestState) -> None:
    state.go_to(_path(_known(_value(rule, 1, state), rule), rule))
    state.origin = ""


def _set_query(rule: ProxyRule, state: RequestState) -> None:
    """Set the query: where it is empty, the question mark stays if there was one."""
    query, (before, question, _) = _known(_value(rule, 1, state), rule), state.target.partition("?")
    state.go_to(f"{before}{'?' if query else question}{query}")


def _replace_path(rule: ProxyRule, state: RequestState) -> None:
    found = _replaced(_argument(rule, 1), _argument(rule, 2), state.path, rule, state)
    if found is not None:
        state.set_path(_known(found, rule))


def _replace_path_and_query(rule: ProxyRule, state: RequestState) -> None:
    found = _replaced(_argument(rule, 1), _argument(rule, 2), state.path_and_query, rule, state)
    if found is not None:
        state.set_path_and_query(_path(_known(found, rule), rule))


def _replace_url(rule: ProxyRule, state: RequestState) -> None:
    """Replace in the whole target: that of HTTP/2 begins with scheme and host."""
    found = _replaced(_argument(rule, 1), _argument(rule, 2), state.url, rule, state)
    if found is not None:
        target = _known(found, rule)
        kept = state.origin if target.startswith(f"{state.origin}/") else ""
        state.go_to(_path(target.removeprefix(kept), rule))
        state.origin = kept


def _normalize(rule: ProxyRule, state: RequestState) -> None:
    target = state.path_and_query
    if target is not None:
        state.set_path_and_query(normalized(target, rule))


def _path(target: str, rule: ProxyRule) -> str:
    if not target.startswith("/"):
        raise Undetermined(f"{rule.action[0]} with a target that is no path", rule.location)
    return target


_ACTIONS: Mapping[str, Callable[[ProxyRule, RequestState], None]] = {
    "set-header": _set_header,
    "add-header": _add_header,
    "del-header": _del_header,
    "replace-header": _replace_header,
    "replace-value": _replace_header,
    "set-path": _set_path,
    "set-pathq": _set_path_and_query,
    "set-uri": _set_url,
    "set-query": _set_query,
    "replace-path": _replace_path,
    "replace-pathq": _replace_path_and_query,
    "replace-uri": _replace_url,
    NORMALIZES: _normalize,
}


class FilledHeader(Struct, frozen=True):
    """A header that a rule sets."""

    name: str
    value: str
    location: SourceLocation


def filled_headers(rules: Iterator[ProxyRule]) -> Iterator[FilledHeader]:
    """Yield the headers that rules set, whatever their conditions."""
    for rule in rules:
        if rule.action[:1] in (("set-header",), ("add-header",)):
            yield FilledHeader(_argument(rule, 1), _argument(rule, 2), rule.location)
