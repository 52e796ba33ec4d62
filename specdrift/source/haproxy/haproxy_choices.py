"""What clients can send so that conditions of an HAProxy configuration hold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.gateway import GatewayEntry
from specdrift.source.gateway import client_choices
from specdrift.source.gateway.client_choices import ANY_VALUE, PRESENT, ClientChoice
from specdrift.source.gateway.samples import attempts, samples
from specdrift.source.haproxy.acls import NUMBERS, Test, alternatives, definitions, test_of
from specdrift.source.haproxy.actions.chosen_backends import backends_of
from specdrift.source.haproxy.actions.request_actions import VARIABLE
from specdrift.source.haproxy.fetches import ARGUMENTS, COOKIES, COUNTED, HEADERS, PATHS, VERSIONS, WITH_QUERY
from specdrift.source.haproxy.haproxy_files import HaproxyFiles
from specdrift.source.haproxy.haproxy_rewrites import changes_paths
from specdrift.source.haproxy.log_formats import expressions
from specdrift.source.haproxy.proxies import Proxy, ProxyRule
from specdrift.source.haproxy.sample_expressions import SampleCall, parsed
from specdrift.source.haproxy.undone_converters import UNDONE, unconverted

MOST_LINES = 3
"""Lines of a file with patterns that are tried."""
MOST_KEYS = 50
"""Keys of a map that are tried."""
LONGEST_NUMBER = 3
"""Digits of a length that is tried."""
HOST = "host"
WITH_HOST = ("base", "baseq")
"""Fetches that return the host, too."""
SERVER_NAME = "ssl_fc_sni"
PREFERRED_METHODS = ("str", "", "beg", "end", "sub", "dir", "dom")


def choices_of(proxies: Sequence[Proxy], files: HaproxyFiles) -> tuple[ClientChoice, ...]:
    """Collect them from the conditions of rules, and from variables that rules fill."""
    rules = tuple(dict.fromkeys(rule for proxy in proxies for rule in proxy.rules))
    compared = _compared(rules, files)
    chosen = tuple(backends_of(proxies, files))
    for _, call, value in chosen:
        if call.name == "var" or call.name in HEADERS:
            compared[call.arg(0).lower()][value] = None
    every = [one for rule in rules for one in _of_rule(rule, files, compared)]
    every += (one for rule, call, value in chosen for one in _of_call(call, value, rule.location))
    begun = (one for rule in rules for one in _beginnings(rule, files))
    if changes_paths(proxies):
        every += begun
    else:
        every += (replace(one, as_sent=True) for one in begun if ANY_VALUE not in one.beginning)
    return client_choices.with_combination(every)


def hosts_of(proxies: Sequence[Proxy], files: HaproxyFiles) -> tuple[str, ...]:
    """Return the host names that conditions and maps name."""
    found: dict[str, None] = {}
    for rule in dict.fromkeys(rule for proxy in proxies for rule in proxy.rules):
        for test in _tests(rule):
            call = _call(test)
            if _is_host(call):
                known = all(map(_keeps_host, parsed(test.expression)[1:])) and test.method != "reg"
                values = (one for one in _values(test, files) if not (known and one == ANY_VALUE))
                found.update(dict.fromkeys(filter(None, (_host(one, test) for one in values))))
        for text in rule.action:
            for expression in expressions(text):
                found.update(dict.fromkeys(_mapped_hosts(expression, rule.location, files)))
    chosen = (value for _, call, value in backends_of(proxies, files) if _is_host(call))
    found.update(dict.fromkeys(value.lower() for value in chosen if value not in ("", ANY_VALUE)))
    return tuple(found)


def _is_host(call: SampleCall) -> bool:
    return call.name == SERVER_NAME or (call.name in HEADERS and call.arg(0).lower() == HOST)


def _keeps_host(call: SampleCall) -> bool:
    """Return whether a converter leaves a host name without a port, in lower case, as it is."""
    return call.name in ("lower", "upper") or (call.name, call.args) == ("field", ("1", ":"))


def looks_at_server_name(proxies: Iterable[Proxy]) -> bool:
    """Return whether a condition looks at the name that the client sends in the handshake."""
    rules = tuple(rule for proxy in proxies for rule in proxy.rules)
    tested = any(_call(test).name == SERVER_NAME for rule in rules for test in _tests(rule))
    return tested or any(
        calls[:1] and calls[0].name == SERVER_NAME
        for rule in rules
        for text in rule.action
        for calls in map(parsed, expressions(text))
    )


def spellings_of(entry: GatewayEntry, proxies: Iterable[Proxy]) -> Iterator[ClientChoice]:
    """Yield other spellings of the host, if a condition compares it: HAProxy compares the header as it is sent."""
    rules = (rule for proxy in proxies for rule in proxy.rules)
    looking = next((rule for rule in rules if any(map(_looks_at_host, map(_call, _tests(rule))))), None)
    if looking is not None:
        yield from client_choices.spelled_hosts(entry.names, entry.port, looking.location)


def _looks_at_host(call: SampleCall) -> bool:
    return call.name in WITH_HOST or (call.name in HEADERS and call.arg(0).lower() == HOST)


def _compared(rules: Iterable[ProxyRule], files: HaproxyFiles) -> dict[str, dict[str, None]]:
    """Return the values that conditions on variables and headers ask for, by their names.

    Rules fill these with what clients send elsewhere.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for test in (test for rule in rules for test in _tests(rule)):
        call = _call(test)
        if call.name == "var" or call.name in HEADERS:
            found[call.arg(0).lower()].update(dict.fromkeys(_values(test, files)))
    return found


