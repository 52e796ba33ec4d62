"""Numbers, texts and truth values that a schema allows. Pure."""

import math
import re
from collections.abc import Callable, Mapping

from specdrift.loader.parse.tree import Value
from specdrift.loader.values import improbable

_LONGEST = 1000
_LONGEST_PATTERN = 200
_SHORT_TEXTS = (
    "1",
    "a",
    "A",
    "ab",
    "AB",
    "a1",
    "A1",
    "abc",
    "ABC",
    "123",
    "1.0",
    "v1",
    "1234",
    "abcd",
    "12345678",
)
_LARGEST = 10**15

FORMATS: Mapping[str, str] = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "2024-01-01",
    "date-time": "2024-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ip": "192.0.2.1",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "json-pointer": "/a",
    "regex": "a",
    "byte": "MTIz",
}
"""One value of each string format that a server is likely to check (JSON Schema §7.3, OAS registry)."""


def make(kind: str, schema: Mapping[str, Value]) -> Value:
    """A value of a primitive type; of one that JSON Schema does not have, a text."""
    return _KINDS.get(kind, _string)(schema)


def make_improbable(kind: str, schema: Mapping[str, Value], *, integer: int) -> Value:
    """The same as of nothing that exists. ``integer`` is the preferred one; flags are off."""
    if kind == "boolean":
        return False
    if kind in ("integer", "number"):
        found = _number(schema, preferred=integer)
        return math.ceil(found) if kind == "integer" else found
    return None if kind == "null" else _improbable_text(schema)


def _improbable_text(schema: Mapping[str, Value]) -> str:
    known = str(schema.get("format"))
    if known in FORMATS:
        return improbable.FORMATS.get(known, FORMATS[known])
    pattern, shortest, longest = schema.get("pattern"), schema.get("minLength"), schema.get("maxLength")
    least = min(shortest, _LONGEST) if isinstance(shortest, int) else 0
    most = min(longest, _LONGEST) if isinstance(longest, int) else None
    if isinstance(pattern, str) and len(pattern) <= _LONGEST_PATTERN:
        return improbable.matching(pattern, least, most)
    return improbable.of_length(least, most)


def _number(schema: Mapping[str, Value], *, preferred: int = 1) -> float:
    """The first that fits: the preferred one, else of a few numbers near the bounds."""
    low, high = _bound(schema, "minimum", -math.inf), _bound(schema, "maximum", math.inf)
    above, below = _beyond(schema, "exclusiveMinimum", low), _beyond(schema, "exclusiveMaximum", high)
    factor = abs(_bound(schema, "multipleOf", 1)) or 1
    bounds = (low, low + 1, above + 1, high, below - 1, 0)
    # A number next to the upper bound is the most improbable one that is allowed.
    order = (preferred, *bounds) if preferred == 1 else (preferred, high - 1, below - 2, *reversed(bounds), 1)
    near = [n for n in order if math.isfinite(n)]
    multiples = [n // factor * factor + step for n in near for step in (0, factor)]
    candidates = (*near, *multiples) if preferred == 1 else (*multiples, *near)
    return next((n for n in candidates if low <= n <= high and above < n < below and not n % factor), 1)


def _bound(schema: Mapping[str, Value], key: str, default: float) -> float:
    value = schema.get(key)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return value if usable else default  # type: ignore[return-value] # a number, as just asked


def _beyond(schema: Mapping[str, Value], key: str, inclusive: float) -> float:
    """An exclusive bound; in OpenAPI 3.0 ``true`` makes the other one exclusive."""
    infinite = -math.inf if key == "exclusiveMinimum" else math.inf
    return inclusive if schema.get(key) is True else _bound(schema, key, infinite)


def _integer(schema: Mapping[str, Value]) -> int:
    return math.ceil(_number(schema))


def _string(schema: Mapping[str, Value]) -> str:
    known = FORMATS.get(str(schema.get("format")))
    if known:
        return known
    pattern, shortest, longest = schema.get("pattern"), schema.get("minLength"), schema.get("maxLength")
    if isinstance(pattern, str) and len(pattern) <= _LONGEST_PATTERN:
        return _matching(pattern)
    least = min(shortest, _LONGEST) if isinstance(shortest, int) else 1
    return "" if longest == 0 else "1" * max(1, least)


def _matching(pattern: str) -> str:
    """The first of a few short texts; short, because a pattern may take exponential time on long ones."""
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return "1"
    return next((text for text in _SHORT_TEXTS if compiled.search(text)), "1")


_KINDS: Mapping[str, Callable[[Mapping[str, Value]], Value]] = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "boolean": lambda _: True,
    "null": lambda _: None,
}
