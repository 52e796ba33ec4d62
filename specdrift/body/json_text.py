"""Reads JSON as it is on the wire: no member of an object is lost. Pure."""

import json


def read_json(text: str) -> object:
    """Return the value of a JSON text; members of one name are a list of their values.

    RFC 8259 §4 leaves open which of them a reader keeps. Raises ValueError and RecursionError as `json.loads` does.
    """
    return json.loads(text, object_pairs_hook=_with_all_members)


def _with_all_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    every: dict[str, list[object]] = {}
    for name, value in pairs:
        every.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in every.items()}
