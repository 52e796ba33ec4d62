"""The method and the path of a request, in a function that is evaluated for the requests of one route."""

from collections.abc import Mapping
from http import HTTPMethod

from msgspec import Struct
from tree_sitter import Node

from specdrift.source.axum.guards.absent.absent_shapes import (
    COMPARISONS,
    PathForm,
    compared,
    ends_in_slash,
    lowered,
    without_prefix,
)
from specdrift.source.axum.guards.absent.absent_values import (
    ABSENT,
    REQUEST,
    UNKNOWN,
    Atom,
    KnownUri,
    Text,
    Texts,
    Value,
    holding,
    some,
    truths,
)
from specdrift.source.rust.syntax import path_of

METHODS = frozenset(HTTPMethod.__members__)
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
OF_METHODS: Mapping[str, frozenset[str]] = {"is_safe": SAFE, "is_idempotent": IDEMPOTENT}
"""Methods of ``Method`` with the methods for which they are true."""
_SAME = "as_str as_ref borrow clone cloned copied deref into to_owned to_string as_bytes trim into_owned"
SAME = frozenset(_SAME.split())
"""Methods whose result on a path is the same."""
_OF_LISTS = "iter into_iter as_ref as_slice clone to_vec borrow copied cloned collect to_owned deref"
OF_LISTS = frozenset(_OF_LISTS.split())
"""Methods whose result on a list is the same."""
ENDS = {"first": 0, "next": 0, "last": -1, "next_back": -1}
"""Methods that give an entry of a list, with its number."""


class RequestFacts(Struct, frozen=True):
    """What is known of the requests that a layer of a route gets; ``None`` for what is not."""

    method: str | None = None
    path: PathForm | None = None
    """Without the prefixes of routers around the layer."""
    original: PathForm | None = None
    """As the client sent it."""
    matched: str | None = None
    """The template, as the code writes it."""
    query: str = ""
    """Empty if it is not known."""

    def extracted(self, name: str) -> Atom | None:
        """Return what an extractor of axum gives; ``None`` for others, and for what is not known."""
        match name:
            case "Request" | "Parts":
                return REQUEST
            case "Uri" if self.path is not None:
                return KnownUri(self.path, self.query)
            case "OriginalUri" if self.original is not None:
                return holding(name, {"0": {KnownUri(self.original, self.query)}})
            case "Method" if self.method is not None:
                return Text(self.method)
            case "MatchedPath" if self.matched is not None:
                return Text(self.matched)
        return None

    def of_request(self, name: str) -> Value | None:
        """Evaluate a method or a field of the request; ``None`` for what is not known."""
        match name:
            case "uri" if self.path is not None:
                return {KnownUri(self.path, self.query)}
            case "method" if self.method is not None:
                return {Text(self.method)}
            case "into_parts":
                return {holding("", {"0": {REQUEST}, "1": {UNKNOWN}})}
            case "clone" | "as_ref" | "borrow":
                return {REQUEST}
        return None


def method_of(path: tuple[str, ...]) -> Text | None:
    """Return the method that a constant of ``Method`` is."""
    named = len(path) > 1 and path[-2] == "Method" and path[-1] in METHODS
    return Text(path[-1]) if named else None


def matches_method(pattern: Node, one: Text) -> bool | None:
    """Return whether a pattern is the constant of a method; ``None`` for other patterns."""
    known = method_of(path_of(pattern)) if pattern.type == "scoped_identifier" else None
    return None if known is None else known == one


def of_target(one: KnownUri, name: str) -> Value | None:
    """Evaluate a method of a URI."""
    if name in {"path", "clone", "as_ref", "borrow", "deref", "to_owned"}:
        return {one.path if name == "path" else one}
    if name == "query" and one.query:
        return {some({Text(one.query)})}
    whole = PathForm((*one.path.parts, f"?{one.query}")) if one.query else None
    if name == "path_and_query" and whole is not None:
        return {some({whole})}
    return {whole} if name == "to_string" and whole is not None else None


def of_path(one: PathForm, name: str, given: list[Value]) -> Value | None:  # noqa: PLR0911 - a table of cases
    """Evaluate a method of a path; ``None`` for one that is not known."""
    (other,) = given[0] if len(given) == 1 and len(given[0]) == 1 else (UNKNOWN,)
    if name in SAME and not given:
        return {one}
    if name in {"to_lowercase", "to_ascii_lowercase"}:
        return {lowered(one)}
    if name == "is_empty":
        return truths(False if one.parts else None)
    if not isinstance(other, Text):
        return None
    if name in {"eq", "ne"}:
        found = compared(one, "eq", other.content)
        return truths(None if found is None else found is (name == "eq"))
    if name in COMPARISONS:
        return truths(compared(one, name, other.content))
    if name == "trim_end_matches":
        return {one} if other.content == "/" and not ends_in_slash(one) else None
    if name == "strip_prefix":
        rest = without_prefix(one, other.content)
        return {some({rest})} if isinstance(rest, PathForm) else {UNKNOWN} if rest else {ABSENT}
    return None


def of_method(one: Text, name: str) -> Value | None:
    """Evaluate a method of the request's method; ``None`` for one that is not known."""
    return truths(one.content in OF_METHODS[name]) if name in OF_METHODS else None


def in_list(one: Texts, name: str, given: list[Value]) -> Value | None:
    """Evaluate a method of a list of texts; ``None`` for one that is not known."""
    if not given and (name in OF_LISTS or name in ENDS):
        return {some({Text(one.items[ENDS[name]])}) if name in ENDS else one}
    if name != "contains" or len(given) != 1 or len(given[0]) != 1:
        return None
    (sought,) = given[0]
    if sought is ABSENT:
        return truths("" in one.items)
    if isinstance(sought, Text):
        return truths(sought.content in one.items)
    if not isinstance(sought, PathForm):
        return None
    found = {compared(sought, "eq", item) for item in one.items}
    return truths(True if True in found else None if None in found else False)
