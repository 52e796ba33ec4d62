"""What converters make of samples."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled
from specdrift.source.haproxy.fetched import LONGEST, Sample, truth
from specdrift.source.haproxy.fetches import fetched
from specdrift.source.haproxy.pattern_matching import MATCHERS, map_order
from specdrift.source.haproxy.request_state import RequestState
from specdrift.source.haproxy.sample_expressions import SampleCall, parsed

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_MAP = re.compile(r"map(?:_(str|beg|sub|dir|dom|end|reg))?(?:_(?:int|str|ip|key))?")


def evaluated(expression: str, state: RequestState, at: SourceLocation | None) -> Sample | None:
    """Return the value of an expression; ``None`` if it has none. Raises Undetermined."""
    calls = parsed(expression)
    if not calls:
        raise Undetermined(f"the expression {expression}", at)
    state.spend()
    return converted(fetched(calls[0], state), calls[1:], state, at)


def converted(
    sample: Sample | None, calls: tuple[SampleCall, ...], state: RequestState, at: SourceLocation | None
) -> Sample | None:
    """Apply converters in their order."""
    for call in calls:
        if sample is None:
            return None
        sample = _converted(call, sample, state, at)
    return sample


def _converted(
    call: SampleCall, sample: Sample, state: RequestState, at: SourceLocation | None
) -> Sample | None:
    if sample.unknown:
        return replace(sample, unknown=f"{sample.unknown},{call.name}", number=call.name in _TO_NUMBER)
    if sample.state:
        usual = _converted(call, replace(sample, state=""), state, at)
        return replace(usual, state=sample.state) if usual is not None else Sample(unknown=sample.state)
    if call.name.startswith("map"):
        return _mapped(call, sample, state, at)
    if call.name == "concat":
        return _concatenated(call, sample, state)
    known = _KNOWN.get(call.name)
    if known is None:
        return Sample(unknown=call.name, number=call.name in _TO_NUMBER)
    return known(call, sample)


def _mapped(
    call: SampleCall, sample: Sample, state: RequestState, at: SourceLocation | None
) -> Sample | None:
    kind = _MAP.fullmatch(call.name)
    lines = state.files.lines_of(call.arg(0), at) if kind and at else None
    if kind is None or lines is None:
        return Sample(unknown=f"{call.name}({call.arg(0)})")
    pairs = [
        (words[0], words[1] if len(words) > 1 else "") for words in (one.split(None, 1) for one in lines)
    ]
    method = kind[1] or "str"
    state.spend(len(pairs))
    for key, value in map_order(method, pairs):
        if MATCHERS[method](sample.content, key, ignore_case=False):
            return Sample(value.strip(), number=call.name.endswith("_int"))
    return Sample(call.arg(1)) if len(call.args) > 1 else None


def _concatenated(call: SampleCall, sample: Sample, state: RequestState) -> Sample:
    """Add a text, a variable if it has a value, and another text."""
    middle = state.variables.get(call.arg(1)) if call.arg(1) else None
    if middle is not None and middle.unknown:
        return replace(middle, unknown=f"{middle.unknown},concat", number=False, positive=False)
    text = f"{sample.content}{call.arg(0)}{middle.content if middle is not None else ''}{call.arg(2)}"
    if len(text) > LONGEST:
        raise Undetermined("a long value")
    return Sample(text)


def _from_base64(_: SampleCall, sample: Sample) -> Sample | None:
    """Decode; HAProxy takes only whole groups of four letters, and some versions one without a letter's worth."""
    if sample.content.endswith("==="):
        return Sample(unknown="b64dec")
    if len(sample.content) % 4 or not _BASE64.fullmatch(sample.content):
        return None
    return Sample(b64decode(sample.content).decode("latin-1"))


def _in_base64(_: SampleCall, sample: Sample) -> Sample:
    return Sample(b64encode(sample.content.encode("latin-1", "replace")).decode("ascii"))


def _decoded(call: SampleCall, sample: Sample) -> Sample | None:
    if _BROKEN.search(sample.content):
        return None
    path, question, query = sample.content.partition("?")
    if call.arg(0) not in ("", "0"):
        path, question, query = sample.content.replace("+", " "), "", ""
    text = path + question + query.replace("+", " ")
    return Sample(unquote_to_bytes(text.encode("utf-8")).decode("latin-1"))


def _field(call: SampleCall, sample: Sample) -> Sample | None:
    number = int(call.arg(0)) if call.arg(0).lstrip("-").isdecimal() else 0
    if call.arg(2) or not number or not call.arg(1):
        return Sample(unknown="field")
    parts = re.split(f"[{re.escape(call.arg(1))}]", sample.content)
    at = number - 1 if number > 0 else len(parts) + number
    return Sample(parts[at]) if 0 <= at < len(parts) else Sample("")


def _substituted(call: SampleCall, sample: Sample) -> Sample | None:
    flags = call.arg(2)
    try:
        expression = compiled(call.arg(0), ignore_case="i" in flags)
        expression.search(sample.content)
        text = expression.expression.sub(
            lambda found: with_groups(call.arg(1), found), sample.content, count=0 if "g" in flags else 1
        )
    except UnsupportedPattern as error:
        raise Undetermined(str(error)) from None
    if len(text) > LONGEST:
        raise Undetermined("a long value")
    return Sample(text)


def with_groups(template: str, found: re.Match[str]) -> str:
    r"""Return a replacement with the groups that it names as ``\1``."""

    def group(one: re.Match[str]) -> str:
        number = int(one[1])
        return (found[number] or "") if number <= (found.re.groups or 0) else ""

    return re.sub(r"\\(\d)", group, template)


_KNOWN: Mapping[str, Callable[[SampleCall, Sample], Sample | None]] = {
    "lower": lambda _, sample: replace(sample, content=sample.content.lower()),
    "upper": lambda _, sample: replace(sample, content=sample.content.upper()),
    "url_dec": _decoded,
    "b64dec": _from_base64,
    "base64": _in_base64,
    "field": _field,
    "regsub": _substituted,
    "length": lambda _, sample: Sample(str(len(sample.content)), number=True),
    "bool": lambda _, sample: truth(sample.content not in ("", "0")),
    "not": lambda _, sample: truth(sample.content in ("", "0")),
    "ltrim": lambda call, sample: replace(sample, content=sample.content.lstrip(call.arg(0))),
    "rtrim": lambda call, sample: replace(sample, content=sample.content.rstrip(call.arg(0))),
    "iif": lambda call, sample: Sample(call.arg(0) if sample.content not in ("", "0") else call.arg(1)),
}
_TO_NUMBER = frozenset(
    {"length", "bool", "not", "crc32", "strcmp", "in_table", "and", "or", "add", "sub", "mod"}
)
