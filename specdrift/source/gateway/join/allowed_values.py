"""Whether the document allows a value of a path parameter."""

import re

from specdrift.model.contract.inputs import Constraint, Input
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled

_OF_TYPE = {
    "": re.compile(""),
    "string": re.compile(""),
    "integer": re.compile(r"-?[0-9]{1,15}\Z"),
    "number": re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?\Z"),
    "boolean": re.compile(r"(?:true|false)\Z"),
}
"""Types whose values stand in one segment as they are."""
_NONE = re.compile(r"(?!)")
_ANY = re.compile("")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_NARROW = (
    *(
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "idn-email",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
    ),
    *(
        "uri",
        "uri-reference",
        "iri",
        "iri-reference",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "regex",
    ),
)
"""Formats of JSON Schema (Validation §7.3) whose values are not tried. Others allow any text."""
_OF_FORMAT = {**dict.fromkeys(_NARROW, _NONE), "uuid": _UUID}


def is_allowed(declared: Input | None, value: str) -> bool:
    """Return whether the document allows a value; not, where that is not known."""
    if value in ("", ".", "..") or "/" in value:
        return False
    return is_text_allowed(declared, value)


def is_text_allowed(declared: Input | None, value: str) -> bool:
    """Return whether the document allows a value, whatever it does to the path that it is written in."""
    return declared is None or (not declared.several and _fits(declared.constraint, value))


def _fits(constraint: Constraint, value: str) -> bool:
    if constraint.allowed:
        return value in constraint.allowed
    form = _OF_FORMAT.get(constraint.format, _ANY)
    if not _OF_TYPE.get(constraint.type, _NONE).match(value) or not form.match(value):
        return False
    return _is_between(constraint, value) and _has_pattern(constraint.pattern, value)


def _is_between(constraint: Constraint, value: str) -> bool:
    if constraint.type in ("integer", "number"):
        low, high, size = constraint.minimum, constraint.maximum, float(value)
    else:
        low, high, size = constraint.min_length, constraint.max_length, len(value)
    return (low is None or size >= low) and (high is None or size <= high)


def _has_pattern(pattern: str, value: str) -> bool:
    try:
        return not pattern or compiled(pattern).search(value) is not None
    except UnsupportedPattern:
        return False
