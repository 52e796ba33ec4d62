"""Recognises answers that certainly are as documented, by the plainest keywords of JSON Schema. Pure.

To import openapi-core takes longer than to judge a small run. It reads whatever is not recognised here, so that what is
unknown here is only slower.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from specdrift.loader.matching.media_types import essence, is_json

UTF_8 = frozenset({"", "charset=utf-8"})
"""Parameters of a media type that change nothing."""
Schema = Mapping[str, Any]
Keyword = Callable[[Any, Any, Schema], bool]
"""Whether a value certainly satisfies a keyword of a schema: the value, that of the keyword, and the schema."""


def is_plainly_documented(document: Schema, status: int, content_type: str, body: bytes) -> bool:
    """Return whether an answer certainly is as the only operation of a document describes it.

    ``document`` is as :meth:`ResponseExcerpts.excerpt` makes it. False if that is unknown.
    """
    response = document["paths"]["/"]["get"]["responses"].get(str(status))
    if not isinstance(response, dict):
        return False
    if "content" not in response or not body:
        return True
    content, name = response["content"], essence(content_type)
    parameters = content_type.lower().split(";")[1:]
    if [key for key in content if essence(key) == name] != [name]:
        return False
    media_type = content[name]
    if not isinstance(media_type, dict) or not UTF_8.issuperset(map(str.strip, parameters)):
        return False
    return not is_json(content_type) or _has_what_fits(body, media_type.get("schema"))


def _has_what_fits(body: bytes, schema: object) -> bool:
    try:
        return _fits(json.loads(body), schema)
    except (ValueError, RecursionError):
        return False


def _fits(value: Any, schema: object) -> bool:  # noqa: ANN401 - JSON
    """Return whether a value certainly satisfies a schema. ``None`` depends on the version of the document."""
    if value is None or not isinstance(schema, dict):
        return False
    return all(name in KEYWORDS and KEYWORDS[name](value, given, schema) for name, given in schema.items())


def _is_of_type(value: Any, given: object, _: Schema) -> bool:  # noqa: ANN401 - JSON
    return isinstance(given, str) and type(value) in TYPES.get(given, ())


def _has_members(value: Any, given: object, _: Schema) -> bool:  # noqa: ANN401 - JSON
    if not (isinstance(given, list) and isinstance(value, dict)):
        return False
    return all(isinstance(name, str) and name in value for name in given)


def _members_fit(value: Any, given: object, _: Schema) -> bool:  # noqa: ANN401 - JSON
    if not (isinstance(value, dict) and isinstance(given, dict)):
        return False
    return all(_fits(value[name], schema) for name, schema in given.items() if name in value)


def _has_no_others(value: Any, given: object, schema: Schema) -> bool:  # noqa: ANN401 - JSON
    if given is True:
        return True
    known = schema.get("properties", {})
    closed = given is False and isinstance(known, dict) and isinstance(value, dict)
    return closed and value.keys() <= known.keys()


def _items_fit(value: Any, given: object, _: Schema) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, list) and all(_fits(item, given) for item in value)


def _is_listed(value: Any, given: object, _: Schema) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str) and isinstance(given, list) and value in given


def _says_nothing(_: Any, given: object, __: Schema) -> bool:  # noqa: ANN401 - JSON
    return isinstance(given, bool)


TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
KEYWORDS: Mapping[str, Keyword] = {
    "type": _is_of_type,
    "required": _has_members,
    "properties": _members_fit,
    "additionalProperties": _has_no_others,
    "items": _items_fit,
    "enum": _is_listed,
    "nullable": _says_nothing,
    "readOnly": _says_nothing,
    "deprecated": _says_nothing,
}
