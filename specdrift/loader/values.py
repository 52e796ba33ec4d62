"""A usable value from a Schema Object: what its author wrote, else what its type and format allow."""

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from specdrift.loader.place import Place
from specdrift.loader.references import References
from specdrift.loader.tree import Value
from specdrift.model.operation import ValueSource

_DEEPEST = 8
_MOST_MEMBERS = 50
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


class Chosen(NamedTuple):
    """A value of JSON's types, and where it came from."""

    value: Value
    source: ValueSource


def choose(schema: Place, references: References) -> Chosen:
    """Example, default, const, enum, else by type and format; references are followed without findings."""
    return _choose(schema, references, depth=0)


def written(holder: Place, references: References) -> Chosen | None:
    """``example`` or the first of ``examples`` beside a schema: of a parameter, media type or header."""
    if (example := holder.get("example")).value is not None:
        return Chosen(example.value, ValueSource.EXAMPLE)
    examples = holder.get("examples")
    if isinstance(examples.value, dict):
        for name in examples.value:
            found = references.peek(examples.child(name))
            value = _of_example(found) if found else None
            if value is not None:
                return Chosen(value, ValueSource.EXAMPLE)
    return None


def _of_example(example: Place) -> Value:
    """``dataValue`` is OpenAPI 3.2's word for ``value``; 2.0 and plain lists have the value itself."""
    value = example.get("value").value
    return example.get("dataValue").value if value is None else value


def _choose(schema: Place, references: References, *, depth: int) -> Chosen:
    found = references.peek(schema)
    if found is None or not isinstance(found.value, dict) or depth > _DEEPEST:
        return Chosen("1", ValueSource.TYPE)
    return stated(found.value) or Chosen(_made(found, references, depth), ValueSource.TYPE)


def stated(schema: Mapping[str, Value]) -> Chosen | None:
    """What a Schema Object itself says: example, default, const or the first of its enum."""
    if schema.get("example") is not None:
        return Chosen(schema["example"], ValueSource.EXAMPLE)
    if value := _first(schema.get("examples")):
        return Chosen(value[0], ValueSource.EXAMPLE)
    if schema.get("default") is not None:
        return Chosen(schema["default"], ValueSource.DEFAULT)
    if "const" in schema:
        return Chosen(schema["const"], ValueSource.CONST)
    if value := _first(schema.get("enum")):
        return Chosen(value[0], ValueSource.ENUM)
    return None


def _first(values: object) -> list[Value]:
    return [value for value in values if value is not None][:1] if isinstance(values, list) else []


def _made(schema: Place, references: References, depth: int) -> Value:
    parts = schema.get("allOf")
    if isinstance(parts.value, list) and parts.value:
        return _joined(schema, parts, references, depth)
    for several in ("oneOf", "anyOf"):
        branches = schema.get(several)
        if isinstance(branches.value, list) and branches.value:
            return _choose(_not_null(branches), references, depth=depth + 1).value
    make = _TYPES.get(_type(schema.value), _string)
    return make(schema, references, depth)


def _joined(schema: Place, parts: Place, references: References, depth: int) -> Value:
    """``allOf``: objects are laid over each other, of anything else the first part counts."""
    made = [_choose(parts.item(i), references, depth=depth + 1).value for i in range(len(parts.value))]
    if not any(isinstance(value, dict) for value in made):
        return made[0]
    whole = {key: value for part in made if isinstance(part, dict) for key, value in part.items()}
    return whole | _object(schema, references, depth)


def _not_null(branches: Place) -> Place:
    places = [branches.item(i) for i in range(len(branches.value))]
    return next((place for place in places if place.get("type").value != "null"), places[0])


def _type(schema: Mapping[str, Value]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _integer(schema: Place, references: References, depth: int) -> int:  # one shape for all
    return int(_number(schema, references, depth))


def _number(schema: Place, references: References, depth: int) -> float:  # noqa: ARG001 # one shape for all
    """The first that fits of a few numbers near the bounds."""
    low, high = _bound(schema, "minimum", -math.inf), _bound(schema, "maximum", math.inf)
    above, below = _beyond(schema, "exclusiveMinimum", low), _beyond(schema, "exclusiveMaximum", high)
    factor = abs(_bound(schema, "multipleOf", 1)) or 1
    near = [n for n in (1, low, low + 1, above + 1, high, below - 1, 0) if math.isfinite(n)]
    multiples = [n // factor * factor + step for n in near for step in (0, factor)]
    candidates = (*near, *multiples)
    return next((n for n in candidates if low <= n <= high and above < n < below and not n % factor), 1)


def _bound(schema: Place, key: str, default: float) -> float:
    value = schema.get(key).value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default


def _beyond(schema: Place, key: str, inclusive: float) -> float:
    """An exclusive bound; in OpenAPI 3.0 ``true`` makes the other one exclusive."""
    infinite = -math.inf if key == "exclusiveMinimum" else math.inf
    return inclusive if schema.get(key).value is True else _bound(schema, key, infinite)


def _string(schema: Place, references: References, depth: int) -> str:  # noqa: ARG001 # one shape for all
    known = FORMATS.get(str(schema.get("format").value))
    if known:
        return known
    pattern = schema.get("pattern").value
    shortest, longest = schema.get("minLength").value, schema.get("maxLength").value
    least = min(shortest, _LONGEST) if isinstance(shortest, int) else 1
    if isinstance(pattern, str) and len(pattern) <= _LONGEST_PATTERN:
        return _matching(pattern)
    return "1" * max(1, least) if not isinstance(longest, int) or longest > 0 else ""


def _matching(pattern: str) -> str:
    """The first of a few short texts; short, because a pattern may take exponential time on long ones."""
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return "1"
    return next((text for text in _SHORT_TEXTS if compiled.search(text)), "1")


def _boolean(schema: Place, references: References, depth: int) -> bool:  # noqa: ARG001 # one shape for all
    return True


def _nothing(schema: Place, references: References, depth: int) -> None:  # noqa: ARG001 # one shape for all
    return None


def _array(schema: Place, references: References, depth: int) -> list[Value]:
    item = _choose(schema.get("items"), references, depth=depth + 1).value
    least = schema.get("minItems").value
    return [item] * (min(least, _MOST_MEMBERS) if isinstance(least, int) and least > 1 else 1)


def _object(schema: Place, references: References, depth: int) -> dict[str, Value]:
    properties, required = schema.get("properties"), schema.get("required").value
    names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    return {
        name: _choose(properties.get(name), references, depth=depth + 1).value
        for name in names[:_MOST_MEMBERS]
    }


_TYPES: Mapping[str, Callable[[Place, References, int], Value]] = {
    "integer": _integer,
    "number": _number,
    "string": _string,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
    "null": _nothing,
}
