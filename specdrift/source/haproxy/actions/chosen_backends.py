"""Backends that clients choose: ``use_backend`` with expressions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.client_choices import ANY_VALUE, PRESENT
from specdrift.source.gateway.samples import samples
from specdrift.source.haproxy.haproxy_files import HaproxyFiles
from specdrift.source.haproxy.log_formats import parts
from specdrift.source.haproxy.proxies import Proxy, ProxyRule, RuleSet
from specdrift.source.haproxy.sample_expressions import SampleCall, parsed
from specdrift.source.haproxy.undone_converters import UNDONE

MOST_KEYS = 3
"""Keys of a map that are tried for one backend."""
_KEEPING = frozenset({"lower", "upper", "url_dec", "ltrim", "rtrim"})
"""Converters that leave the text that they return as it is."""


def backends_of(proxies: Sequence[Proxy], files: HaproxyFiles) -> Iterator[tuple[ProxyRule, SampleCall, str]]:
    """Yield the values of fetches for which a rule chooses a backend, each with the rule and the fetch."""
    names = tuple(dict.fromkeys(one.name for one in proxies))
    for rule in dict.fromkeys(rule for proxy in proxies for rule in proxy.of(RuleSet.SWITCH)):
        template = tuple(parts(rule.action[0]))
        dynamic = [(at, parsed(text)) for at, (text, is_expression) in enumerate(template) if is_expression]
        for at, calls in dynamic:
            if not calls:
                continue
            before, behind = (
                "".join(text for text, _ in some) for some in (template[:at], template[at + 1 :])
            )
            values = _between(names, before, behind) if len(dynamic) == 1 else (ANY_VALUE,)
            for value in values:
                for text in _inverted(value, calls[1:], files, rule.location):
                    yield rule, calls[0], text


def _between(names: Iterable[str], before: str, behind: str) -> Iterator[str]:
    for name in names:
        inner = name.removeprefix(before).removesuffix(behind)
        if f"{before}{inner}{behind}" == name:
            yield inner


def _inverted(
    text: str, calls: Sequence[SampleCall], files: HaproxyFiles, at: SourceLocation
) -> Iterator[str]:
    """Yield texts that converters turn into this one; ``ANY_VALUE`` where that is not known."""
    if not calls or text == ANY_VALUE:
        yield text
        return
    for before in _undone(calls[-1], text, files, at):
        yield from _inverted(before, calls[:-1], files, at)


def _undone(call: SampleCall, text: str, files: HaproxyFiles, at: SourceLocation) -> Iterator[str]:
    if call.name.startswith("map"):
        lines = (one.split(None, 1) for one in files.lines_of(call.arg(0), at) or ())
        keys = (words[0] for words in lines if " ".join(words[1:]).strip() == text)
        for key in islice(keys, MOST_KEYS):
            yield from islice(samples(key), MOST_KEYS) if call.name.startswith("map_reg") else (key,)
        if call.arg(1) == text:
            yield PRESENT
    elif call.name in _KEEPING:
        yield text
    else:
        undo = UNDONE.get(call.name)
        yield undo(call, text) if undo is not None else ANY_VALUE