def _of_rule(
    rule: ProxyRule, files: HaproxyFiles, compared: Mapping[str, Iterable[str]]
) -> Iterator[ClientChoice]:
    for test in _tests(rule):
        call = _call(test)
        for value in dict.fromkeys((*_values(test, files), PRESENT)):
            yield from _of_call(call, value, rule.location)
    if rule.action[0] == "replace-uri":
        yield client_choices.absolute_target(rule.location)
    filled = _filled_by(rule)
    if filled:
        for text in (*rule.action[1:], *(each for one in rule.action for each in expressions(one))):
            calls = parsed(text)
            for value in (PRESENT, *compared.get(filled, ()), ANY_VALUE) if calls else ():
                yield from _of_call(calls[0], unconverted(value, calls[1:]), rule.location)


def _beginnings(rule: ProxyRule, files: HaproxyFiles) -> Iterator[ClientChoice]:
    """Yield what paths begin with for which a condition holds. A later rule may take dot segments behind it away."""
    for test in _tests(rule):
        if _call(test).name in PATHS:
            for value in dict.fromkeys(_path_values(test, files)):
                yield from _begun(value, rule.location)
    for text in rule.action[1:] if _filled_by(rule) else ():
        every = (parsed(one) for one in (text, *expressions(text)))
        if any(calls and calls[0].name in PATHS for calls in every):
            yield from _begun(ANY_VALUE, rule.location)


def named_paths(proxies: Iterable[Proxy], files: HaproxyFiles) -> Iterator[tuple[str, SourceLocation]]:
    """Yield the paths for which conditions hold."""
    for rule in dict.fromkeys(rule for proxy in proxies for rule in proxy.rules):
        for test in _tests(rule):
            if _call(test).name in PATHS:
                for value in dict.fromkeys(_path_values(test, files)):
                    yield value.partition("?")[0], rule.location


def _path_values(test: Test, files: HaproxyFiles) -> Iterator[str]:
    yield from _values(test, files)
    for one in test.patterns if test.method == "reg" else ():
        yield from samples(one, ignore_case=test.ignore_case)


def _begun(value: str, at: SourceLocation) -> Iterator[ClientChoice]:
    """Yield the choice of a path that begins with a value, which a host may precede."""
    text = value.partition("?")[0].rpartition("://")[2]
    for path in dict.fromkeys((text.strip("/"), text.partition("/")[2].strip("/"))):
        if path:
            yield client_choices.beginning(f"/{path}", at)


def _filled_by(rule: ProxyRule) -> str:
    """Return the name of the variable or header that a rule fills; empty for none."""
    variable = VARIABLE.match(rule.action[0])
    if variable:
        return variable[2].lower()
    setting = rule.action[0] in ("set-header", "add-header", "replace-header", "replace-value")
    return rule.action[1].lower() if setting and len(rule.action) > 1 else ""


