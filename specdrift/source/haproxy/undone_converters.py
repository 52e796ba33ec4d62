"""What clients send so that converters make a text of it."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence

from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.haproxy.sample_expressions import SampleCall


def unconverted(text: str, calls: Sequence[SampleCall]) -> str:
    """Return a text that converters turn into ``text``, as far as they can be undone."""
    for call in reversed(calls):
        undo = UNDONE.get(call.name)
        text = undo(call, text) if undo is not None and ANY_VALUE not in text else text
    return text


def _encoded(_: SampleCall, text: str) -> str:
    return b64encode(text.encode("latin-1", "replace")).decode("ascii")


def _without_end(call: SampleCall, text: str) -> str:
    """Return what stands before the texts that are added; with a variable between them, any value."""
    return ANY_VALUE if call.arg(1) else text.removesuffix(f"{call.arg(0)}{call.arg(2)}")


def _as_field(call: SampleCall, text: str) -> str:
    """Return a list whose field is the text, counted from either end. A text with the delimiter is none."""
    delimiters, number = call.arg(1), call.arg(0)
    if not delimiters or call.arg(2) or not number.lstrip("-").isdecimal() or set(delimiters) & set(text):
        return ANY_VALUE
    before, behind = max(int(number) - 1, 0), max(-int(number) - 1, 0)
    return f"a{delimiters[0]}" * before + text + f"{delimiters[0]}a" * behind


UNDONE: Mapping[str, Callable[[SampleCall, str], str]] = {
    "b64dec": _encoded,
    "concat": _without_end,
    "field": _as_field,
}
