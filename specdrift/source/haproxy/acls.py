"""Evaluates conditions."""

from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.open_facts import Answer, OpenFact, all_hold, any_holds, certainly
from specdrift.source.gateway.patterns import UnsupportedPattern
from specdrift.source.haproxy.converters import converted, evaluated
from specdrift.source.haproxy.fetched import Sample
from specdrift.source.haproxy.fetches import HEADERS, header_values
from specdrift.source.haproxy.pattern_matching import MATCHERS, compares
from specdrift.source.haproxy.proxies import ConditionScope, ProxyRule
from specdrift.source.haproxy.request_state import RequestState
from specdrift.source.haproxy.sample_expressions import parsed

OPERATORS = ("eq", "ge", "gt", "le", "lt")
METHODS = frozenset({*MATCHERS, "len", "found", "bool", "int", "ip", "bin"})
SUFFIXED = frozenset(
    (
        *("path", "url", "base", "hdr", "req.hdr", "cook", "urlp", "url_param", "ssl_fc_sni", "req.ssl_sni"),
        *("req_ssl_sni", "query", "req.cook", "shdr", "scook", "pathq"),
    )
)
"""Fetches whose name may end with the method: ``path_beg``."""
PREDEFINED = {
    "TRUE": ("always_true",),
    "FALSE": ("always_false",),
    "HTTP": ("req.proto_http",),
    "HTTP_1.0": ("req.ver", "1.0"),
    "HTTP_1.1": ("req.ver", "1.1"),
    "HTTP_URL_ABS": ("url_reg", "^[^/:]*://"),
    "HTTP_URL_SLASH": ("url_beg", "/"),
    "HTTP_URL_STAR": ("url", "*"),
    "METH_CONNECT": ("method", "CONNECT"),
    "METH_DELETE": ("method", "DELETE"),
    "METH_GET": ("method", "GET", "HEAD"),
    "METH_HEAD": ("method", "HEAD"),
    "METH_OPTIONS": ("method", "OPTIONS"),
    "METH_POST": ("method", "POST"),
    "METH_PUT": ("method", "PUT"),
    "METH_TRACE": ("method", "TRACE"),
    "WAIT_END": ("wait_end",),
}
OR = ("or", "||")
NUMBERS = ("int", "bool", "len")


class Test(Struct, frozen=True):
    """One comparison: an expression, a method and its patterns."""

    expression: str
    method: str
    """Empty for the one of the sample's type."""
    operator: str
    patterns: tuple[str, ...]
    files: tuple[str, ...]
    ignore_case: bool

    __test__ = False


@lru_cache(maxsize=4096)
def test_of(words: tuple[str, ...]) -> Test:
    """Return the comparison that the words of a condition make."""
    name = words[0].partition("(")[0].partition(",")[0]
    base, _, suffix = name.rpartition("_")
    method = ""
    expression = words[0]
    if base in SUFFIXED and (suffix in METHODS or suffix == "reg"):
        method, expression = suffix, base + words[0][len(base) + 1 + len(suffix) :]
    files: list[str] = []
    ignore_case, operator, at = False, "", 1
    while at < len(words):
        word = words[at]
        if word == "-i":
            ignore_case = True
        elif word in ("-m", "-f", "-u") and at + 1 < len(words):
            at += 1
            method = words[at] if word == "-m" else method
            files += [words[at]] if word == "-f" else []
        elif word == "--":
            at += 1
            break
        elif word not in ("-n", "-M"):
            break
        at += 1
    if words[at : at + 1] and words[at] in OPERATORS and at + 1 < len(words):
        operator, at = words[at], at + 1
    return Test(expression, method, operator, words[at:], tuple(files), ignore_case)


def holds(rule: ProxyRule, state: RequestState) -> bool:
    """Return whether the condition of a rule holds. Raises Undetermined, NotAssumed."""
    if not rule.condition:
        return True
    found = any_holds(_all(terms, rule.scope, state, rule.location) for terms in alternatives(rule.condition))
    return certainly(found) is not rule.negated


@lru_cache(maxsize=4096)
def alternatives(words: tuple[str, ...]) -> tuple[tuple[tuple[bool, tuple[str, ...]], ...], ...]:
    """Return the alternatives of a condition: terms, each with whether it is negated. One of a name has one word."""
    return tuple(_alternatives(words))


def _alternatives(words: tuple[str, ...]) -> Iterator[tuple[tuple[bool, tuple[str, ...]], ...]]:
    terms: list[tuple[bool, tuple[str, ...]]] = []
    negated = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in OR:
            yield tuple(terms)
            terms = []
            continue
        while word.startswith("!"):
            negated, word = not negated, word[1:]
        if not word:
            continue
        inner: tuple[str, ...] = (word,)
        if word == "{":
            end = next((n for n in range(at, len(words)) if words[n] == "}"), len(words))
            inner, at = ("{", *words[at:end]), end + 1
        terms.append((negated, inner))
        negated = False
    yield tuple(terms)


