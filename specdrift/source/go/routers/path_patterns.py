"""Patterns of paths: of net/http, chi and gin, in one spelling.

``/items/{id}`` has a parameter, and ``/files/{*rest}`` answers all paths below.
"""

import re

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.templates import without_names
from specdrift.model.result.source import PathComparison
from specdrift.source.go.values.go_values import GoText, GoValue, plain

REST = "{*rest}"
MUX_PARAMETER = re.compile(r"\{([A-Za-z_]\w*)(\.\.\.)?\}|\{\$\}")
CHI_PARAMETER = re.compile(r"\{([^{}:/]+)(:(?:[^{}]|\{[^{}]*\})*)?\}")
GIN_PARAMETER = re.compile(r"(?<=/):([^/]+)|(?<=/)\*([^/]+)$")
OLD_PATTERNS = (1, 22)
"""The version of Go since which patterns of ServeMux have methods and parameters."""


class RoutePattern(Struct, frozen=True):
    """The paths that a handler is registered for."""

    path: str
    """Without its wildcard, if it has one: it ends with ``/`` then."""
    has_rest: bool = False
    """Whether all paths below match."""
    methods: tuple[str, ...] = ()
    """Methods that the pattern names."""
    host: str = ""
    is_mount: bool = False
    """Whether the path without its last slash matches too: that of a mount of chi."""


def known_text(value: GoValue) -> str | None:
    """Return a string that is known."""
    inner = plain(value)
    return inner.known if isinstance(inner, GoText) else None


def mux_comparison(version: tuple[int, int]) -> PathComparison:
    """Return how ``http.ServeMux`` compares paths (``ServeMux.Handler``)."""
    return PathComparison.CLEANED if version < OLD_PATTERNS else PathComparison.SEGMENTS


def has_expressions(value: GoValue) -> bool:
    """Return whether a pattern of chi has parameters with regular expressions, or may have them."""
    known = known_text(value)
    return known is None or any(one[2] for one in CHI_PARAMETER.finditer(known))


def of_mux(value: GoValue, version: tuple[int, int]) -> RoutePattern | None:
    """Return the paths of a pattern of ``http.ServeMux``; ``None`` if it is not known, or invalid."""
    known = known_text(value)
    if known is None:
        return None
    is_old = version < OLD_PATTERNS
    method, rest = "", known
    if not is_old and (words := known.split(None, 1))[1:]:
        method, rest = words[0], words[1]
    host, slash, path = rest.partition("/")
    if not slash or (is_old and re.search(r"[{}\s]", known)) or " " in rest:
        return None
    path = "/" + path
    found = [(one[0], one[1], one[2]) for one in MUX_PARAMETER.finditer(path)]
    if len(found) != path.count("{"):
        return None
    methods = (method,) if method else ()
    if found and found[-1][0] == "{$}":
        return RoutePattern(path.removesuffix("{$}"), methods=methods, host=host)
    if found and found[-1][2]:
        return RoutePattern(path[: path.rfind("{")], has_rest=True, methods=methods, host=host)
    return RoutePattern(path, path.endswith("/"), methods, host)


def of_chi(value: GoValue, *, is_mount: bool = False) -> RoutePattern | None:
    """Return the paths of a pattern of chi; a mount answers all paths below."""
    known = known_text(value)
    if known is None or (known and not known.startswith("/")) or (not known and not is_mount):
        return None
    path = CHI_PARAMETER.sub(lambda found: f"{{{found[1]}}}", known)
    if is_mount:
        return RoutePattern(path.removesuffix("*").rstrip("/") + "/", has_rest=True, is_mount=True)
    if path.endswith("*"):
        return RoutePattern(path[:-1], has_rest=True) if path.endswith("/*") else None
    return None if "*" in path else RoutePattern(path)


def of_gin(value: GoValue) -> RoutePattern | None:
    """Return the paths of a pattern of gin."""
    known = known_text(value)
    if known is None or not known.startswith("/"):
        return None
    found = GIN_PARAMETER.search(known[known.rfind("/") :]) if "*" in known else None
    path = GIN_PARAMETER.sub(lambda one: f"{{{one[1]}}}" if one[1] else "*", known)
    if found is not None and path.endswith("/*"):
        return RoutePattern(path[:-1], has_rest=True)
    return None if re.search(r"[:*]", re.sub(r"\{[^{}]*\}", "", path)) else RoutePattern(path)


def below(base: str, pattern: RoutePattern) -> RoutePattern:
    """Return a pattern with a prefix in front of it."""
    return replace(pattern, path=base.rstrip("/") + pattern.path)


def restricted(pattern: RoutePattern, around: RoutePattern | None) -> RoutePattern | None:
    """Return what is left of a pattern within an outer one; ``None`` if no request reaches it."""
    if around is None:
        return pattern
    methods = (
        tuple(one for one in pattern.methods if one in around.methods) if around.methods else pattern.methods
    )
    if around.methods and pattern.methods and not methods:
        return None
    methods = methods or around.methods
    inner, outer = without_names(pattern.path), without_names(around.path)
    found = replace(pattern, methods=methods, host=pattern.host or around.host)
    if around.has_rest and inner.startswith(outer):
        return found if around.is_mount or inner != outer else replace(found, is_mount=False)
    if around.is_mount and not pattern.has_rest and inner == outer.rstrip("/"):
        return found
    if pattern.has_rest and outer.startswith(inner):
        return replace(found, path=around.path, has_rest=around.has_rest, is_mount=around.is_mount)
    return found if not around.has_rest and not pattern.has_rest and inner == outer else None