def _of_call(call: SampleCall, value: str, at: SourceLocation) -> Iterator[ClientChoice]:
    name = call.arg(0)
    if call.name in HEADERS | COUNTED and name:
        if name.lower() != HOST:  # each host is a server of its own
            yield client_choices.header(name, value, at)
    elif call.name in COOKIES and name:
        yield client_choices.cookie(name, value, at)
    elif call.name in ARGUMENTS and name:
        yield client_choices.argument(name, value, at)
    elif call.name in ("query", *WITH_QUERY):
        yield client_choices.query(value, at)
    elif call.name in VERSIONS:
        yield from (client_choices.protocol(one, at) for one in ("HTTP/1.0", "HTTP/2.0"))
    if call.name == "url":
        yield client_choices.absolute_target(at)
    if call.name in WITH_HOST and value not in (PRESENT, ANY_VALUE):
        host = value.partition("/")[0]
        yield client_choices.host(host, at)
        # The header is compared as it is sent, and may have a slash.
        yield replace(client_choices.host(value, at), server_name=host)


def _call(test: Test) -> SampleCall:
    calls = parsed(test.expression)
    return calls[0] if calls else SampleCall("")


def _tests(rule: ProxyRule) -> Iterator[Test]:
    for terms in alternatives(rule.condition):
        for _, words in terms:
            yield from (test_of(one) for one in definitions(words, rule.scope) if one)


def _values(test: Test, files: HaproxyFiles) -> Iterator[str]:
    calls = parsed(test.expression)
    counted = bool(calls) and calls[0].name in COUNTED
    measured = (
        counted or bool(test.operator) or test.method in NUMBERS or calls[-1:] == (SampleCall("length"),)
    )
    for one in test.patterns:
        every = attempts(one, ignore_case=test.ignore_case) if test.method == "reg" else (one,)
        yield from (unconverted(text, calls[1:]) for text in every if text)
        if measured:
            yield from _measured(one, "," if counted else "a")
    for name in test.files:
        yield from (files.known_lines(name) or ())[:MOST_LINES]
    keys = _keys(calls[1:], files)
    yield from keys or ()
    if (
        (keys is None and any(one.name not in UNDONE for one in calls[1:]))
        or test.operator
        or test.method not in (*PREFERRED_METHODS, "reg", "found")
    ):
        yield ANY_VALUE


def _keys(calls: Sequence[SampleCall], files: HaproxyFiles) -> tuple[str, ...] | None:
    """Return texts for the keys of a map that is the only converter; ``None`` if there is another one, or many keys.

    Whatever a condition compares with, each key may be an exception.
    """
    if len(calls) != 1 or not calls[0].name.startswith("map"):
        return None
    lines = files.known_lines(calls[0].arg(0))
    if lines is None or len(lines) > MOST_KEYS:
        return None
    keys = [one.split(None, 1)[0] for one in lines]
    if not calls[0].name.startswith("map_reg"):
        return tuple(keys)
    found = [tuple(islice(samples(key), MOST_LINES)) for key in keys]
    return tuple(text for each in found for text in each) if all(found) else None


def _measured(pattern: str, letter: str) -> Iterator[str]:
    """Yield texts whose length, or number of parts, is about what a condition compares with."""
    for end in pattern.split(":"):
        if end.isdecimal() and len(end) <= LONGEST_NUMBER:
            yield from (letter * number for number in range(max(int(end) - 1, 1), int(end) + 2))


def _host(value: str, test: Test) -> str:
    if test.method == "end":
        return f"www{value}" if value.startswith(".") else value
    if test.method == "beg":
        return value if value.count(".") > 1 else f"{value.rstrip('.')}.example"
    return value.lower() if test.method in (*PREFERRED_METHODS, "reg") else ""


def _mapped_hosts(expression: str, at: SourceLocation, files: HaproxyFiles) -> Iterator[str]:
    calls = parsed(expression)
    if not calls or not _is_host(calls[0]):
        return
    for one in calls[1:]:
        if one.name.startswith("map"):
            for line in files.lines_of(one.arg(0), at) or ():
                key = line.split(None, 1)[0]
                yield f"www{key}" if key.startswith(".") else key