def definitions(words: tuple[str, ...], scope: ConditionScope) -> tuple[tuple[str, ...], ...]:
    """Return the comparisons of one term, of which one suffices; empty if it names no condition."""
    if words[0] == "{":
        return (words[1:],)
    own = scope.acls.get(words[0])
    if own is not None:
        return tuple(own)
    return (PREDEFINED[words[0]],) if words[0] in PREDEFINED else ()


def _all(
    terms: tuple[tuple[bool, tuple[str, ...]], ...],
    scope: ConditionScope,
    state: RequestState,
    at: SourceLocation,
) -> Answer:
    every = ((negated, _term(words, scope, state, at)) for negated, words in terms)
    return all_hold(
        found if isinstance(found, OpenFact) else found is not negated for negated, found in every
    )


def _term(words: tuple[str, ...], scope: ConditionScope, state: RequestState, at: SourceLocation) -> Answer:
    every = definitions(words, scope)
    if not every or not all(every):
        raise Undetermined(f"the condition {' '.join(words)}", at)
    return any_holds(_assumed(_tested(test_of(one), state, at), state) for one in every)


def _assumed(found: Answer, state: RequestState) -> Answer:
    return state.assumed.get(found.what, found) if isinstance(found, OpenFact) else found


def _tested(test: Test, state: RequestState, at: SourceLocation) -> Answer:
    calls = parsed(test.expression)
    if calls and calls[0].name in HEADERS:
        state.spend()
        every = [converted(one, calls[1:], state, at) for one in header_values(calls[0], state)]
    else:
        every = [evaluated(test.expression, state, at)]
    present = [one for one in every if one is not None]
    if not present:
        return False
    if test.method == "found":
        return _of_presence(test, present[-1], at)
    patterns = list(test.patterns)
    if any(UNKNOWN_PART in one for one in patterns):
        return OpenFact(test.expression, "a value of the environment", chosen=False, at=at)
    for name in test.files:
        lines = state.files.lines_of(name, at)
        if lines is None:
            return OpenFact(f"-f {name}", f"the file {name}", chosen=False, at=at)
        patterns += lines
    return any_holds(_in_each_state(test, one, patterns, state, at) for one in present)


def _in_each_state(
    test: Test, sample: Sample, patterns: list[str], state: RequestState, at: SourceLocation
) -> Answer:
    if not sample.state:
        return _matched(test, sample, patterns, state, at)
    usual = not sample.is_absent and _matched(test, replace(sample, state=""), patterns, state, at)
    return replace(_open(test, sample, at), usual=None if isinstance(usual, OpenFact) else usual)


def _matched(
    test: Test, sample: Sample, patterns: list[str], state: RequestState, at: SourceLocation
) -> Answer:
    state.spend(len(patterns) + 1)
    if sample.unknown:
        return _of_unknown(test, sample, patterns, at)
    number = sample.number or test.method in NUMBERS
    if not patterns:
        return sample.content not in ("", "0") if number else _open(test, sample, at)
    if number and test.method in ("", *NUMBERS):
        return _compared(test, sample, patterns, at)
    matcher = MATCHERS.get(test.method or "str")
    if matcher is None or test.operator:
        return _open(test, sample, at)
    try:
        return any(matcher(sample.content, one, ignore_case=test.ignore_case) for one in patterns)
    except UnsupportedPattern as error:
        return replace(_open(test, sample, at), reason=str(error))


def _of_presence(test: Test, sample: Sample, at: SourceLocation) -> Answer:
    """Return whether there is a value: one that an earlier request may have left is usually absent."""
    return replace(_open(test, sample, at), usual=False) if sample.is_absent else True


def _of_unknown(test: Test, sample: Sample, patterns: list[str], at: SourceLocation) -> Answer:
    if not sample.positive:
        return _open(test, sample, at)
    decided = {(test.operator or "eq", one) for one in patterns} - {("eq", "0"), ("lt", "1"), ("le", "0")}
    if not patterns or decided & {("gt", "0"), ("ge", "1")}:
        return True
    return _open(test, sample, at) if decided else False


def _compared(test: Test, sample: Sample, patterns: list[str], at: SourceLocation) -> Answer:
    content = str(len(sample.content)) if test.method == "len" else sample.content
    if not content.lstrip("-").isdecimal():
        return _open(test, sample, at)
    every = [compares(int(content), test.operator or "eq", one) for one in patterns]
    if None in every:
        return _open(test, sample, at)
    return any(every)


def _open(test: Test, sample: Sample, at: SourceLocation) -> OpenFact:
    written = " ".join((test.expression, test.method, test.operator, *test.patterns, *test.files))
    reason = sample.unknown or sample.state or test.expression
    return OpenFact(f"{written} {test.ignore_case}", reason, sample.chosen, at)
