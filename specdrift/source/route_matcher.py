"""Matches routes of the source to operations of the document, and to the paths of requests."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation
from specdrift.model.contract.templates import fits, without_names
from specdrift.model.result.source import ANY_METHOD, PathComparison, RouteKind, SourceRoute
from specdrift.source.keys.same_object import SameObject

KINDS = {RouteKind.FALLBACK: "Fallback below", RouteKind.OTHER_METHODS: "Any other method of"}
"""How routes without methods of their own are called."""


class MatchedRoutes(Struct, frozen=True):
    """Routes by operation."""

    routes: dict[int, tuple[SourceRoute, ...]]
    """Routes of each operation, by its index in the contract."""
    undocumented: tuple[SourceRoute, ...]
    """Routes of no operation, and what answers the other methods of a path."""
    rest: dict[int, tuple[SourceRoute, ...]]
    """What answers beside each operation: the other methods of its path, and what no route below its prefix matches."""


def match(contract: Contract, routes: Iterable[SourceRoute]) -> MatchedRoutes:
    """Match each operation to its routes; a service below a prefix only gets what no other route answers."""
    wired = tuple(route for route in routes if route.kind is not RouteKind.NOT_FOUND)
    every = tuple(route for route in wired if route.kind is not RouteKind.OTHER_METHODS)
    by_shape: dict[str, list[SourceRoute]] = defaultdict(list)
    for route in every:
        if route.kind is not RouteKind.FALLBACK:
            by_shape[without_names(route.path)].append(route)
    found: dict[int, tuple[SourceRoute, ...]] = {}
    used: set[SameObject[SourceRoute]] = set()
    bases = tuple(dict.fromkeys(("", *_bases(contract))))
    for number, operation in enumerate(contract.operations):
        own = tuple(_answering(operation, bases, by_shape)) or tuple(_below(operation, bases, every))
        found[number] = own
        used.update(SameObject(route) for route in own)
    places = {(route.path, route.location) for route in every}
    # A service also answers its prefix with a trailing slash: count it once.
    alone = (r for r in every if not (r.path.endswith("/") and (r.path[:-1], r.location) in places))
    others = (route for route in wired if route.kind is RouteKind.OTHER_METHODS)
    rest = {number: tuple(_beside(one, bases, wired)) for number, one in enumerate(contract.operations)}
    return MatchedRoutes(
        found, tuple(route for route in (*alone, *others) if SameObject(route) not in used), rest
    )


def _bases(contract: Contract) -> Iterator[str]:
    for url in (*contract.servers, *(url for o in contract.operations for url in o.servers)):
        try:
            yield urlsplit(url).path.rstrip("/")
        except ValueError:
            continue


def _answering(
    operation: Operation, bases: tuple[str, ...], by_shape: dict[str, list[SourceRoute]]
) -> Iterator[SourceRoute]:
    for base in bases:
        fitting = by_shape.get(without_names(base + operation.key.path), [])
        exact = [route for route in fitting if answers(route, operation.key.method)]
        explicit = [route for route in exact if operation.key.method in route.methods]
        yield from explicit or exact


def literal_twin(operation: Operation, routes: Iterable[SourceRoute]) -> str:
    """Return, for people, the route that would be an operation's if its version read braces; empty without one."""
    shape = without_names(operation.key.path)
    found = next((one for one in routes if without_names(one.written) == shape), None)
    return (
        ""
        if found is None
        else f" {found.location}: this version of the framework takes the braces literally."
    )


def answers(route: SourceRoute, method: str) -> bool:
    """Return whether a route accepts a method. GET routes accept HEAD."""
    return (
        method in route.methods
        or ANY_METHOD in route.methods
        or (method == "HEAD" and "GET" in route.methods)
    )


def _below(
    operation: Operation, bases: tuple[str, ...], routes: Iterable[SourceRoute]
) -> Iterator[SourceRoute]:
    """Yield services and wildcards whose prefix contains the operation."""
    for route in routes:
        end = re.search(r"(?:\{\*?[^{}/]*\}|/\*[^/]+)$", route.written) if "*" in route.written else None
        if end is not None and route.kind is not RouteKind.FALLBACK and answers(route, operation.key.method):
            prefix = without_names(route.path[: route.path.rfind("{")])
            if any(without_names(base + operation.key.path).startswith(prefix) for base in bases):
                yield route


def _beside(
    operation: Operation, bases: tuple[str, ...], routes: tuple[SourceRoute, ...]
) -> Iterator[SourceRoute]:
    """Yield what answers the other methods of an operation's path, the fallback of the innermost prefix, and those
    below the path.
    """
    paths = {without_names(base + operation.key.path) for base in bases}
    yield from (
        one for one in routes if one.kind is RouteKind.OTHER_METHODS and without_names(one.path) in paths
    )
    around = [one for one in routes if one.kind is RouteKind.FALLBACK and _covers(one, paths)]
    inner: dict[str, int] = defaultdict(int)
    for one in around:
        inner[one.entry] = max(inner[one.entry], 0 if one.conditional else len(one.path))
    yield from (one for one in around if len(one.path) >= inner[one.entry])
    yield from (one for one in routes if one.kind is RouteKind.FALLBACK and _is_below(one, paths))


def _covers(fallback: SourceRoute, paths: Iterable[str]) -> bool:
    prefix = without_names(fallback.path).rstrip("/")
    return any(f"{path}/".startswith(f"{prefix}/") for path in paths)


def _is_below(fallback: SourceRoute, paths: Iterable[str]) -> bool:
    prefix = without_names(fallback.path).rstrip("/")
    return any(prefix.startswith(f"{path.rstrip('/')}/") for path in paths if path.strip("/"))


def answers_the_rest(route: SourceRoute) -> bool:
    """Return whether a route answers what no other does, which need not be in a document."""
    return route.kind is RouteKind.OTHER_METHODS or (route.kind is RouteKind.FALLBACK and not route.path)


ESCAPED_SLASH = "\0"
"""Stands for a slash within a segment, which separates nothing."""


def takes(route: SourceRoute, path: str) -> bool | None:
    """Return whether a route answers a path without its query; ``None`` if that is not known."""
    compared = COMPARED.get(route.comparison)
    if compared is None:
        return None
    sent = compared(path)
    if sent is None:
        return False
    if fits(route.path, sent):
        return True
    # What a wildcard answers may have a route of its own.
    return None if "*" in route.written and _is_within(route.path, sent) else False


def _is_within(template: str, path: str) -> bool:
    """Return whether a path is below the prefix of a template that ends with a wildcard."""
    prefix = template[: template.rfind("/")]
    return fits(prefix, "/".join(path.split("/")[: prefix.count("/") + 1]))


def _of_segments(path: str) -> str | None:
    if _is_redirected(path):
        return None
    return "/".join(unquote(one).replace("/", ESCAPED_SLASH) for one in path.split("/"))


def _cleaned(path: str) -> str | None:
    plain = unquote(path)
    return None if _is_redirected(plain) else plain


def _is_redirected(path: str) -> bool:
    """Return whether a path has segments that a path in normal form has not (``path.Clean`` of Go)."""
    return any(one in ("", ".", "..") for one in path.removesuffix("/").split("/")[1:])


COMPARED: Mapping[PathComparison, Callable[[str], str | None]] = {
    PathComparison.AS_SENT: str,
    PathComparison.SEGMENTS: _of_segments,
    PathComparison.CLEANED: _cleaned,
    PathComparison.DECODED: unquote,
}
"""What is compared with the template of a route; ``None`` for a path that is redirected to another one."""
