"""Matchers of texts and headers."""

import re
from collections.abc import Callable, Mapping

from specdrift.source.gateway.client_choices import ANY_VALUE
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.gateway.patterns import UnsupportedPattern, compiled, flagged
from specdrift.source.gateway.yaml_nodes import YamlNode

AUTHORITY = ":authority"
"""What Envoy has for the header Host."""
LEAST, MOST = -(2**63), 2**63 - 1
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")


def text_matches(matcher: YamlNode, text: str) -> bool:
    """Evaluate a StringMatcher. Raises Undetermined for one that is not known."""
    _require_known(text, matcher)
    ignore_case = matcher.get("ignore_case").flag or False
    own = text.lower() if ignore_case else text
    for kind, node in matcher.members():
        written = node.written.lower() if ignore_case else node.written
        match kind:
            case "exact":
                return own == written
            case "prefix":
                return own.startswith(written)
            case "suffix":
                return own.endswith(written)
            case "contains":
                return written in own
            case "safe_regex":
                return fully_matches(node, text)
            case "ignore_case":
                continue
        raise Undetermined(f"a matcher by {kind}", node.place)
    raise Undetermined("a matcher without a condition", matcher.place)


def fully_matches(node: YamlNode, text: str) -> bool:
    """Match a RegexMatcher (RE2) with a whole text. Raises Undetermined."""
    _require_known(text, node)
    pattern = node.get("regex")
    try:
        written, ignore_case = flagged(pattern.written)
        found = compiled(rf"^(?:{written})\Z", ignore_case=ignore_case).search(text)
    except UnsupportedPattern as error:
        raise Undetermined(str(error), node.place) from None
    return found is not None


def header_matches(matcher: YamlNode, headers: Mapping[str, str]) -> bool:
    """Evaluate a HeaderMatcher. Raises Undetermined."""
    name = matcher.get("name").written.lower()
    name = AUTHORITY if name == "host" else name
    value = headers.get(name)
    if value is None and name.startswith(":"):
        raise Undetermined(f"the field {name}", matcher.place)
    inverted = matcher.get("invert_match").flag or False
    present = matcher.get("present_match").flag
    if present is not None:
        return ((value is not None) is present) is not inverted
    if value is None:
        if matcher.get("treat_missing_header_as_empty").flag:
            value = ""
        else:
            # Envoy matches no header that is missing, inverted or not.
            return False
    old = {
        "exact_match": "exact",
        "prefix_match": "prefix",
        "suffix_match": "suffix",
        "contains_match": "contains",
    }
    for kind, node in matcher.members():
        if kind in _BY_KIND:
            return _BY_KIND[kind](node, value) is not inverted
        if kind in old:
            _require_known(value, node)
            return _compare(old[kind], value, node.written) is not inverted
        if kind not in ("name", "invert_match", "treat_missing_header_as_empty"):
            raise Undetermined(f"a header matcher by {kind}", node.place)
    return not inverted


def range_of(node: YamlNode) -> tuple[int, int]:
    """Return the first number of an Int64Range, and that after its last. Raises Undetermined."""
    ends = tuple(node.get(name).written or "0" for name in ("start", "end"))
    if not all(map(_INTEGER.fullmatch, ends)):
        raise Undetermined("a range of numbers", node.place)
    return int(ends[0]), int(ends[1])


def _is_within(node: YamlNode, value: str) -> bool:
    """Return whether a text is a number of a range; one of more than 64 bits is none."""
    _require_known(value, node)
    start, end = range_of(node)
    written = value.strip(" \t")
    return _INTEGER.fullmatch(written) is not None and max(start, LEAST) <= int(written) < min(end, MOST + 1)


def _require_known(text: str, at: YamlNode) -> None:
    if ANY_VALUE in text:
        raise Undetermined("a value that the client chooses", at.place)


def _compare(kind: str, value: str, written: str) -> bool:
    match kind:
        case "exact":
            return value == written
        case "prefix":
            return value.startswith(written)
        case "suffix":
            return value.endswith(written)
    return written in value


_BY_KIND: Mapping[str, Callable[[YamlNode, str], bool]] = {
    "string_match": text_matches,
    "safe_regex_match": fully_matches,
    "range_match": _is_within,
}
